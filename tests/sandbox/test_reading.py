"""What pages read beside search: many issues and histories at once, votes, work, projects, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.conftest import Jira


def test_a_search_can_bring_the_history_along(ada: Jira) -> None:
    body = {"jql": "key = TOUR-11", "fields": ["status"], "expand": "changelog,names"}
    page = ada.do("POST", "/rest/api/3/search/jql", body, status=200)
    histories = page["issues"][0]["changelog"]["histories"]
    assert histories[0]["items"][0]["toString"] == "In Review"
    assert histories[0]["author"]["displayName"] == "Ada Lovelace"
    assert page["names"] == {"status": "Status"}


def test_many_issues_are_fetched_by_id_or_key_in_the_order_of_their_ids(ada: Jira) -> None:
    body = {
        "issueIdsOrKeys": ["tour-11", "10102", "ACME-3", "NOPE-1"],
        "fields": ["summary"],
        "expand": ["changelog"],
    }
    answer = ada.do("POST", "/rest/api/3/issue/bulkfetch", body, status=200)
    assert [issue["key"] for issue in answer["issues"]] == ["ACME-3", "TOUR-11"]
    assert set(answer["issues"][0]["fields"]) == {"summary"}
    assert answer["issues"][1]["changelog"]["total"] == 5
    assert answer["issueErrors"] == [
        {"id": "NOPE-1", "errorMessage": "Issue does not exist or you do not have permission to see it."}
    ]
    ada.refused("POST", "/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]})
    ada.refused("POST", "/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": []})


def test_histories_of_many_issues_come_in_pages_oldest_first(ada: Jira) -> None:
    keys = [f"TOUR-{n}" for n in range(4, 17)]
    whole = ada.do("POST", "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": keys}, status=200)
    entries = sum(len(log["changeHistories"]) for log in whole["issueChangeLogs"])
    body: dict[str, Any] = {"issueIdsOrKeys": keys, "maxResults": 10}
    seen: list[int] = []
    while True:
        page = ada.do("POST", "/rest/api/3/changelog/bulkfetch", body, status=200)
        moments = sorted(
            entry["created"] for log in page["issueChangeLogs"] for entry in log["changeHistories"]
        )
        assert not seen or moments[0] >= seen[-1]
        seen += moments
        if "nextPageToken" not in page:
            break
        body["nextPageToken"] = page["nextPageToken"]
    assert len(seen) == entries
    other = {"issueIdsOrKeys": ["TOUR-4"], "nextPageToken": body["nextPageToken"]}
    ada.refused("POST", "/rest/api/3/changelog/bulkfetch", other)
    only = {"issueIdsOrKeys": keys, "fieldIds": ["status"]}
    logs = ada.do("POST", "/rest/api/3/changelog/bulkfetch", only, status=200)["issueChangeLogs"]
    assert {
        item["fieldId"] for log in logs for entry in log["changeHistories"] for item in entry["items"]
    } == {"status"}
    ada.refused(
        "POST",
        "/rest/api/3/changelog/bulkfetch",
        {"issueIdsOrKeys": keys, "fieldIds": [str(n) for n in range(11)]},
    )


def test_an_issue_can_bring_its_transitions_along(ada: Jira, bo: Jira) -> None:
    path = "/rest/api/3/issue/TOUR-11?expand=transitions&fields=summary"
    assert [one["to"]["name"] for one in ada.get(path)["transitions"]] == [
        "To Do",
        "In Progress",
        "In Review",
        "Done",
    ]
    assert bo.get(path)["transitions"] == []


def test_a_vote_is_counted_once_and_not_for_ones_own(ada: Jira, grace: Jira) -> None:
    path = "/rest/api/3/issue/TOUR-11/votes"
    for _ in range(2):
        ada.do("POST", path)
    assert (ada.get(path)["votes"], ada.get(path)["hasVoted"]) == (2, True)
    assert [one["displayName"] for one in ada.get(path)["voters"]] == ["Bo Diddley", "Ada Lovelace"]
    ada.do("DELETE", path)
    ada.refused("DELETE", path, status=404)
    grace.refused("POST", path, status=404)


def test_projects_are_found_recent_ordered_and_described(ada: Jira) -> None:
    path = "/rest/api/3/project/search"
    found = [one["key"] for one in ada.get(f"{path}?orderBy=-name&maxResults=3")["values"]]
    assert found == ["SHOP", "TOUR", "PAY"]
    (tour,) = ada.get(f"{path}?keys=TOUR&expand=description,lead,insight,projectKeys")["values"]
    assert (tour["lead"]["displayName"], tour["insight"]["totalIssueCount"]) == ("Grace Hopper", 25)
    (shop,) = ada.get(f"{path}?keys=SHOP&expand=projectKeys")["values"]
    assert shop["projectKeys"] == ["SHOP", "WEB"]
    assert ada.get("/rest/api/3/project/recent")[0]["key"] in {"TOUR", "CREW"}
    versions = ada.get("/rest/api/3/project/TOUR/version?status=unreleased")["values"]
    assert [version["name"] for version in versions] == ["Summer"]
    assert ada.get("/rest/api/3/version/10311/unresolvedIssueCount")["issuesUnresolvedCount"] == 3
    assert ada.get("/rest/api/3/version/10311/relatedIssueCounts")["issuesFixedCount"] == 3
    assert ada.get("/rest/api/3/component/10411/relatedIssueCounts")["issueCount"] == 3


def test_people_have_time_zones_and_languages_of_their_own(ada: Jira, bo: Jira) -> None:
    assert (ada.get("/rest/api/3/myself")["timeZone"], ada.get("/rest/api/3/myself")["locale"]) == (
        "Europe/London",
        "en_GB",
    )
    assert (bo.get("/rest/api/3/myself")["timeZone"], bo.get("/rest/api/3/myself")["locale"]) == (
        "America/Chicago",
        "en_US",
    )


def test_work_is_listed_by_when_it_was_begun(ada: Jira) -> None:
    path = "/rest/api/3/issue/TOUR-11/worklog"
    worklogs = ada.get(path)["worklogs"]
    assert [one["timeSpent"] for one in worklogs] == ["3h", "1h 30m"]
    assert ada.get(f"{path}/{worklogs[0]['id']}") == worklogs[0]
    moment = 1795255200000  # 2026-11-21, 10:00 UTC
    assert ada.get(f"{path}?startedBefore={moment + 1}")["total"] == 1
    assert ada.get(f"{path}?startedAfter={moment + 1}")["total"] == 1
