"""Boards: their issues and backlog, their order, and their properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.fields import POINTS, RANK
from ownkey.sandbox.jira.projects import NO_PROJECT, project_json, require_project_administrator, version_json
from ownkey.sandbox.jira.schemes import STATUSES
from ownkey.sandbox.jira.sprint_moves import issues_page, move_to_sprint, named_issues

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Board, Issue

_NO_BOARD = (
    "The requested board cannot be viewed because it either does not exist "
    "or you do not have permission to view it."
)


def board_json(call: Call, board: Board) -> JsonObject:
    """Return a board as Jira shows it."""
    project = call.world.projects[board.project_id]
    location = {"projectId": int(project.id), "projectKey": project.key, "projectName": project.name}
    link = f"{call.base_url}/rest/agile/1.0/board/{board.id}"
    return {"id": board.id, "self": link, "name": board.name, "type": "scrum", "location": location}


def board_of(call: Call) -> Board:
    """Return the board that the path names."""
    return found(call.world.board(call.parameters["boardId"]), _NO_BOARD)


def _list_boards(call: Call) -> Response:
    wanted, kind = call.query.get("name", "").casefold(), call.query.get("type", "")
    project = call.query.get("projectKeyOrId")
    found_project = None if project is None else found(call.world.project(project), NO_PROJECT)
    boards = [
        board
        for board in call.world.boards.values()
        if wanted in board.name.casefold()
        and (found_project is None or board.project_id == found_project.id)
        and (not kind or "scrum" in kind.split(","))
    ]
    return call.page([board_json(call, board) for board in boards])


def _get_board(call: Call) -> Response:
    return json_response(200, board_json(call, board_of(call)))


def _configuration(call: Call) -> Response:
    board = board_of(call)
    columns = [
        {"name": status.name, "statuses": [{"id": status.id, "self": call.link("status", status.id)}]}
        for status in STATUSES
    ]
    shown = {
        "id": board.id,
        "name": board.name,
        "type": "scrum",
        "self": f"{call.base_url}/rest/agile/1.0/board/{board.id}/configuration",
        "columnConfig": {"columns": columns, "constraintType": "none"},
        "estimation": {"type": "field", "field": {"fieldId": POINTS, "displayName": "Story point estimate"}},
        "ranking": {"rankCustomFieldId": int(RANK.rpartition("_")[2])},
    }
    return json_response(200, shown)


def _projects(call: Call) -> Response:
    return call.page([project_json(call, call.world.projects[board_of(call).project_id])])


def _issues_of(call: Call) -> list[Issue]:
    board = board_of(call)
    return [issue for issue in call.world.ranked() if issue.project_id == board.project_id]


def _board_issues(call: Call) -> Response:
    return issues_page(call, _issues_of(call))


def _backlog(call: Call) -> Response:
    sprints = call.world.sprints
    waiting = [
        issue
        for issue in _issues_of(call)
        if issue.issue_type not in ("Epic", "Subtask")
        and issue.status != "Done"
        and (issue.sprint_id is None or sprints[issue.sprint_id].state != "active")
    ]
    return issues_page(call, waiting)


def _board_versions(call: Call) -> Response:
    board = board_of(call)
    versions = (item for item in call.world.versions.values() if item.project_id == board.project_id)
    return call.page([version_json(call, version) for version in versions])


def _to_backlog(call: Call) -> Response:
    for issue in named_issues(call, call.object_body()):
        move_to_sprint(call, issue, None)
    return Response(204)


def _rank(call: Call) -> Response:
    body = call.object_body()
    issues = named_issues(call, body)
    name = "rankBeforeIssue" if body.get("rankBeforeIssue") else "rankAfterIssue"
    anchor = call.world.issue(str(body.get(name, "")))
    if anchor is None or anchor in issues:
        raise JiraRefusalError(400, "One of rankBeforeIssue and rankAfterIssue names another issue.")
    moved = [issue.id for issue in issues]
    ranking = [issue_id for issue_id in call.world.ranking if issue_id not in moved]
    place = ranking.index(anchor.id) + (name == "rankAfterIssue")
    ranking[place:place] = moved
    if ranking != call.world.ranking:
        call.world.ranking = ranking
        call.done("rank issues", ", ".join(issue.key for issue in issues))
    return Response(204)


def _list_properties(call: Call) -> Response:
    board = board_of(call)
    link = f"{call.base_url}/rest/agile/1.0/board/{board.id}/properties"
    return json_response(200, {"keys": [{"key": key, "self": f"{link}/{key}"} for key in board.properties]})


def _property_of(call: Call, board: Board) -> str:
    key = call.parameters["propertyKey"]
    found(board.properties.get(key), "The property with this key does not exist.")
    return key


def _get_property(call: Call) -> Response:
    board = board_of(call)
    key = _property_of(call, board)
    return json_response(200, {"key": key, "value": board.properties[key]})


def _set_property(call: Call) -> Response:
    value, board = call.json_body(), board_of(call)
    require_project_administrator(call, board.project_id)
    if value is None:
        raise JiraRefusalError(400, "The value of a property is a non-empty JSON value.")
    is_new = call.parameters["propertyKey"] not in board.properties
    board.properties[call.parameters["propertyKey"]] = value
    call.done("set board property", call.parameters["propertyKey"])
    return Response(201 if is_new else 200)


def _delete_property(call: Call) -> Response:
    board = board_of(call)
    key = _property_of(call, board)
    require_project_administrator(call, board.project_id)
    del board.properties[key]
    call.done("delete board property", key)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/board": _list_boards,
    "GET /rest/agile/1.0/board/{boardId}": _get_board,
    "GET /rest/agile/1.0/board/{boardId}/configuration": _configuration,
    "GET /rest/agile/1.0/board/{boardId}/project": _projects,
    "GET /rest/agile/1.0/board/{boardId}/issue": _board_issues,
    "GET /rest/agile/1.0/board/{boardId}/backlog": _backlog,
    "GET /rest/agile/1.0/board/{boardId}/version": _board_versions,
    "GET /rest/agile/1.0/board/{boardId}/properties": _list_properties,
    "GET /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _get_property,
    "PUT /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _set_property,
    "DELETE /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _delete_property,
    "POST /rest/agile/1.0/backlog/issue": _to_backlog,
    "PUT /rest/agile/1.0/issue/rank": _rank,
}
