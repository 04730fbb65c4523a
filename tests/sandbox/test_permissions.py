"""What people may not see is not there for them, wherever they look; what they may not do is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ownkey.sandbox.jira.access import PERMISSIONS

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client, Jira

SALARIES = (
    "/rest/api/3/project/PAY",
    "/rest/api/3/project/PAY/statuses",
    "/rest/api/3/project/PAY/versions",
    "/rest/api/3/issue/PAY-1",
    "/rest/api/3/issue/PAY-1/comment",
    "/rest/api/3/issue/PAY-1/changelog",
    "/rest/api/3/issue/PAY-1/worklog",
    "/rest/api/3/issue/PAY-1/watchers",
    "/rest/api/3/issue/PAY-1/votes",
    "/rest/api/3/issue/PAY-1/transitions",
    "/rest/api/3/issue/PAY-1/editmeta",
    "/rest/api/3/issue/PAY-1/remotelink",
    "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS&projectKey=PAY",
    "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS&issueKey=PAY-1",
    "/rest/api/3/user/assignable/search?project=PAY",
    "/rest/agile/1.0/board/7",
    "/rest/agile/1.0/board/7/configuration",
    "/rest/agile/1.0/board/7/issue",
    "/rest/agile/1.0/issue/PAY-1",
)


def keys(jira: Jira, jql: str) -> list[str]:
    body = {"jql": jql, "fields": ["key"], "maxResults": 5000}
    return [issue["key"] for issue in jira.do("POST", "/rest/api/3/search/jql", body, status=200)["issues"]]


@pytest.mark.parametrize("path", SALARIES)
def test_nothing_of_a_project_is_there_for_those_who_may_not_browse_it(
    ada: Jira, bo: Jira, charlie: Jira, path: str
) -> None:
    ada.get(path)
    bo.refused("GET", path, status=404)
    charlie.refused("GET", path, status=404)


def test_lists_leave_out_what_one_may_not_browse(ada: Jira, bo: Jira, charlie: Jira) -> None:
    def seen(jira: Jira) -> tuple[set[str], set[str], set[str]]:
        projects = jira.get("/rest/api/3/project/search")["values"]
        boards = jira.get("/rest/agile/1.0/board")["values"]
        issues = keys(jira, "created is not EMPTY")
        return (
            {project["key"] for project in projects},
            {board["name"] for board in boards},
            {key.partition("-")[0] for key in issues},
        )

    projects, boards, with_issues = seen(ada)
    assert projects == {"ACME", "SHOP", "CREW", "DESK", "TOUR", "PAY", "NEXT"}
    assert with_issues == projects - {"NEXT"}
    assert {"PAY board", "TOUR board"} <= boards
    assert seen(bo)[0] == projects - {"PAY"}
    assert "PAY board" not in seen(bo)[1]
    assert seen(bo)[2] == with_issues - {"PAY"}
    assert seen(charlie)[0] == seen(charlie)[2] | {"NEXT"} == {"ACME", "DESK", "NEXT"}
    assert seen(charlie)[1] == {"ACME board", "DESK board", "NEXT board", "Everything on stage"}


def test_a_query_that_names_an_unseen_project_is_refused_as_if_there_were_none(bo: Jira) -> None:
    body = {"jql": "project = PAY", "fields": ["key"]}
    refused = bo.refused("POST", "/rest/api/3/search/jql", body)
    assert refused["errorMessages"] == ["The value 'PAY' does not exist for the field 'project'."]


def test_a_board_over_several_projects_shows_each_person_theirs(ada: Jira, bo: Jira, charlie: Jira) -> None:
    def shown(jira: Jira) -> set[str]:
        issues = jira.get("/rest/agile/1.0/board/6/issue?fields=summary&maxResults=100")["issues"]
        return {issue["key"].partition("-")[0] for issue in issues}

    assert shown(ada) == shown(bo) == {"ACME", "SHOP", "TOUR"}
    assert shown(charlie) == {"ACME"}


def test_an_issue_with_a_security_level_is_there_for_its_people_only(ada: Jira, bo: Jira) -> None:
    secret = {"TOUR-24", "TOUR-25"}
    assert secret <= set(keys(ada, "project = TOUR"))
    assert not secret & set(keys(bo, "project = TOUR"))
    assert ada.get("/rest/api/3/issue/TOUR-24")["fields"]["security"]["name"] == "Core team"
    bo.refused("GET", "/rest/api/3/issue/TOUR-24", status=404)
    body = {"issueIdsOrKeys": ["TOUR-24", "TOUR-23"], "fields": ["summary"]}
    fetched = bo.do("POST", "/rest/api/3/issue/bulkfetch", body, status=200)
    assert [issue["key"] for issue in fetched["issues"]] == ["TOUR-23"]
    assert [error["id"] for error in fetched["issueErrors"]] == ["TOUR-24"]
    assert keys(ada, 'level = "Core team"') == ["TOUR-24", "TOUR-25"]


def test_a_comment_for_a_role_is_there_for_its_people_only(ada: Jira, bo: Jira, grace: Jira) -> None:
    def comments(jira: Jira) -> list[Any]:
        shown = jira.get("/rest/api/3/issue/TOUR-12/comment")
        assert shown["total"] == len(shown["comments"])
        in_field = jira.get("/rest/api/3/issue/TOUR-12")["fields"]["comment"]["comments"]
        assert [one["id"] for one in in_field] == [one["id"] for one in shown["comments"]]
        return list(shown["comments"])

    roles = [comment.get("visibility", {}).get("value") for comment in comments(grace)]
    assert roles == ["Administrators", "Members", None]
    assert [comment.get("visibility") for comment in comments(bo)] == [None]
    mine = comments(ada)
    assert [comment["visibility"]["value"] for comment in mine if "visibility" in comment] == ["Members"]
    hidden = comments(grace)[0]["id"]
    ada.refused("GET", f"/rest/api/3/issue/TOUR-12/comment/{hidden}", status=404)
    assert keys(ada, 'comment ~ "another band"') == []
    assert keys(grace, 'comment ~ "another band"') == ["TOUR-12"]


def test_a_comment_can_be_written_for_a_role_that_one_has(ada: Jira, bo: Jira) -> None:
    text = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "!"}]}],
    }
    body = {"body": text, "visibility": {"type": "role", "value": "Members"}}
    made = ada.do("POST", "/rest/api/3/issue/TOUR-11/comment", body, status=201)
    assert made["visibility"]["value"] == "Members"
    bo.refused("GET", f"/rest/api/3/issue/TOUR-11/comment/{made['id']}", status=404)
    not_mine = {"body": text, "visibility": {"type": "role", "value": "Administrators"}}
    ada.refused("POST", "/rest/api/3/issue/TOUR-11/comment", not_mine)


def test_links_lead_to_what_one_may_see_only(ada: Jira, bo: Jira) -> None:
    def linked(jira: Jira, key: str) -> list[str]:
        links = jira.get(f"/rest/api/3/issue/{key}")["fields"]["issuelinks"]
        return [(link.get("inwardIssue") or link["outwardIssue"])["key"] for link in links]

    assert linked(ada, "TOUR-15") == ["PAY-1"]
    assert linked(bo, "TOUR-15") == []
    ada.get("/rest/api/3/issueLink/10864")
    bo.refused("GET", "/rest/api/3/issueLink/10864", status=404)


def test_a_person_who_may_only_look_changes_nothing(bo: Jira) -> None:
    issue = "/rest/api/3/issue/TOUR-11"
    before = bo.client.control("GET", "effects")
    text = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "!"}]}],
    }
    bo.refused("PUT", issue, {"fields": {"summary": "Mine now"}}, status=403)
    bo.refused("PUT", f"{issue}/assignee", {"accountId": None}, status=403)
    bo.refused("DELETE", issue, status=403)
    bo.refused("POST", f"{issue}/comment", {"body": text})
    bo.refused("POST", f"{issue}/worklog", {"timeSpent": "1h"}, status=403)
    bo.refused("POST", f"{issue}/transitions", {"transition": {"id": "31"}})
    new = {"project": {"key": "TOUR"}, "issuetype": {"name": "Task"}, "summary": "x"}
    bo.refused("POST", "/rest/api/3/issue", {"fields": new})
    link = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "SHOP-1"}, "outwardIssue": {"key": "TOUR-11"}}
    bo.refused("POST", "/rest/api/3/issueLink", link, status=403)
    assert bo.get(f"{issue}/transitions")["transitions"] == []
    assert bo.get(f"{issue}/editmeta")["fields"] == {}
    assert bo.client.control("GET", "effects") == before


@pytest.mark.parametrize(
    ("place", "permission", "who"),
    [
        ("projectKey=TOUR", "EDIT_ISSUES", "ada grace"),
        ("projectKey=TOUR", "BROWSE_PROJECTS", "ada bo grace"),
        ("projectKey=SHOP", "ADMINISTER_PROJECTS", "bo grace"),
        ("projectKey=CREW", "ADMINISTER_PROJECTS", "ada grace"),
        ("projectKey=ACME", "ADD_COMMENTS", "ada bo grace"),
        ("issueKey=ACME-3", "TRANSITION_ISSUES", "ada bo grace"),
        ("issueKey=DESK-1", "EDIT_ISSUES", "ada bo charlie grace"),
        ("", "EDIT_ISSUES", "ada bo charlie grace"),
        ("", "BULK_CHANGE", "ada bo charlie grace"),
        ("", "ADMINISTER", "grace"),
    ],
)
def test_my_permissions_are_each_persons_own(client: Client, place: str, permission: str, who: str) -> None:
    for name in ("ada", "bo", "charlie", "grace"):
        email = f"{name}@acme.example"
        path = f"/rest/api/3/mypermissions?permissions={permission}&{place}"
        answer = client.call("GET", path, auth=(email, client.token(email=email, unscoped=True)))
        may = answer.status == 200 and answer.json["permissions"][permission]["havePermission"]
        assert may == (name in who.split()), name


def test_permissions_are_checked_for_many_projects_and_issues_at_once(
    ada: Jira, bo: Jira, grace: Jira
) -> None:
    asked = {
        "globalPermissions": ["ADMINISTER", "BULK_CHANGE"],
        "projectPermissions": [
            {
                "permissions": ["EDIT_ISSUES", "BROWSE_PROJECTS"],
                "projects": [10000, 10004, 10005, 7],
                "issues": [11411, 11424],
            }
        ],
    }
    path = "/rest/api/3/permissions/check"
    mine = bo.do("POST", path, asked, status=200)
    assert mine["globalPermissions"] == ["BULK_CHANGE"]
    assert mine["projectPermissions"] == [
        {"permission": "EDIT_ISSUES", "projects": [10000], "issues": []},
        {"permission": "BROWSE_PROJECTS", "projects": [10000, 10004], "issues": [11411]},
    ]
    me = ada.get("/rest/api/3/myself")["accountId"]
    bo.refused("POST", path, asked | {"accountId": me}, status=403)
    hers = grace.do("POST", path, asked | {"accountId": me}, status=200)
    assert hers == ada.do("POST", path, asked, status=200)
    assert hers["projectPermissions"][0]["issues"] == [11411, 11424]
    bo.refused("POST", path, {"projectPermissions": [{"permissions": ["FLY"], "projects": [10000]}]})


def test_all_permissions_are_listed_and_others_are_unknown(ada: Jira) -> None:
    listed = ada.get("/rest/api/3/permissions")["permissions"]
    assert set(listed) == set(PERMISSIONS)
    assert {one["type"] for one in listed.values()} == {"GLOBAL", "PROJECT"}
    ada.refused("GET", "/rest/api/3/mypermissions?permissions=FLY")
    permitted = ada.do(
        "POST", "/rest/api/3/permissions/project", {"permissions": ["EDIT_ISSUES"]}, status=200
    )
    assert {project["key"] for project in permitted["projects"]} == {
        "ACME",
        "SHOP",
        "CREW",
        "DESK",
        "TOUR",
        "PAY",
        "NEXT",
    }


def test_people_are_assignable_where_they_work(ada: Jira) -> None:
    def names(query: str) -> list[str]:
        return [one["displayName"].partition(" ")[0] for one in ada.get(f"/rest/api/3/user/{query}")]

    assert names("assignable/search?project=TOUR&query=") == ["Ada", "Grace", "Release"]
    assert names("assignable/search?issueKey=PAY-1&query=") == ["Ada", "Grace"]
    assert names("assignable/search?project=DESK&query=char") == ["Charlie"]
    assert names("viewissue/search?issueKey=TOUR-11&query=") == ["Ada", "Bo", "Grace", "Release"]
    assert names("viewissue/search?issueKey=TOUR-24&query=") == ["Ada", "Grace"]
    ada.refused("GET", "/rest/api/3/user/assignable/search?query=a")
    picked = ada.get("/rest/api/3/user/picker?query=ra")
    assert [one["html"] for one in picked["users"]] == ["G<strong>ra</strong>ce Hopper"]


def test_administrators_learn_who_may_do_what(ada: Jira, bo: Jira, grace: Jira) -> None:
    def names(jira: Jira, query: str) -> list[str]:
        people = jira.get(f"/rest/api/3/user/permission/search?{query}")
        return [one["displayName"].partition(" ")[0] for one in people]

    assert names(grace, "projectKey=TOUR&permissions=BROWSE_PROJECTS") == ["Ada", "Bo", "Grace", "Release"]
    assert names(grace, "projectKey=TOUR&permissions=BROWSE_PROJECTS,EDIT_ISSUES") == [
        "Ada",
        "Grace",
        "Release",
    ]
    bos = bo.get("/rest/api/3/myself")["accountId"]
    assert names(grace, f"issueKey=TOUR-11&permissions=EDIT_ISSUES&accountId={bos}") == []
    assert names(bo, "projectKey=SHOP&permissions=ADMINISTER_PROJECTS") == ["Bo", "Grace"]
    path = "/rest/api/3/user/permission/search"
    ada.refused("GET", f"{path}?projectKey=TOUR&permissions=EDIT_ISSUES", status=403)
    bo.refused("GET", f"{path}?projectKey=PAY&permissions=EDIT_ISSUES", status=404)
    grace.refused("GET", f"{path}?projectKey=TOUR&permissions=FLY")


def test_an_archived_project_can_be_looked_at_and_is_found_no_more(ada: Jira, grace: Jira) -> None:
    assert ada.get("/rest/api/3/project/OLD")["archived"] is True
    assert "OLD-1" not in keys(ada, "created is not EMPTY")
    assert ada.get("/rest/api/3/issue/OLD-1")["key"] == "OLD-1"
    grace.refused("PUT", "/rest/api/3/issue/OLD-1", {"fields": {"summary": "x"}}, status=403)
    live = ada.get("/rest/api/3/project/search")["values"]
    assert "OLD" not in {project["key"] for project in live}
    archived = ada.get("/rest/api/3/project/search?status=archived")["values"]
    assert [project["key"] for project in archived] == ["OLD"]


def test_a_former_key_leads_to_the_project_and_its_issues(ada: Jira) -> None:
    assert ada.get("/rest/api/3/project/WEB")["key"] == "SHOP"
    assert ada.get("/rest/api/3/issue/web-2")["key"] == "SHOP-2"


def test_pages_in_the_browser_show_what_the_api_shows(client: Client) -> None:
    client.post("/login", {"email": "bo@acme.example", "continue": "/jira"})
    assert "Salaries" not in client.get("/jira").text
    assert client.get("/browse/PAY-1").status == 404
    assert client.get("/browse/TOUR-24").status == 404
    page = client.get("/browse/TOUR-12").text
    assert "It waits for the web shop." in page
    assert "another band" not in page


def test_a_project_can_be_renamed_archived_and_closed_to_people_meanwhile(ada: Jira, charlie: Jira) -> None:
    def change(**changes: object) -> None:
        ada.client.control("POST", "projects", changes)

    change(project="DESK", key="HELP", name="Help and lost property")
    assert charlie.get("/rest/api/3/issue/DESK-1")["key"] == "HELP-1"
    assert charlie.get("/rest/api/3/project/desk")["name"] == "Help and lost property"
    change(project="HELP", access={"Members": ["ada@acme.example"]})
    charlie.refused("GET", "/rest/api/3/issue/HELP-1", status=404)
    change(project="HELP", is_archived=True)
    assert keys(ada, "created is not EMPTY AND assignee = currentUser()")
    assert not {key for key in keys(ada, "created is not EMPTY") if key.startswith("HELP")}
    for wrong in (
        {"project": "NOPE"},
        {"project": "HELP", "key": "ACME"},
        {"project": "HELP", "access": ["ada"]},
    ):
        assert ada.client.call("POST", "/_sandbox/projects", body=json.dumps(wrong).encode()).status == 400


def test_the_page_about_the_pretend_jira_names_its_people_projects_and_boards(client: Client) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "pretend-jira.md").read_text("utf-8")
    world = client.cloud.world
    for name in (
        *(person.display_name for person in world.people.values()),
        *(project.key for project in world.projects.values()),
        *(board.name for board in world.boards.values()),
    ):
        assert name in page, name
