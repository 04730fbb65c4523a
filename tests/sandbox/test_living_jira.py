"""What clients do in Jira can be done here, is seen afterwards, and is in the history with its author."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ownkey.sandbox.jira.dispatch import HANDLERS
from ownkey.sandbox.jira.issue.text import RichText, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Client, Jira

BO_ACCOUNT = "712020:b0d1dd1e-0000-4000-8000-000000000002"
ISSUE = "/rest/api/3/issue/ACME-3"


def document(text: str) -> dict[str, Any]:
    return RichText(text).as_document()


def test_edit_is_seen_and_in_the_history_of_its_author(ada: Jira) -> None:
    fields = {
        "summary": "Pay with any card",
        "description": document("All of them."),
        "labels": ["b", "a"],
        "priority": {"name": "High"},
        "duedate": "2026-12-24",
        "components": [{"name": "Seats"}],
        "fixVersions": [{"id": "10300"}],
        "customfield_10016": 8,
        "assignee": {"accountId": BO_ACCOUNT},
    }
    ada.do("PUT", ISSUE, {"fields": fields})
    seen = ada.get(ISSUE)["fields"]
    assert seen["description"] == fields["description"]
    assert (seen["summary"], seen["labels"], seen["duedate"]) == (
        "Pay with any card",
        ["b", "a"],
        "2026-12-24",
    )
    assert (seen["priority"]["name"], seen["customfield_10016"]) == ("High", 8)
    assert [item["name"] for item in seen["components"]] == ["Seats"]
    assert [item["name"] for item in seen["fixVersions"]] == ["1.0"]
    assert seen["assignee"]["displayName"] == "Bo Diddley"
    author, items = ada.last_change()
    assert author == "Ada Lovelace"
    changed = {item["fieldId"]: (item["fromString"], item["toString"]) for item in items}
    assert changed["summary"] == ("Pay with a card", "Pay with any card")
    assert changed["assignee"] == ("Ada Lovelace", "Bo Diddley")
    assert set(changed) == set(fields)


def test_edit_adds_to_and_removes_from_lists(ada: Jira) -> None:
    update = {
        "labels": [{"add": "money"}, {"remove": "payment"}],
        "components": [{"add": {"name": "Seats"}}],
        "comment": [{"add": {"body": document("Why not?")}}],
    }
    ada.do("PUT", ISSUE, {"update": update})
    seen = ada.get(ISSUE)["fields"]
    assert seen["labels"] == ["money"]
    assert [item["name"] for item in seen["components"]] == ["Checkout", "Seats"]
    assert seen["comment"]["comments"][-1]["author"]["displayName"] == "Ada Lovelace"


def test_edit_that_changes_nothing_leaves_no_trace(ada: Jira) -> None:
    ada.do("PUT", ISSUE, {"fields": {"summary": "Pay with a card"}})
    assert ada.client.control("GET", "effects")["effects"] == []


def test_edit_with_one_bad_value_changes_nothing(ada: Jira) -> None:
    before = ada.client.control("GET", "effects")
    fields = {"summary": "Good", "labels": ["two words"], "priority": {"name": "Nope"}, "nothing": 1}
    refused = ada.refused("PUT", ISSUE, {"fields": fields})
    assert set(refused["errors"]) == {"labels", "priority", "nothing"}
    assert "It is not on the appropriate screen, or unknown." in refused["errors"]["nothing"]
    assert ada.client.control("GET", "effects") == before


@pytest.mark.parametrize(
    ("version", "good", "bad"), [("2", "Plain *text*", document("x")), ("3", document("x"), "Plain")]
)
def test_each_version_of_the_api_has_its_own_rich_text(
    ada: Jira, version: str, good: object, bad: object
) -> None:
    path = f"/rest/api/{version}/issue/ACME-3"
    ada.do("PUT", path, {"fields": {"description": good}})
    assert ada.get(path)["fields"]["description"] == good
    assert "description" in ada.refused("PUT", path, {"fields": {"description": bad}})["errors"]
    ada.do("POST", f"{path}/comment", {"body": good}, status=201)
    assert ada.get(f"{path}/comment")["comments"][-1]["body"] == good
    ada.refused("POST", f"{path}/comment", {"body": bad})


def test_text_survives_the_way_through_a_document() -> None:
    text = "First line\n\nthird, with ‘signs’ & <tags>"
    assert read_text(document(text), "3").plain == text


def test_issue_is_made_with_all_that_was_said(ada: Jira) -> None:
    fields = {
        "project": {"key": "SHOP"},
        "issuetype": {"name": "Bug"},
        "summary": "New",
        "customfield_10014": "ACME-1",
        "customfield_10020": 2,
    }
    made = ada.do("POST", "/rest/api/3/issue", {"fields": fields}, status=201)
    seen = ada.get(f"/rest/api/3/issue/{made['id']}")
    assert (made["key"], seen["key"]) == ("SHOP-5", "SHOP-5")
    assert seen["fields"]["parent"]["key"] == "ACME-1"
    assert seen["fields"]["customfield_10020"][0]["name"] == "ACME Sprint 2"
    assert (
        seen["fields"]["creator"]["displayName"]
        == seen["fields"]["reporter"]["displayName"]
        == "Ada Lovelace"
    )
    assert seen["self"] == f"http://sandbox.test:8000/rest/api/3/issue/{made['id']}"


def test_issue_without_what_it_needs_is_not_made(ada: Jira) -> None:
    refused = ada.refused("POST", "/rest/api/3/issue", {"fields": {"labels": []}})
    assert set(refused["errors"]) == {"project", "issuetype", "summary"}
    bulk = {
        "issueUpdates": [
            {"fields": {}},
            {"fields": {"project": {"key": "ACME"}, "issuetype": {"name": "Task"}, "summary": "x"}},
        ]
    }
    several = ada.do("POST", "/rest/api/3/issue/bulk", bulk, status=201)
    assert [issue["key"] for issue in several["issues"]] == ["ACME-9"]
    assert [error["failedElementNumber"] for error in several["errors"]] == [0]


def test_subtask_needs_a_parent_and_keeps_it_from_being_deleted(ada: Jira, grace: Jira) -> None:
    fields: dict[str, Any] = {"project": {"key": "ACME"}, "issuetype": {"name": "Subtask"}, "summary": "Part"}
    assert "parent" in ada.refused("POST", "/rest/api/3/issue", {"fields": fields})["errors"]
    ada.do("POST", "/rest/api/3/issue", {"fields": fields | {"parent": {"key": "ACME-3"}}}, status=201)
    assert [item["key"] for item in ada.get(ISSUE)["fields"]["subtasks"]] == ["ACME-9"]
    grace.refused("DELETE", ISSUE)
    grace.do("DELETE", "/rest/api/3/issue/ACME-9")
    grace.do("DELETE", ISSUE)
    assert ada.call("GET", "/rest/api/3/attachment/10600").status == 404


def test_fields_are_shown_as_asked_for(ada: Jira) -> None:
    def shown(query: str) -> set[str]:
        return set(ada.get(f"{ISSUE}?{query}")["fields"])

    every = shown("")
    assert shown("fields=summary,status") == {"summary", "status"}
    assert shown("fields=summary&fields=Sprint") == {"summary", "customfield_10020"}
    assert shown("fields=*all,-comment") == shown("fields=-comment") == every - {"comment"}
    assert "comment" not in shown("fields=*navigable")
    expanded = ada.get(f"{ISSUE}?fields=summary&expand=names,schema,changelog,editmeta")
    assert expanded["names"] == {"summary": "Summary"}
    assert expanded["schema"]["summary"]["system"] == "summary"
    assert expanded["changelog"]["histories"][0]["items"][0]["toString"] == "In Progress"
    assert expanded["editmeta"]["fields"]["priority"]["allowedValues"][0]["name"] == "Highest"


def test_transition_moves_and_resolves(ada: Jira) -> None:
    offered = ada.get(f"{ISSUE}/transitions")["transitions"]
    assert [item["to"]["name"] for item in offered] == ["To Do", "In Progress", "Done"]
    body = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}
    ada.do(
        "POST", f"{ISSUE}/transitions", body | {"update": {"comment": [{"add": {"body": document("Done")}}]}}
    )
    seen = ada.get(ISSUE)["fields"]
    assert (seen["status"]["name"], seen["resolution"]["name"]) == ("Done", "Done")
    assert seen["status"]["statusCategory"]["key"] == "done"
    assert ada.last_change()[0] == "Ada Lovelace"
    assert {item["field"] for item in ada.last_change()[1]} == {"status", "resolution"}
    ada.do("POST", f"{ISSUE}/transitions", {"transition": {"id": 11}})
    assert ada.get(ISSUE)["fields"]["resolution"] is None
    ada.refused("POST", f"{ISSUE}/transitions", {"transition": {"id": "99"}})


def test_assignee_is_named_by_account_id_only(ada: Jira) -> None:
    ada.do("PUT", f"{ISSUE}/assignee", {"accountId": BO_ACCOUNT})
    assert ada.get(ISSUE)["fields"]["assignee"]["displayName"] == "Bo Diddley"
    ada.refused("PUT", f"{ISSUE}/assignee", {"name": "ada"})
    assert "assignee" in ada.refused("PUT", f"{ISSUE}/assignee", {"accountId": "nobody"})["errors"]
    ada.do("PUT", f"{ISSUE}/assignee", {"accountId": None})
    assert ada.get(ISSUE)["fields"]["assignee"] is None


def test_comment_is_its_authors_to_edit(ada: Jira) -> None:
    path = f"{ISSUE}/comment"
    edited = ada.do("PUT", f"{path}/10500", {"body": document("Which?")}, status=200)
    assert edited["updated"] != edited["created"]
    ada.refused("PUT", f"{path}/10501", {"body": document("Mine now")}, status=403)
    ids = [item["id"] for item in ada.get(f"{path}?orderBy=-created&maxResults=1")["comments"]]
    assert ids == ["10501"]


def test_work_watchers_and_links(ada: Jira) -> None:
    ada.do("POST", f"{ISSUE}/worklog", {"timeSpent": "1h 30m", "comment": document("Hard")}, status=201)
    logged = ada.get(f"{ISSUE}/worklog")["worklogs"]
    assert [(item["timeSpentSeconds"], item["timeSpent"]) for item in logged] == [(5400, "1h 30m")]
    assert ada.get(ISSUE)["fields"]["timespent"] == 5400
    ada.refused("POST", f"{ISSUE}/worklog", {"timeSpent": "long"})
    ada.do("POST", f"{ISSUE}/watchers", BO_ACCOUNT)
    assert ada.get(f"{ISSUE}/watchers")["watchCount"] == 3
    ada.do("DELETE", f"{ISSUE}/watchers?accountId={BO_ACCOUNT}")
    link = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "ACME-3"}, "outwardIssue": {"key": "ACME-4"}}
    ada.do("POST", "/rest/api/3/issueLink", link, status=201)
    (mine,) = ada.get(ISSUE)["fields"]["issuelinks"]
    (theirs,) = ada.get("/rest/api/3/issue/ACME-4")["fields"]["issuelinks"]
    assert (mine["type"]["outward"], mine["outwardIssue"]["key"]) == ("blocks", "ACME-4")
    assert (theirs["type"]["inward"], theirs["inwardIssue"]["key"]) == ("is blocked by", "ACME-3")
    assert ada.last_change("ACME-4")[1][0]["toString"] == "This issue is blocked by ACME-3"
    assert ada.get(f"/rest/api/3/issueLink/{mine['id']}")["type"]["name"] == "Blocks"
    ada.do("DELETE", f"/rest/api/3/issueLink/{mine['id']}")
    assert ada.get(ISSUE)["fields"]["issuelinks"] == []


def test_issues_go_into_a_sprint_and_back(ada: Jira) -> None:
    ada.do("POST", "/rest/agile/1.0/sprint/2/issue", {"issues": ["ACME-3", "ACME-8"]})
    assert ada.last_change("ACME-8") == (
        "Ada Lovelace",
        [
            {
                "field": "Sprint",
                "fieldtype": "custom",
                "fieldId": "customfield_10020",
                "from": None,
                "fromString": None,
                "to": "2",
                "toString": "ACME Sprint 2",
            }
        ],
    )
    found = ada.get("/rest/agile/1.0/sprint/2/issue?fields=summary&jql=status%20%3D%20%22To%20Do%22")
    assert [item["key"] for item in found["issues"]] == ["ACME-6", "ACME-8"]
    ada.do("POST", "/rest/agile/1.0/backlog/issue", {"issues": ["ACME-8"]})
    assert ada.get("/rest/api/3/issue/ACME-8")["fields"]["customfield_10020"] is None
    assert "ACME-8" in [item["key"] for item in ada.get("/rest/agile/1.0/board/1/backlog")["issues"]]


def test_sprint_lives_from_future_to_closed(ada: Jira) -> None:
    path = "/rest/agile/1.0/sprint/2"
    ada.refused("POST", path, {"state": "active"})
    dates = {"startDate": "2026-09-15T09:00:00.000Z", "endDate": "2026-09-29T09:00:00.000Z"}
    assert ada.do("POST", path, {"state": "active", **dates}, status=200)["state"] == "active"
    closed = ada.do("PUT", path, {"state": "closed", "goal": "Done"}, status=200)
    assert closed["completeDate"]
    ada.refused("POST", path, {"state": "future"})
    ada.refused("POST", f"{path}/issue", {"issues": ["ACME-3"]})
    states = ada.get("/rest/agile/1.0/board/1/sprint?state=closed,future")["values"]
    assert [item["id"] for item in states] == [2]


def test_deleted_sprint_leaves_its_issues_to_the_backlog(ada: Jira) -> None:
    ada.do("DELETE", "/rest/agile/1.0/sprint/2")
    assert ada.get("/rest/api/3/issue/ACME-6")["fields"]["customfield_10020"] is None


def test_issues_are_ranked(ada: Jira) -> None:
    ada.do("PUT", "/rest/agile/1.0/issue/rank", {"issues": ["ACME-8", "ACME-7"], "rankBeforeIssue": "ACME-3"})
    keys = [item["key"] for item in ada.get("/rest/agile/1.0/board/1/issue?fields=summary")["issues"]]
    assert keys == ["ACME-8", "ACME-7", "ACME-3", "ACME-4", "ACME-5", "ACME-6"]
    ada.refused("PUT", "/rest/agile/1.0/issue/rank", {"issues": ["ACME-8"], "rankAfterIssue": "ACME-8"})


def test_epics_gather_issues(ada: Jira) -> None:
    ada.do("POST", "/rest/agile/1.0/epic/ACME-2/issue", {"issues": ["ACME-3"]})
    keys = [item["key"] for item in ada.get("/rest/agile/1.0/epic/ACME-2/issue?fields=summary")["issues"]]
    assert keys == ["ACME-3", "ACME-6"]
    ada.do("POST", "/rest/agile/1.0/epic/none/issue", {"issues": ["ACME-3"]})
    loose = ada.get("/rest/agile/1.0/epic/none/issue?fields=summary")["issues"]
    assert "ACME-3" in [item["key"] for item in loose]
    ada.refused("POST", "/rest/agile/1.0/epic/ACME-2/issue", {"issues": ["ACME-1"]})
    ada.do("POST", "/rest/agile/1.0/epic/ACME-2", {"done": True}, status=200)
    assert [item["key"] for item in ada.get("/rest/agile/1.0/board/1/epic?done=true")["values"]] == ["ACME-2"]


def test_boards_are_found_and_described(ada: Jira) -> None:
    assert ada.get("/rest/agile/1.0/board?name=acme&projectKeyOrId=ACME&type=scrum")["total"] == 1
    ranking = ada.get("/rest/agile/1.0/board/1/configuration")["ranking"]
    assert ranking == {"rankCustomFieldId": 10019}
    assert ada.get("/rest/agile/1.0/board/1/project")["values"][0]["key"] == "ACME"
    assert [item["name"] for item in ada.get("/rest/agile/1.0/board/1/version")["values"]] == ["1.0", "1.1"]


def test_versions_and_components_are_the_leads_to_make(ada: Jira, grace: Jira) -> None:
    version = {"name": "2.0", "projectId": 10000, "releaseDate": "2027-01-01"}
    ada.refused("POST", "/rest/api/3/version", version, status=403)
    made = grace.do("POST", "/rest/api/3/version", version, status=201)
    assert made["releaseDate"] == "2027-01-01"
    path = f"/rest/api/3/version/{made['id']}"
    assert grace.do("PUT", path, {"released": True}, status=200)["released"] is True
    grace.refused("PUT", path, {"name": "1.0"})
    component = grace.do("POST", "/rest/api/3/component", {"name": "Mail", "project": "ACME"}, status=201)
    assert ada.get(f"/rest/api/3/component/{component['id']}")["name"] == "Mail"
    assert len(ada.get("/rest/api/3/project/ACME/components")) == 3
    assert ada.get("/rest/api/3/project/ACME/component")["total"] == 3


@pytest.mark.parametrize(
    ("path", "look"),
    [
        ("/rest/api/3/issuetype", lambda it: [x["name"] for x in it][:2] == ["Epic", "Story"]),
        ("/rest/api/3/issuetype/10004", lambda it: it["subtask"] is True),
        ("/rest/api/3/issuetype/project?projectId=10000", lambda it: len(it) == 5),
        ("/rest/api/3/status", lambda it: [x["name"] for x in it][:3] == ["To Do", "In Progress", "Done"]),
        ("/rest/api/3/status/Done", lambda it: it["statusCategory"]["key"] == "done"),
        ("/rest/api/3/statuscategory", lambda it: {x["key"] for x in it} == {"new", "indeterminate", "done"}),
        ("/rest/api/3/priority", lambda it: it[0]["name"] == "Highest"),
        ("/rest/api/3/priority/search", lambda it: it["total"] == 5),
        ("/rest/api/3/priority/3", lambda it: it["name"] == "Medium"),
        ("/rest/api/3/resolution", lambda it: [x["name"] for x in it] == ["Done"]),
        ("/rest/api/3/issueLinkType", lambda it: len(it["issueLinkTypes"]) == 4),
        ("/rest/api/3/issueLinkType/10000", lambda it: it["outward"] == "blocks"),
        ("/rest/api/3/label", lambda it: "payment" in it["values"]),
        ("/rest/api/3/field", lambda it: {"summary", "customfield_10020"} <= {x["id"] for x in it}),
        (
            "/rest/api/3/field/search?query=sprint",
            lambda it: it["values"][0]["clauseNames"][0] == "cf[10020]",
        ),
        ("/rest/api/3/project/ACME/statuses", lambda it: it[0]["statuses"][0]["name"] == "To Do"),
        ("/rest/api/3/project/search?query=shop", lambda it: [x["key"] for x in it["values"]] == ["SHOP"]),
        ("/rest/api/3/issue/createmeta/ACME/issuetypes", lambda it: it["total"] == 5),
        (
            "/rest/api/3/issue/createmeta/ACME/issuetypes/10001",
            lambda it: {"summary", "project"} <= {x["fieldId"] for x in it["fields"] if x["required"]},
        ),
        (
            "/rest/api/2/issue/createmeta?projectKeys=ACME&expand=projects.issuetypes.fields&issuetypeNames=Bug",
            lambda it: "summary" in it["projects"][0]["issuetypes"][0]["fields"],
        ),
        ("/rest/api/3/issue/ACME-3/editmeta", lambda it: it["fields"]["labels"]["operations"][0] == "add"),
        ("/rest/api/3/user/search?query=grace", lambda it: it[0]["displayName"] == "Grace Hopper"),
        ("/rest/api/3/user/assignable/search?project=ACME&query=", lambda it: len(it) == 4),
        ("/rest/api/3/user/assignable/multiProjectSearch?projectKeys=ACME", lambda it: len(it) == 4),
        (f"/rest/api/3/user/bulk?accountId={BO_ACCOUNT}", lambda it: it["total"] == 1),
        (f"/rest/api/3/user/search?accountId={BO_ACCOUNT}", lambda it: it[0]["displayName"] == "Bo Diddley"),
        ("/rest/api/3/attachment/meta", lambda it: it["enabled"] is True),
        (
            "/rest/api/3/issue/picker?query=seat",
            lambda it: {"ACME-2", "ACME-4", "ACME-6"} <= {x["key"] for x in it["sections"][0]["issues"]},
        ),
    ],
    ids=lambda value: value.partition("?")[0] if isinstance(value, str) else "",
)
def test_what_describes_jira_is_told(ada: Jira, path: str, look: Callable[[Any], bool]) -> None:
    assert look(ada.get(path))


def test_user_is_not_looked_up_by_name(ada: Jira) -> None:
    ada.refused("GET", "/rest/api/3/user?username=ada")


def test_avatar_of_a_project_is_served_by_the_api(ada: Jira) -> None:
    links = ada.get("/rest/api/3/project/ACME")["avatarUrls"]
    path = links["48x48"].removeprefix("http://sandbox.test:8000")
    answer = ada.call("GET", path)
    assert answer.status == 200
    assert str(answer.header("content-type")).startswith("image/svg+xml")


def test_histories_of_several_issues_at_once(ada: Jira) -> None:
    found = ada.do(
        "POST", "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["ACME-3", "ACME-4"]}, status=200
    )
    assert [(item["issueId"], len(item["changeHistories"])) for item in found["issueChangeLogs"]] == [
        ("10102", 1)
    ]
    ada.refused("POST", "/rest/api/3/changelog/bulkfetch", {})


def test_links_start_with_the_address_that_was_called(client: Client) -> None:
    token = client.token("read:jira-work")
    for version in ("2", "3"):
        text = client.through_gateway("GET", f"/rest/api/{version}/issue/ACME-3", token).json
        base = f"http://sandbox.test:8000{client.gateway}/rest/api/{version}/"
        assert text["self"].startswith(base)
        assert text["fields"]["attachment"][0]["content"].startswith(f"{base}attachment/content/")
        assert text["fields"]["status"]["self"].startswith(base)


def test_answers_of_jira_carry_its_rate_limit(client: Client) -> None:
    answer = client.through_gateway("GET", "/rest/api/3/myself", client.token("read:jira-user"))
    assert answer.header("x-ratelimit-limit") == "100"
    assert client.through_gateway("GET", "/rest/api/3/myself", "nobody's").header("x-ratelimit-limit") is None


def test_there_is_no_session_resource(client: Client, ada: Jira) -> None:
    assert ada.call("GET", "/rest/auth/1/session").status == 404
    assert client.through_gateway("GET", "/rest/auth/1/session", client.token("read:jira-user")).status == 401


def test_there_are_more_than_a_hundred_operations() -> None:
    assert len(HANDLERS) > 100
