"""Search lags behind writes by a settable time; what is read by id or named to be reconciled never does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from ownkey.sandbox.cloud import Cloud
    from tests.sandbox.conftest import Client, Clock, Jira

ISSUE = "/rest/api/3/issue/ACME-3"
OLD, NEW = "Pay with a card", "Pay with a coin"


def lag(jira: Jira, seconds: float) -> None:
    jira.client.control("POST", "search-lag", {"seconds": seconds})


def found(jira: Jira, jql: str, **more: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    body = {"jql": jql, "fields": ["summary"], "maxResults": 100, **more}
    page = jira.do("POST", "/rest/api/3/search/jql", body, status=200)
    return {issue["key"]: issue["fields"]["summary"] for issue in page["issues"]}


def rename(jira: Jira, summary: str) -> None:
    jira.do("PUT", ISSUE, {"fields": {"summary": summary}})


def test_without_a_lag_a_change_is_found_at_once(ada: Jira) -> None:
    rename(ada, NEW)
    assert found(ada, f'summary ~ "{NEW}"') == {"ACME-3": NEW}


def test_a_change_is_found_after_the_lag_and_not_before(ada: Jira, clock: Clock) -> None:
    lag(ada, 10)
    rename(ada, NEW)
    clock.advance(seconds=9)
    assert found(ada, "key = ACME-3") == {"ACME-3": OLD}
    assert found(ada, 'summary ~ "coin"') == {}
    clock.advance(seconds=1)
    assert found(ada, "key = ACME-3") == {"ACME-3": NEW}
    assert found(ada, 'summary ~ "coin"') == {"ACME-3": NEW}


def test_what_is_read_by_id_is_never_behind(ada: Jira) -> None:
    lag(ada, 60)
    rename(ada, NEW)
    assert ada.get(ISSUE)["fields"]["summary"] == NEW
    body = {"issueIdsOrKeys": ["ACME-3"], "fields": ["summary"]}
    fetched = ada.do("POST", "/rest/api/3/issue/bulkfetch", body, status=200)
    assert fetched["issues"][0]["fields"]["summary"] == NEW
    assert ada.last_change()[1][0]["toString"] == NEW
    changes = ada.do("POST", "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["ACME-3"]}, status=200)
    assert changes["issueChangeLogs"][0]["changeHistories"][-1]["items"][0]["toString"] == NEW


def test_named_issues_are_reconciled_and_others_are_not(ada: Jira) -> None:
    lag(ada, 60)
    rename(ada, NEW)
    ada.do("PUT", "/rest/api/3/issue/ACME-4", {"fields": {"summary": "Choose a coin"}})
    assert found(ada, 'summary ~ "coin"', reconcileIssues=[10102]) == {"ACME-3": NEW}
    assert found(ada, 'summary ~ "card"', reconcileIssues=[10102]) == {}
    assert found(ada, "key in (ACME-3, ACME-4)", reconcileIssues=[10103])["ACME-4"] == "Choose a coin"
    body = {"jql": "key = ACME-3", "reconcileIssues": list(range(51))}
    ada.refused("POST", "/rest/api/3/search/jql", body)
    by_get = ada.get("/rest/api/3/search/jql?jql=key%3DACME-3&fields=summary&reconcileIssues=10102")
    assert by_get["issues"][0]["fields"]["summary"] == NEW


def test_what_is_made_appears_late_and_what_is_deleted_stays_a_while(
    ada: Jira, grace: Jira, clock: Clock
) -> None:
    lag(ada, 5)
    fields = {"project": {"key": "ACME"}, "issuetype": {"name": "Task"}, "summary": "Count the coins"}
    made = ada.do("POST", "/rest/api/3/issue", {"fields": fields}, status=201)
    grace.do("DELETE", "/rest/api/3/issue/ACME-8")
    assert made["key"] not in found(ada, "project = ACME")
    assert made["key"] in found(ada, "project = ACME", reconcileIssues=[int(made["id"])])
    assert "ACME-8" in found(ada, "project = ACME")
    assert "ACME-8" not in found(ada, "project = ACME", reconcileIssues=[10107])
    ada.refused("GET", "/rest/api/3/issue/ACME-8", status=404)
    clock.advance(seconds=5)
    assert made["key"] in found(ada, "project = ACME")
    assert "ACME-8" not in found(ada, "project = ACME")


def test_boards_and_sprints_lag_as_search_does(ada: Jira, clock: Clock) -> None:
    def on(path: str) -> list[str]:
        return [issue["key"] for issue in ada.get(f"/rest/agile/1.0/{path}?fields=summary")["issues"]]

    lag(ada, 5)
    ada.do("POST", "/rest/agile/1.0/sprint/1/issue", {"issues": ["ACME-6"]})
    assert "ACME-6" not in on("sprint/1/issue")
    assert "ACME-6" in on("board/1/issue")
    clock.advance(seconds=5)
    assert "ACME-6" in on("sprint/1/issue")


def test_several_changes_come_one_after_another(ada: Jira, clock: Clock) -> None:
    lag(ada, 10)
    for summary in ("One", "Two", "Three"):
        rename(ada, summary)
        clock.advance(seconds=4)
    seen = [found(ada, "key = ACME-3")["ACME-3"]]
    for _ in range(3):
        clock.advance(seconds=4)
        seen.append(found(ada, "key = ACME-3")["ACME-3"])
    assert seen == ["One", "Two", "Three", "Three"]


def test_a_shorter_lag_brings_changes_forward_and_none_shows_all(ada: Jira, clock: Clock) -> None:
    lag(ada, 60)
    rename(ada, "One")
    lag(ada, 2)
    rename(ada, "Two")
    clock.advance(seconds=2)
    assert found(ada, "key = ACME-3") == {"ACME-3": "Two"}
    lag(ada, 60)
    rename(ada, "Three")
    lag(ada, 0)
    assert found(ada, "key = ACME-3") == {"ACME-3": "Three"}


@pytest.mark.parametrize("seconds", [-1, "5", True, None, 10**9])
def test_a_lag_that_is_none_is_refused(client: Client, seconds: object) -> None:
    answer = client.call("POST", "/_sandbox/search-lag", body=json.dumps({"seconds": seconds}).encode())
    assert answer.status == 400
    assert "seconds" in answer.json["error"]


def test_a_sandbox_can_lag_from_the_start_and_goes_on_so_after_a_reset(
    make_client: Callable[..., Client], clock: Clock
) -> None:
    client = make_client(search_lag_s=5)
    for _ in range(2):
        cloud: Cloud = client.cloud
        issue = cloud.world.issue("ACME-3")
        assert issue is not None
        issue.summary = NEW
        cloud.world.index.note(cloud.world, clock())
        assert cloud.world.index.issues(cloud.world, clock())[issue.id].summary == OLD
        client.control("POST", "reset")
