"""Boards of every kind: scrum and kanban, company-managed and team-managed, with all that planning needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Jira

BOARDS = "/rest/agile/1.0/board"
FLAGGED, POINTS, STORY_POINTS, SPRINT = (
    "customfield_10021",
    "customfield_10016",
    "customfield_10028",
    "customfield_10020",
)


def keys(jira: Jira, path: str) -> list[str]:
    return [issue["key"] for issue in jira.get(f"/rest/agile/1.0/{path}")["issues"]]


def fields(jira: Jira, key: str) -> Any:  # noqa: ANN401 - any JSON
    return jira.get(f"/rest/api/3/issue/{key}")["fields"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("type=scrum", {"ACME board", "TOUR board", "NEXT board"}),
        ("type=kanban", {"SHOP board", "PAY board", "Everything on stage"}),
        ("type=simple", {"CREW board", "DESK board"}),
        ("type=kanban,simple&name=sho", {"SHOP board"}),
        ("projectKeyOrId=SHOP", {"SHOP board", "Everything on stage"}),
        ("filterId=10456", {"Everything on stage"}),
        ("filterId=10453", set()),
    ],
)
def test_boards_are_listed_by_kind_project_and_filter(ada: Jira, query: str, names: set[str]) -> None:
    assert {board["name"] for board in ada.get(f"{BOARDS}?{query}")["values"]} == names


def test_a_board_says_in_which_project_it_is(ada: Jira) -> None:
    location = ada.get(f"{BOARDS}/4")["location"]
    assert (location["projectKey"], location["projectId"]) == ("TOUR", 10004)
    assert location["displayName"] == "Tour 2027 (TOUR)"


def test_boards_are_listed_by_name_in_pages(ada: Jira) -> None:
    first = ada.get(f"{BOARDS}?orderBy=name&maxResults=5")
    second = ada.get(f"{BOARDS}?orderBy=name&maxResults=5&startAt=5")
    assert (first["isLast"], second["isLast"]) == (False, True)
    names = [board["name"] for page in (first, second) for board in page["values"]]
    assert len(names) == 8
    assert names == sorted(names)


def test_a_team_managed_project_is_next_gen_with_types_and_statuses_of_its_own(ada: Jira) -> None:
    crew, tour = ada.get("/rest/api/3/project/CREW"), ada.get("/rest/api/3/project/TOUR")
    assert (crew["style"], crew["simplified"]) == ("next-gen", True)
    assert (tour["style"], tour["simplified"]) == ("classic", False)
    own = ada.get("/rest/api/3/project/CREW/statuses")[0]
    shared = ada.get("/rest/api/3/project/TOUR/statuses")[0]
    assert own["statuses"][0]["scope"] == {"type": "PROJECT", "project": {"id": "10002"}}
    assert "scope" not in shared["statuses"][0]
    assert own["id"] != shared["id"]
    assert [status["name"] for status in own["statuses"]] == ["To Do", "In Progress", "Done"]
    assert [status["name"] for status in shared["statuses"]] == ["To Do", "In Progress", "In Review", "Done"]
    listed = {status["id"] for status in ada.get("/rest/api/3/status")}
    assert {status["id"] for kind in (own, shared) for status in kind["statuses"]} <= listed
    of_project = ada.get("/rest/api/3/issuetype/project?projectId=10002")
    assert {kind["id"] for kind in of_project} == {kind["id"] for kind in crew["issueTypes"]}


def test_an_epic_of_a_team_managed_project_is_a_parent_and_nothing_else(ada: Jira) -> None:
    story = fields(ada, "CREW-3")
    assert story["parent"]["key"] == "CREW-1"
    assert story["customfield_10014"] is None
    assert fields(ada, "TOUR-4")["customfield_10014"] == "TOUR-1"
    epics = ada.get(f"{BOARDS}/3/epic")["values"]
    assert [epic["key"] for epic in epics] == ["CREW-1", "CREW-2"]
    ada.refused("GET", "/rest/agile/1.0/epic/CREW-1")
    ada.refused("POST", "/rest/agile/1.0/epic/CREW-2/issue", {"issues": ["CREW-3"]})
    assert ada.get("/rest/agile/1.0/epic/TOUR-1")["key"] == "TOUR-1"


def test_sprints_are_closed_active_and_to_come_in_this_order(ada: Jira) -> None:
    sprints = ada.get(f"{BOARDS}/4/sprint")["values"]
    assert [sprint["state"] for sprint in sprints] == ["closed", "closed", "active", "future", "future"]
    assert {"startDate", "endDate", "completeDate"} <= set(sprints[0])
    assert not {"startDate", "completeDate"} & set(sprints[-1])
    later = ada.get(f"{BOARDS}/4/sprint?state=active,future&maxResults=2")
    assert ([one["name"] for one in later["values"]], later["isLast"]) == (
        ["TOUR Sprint 3", "TOUR Sprint 4"],
        False,
    )
    refused = ada.refused("GET", f"{BOARDS}/2/sprint")
    assert refused["errorMessages"] == ["The board doesn't support sprints."]


def test_an_issue_remembers_the_sprints_that_it_was_in(ada: Jira) -> None:
    sprints = fields(ada, "TOUR-11")[SPRINT]
    assert [(sprint["name"], sprint["state"]) for sprint in sprints] == [
        ("TOUR Sprint 2", "closed"),
        ("TOUR Sprint 3", "active"),
    ]
    shown = ada.get("/rest/agile/1.0/issue/TOUR-11")["fields"]
    assert shown["sprint"]["name"] == "TOUR Sprint 3"
    assert [sprint["name"] for sprint in shown["closedSprints"]] == ["TOUR Sprint 2"]
    assert shown["epic"]["key"] == "TOUR-2"
    assert "TOUR-11" in keys(ada, "sprint/12/issue?maxResults=100")
    assert "TOUR-11" in keys(ada, "board/4/sprint/13/issue?maxResults=100")


def test_closing_a_sprint_leaves_it_in_the_past_of_what_moves_on(ada: Jira) -> None:
    ada.do("POST", "/rest/agile/1.0/sprint/13", {"state": "closed"}, status=200)
    ada.do("POST", "/rest/agile/1.0/sprint/14/issue", {"issues": ["TOUR-12"]})
    assert [sprint["id"] for sprint in fields(ada, "TOUR-12")[SPRINT]] == [13, 14]
    _author, (change,) = ada.last_change("TOUR-12")
    assert (change["from"], change["to"]) == ("13", "13, 14")


def test_story_points_are_in_the_one_field_that_the_project_uses(ada: Jira) -> None:
    assert (fields(ada, "TOUR-12")[STORY_POINTS], fields(ada, "TOUR-12")[POINTS]) == (5, None)
    assert (fields(ada, "CREW-4")[POINTS], fields(ada, "CREW-4")[STORY_POINTS]) == (8, None)
    listed = {field["id"]: field for field in ada.get("/rest/api/3/field")}
    assert (listed[POINTS]["name"], listed[POINTS]["schema"]["type"]) == ("Story point estimate", "number")
    assert (listed[STORY_POINTS]["name"], listed[STORY_POINTS]["schema"]["type"]) == (
        "Story Points",
        "number",
    )
    ada.do("PUT", "/rest/api/3/issue/TOUR-12", {"fields": {STORY_POINTS: 6}})
    refused = ada.refused("PUT", "/rest/api/3/issue/TOUR-12", {"fields": {POINTS: 6}})
    assert POINTS in refused["errors"]
    configured = ada.get(f"{BOARDS}/4/configuration")["estimation"]["field"]
    assert configured == {"fieldId": STORY_POINTS, "displayName": "Story Points"}
    assert ada.get("/rest/agile/1.0/issue/TOUR-12/estimation") == {"fieldId": STORY_POINTS, "value": 6}


def test_a_flag_is_an_impediment(ada: Jira) -> None:
    (flag,) = fields(ada, "TOUR-12")[FLAGGED]
    assert flag["value"] == "Impediment"
    ada.do("PUT", "/rest/api/3/issue/TOUR-12", {"fields": {FLAGGED: None}})
    assert fields(ada, "TOUR-12")[FLAGGED] is None
    ada.do("PUT", "/rest/api/3/issue/TOUR-12", {"fields": {FLAGGED: [{"value": "Impediment"}]}})
    assert ada.last_change("TOUR-12")[1][0]["toString"] == "Impediment"
    ada.refused("PUT", "/rest/api/3/issue/TOUR-12", {"fields": {FLAGGED: [{"value": "Red"}]}})
    body = {"jql": "Flagged = Impediment", "fields": ["key"]}
    found = ada.do("POST", "/rest/api/3/search/jql", body, status=200)["issues"]
    assert {issue["key"] for issue in found} == {"TOUR-12", "CREW-6"}


def test_columns_hold_statuses_and_say_their_limits(ada: Jira) -> None:
    config = ada.get(f"{BOARDS}/4/configuration")
    columns = config["columnConfig"]["columns"]
    assert [(column["name"], column.get("min"), column.get("max")) for column in columns] == [
        ("To Do", None, None),
        ("Doing", None, 3),
        ("Review", 1, None),
        ("Done", None, None),
    ]
    assert columns[1]["statuses"][0]["id"] == "10001"
    assert config["columnConfig"]["constraintType"] == "issueCount"
    assert config["filter"]["id"] == "10454"
    kanban = ada.get(f"{BOARDS}/2/configuration")
    assert (kanban["type"], "estimation" in kanban, "query" in kanban["subQuery"]) == ("kanban", False, True)


def test_epics_are_on_kanban_boards_and_not_on_scrum_boards(ada: Jira) -> None:
    assert "TOUR-1" not in keys(ada, "board/4/issue?maxResults=100")
    assert "TOUR-1" in keys(ada, "board/6/issue?maxResults=100")


def test_the_backlog_is_what_is_open_and_in_no_sprint(ada: Jira) -> None:
    assert keys(ada, "board/4/backlog") == ["TOUR-23", "TOUR-24"]
    assert keys(ada, "board/3/backlog") == ["CREW-10"]
    assert keys(ada, "board/2/backlog") == []


def test_a_query_narrows_a_board(ada: Jira) -> None:
    assert keys(ada, "board/4/issue?jql=type%20%3D%20Bug&fields=summary") == ["TOUR-8", "TOUR-13", "TOUR-24"]
    assert keys(ada, "board/4/epic/TOUR-2/issue?jql=sprint%3D13") == ["TOUR-11", "TOUR-14"]
    assert "TOUR-6" in keys(ada, "board/4/epic/none/issue")


def test_what_else_a_board_has(ada: Jira) -> None:
    quick = ada.get(f"{BOARDS}/4/quickfilter")["values"]
    assert [item["jql"] for item in quick] == ["assignee = currentUser()", "type = Bug"]
    assert "Velocity Chart" in {report["name"] for report in ada.get(f"{BOARDS}/4/reports")["reports"]}
    features = {one["boardFeature"]: one["state"] for one in ada.get(f"{BOARDS}/5/features")["features"]}
    assert features["SPRINTS"] == "DISABLED"
    versions = ada.get(f"{BOARDS}/4/version?released=false")["values"]
    assert [version["name"] for version in versions] == ["Summer"]
    projects = ada.get(f"{BOARDS}/6/project")["values"]
    assert [project["key"] for project in projects] == ["ACME", "TOUR", "SHOP"]


def test_links_say_what_blocks_what_over_projects(ada: Jira) -> None:
    links = fields(ada, "TOUR-12")["issuelinks"]
    told = {(link["type"]["inward"], link["inwardIssue"]["key"]) for link in links if "inwardIssue" in link}
    telling = {
        (link["type"]["outward"], link["outwardIssue"]["key"]) for link in links if "outwardIssue" in link
    }
    assert told == {("is blocked by", "SHOP-1")}
    assert telling == {("blocks", "TOUR-11")}


def test_a_card_has_all_that_planning_needs(ada: Jira) -> None:
    shown = fields(ada, "TOUR-11")
    assert shown["priority"]["name"] == "Highest"
    assert shown["labels"] == ["lights", "crew"]
    assert shown["duedate"] == "2026-11-29"
    assert [version["name"] for version in shown["fixVersions"]] == ["Summer"]
    assert [component["name"] for component in shown["components"]] == ["Lights"]
    assert [subtask["key"] for subtask in shown["subtasks"]] == ["TOUR-17", "TOUR-18"]
    assert (shown["votes"]["votes"], shown["watches"]["watchCount"]) == (1, 2)
    moves = [
        (entry["author"]["displayName"], item["toString"])
        for entry in ada.get("/rest/api/3/issue/TOUR-11/changelog")["values"]
        for item in entry["items"]
        if item["field"] == "status"
    ]
    assert moves == [("Ada Lovelace", "In Progress"), ("Ada Lovelace", "In Review")]


def test_a_project_with_nothing_in_it_has_empty_lists(ada: Jira) -> None:
    assert ada.get(f"{BOARDS}/8/sprint")["values"] == []
    assert ada.get(f"{BOARDS}/8/issue")["issues"] == []
    assert ada.get(f"{BOARDS}/8/epic")["values"] == []
    assert ada.get("/rest/api/3/project/NEXT/versions") == []


def test_the_newer_list_of_a_boards_issues_follows_by_token_and_is_the_same(ada: Jira) -> None:
    older = keys(ada, "board/4/issue?maxResults=100&jql=type%20%3D%20Bug")
    address = "/rest/software/1.0/board/4/issue?jql=type%20%3D%20Bug&fields=key&maxResults=2"
    page = ada.get(address)
    found = list(page["issues"])
    while not page["isLast"]:
        page = ada.get(f"{address}&nextPageToken={page['nextPageToken']}")
        found += page["issues"]
    assert "nextPageToken" not in page
    assert "total" not in page
    assert [issue["key"] for issue in found] == older
    assert len(older) > 2
