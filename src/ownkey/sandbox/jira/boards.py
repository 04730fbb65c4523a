"""Boards, their properties, sprints and epics."""

from __future__ import annotations

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.issues import issue_json
from ownkey.sandbox.jira.projects import require_project_administrator
from ownkey.sandbox.jira.world import Board, Issue, Sprint

_NO_BOARD = (
    "The requested board cannot be viewed because it either does not exist "
    "or you do not have permission to view it."
)
_NO_EPIC = "The requested epic does not exist or you do not have permission to view it."


def board_json(call: Call, board: Board) -> JsonObject:
    """Return a board as Jira shows it."""
    project = call.world.projects[board.project_id]
    location = {"projectId": int(project.id), "projectKey": project.key, "projectName": project.name}
    link = f"{call.base_url}/rest/agile/1.0/board/{board.id}"
    return {"id": board.id, "self": link, "name": board.name, "type": "scrum", "location": location}


def sprint_json(call: Call, sprint: Sprint) -> JsonObject:
    """Return a sprint as Jira shows it."""
    shown: JsonObject = {
        "id": sprint.id,
        "self": f"{call.base_url}/rest/agile/1.0/sprint/{sprint.id}",
        "state": sprint.state,
        "name": sprint.name,
        "originBoardId": sprint.board_id,
        "goal": sprint.goal,
    }
    dates = {"startDate": sprint.start, "endDate": sprint.end}
    return shown | {name: date for name, date in dates.items() if date is not None}


def epic_json(call: Call, epic: Issue) -> JsonObject:
    """Return an epic as Jira's agile operations show it."""
    return {
        "id": int(epic.id),
        "key": epic.key,
        "self": f"{call.base_url}/rest/agile/1.0/epic/{epic.id}",
        "name": epic.summary,
        "summary": epic.summary,
        "color": {"key": epic.epic_color},
        "done": epic.epic_done,
    }


def _board_of(call: Call) -> Board:
    return found(call.world.board(call.parameters["boardId"]), _NO_BOARD)


def _sprint_of(call: Call) -> Sprint:
    return found(call.world.sprint(call.parameters["sprintId"]), "Sprint does not exist.")


def _epic_of(call: Call) -> Issue:
    return found(call.world.epic(call.parameters["epicIdOrKey"]), _NO_EPIC)


def _issues(call: Call, issues: list[Issue]) -> Response:
    return call.page([issue_json(call, issue) for issue in issues], key="issues")


def _list_boards(call: Call) -> Response:
    return call.page([board_json(call, board) for board in call.world.boards.values()])


def _get_board(call: Call) -> Response:
    return json_response(200, board_json(call, _board_of(call)))


def _board_issues(call: Call) -> Response:
    board = _board_of(call)
    return _issues(
        call, [issue for issue in call.world.issues.values() if issue.project_id == board.project_id]
    )


def _board_sprints(call: Call) -> Response:
    board = _board_of(call)
    sprints = [sprint for sprint in call.world.sprints.values() if sprint.board_id == board.id]
    return call.page([sprint_json(call, sprint) for sprint in sprints])


def _board_epics(call: Call) -> Response:
    board = _board_of(call)
    issues = call.world.issues.values()
    epics = [issue for issue in issues if issue.project_id == board.project_id and issue.issue_type == "Epic"]
    return call.page([epic_json(call, epic) for epic in epics])


def _list_properties(call: Call) -> Response:
    board = _board_of(call)
    link = f"{call.base_url}/rest/agile/1.0/board/{board.id}/properties"
    return json_response(200, {"keys": [{"key": key, "self": f"{link}/{key}"} for key in board.properties]})


def _property_of(call: Call, board: Board) -> str:
    key = call.parameters["propertyKey"]
    found(board.properties.get(key), "The property with this key does not exist.")
    return key


def _get_property(call: Call) -> Response:
    board = _board_of(call)
    key = _property_of(call, board)
    return json_response(200, {"key": key, "value": board.properties[key]})


