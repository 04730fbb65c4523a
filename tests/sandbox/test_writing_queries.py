"""While a query is written: fields, functions and values to go on with, mistakes in words, and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from ownkey.sandbox.jira.searching.completion import marked, quoted

if TYPE_CHECKING:
    from tests.sandbox.conftest import Jira

REFERENCE = "/rest/api/3/jql/autocompletedata"


def suggested(jira: Jira, field: str, text: str = "", **more: str) -> list[str]:
    query = "&".join(
        f"{name}={quote(value)}" for name, value in {"fieldName": field, "fieldValue": text, **more}.items()
    )
    return [one["value"] for one in jira.get(f"{REFERENCE}/suggestions?{query}")["results"]]


def parsed(jira: Jira, *queries: str, validation: str = "strict") -> list[Any]:
    path = f"/rest/api/3/jql/parse?validation={validation}"
    return list(jira.do("POST", path, {"queries": list(queries)}, status=200)["queries"])


def test_fields_functions_and_reserved_words_are_listed(ada: Jira) -> None:
    listed = ada.get(REFERENCE)
    fields = {one["displayName"]: one for one in listed["visibleFieldNames"]}
    assert fields["summary"]["operators"] == ["~", "!~", "is", "is not"]
    assert fields["due"]["operators"][-4:] == ["<", "<=", "is", "is not"]
    sprint = fields["Sprint - cf[10020]"]
    assert (sprint["value"], sprint["cfid"], sprint["auto"]) == ("Sprint", "cf[10020]", "true")
    assert fields["Story Points - cf[10028]"]["value"] == '"Story Points"'
    functions = {one["value"]: one["isList"] for one in listed["visibleFunctionNames"]}
    assert (functions["currentUser()"], functions["openSprints()"]) == ("false", "true")
    assert {"and", "or", "empty"} <= set(listed["jqlReservedWords"])


def test_each_listed_function_and_field_can_be_used(ada: Jira) -> None:
    listed = ada.get(REFERENCE)
    for one in listed["visibleFieldNames"]:
        (answer,) = parsed(ada, f"{one['value']} is not EMPTY")
        assert answer["errors"] == [], one
    arguments = {"linkedIssues()": "linkedIssues(ACME-3)"}
    for one in listed["visibleFunctionNames"]:
        name = arguments.get(one["value"], one["value"])
        field = {"java.util.Date": "created", "com.atlassian.jira.user.ApplicationUser": "assignee"}
        by_kind = field | {
            "com.atlassian.greenhopper.service.sprint.Sprint": "sprint",
            "com.atlassian.jira.project.version.Version": "fixVersion",
            "com.atlassian.jira.issue.issuetype.IssueType": "type",
            "com.atlassian.jira.issue.Issue": "key",
        }
        verb = "in" if one["isList"] == "true" else "="
        (answer,) = parsed(ada, f"{by_kind[one['types'][0]]} {verb} {name}")
        assert answer["errors"] == [], name


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        ("project", "to", ["TOUR"]),
        ("status", "in", ['"In Progress"', '"In Review"']),
        ("issuetype", "s", ["Story", "Task", "Subtask"]),
        ("priority", "high", ["Highest", "High"]),
        ("assignee", "bo d", ['"712020:b0d1dd1e-0000-4000-8000-000000000002"']),
        ("labels", "cre", ["crew"]),
        ("sprint", "tour sprint 3", ["13"]),
        ("cf[10020]", "tour sprint 3", ["13"]),
        ("fixVersion", "sum", ["Summer"]),
        ("component", "", ["Checkout", "Seats", "Trucks", "Lights"]),
        ("summary", "x", []),
        ("level", "", ['"Core team"']),
    ],
)
def test_values_of_a_field_are_suggested(ada: Jira, field: str, text: str, values: list[str]) -> None:
    assert suggested(ada, field, text) == values


def test_values_for_a_change_are_suggested(ada: Jira) -> None:
    assert suggested(ada, "status", predicateName="to", predicateValue="done") == ["Done"]
    by = suggested(ada, "status", predicateName="by", predicateValue="ada")
    assert by == ['"712020:ada0c0de-0000-4000-8000-000000000001"']
    ada.refused("GET", f"{REFERENCE}/suggestions?fieldName=status&predicateName=with")


def test_suggestions_show_what_one_may_see(ada: Jira, bo: Jira, charlie: Jira) -> None:
    assert suggested(ada, "project", "sal") == ["PAY"]
    assert suggested(bo, "project", "sal") == []
    assert suggested(charlie, "sprint", "tour") == []
    assert suggested(charlie, "level") == []
    assert suggested(charlie, "labels", "crew") == []


def test_suggestions_mark_what_was_typed_and_stay_harmless_html(ada: Jira) -> None:
    (one,) = ada.get(f"{REFERENCE}/suggestions?fieldName=project&fieldValue=tour")["results"]
    assert one["displayName"] == "<b>Tour</b> 2027 (TOUR)"
    assert marked("<i>x</i>", "x") == "&lt;i&gt;<b>x</b>&lt;/i&gt;"
    assert [quoted(text) for text in ("Done", "In Progress", 'a"b', "and", "ü")] == [
        "Done", '"In Progress"', '"a\\"b"', '"and"', '"ü"',
    ]  # fmt: skip


def test_a_query_is_taken_apart(ada: Jira) -> None:
    (answer,) = parsed(
        ada, "project = ACME AND (labels in (a, b) OR assignee = currentUser()) ORDER BY due DESC, key"
    )
    where = answer["structure"]["where"]
    assert where["operator"] == "and"
    assert where["clauses"][0] == {
        "field": {"name": "project", "encodedName": "project"},
        "operator": "=",
        "operand": {"value": "ACME", "encodedValue": "ACME"},
    }
    either = where["clauses"][1]["clauses"]
    assert [value["value"] for value in either[0]["operand"]["values"]] == ["a", "b"]
    assert either[1]["operand"]["function"] == "currentuser"
    order = answer["structure"]["orderBy"]["fields"]
    assert [(one["field"]["name"], one["direction"]) for one in order] == [("due", "desc"), ("key", "asc")]
    (past,) = parsed(ada, "status changed to Done by currentUser() after -5d")
    assert [one["operator"] for one in past["structure"]["where"]["predicates"]] == ["to", "by", "after"]


def test_mistakes_are_sentences(ada: Jira) -> None:
    answers = parsed(ada, "nonsense here", "colour = red", "summary = x", "project = NOPE", "project = ACME")
    assert ["structure" in one for one in answers] == [False, False, False, False, True]
    assert "Expecting operator but got 'here'." in answers[0]["errors"][0]
    assert "(line 1, character 10)" in answers[0]["errors"][0]
    assert answers[1]["errors"] == ["Field 'colour' does not exist or you do not have permission to view it."]
    assert answers[3]["errors"] == ["The value 'NOPE' does not exist for the field 'project'."]
    (warned,) = parsed(ada, "project = NOPE", validation="warn")
    assert (warned["errors"], warned["warnings"], "structure" in warned) == ([], answers[3]["errors"], True)
    (unchecked,) = parsed(ada, "colour = red", validation="none")
    assert (unchecked["errors"], "structure" in unchecked) == ([], True)
    ada.refused("POST", "/rest/api/3/jql/parse?validation=maybe", {"queries": ["a = 1"]})
    ada.refused("POST", "/rest/api/3/jql/parse", {"queries": []})


def test_issues_are_matched_with_queries(ada: Jira, bo: Jira) -> None:
    body = {
        "jqls": ["project = TOUR", "type = Bug", "colour = red"],
        "issueIds": [11411, 11413, 11424, 10104, 1],
    }
    hers = ada.do("POST", "/rest/api/3/jql/match", body, status=200)["matches"]
    assert hers[0] == {"matchedIssues": [11411, 11413, 11424], "errors": []}
    assert hers[1]["matchedIssues"] == [10104, 11413, 11424]
    assert hers[2]["errors"] == ["Field 'colour' does not exist or you do not have permission to view it."]
    his = bo.do("POST", "/rest/api/3/jql/match", body, status=200)["matches"]
    assert his[0]["matchedIssues"] == [11411, 11413]


def names(filters: list[Any]) -> list[str]:
    return [one["name"] for one in filters]


def test_filters_are_ones_own_shared_or_favourite(ada: Jira, bo: Jira, charlie: Jira, grace: Jira) -> None:
    assert names(ada.get("/rest/api/3/filter/my")) == ["Filter for CREW board", "My open issues"]
    assert names(ada.get("/rest/api/3/filter/favourite")) == ["Late", "My open issues", "What I pay"]
    assert names(ada.get("/rest/api/3/filter/my?includeFavourites=true"))[1:] == [
        "Late",
        "My open issues",
        "What I pay",
    ]
    assert names(bo.get("/rest/api/3/filter/favourite")) == ["Bugs of the tour"]
    assert names(charlie.get("/rest/api/3/filter/favourite")) == ["Late"]
    seen = names(charlie.get("/rest/api/3/filter/search")["values"])
    assert seen == [
        "Everything on stage",
        "Filter for ACME board",
        "Filter for DESK board",
        "Filter for NEXT board",
        "Late",
    ]
    assert "What I pay" in names(grace.get("/rest/api/3/filter/my"))
    bo.refused("GET", "/rest/api/3/filter/10473")


def test_filters_are_searched_for_and_described(ada: Jira) -> None:
    path = "/rest/api/3/filter/search"
    (plain,) = ada.get(f"{path}?filterName=late")["values"]
    assert set(plain) == {"expand", "self", "id", "name"}
    (full,) = ada.get(f"{path}?id=10471&expand=jql,owner,favourite,favouritedCount,viewUrl,sharePermissions")[
        "values"
    ]
    assert (full["jql"], full["owner"]["displayName"]) == (
        "due < now() AND statusCategory != Done ORDER BY due",
        "Bo Diddley",
    )
    assert (full["favourite"], full["favouritedCount"]) == (True, 2)
    assert full["viewUrl"] == "http://sandbox.test:8000/issues/?filter=10471"
    assert full["sharePermissions"][0]["type"] == "authenticated"
    bos = ada.get("/rest/api/3/user/search?query=bo%20d")[0]["accountId"]
    assert names(ada.get(f"{path}?accountId={bos}")["values"]) == [
        "Filter for DESK board",
        "Filter for SHOP board",
        "Late",
    ]
    assert names(ada.get(f"{path}?orderBy=-name&maxResults=1")["values"]) == ["What I pay"]
    assert ada.get("/rest/api/3/filter/10472")["sharePermissions"][0]["project"]["key"] == "TOUR"
    ada.refused("GET", f"{path}?orderBy=colour")


def test_each_boards_filter_can_be_found_by_asking_for_its_boards(ada: Jira) -> None:
    for item in ada.get("/rest/api/3/filter/search?expand=jql")["values"]:
        boards = ada.get(f"/rest/agile/1.0/board?filterId={item['id']}")["values"]
        for board in boards:
            assert ada.get(f"/rest/agile/1.0/board/{board['id']}/configuration")["filter"]["id"] == item["id"]
