"""Sprints: planned, filled, begun, ended and deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.agile.board_issues import board_issues
from ownkey.sandbox.jira.agile.boards import board_of
from ownkey.sandbox.jira.agile.issue_pages import issues_page
from ownkey.sandbox.jira.agile.sprint_moves import move_to_sprint, named_issues
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.entities import Issue, Sprint
from ownkey.sandbox.jira.issue.parts import sprint_json
from ownkey.sandbox.jira.searching.matching import searchable

_STATES = ("future", "active", "closed")
_ORDER = ("closed", "active", "future")
_TEXTS = {"goal": "goal", "startDate": "start", "endDate": "end", "completeDate": "completed"}


def _of(call: Call) -> Sprint:
    return found(call.seen.sprint(call.parameters["sprintId"]), "Sprint does not exist.")


def _on_board(call: Call) -> Response:
    board, states = board_of(call), set(call.names("state"))
    if not board.has_sprints:
        raise JiraRefusalError(400, "The board doesn't support sprints.")
    sprints = [
        sprint
        for sprint in call.world.sprints.values()
        if sprint.board_id == board.id and (not states or sprint.state in states)
    ]
    sprints.sort(key=lambda sprint: (_ORDER.index(sprint.state), sprint.id))
    return call.page([sprint_json(call, sprint) for sprint in sprints], most=50)


def _get(call: Call) -> Response:
    return json_response(200, sprint_json(call, _of(call)))


def _issues(call: Call) -> Response:
    sprint = _of(call)
    return issues_page(call, [issue for issue in searchable(call) if _is_in(issue, sprint)])


def _on_board_in(call: Call) -> Response:
    board, sprint = board_of(call), _of(call)
    return issues_page(call, [issue for issue in board_issues(call, board) if _is_in(issue, sprint)])


def _is_in(issue: Issue, sprint: Sprint) -> bool:
    """Return whether an issue is in a sprint, or was when the sprint was closed."""
    return issue.sprint_id == sprint.id or sprint.id in issue.past_sprint_ids


def _create(call: Call) -> Response:
    body = call.object_body()
    name = call.text_field(body, "name")
    board = call.seen.board(str(body.get("originBoardId", "")))
    if board is None:
        raise JiraRefusalError(400, errors={"originBoardId": "The board does not exist."})
    draft = _changed(call, Sprint(0, board.id, name, "future"), body)
    sprint = replace(draft, id=int(call.world.new_id()))
    call.world.sprints[sprint.id] = sprint
    call.done("create sprint", name)
    return json_response(201, sprint_json(call, sprint))


def _changed(call: Call, sprint: Sprint, body: JsonObject) -> Sprint:
    """Return a sprint with what a body says about it."""
    values: dict[str, Any] = {}
    for name, attribute in _TEXTS.items():
        if body.get(name) is not None:
            values[attribute] = str(body[name])
    if body.get("name") is not None:
        values["name"] = call.text_field(body, "name")
    state = body.get("state", sprint.state)
    if state not in _STATES or _STATES.index(state) - _STATES.index(sprint.state) not in (0, 1):
        raise JiraRefusalError(400, f"A {sprint.state} sprint cannot become {str(state)[:20]}.")
    draft = replace(sprint, state=state, **values)
    if draft.state == "active" and not (draft.start and draft.end):
        raise JiraRefusalError(400, errors={"startDate": "An active sprint has a start and an end date."})
    if draft.state == "closed" and draft.completed is None:
        draft.completed = call.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return draft


def _update(call: Call) -> Response:
    body, sprint = call.object_body(), _of(call)
    draft = _changed(call, sprint, body)
    call.world.sprints[sprint.id] = draft
    if draft != sprint:
        call.done("update sprint", draft.name)
    return json_response(200, sprint_json(call, draft))


def _add_issues(call: Call) -> Response:
    body, sprint = call.object_body(), _of(call)
    issues = named_issues(call, body)
    if sprint.state == "closed":
        raise JiraRefusalError(400, "Issues can be moved to open and future sprints only.")
    for issue in issues:
        move_to_sprint(call, issue, sprint)
    return Response(204)


def _delete(call: Call) -> Response:
    sprint = _of(call)
    if sprint.state == "active":
        raise JiraRefusalError(400, "You can't delete an active sprint.")
    for issue in call.world.issues.values():
        if issue.sprint_id == sprint.id:
            move_to_sprint(call, issue, None)
    del call.world.sprints[sprint.id]
    call.done("delete sprint", sprint.name)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/board/{boardId}/sprint": _on_board,
    "POST /rest/agile/1.0/sprint": _create,
    "GET /rest/agile/1.0/sprint/{sprintId}": _get,
    "GET /rest/agile/1.0/sprint/{sprintId}/issue": _issues,
    "GET /rest/agile/1.0/board/{boardId}/sprint/{sprintId}/issue": _on_board_in,
    "POST /rest/agile/1.0/sprint/{sprintId}/issue": _add_issues,
    "POST /rest/agile/1.0/sprint/{sprintId}": _update,
    "PUT /rest/agile/1.0/sprint/{sprintId}": _update,
    "DELETE /rest/agile/1.0/sprint/{sprintId}": _delete,
}