def _set_property(call: Call) -> Response:
    value, board = call.json_body(), _board_of(call)
    require_project_administrator(call, board.project_id)
    if value is None:
        raise JiraRefusalError(400, "The value of a property is a non-empty JSON value.")
    is_new = call.parameters["propertyKey"] not in board.properties
    board.properties[call.parameters["propertyKey"]] = value
    call.done("set board property", call.parameters["propertyKey"])
    return Response(201 if is_new else 200)


def _delete_property(call: Call) -> Response:
    board = _board_of(call)
    key = _property_of(call, board)
    require_project_administrator(call, board.project_id)
    del board.properties[key]
    call.done("delete board property", key)
    return Response(204)


def _get_sprint(call: Call) -> Response:
    return json_response(200, sprint_json(call, _sprint_of(call)))


def _sprint_issues(call: Call) -> Response:
    sprint = _sprint_of(call)
    return _issues(call, [issue for issue in call.world.issues.values() if issue.sprint_id == sprint.id])


def _create_sprint(call: Call) -> Response:
    body = call.object_body()
    name = call.text_field(body, "name")
    board = call.world.board(str(body.get("originBoardId", "")))
    if board is None:
        raise JiraRefusalError(400, errors={"originBoardId": "The board does not exist."})
    sprint = Sprint(int(call.world.new_id()), board.id, name, "future", str(body.get("goal", "")))
    call.world.sprints[sprint.id] = sprint
    call.done("create sprint", name)
    return json_response(201, sprint_json(call, sprint))


def _delete_sprint(call: Call) -> Response:
    sprint = _sprint_of(call)
    if sprint.state == "active":
        raise JiraRefusalError(400, "You can't delete an active sprint.")
    del call.world.sprints[sprint.id]
    for issue in call.world.issues.values():
        issue.sprint_id = None if issue.sprint_id == sprint.id else issue.sprint_id
    call.done("delete sprint", sprint.name)
    return Response(204)


def _get_epic(call: Call) -> Response:
    return json_response(200, epic_json(call, _epic_of(call)))


def _epic_issues(call: Call) -> Response:
    epic = _epic_of(call)
    return _issues(call, [issue for issue in call.world.issues.values() if issue.epic_id == epic.id])


def _update_epic(call: Call) -> Response:
    body, epic = call.object_body(), _epic_of(call)
    if not body or set(body) - {"name", "summary", "done"}:
        raise JiraRefusalError(
            400, "The sandbox does not do this yet: it edits an epic's name, summary and done."
        )
    epic.summary = call.text_field(body, "summary", default=body.get("name", epic.summary))
    epic.epic_done = bool(body.get("done", epic.epic_done))
    epic.updated_at = call.now
    call.done("update epic", epic.key)
    return json_response(200, epic_json(call, epic))


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/board": _list_boards,
    "GET /rest/agile/1.0/board/{boardId}": _get_board,
    "GET /rest/agile/1.0/board/{boardId}/issue": _board_issues,
    "GET /rest/agile/1.0/board/{boardId}/sprint": _board_sprints,
    "GET /rest/agile/1.0/board/{boardId}/epic": _board_epics,
    "GET /rest/agile/1.0/board/{boardId}/properties": _list_properties,
    "GET /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _get_property,
    "PUT /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _set_property,
    "DELETE /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _delete_property,
    "POST /rest/agile/1.0/sprint": _create_sprint,
    "GET /rest/agile/1.0/sprint/{sprintId}": _get_sprint,
    "GET /rest/agile/1.0/sprint/{sprintId}/issue": _sprint_issues,
    "DELETE /rest/agile/1.0/sprint/{sprintId}": _delete_sprint,
    "GET /rest/agile/1.0/epic/{epicIdOrKey}": _get_epic,
    "GET /rest/agile/1.0/epic/{epicIdOrKey}/issue": _epic_issues,
    "POST /rest/agile/1.0/epic/{epicIdOrKey}": _update_epic,
}
