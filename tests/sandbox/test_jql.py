"""JQL finds what it would find in Jira; what the sandbox does not understand is refused as Jira does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.sandbox.jira.searching.jql import parse
from ownkey.sandbox.jira.searching.jql_tree import JqlError

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Client

ADA, GRACE = "712020:ada0c0de-0000-4000-8000-000000000001", "grace@acme.example"


def search(client: Client, body: dict[str, Any], *, path: str = "/rest/api/3/search/jql") -> Answer:
    token = client.token(unscoped=True)
    headers = {"content-type": "application/json"}
    return client.call(
        "POST", path, auth=("ada@acme.example", token), headers=headers, body=json.dumps(body).encode()
    )


def keys(client: Client, jql: str) -> list[str]:
    """Return what a query finds in two projects whose issues have always been there."""
    where, _, order = jql.partition(" ORDER BY ")
    within = f"project in (ACME, SHOP) AND ({where})" + (f" ORDER BY {order}" if order else "")
    answer = search(client, {"jql": within, "fields": ["key"]})
    assert answer.status == 200, answer.text
    return [issue["key"] for issue in answer.json["issues"]]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = shop", "SHOP-1 SHOP-2 SHOP-3 SHOP-4"),
        ('project = "Web shop" AND status = Done', "SHOP-4"),
        ("issuekey in (ACME-3, acme-4)", "ACME-3 ACME-4"),
        ("id = 10100", "ACME-1"),
        ("assignee = currentUser() AND project = ACME", "ACME-1 ACME-3 ACME-5 ACME-7"),
        (
            f'assignee = "{ADA}" and statusCategory != done',
            "ACME-1 ACME-3 ACME-5",
        ),
        ("assignee is EMPTY", "ACME-6 ACME-8 SHOP-3"),
        ("project = ACME AND assignee is not EMPTY AND NOT type = Epic", "ACME-3 ACME-4 ACME-5 ACME-7"),
        ("assignee not in (currentUser()) AND project = ACME", "ACME-2 ACME-4"),
        ("sprint in openSprints()", "ACME-3 ACME-4 ACME-5 ACME-7"),
        ("sprint = 2 OR sprint = 'ACME Sprint 2'", "ACME-6"),
        ("cf[10020] in futureSprints()", "ACME-6"),
        ('"Epic Link" = ACME-2 OR parent = ACME-2', "ACME-6"),
        ("(project = SHOP OR sprint = 1) AND issuetype in (Bug, Task)", "ACME-5 ACME-7 SHOP-1 SHOP-2"),
        ("project = SHOP && !(status = Done) || key = ACME-1", "ACME-1 SHOP-1 SHOP-2 SHOP-3"),
        ('text ~ "card"', "ACME-3"),
        ("summary ~ 'seat*' ORDER BY key DESC", "ACME-6 ACME-4 ACME-2"),
        ('comment ~ "everybody"', "ACME-3"),
        ("description !~ refunds AND key in (ACME-3, ACME-4)", "ACME-4"),
        ("labels = payment", "ACME-3"),
        ("component = Checkout AND fixVersion = '1.1'", "ACME-3"),
        ("resolution = Unresolved AND project = SHOP", "SHOP-1 SHOP-2 SHOP-3"),
        ("created >= '2026-09-01 13:00' AND created < '2026/09/01 15:00'", "ACME-4 ACME-5"),
        ("created > -1d OR updated < startOfYear(-100y)", ""),
        ("resolved is not empty", "ACME-7 SHOP-4"),
        ('"Story point estimate" >= 5', "ACME-3"),
        ("priority = Medium AND priority < High AND sprint = 2", "ACME-6"),
        ("priority > Medium", ""),
        ("key = ACME-1 ORDER BY priority DESC, created", "ACME-1"),
        (
            "project = ACME AND sprint = 1 ORDER BY assignee, rank DESC",
            "ACME-7 ACME-5 ACME-3 ACME-4",
        ),
        ("reporter = grace@acme.example and sprint is empty and type != Epic", "ACME-8 SHOP-3"),
    ],
)
def test_query_finds(client: Client, jql: str, found: str) -> None:
    assert keys(client, jql) == found.split()


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("status was 'To Do'", "ACME-1 ACME-2 ACME-3 ACME-4 ACME-5 ACME-6 ACME-8 SHOP-2 SHOP-3"),
        ("status was 'In Progress' AND project = ACME", "ACME-1 ACME-3"),
        ("status was not in ('To Do', Done)", "SHOP-1"),
        ("status was 'To Do' before '2026-09-01 13:00'", "ACME-1 ACME-2 ACME-3"),
        ("status was 'In Progress' by currentUser()", "ACME-3"),
        ("status was 'In Progress' on '2026-09-01' AND project = ACME", ""),
        ("status was 'In Progress' during ('2026-09-02', '2026-09-03') AND project = ACME", "ACME-1 ACME-3"),
        ("status changed", "ACME-1 ACME-3"),
        ("status changed from 'To Do' to ('In Progress', Done) by grace@acme.example", "ACME-1"),
        ("status changed after '2026-09-02' and status changed before startOfDay()", "ACME-1 ACME-3"),
        ("status changed after -1d", ""),
        ("assignee was EMPTY AND project = ACME", "ACME-6 ACME-8"),
        ("priority was Medium AND key = ACME-1", "ACME-1"),
    ],
)
def test_query_finds_what_was(client: Client, jql: str, found: str) -> None:
    assert keys(client, jql) == found.split()


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("watcher = currentUser() AND project in (ACME, TOUR) ORDER BY key", "ACME-3 TOUR-5 TOUR-11"),
        ("key in linkedIssues(TOUR-12) ORDER BY key", "SHOP-1 TOUR-11"),
        ("key in linkedIssues(TOUR-12, 'is blocked by')", "SHOP-1"),
        ("key in watchedIssues() AND project = TOUR ORDER BY key", "TOUR-5 TOUR-11"),
        ("key in votedIssues()", "CREW-4"),
        ("project = CREW AND type in subTaskIssueTypes()", "CREW-7"),
        ("project = TOUR AND fixVersion in unreleasedVersions() ORDER BY key", "TOUR-11 TOUR-12 TOUR-23"),
        ("project = TOUR AND fixVersion in releasedVersions()", "TOUR-5"),
        ("project = TOUR AND votes > 0", "TOUR-11"),
        ("project = TOUR AND attachments is not EMPTY", "TOUR-11"),
        ("project = TOUR AND hierarchyLevel = 1 ORDER BY key", "TOUR-1 TOUR-2 TOUR-3"),
        ("filter = 'Bugs of the tour' AND statusCategory != Done ORDER BY key", "TOUR-13 TOUR-24"),
        ("filter not in (10472) AND project = TOUR AND type = Bug", ""),
        ("project = TOUR AND due < now() AND resolution = Unresolved", "TOUR-13"),
        ("sprint in (11, 'TOUR Sprint 2') AND type = Bug", "TOUR-8"),
        ("project = DESK ORDER BY assignee, key", "DESK-1 DESK-2 DESK-4 DESK-5 DESK-3"),
    ],
)
def test_query_finds_by_what_planning_adds(client: Client, jql: str, found: str) -> None:
    answer = search(client, {"jql": jql, "fields": ["key"]})
    assert [issue["key"] for issue in answer.json["issues"]] == found.split()


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("key = ACME-99", "An issue with key 'ACME-99' does not exist for field 'key'."),
        ("status = Nowhere", "The value 'Nowhere' does not exist for the field 'status'."),
        ("project ~ ACME", "The operator '~' is not supported by the 'project' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("assignee = me()", "Unable to find JQL function 'me()'."),
        ("due < EMPTY", "The operator '<' is not supported by the 'due' field."),
        ("sprint = 'No such sprint'", "The value 'No such sprint' does not exist for the field 'sprint'."),
        ("project", "Expecting operator"),
        ("project = ACME nonsense", "but got 'nonsense'. (line 1, character 16)"),
        ("project = ACME AND\n  nonsense", "before the end of the query."),
        ("project = ACME\n  nonsense", "but got 'nonsense'. (line 2, character 3)"),
        ("project = (", "either a value, list or function"),
        ("summary was x", "The operator 'was' is not supported by the 'summary' field."),
        ("status was Nowhere", "The value 'Nowhere' does not exist for the field 'status'."),
        ("status was Done from Done", "The predicate 'from' goes with CHANGED only."),
        ("status changed during (1d, 2d, 3d)", "The predicate 'during' has too few or too many dates."),
        ("filter = Nothing", "The value 'Nothing' does not exist for the field 'filter'."),
        ("key in linkedIssues(ACME-99)", "Issue 'ACME-99' could not be found"),
        ("created > yesterday", "Date value 'yesterday' is invalid."),
        ("project = ACME ORDER", "Expecting by"),
        ("", "Unbounded JQL queries are not allowed here."),
        ("ORDER BY created", "Unbounded JQL queries are not allowed here."),
        ("project = ACME ORDER BY colour", "Field 'colour' does not exist"),
    ],
)
def test_query_is_refused_in_jiras_words(client: Client, jql: str, message: str) -> None:
    answer = search(client, {"jql": jql})
    assert answer.status == 400
    assert set(answer.json) == {"errorMessages", "errors"}
    assert message in answer.json["errorMessages"][0]


@given(st.text(alphabet="abAN DORnotiIsy=!~<>()'\"\\,|&[]10.-", max_size=60) | st.text(max_size=40))
def test_whatever_is_asked_is_parsed_or_refused(jql: str) -> None:
    try:
        parse(jql)
    except JqlError as error:
        assert str(error)  # noqa: PT017 - that it says something is the point


def test_deeply_nested_query_is_refused() -> None:
    with pytest.raises(JqlError, match="too deeply"):
        parse("(" * 5000 + "a = 1" + ")" * 5000)


def test_pages_follow_each_other_by_token(client: Client) -> None:
    jql, found, token, sizes = "project in (ACME, SHOP) ORDER BY key", [], None, []
    while True:
        body = {"jql": jql, "fields": ["summary"], "maxResults": 5} | (
            {"nextPageToken": token} if token else {}
        )
        page = search(client, body).json
        found += [issue["key"] for issue in page["issues"]]
        sizes.append(len(page["issues"]))
        token = page.get("nextPageToken")
        assert page["isLast"] == (token is None)
        if token is None:
            break
    assert sizes == [5, 5, 2]
    assert found == keys(client, jql)
    assert len(set(found)) == 12


@pytest.mark.parametrize("token", ["rubbish", "", "NTo="])
def test_page_token_of_another_query_is_refused(client: Client, token: str) -> None:
    page = search(client, {"jql": "project = ACME", "maxResults": 1, "nextPageToken": ""}).json
    given = token or page["nextPageToken"]
    assert search(client, {"jql": "project = SHOP", "nextPageToken": given}).status == 400


def test_start_at_is_ignored_and_without_fields_there_is_only_an_id(client: Client) -> None:
    page = search(client, {"jql": "project = SHOP", "startAt": 3, "maxResults": 1}).json
    assert page["issues"] == [{"id": "10108"}]
    assert "total" not in page


def test_search_by_get_is_the_same_search(client: Client) -> None:
    query = f"jql={quote('project = SHOP ORDER BY key DESC')}&fields=summary,status&maxResults=2&expand=names"
    token = client.token("read:jira-work")
    page = client.through_gateway("GET", f"/rest/api/2/search/jql?{query}", token).json
    assert [issue["key"] for issue in page["issues"]] == ["SHOP-4", "SHOP-3"]
    assert set(page["issues"][0]["fields"]) == {"summary", "status"}
    assert page["names"] == {"summary": "Summary", "status": "Status"}


def test_count_counts(client: Client) -> None:
    path = "/rest/api/3/search/approximate-count"
    assert search(client, {"jql": "project = ACME"}, path=path).json == {"count": 8}
    assert search(client, {"jql": ""}, path=path).status == 400


@pytest.mark.parametrize("version", ["2", "3"])
def test_old_search_is_gone_as_it_is_in_jira(client: Client, version: str) -> None:
    answer = search(client, {"jql": "project = ACME"}, path=f"/rest/api/{version}/search")
    assert answer.status == 410
    assert "search/jql" in answer.json["errorMessages"][0]


def test_dates_are_meant_in_the_time_zone_of_the_person(client: Client) -> None:
    def found(email: str) -> list[str]:
        body = {"jql": "project = ACME AND created < '2026-09-01 07:00'", "fields": ["key"]}
        headers = {"content-type": "application/json"}
        auth = (email, client.token(email=email, unscoped=True))
        answer = client.call(
            "POST", "/rest/api/3/search/jql", auth=auth, headers=headers, body=json.dumps(body).encode()
        )
        return [issue["key"] for issue in answer.json["issues"]]

    assert found("ada@acme.example") == []
    assert found("bo@acme.example") == ["ACME-1", "ACME-2", "ACME-3"]
