"""Boards: which there are, what they show, and how they are set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.agile.board_issues import board_issues, board_projects, columns_of
from ownkey.sandbox.jira.agile.issue_pages import issues_by_token, issues_page
from ownkey.sandbox.jira.call import Call, Handlers, JsonObject, found
from ownkey.sandbox.jira.fields import FIELDS, RANK
from ownkey.sandbox.jira.projects import NO_PROJECT, project_json, version_json
from ownkey.sandbox.jira.reference import avatar_link
from ownkey.sandbox.jira.schemes import status_in

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Board, Column

_NO_BOARD = (
    "The requested board cannot be viewed because it either does not exist "
    "or you do not have permission to view it."
)
_REPORTS = {
    True: ("Burndown Chart", "Burnup Chart", "Sprint Report", "Velocity Chart", "Cumulative Flow Diagram"),
    False: ("Control Chart", "Cumulative Flow Diagram"),
}


def board_json(call: Call, board: Board) -> JsonObject:
    """Return a board as Jira shows it."""
    project = call.world.projects[board.project_id]
    location = {
        "projectId": int(project.id),
        "displayName": f"{project.name} ({project.key})",
        "projectName": project.name,
        "projectKey": project.key,
        "projectTypeKey": "software",
        "avatarURI": avatar_link(call, "project", project.id),
        "name": f"{project.name} ({project.key})",
    }
    link = f"{call.base_url}/rest/agile/1.0/board/{board.id}"
    shown = {"id": board.id, "self": link, "name": board.name, "type": board.kind, "location": location}
    return shown | {"isPrivate": False}


def board_of(call: Call) -> Board:
    """Return the board that the path names."""
    return found(call.seen.board(call.parameters["boardId"]), _NO_BOARD)


def _list_boards(call: Call) -> Response:
    wanted, kinds = call.query.get("name", "").casefold(), set(call.names("type"))
    project, filter_id = call.query.get("projectKeyOrId"), call.query.get("filterId")
    project_id = None if project is None else found(call.seen.project(project), NO_PROJECT).id
    boards = [
        board
        for board in call.seen.boards()
        if wanted in board.name.casefold()
        and (not kinds or board.kind in kinds)
        and (filter_id is None or (board.filter_id == filter_id and board.kind != "simple"))
        and (project_id is None or project_id in board_projects(call, board))
    ]
    if call.query.get("orderBy", "").lstrip("+-") == "name":
        boards.sort(key=lambda board: board.name.casefold(), reverse=call.query["orderBy"].startswith("-"))
    return call.page([board_json(call, board) for board in boards], most=50)


def _get_board(call: Call) -> Response:
    return json_response(200, board_json(call, board_of(call)))


def _configuration(call: Call) -> Response:
    board = board_of(call)
    project, link = call.world.projects[board.project_id], f"{call.base_url}/rest/agile/1.0/board/{board.id}"
    columns = [_column_json(call, board, column) for column in columns_of(call.world, board)]
    has_limits = any(column.most is not None for column in board.columns)
    shown: JsonObject = {
        "id": board.id,
        "name": board.name,
        "type": board.kind,
        "self": f"{link}/configuration",
        "location": {
            "type": "project",
            "key": project.key,
            "id": project.id,
            "self": call.link("project", project.id),
            "name": project.name,
        },
        "columnConfig": {"columns": columns, "constraintType": "issueCount" if has_limits else "none"},
        "ranking": {"rankCustomFieldId": int(RANK.rpartition("_")[2])},
    }
    if board.filter_id is not None:
        shown["filter"] = {"id": board.filter_id, "self": call.link("filter", board.filter_id)}
    if board.has_sprints:
        names = {item.id: item.name for item in FIELDS}
        field = {"fieldId": project.points_field, "displayName": names[project.points_field]}
        shown["estimation"] = {"type": "field", "field": field}
    elif board.sub_query:
        shown["subQuery"] = {"query": board.sub_query}
    return json_response(200, shown)


def _column_json(call: Call, board: Board, column: Column) -> JsonObject:
    project = call.world.projects[board.project_id]
    statuses = [status_in(project, name) for name in column.statuses]
    shown: JsonObject = {
        "name": column.name,
        "statuses": [{"id": status.id, "self": call.link("status", status.id)} for status in statuses],
    }
    limits = {"min": column.least, "max": column.most}
    return shown | {name: number for name, number in limits.items() if number is not None}


def _projects(call: Call) -> Response:
    wanted = board_projects(call, board_of(call))
    projects = sorted((one for one in call.seen.projects() if one.id in wanted), key=lambda one: one.name)
    return call.page([project_json(call, project) for project in projects])


def _board_issues(call: Call) -> Response:
    return issues_page(call, board_issues(call, board_of(call)))


def _board_issues_by_token(call: Call) -> Response:
    return issues_by_token(call, board_issues(call, board_of(call)))


def _backlog(call: Call) -> Response:
    """Answer with what is not done and in no sprint under way or to come; on a kanban board, nothing."""
    board, sprints = board_of(call), call.world.sprints
    waiting = [
        issue
        for issue in board_issues(call, board)
        if board.has_sprints
        and issue.issue_type != "Subtask"
        and issue.resolved_at is None
        and (issue.sprint_id not in sprints or sprints[issue.sprint_id].state == "closed")
    ]
    return issues_page(call, waiting)


def _board_versions(call: Call) -> Response:
    projects, released = board_projects(call, board_of(call)), call.query.get("released")
    versions = [
        version
        for version in call.world.versions.values()
        if version.project_id in projects and released in (None, str(version.is_released).lower())
    ]
    return call.page([version_json(call, version) for version in versions])


def _quick_filters(call: Call) -> Response:
    board = board_of(call)
    shown = [
        {
            "id": board.id * 100 + place,
            "boardId": board.id,
            "name": name,
            "jql": jql,
            "description": "",
            "position": place,
        }
        for place, (name, jql) in enumerate(board.quick_filters)
    ]
    return call.page(shown)


def _reports(call: Call) -> Response:
    return json_response(200, {"reports": [{"name": name} for name in _REPORTS[board_of(call).has_sprints]]})


def _features(call: Call) -> Response:
    board = board_of(call)
    states = {
        "BACKLOG": board.has_sprints,
        "SPRINTS": board.has_sprints,
        "REPORTS": True,
        "ESTIMATION": board.has_sprints,
    }
    features = [
        {
            "boardFeature": name,
            "boardId": board.id,
            "state": "ENABLED" if is_on else "DISABLED",
            "localisedName": name.capitalize(),
            "featureType": "ESTIMATION" if name == "ESTIMATION" else "BASIC",
            "toggleLocked": False,
        }
        for name, is_on in states.items()
    ]
    return json_response(200, {"features": features})


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/board": _list_boards,
    "GET /rest/agile/1.0/board/{boardId}": _get_board,
    "GET /rest/agile/1.0/board/{boardId}/configuration": _configuration,
    "GET /rest/agile/1.0/board/{boardId}/project": _projects,
    "GET /rest/agile/1.0/board/{boardId}/project/full": _projects,
    "GET /rest/agile/1.0/board/{boardId}/issue": _board_issues,
    "GET /rest/software/1.0/board/{boardId}/issue": _board_issues_by_token,
    "GET /rest/agile/1.0/board/{boardId}/backlog": _backlog,
    "GET /rest/agile/1.0/board/{boardId}/version": _board_versions,
    "GET /rest/agile/1.0/board/{boardId}/quickfilter": _quick_filters,
    "GET /rest/agile/1.0/board/{boardId}/reports": _reports,
    "GET /rest/agile/1.0/board/{boardId}/features": _features,
}
