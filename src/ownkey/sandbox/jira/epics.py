"""Epics: issues that others belong to, as Jira Software's operations show and fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.boards import board_of
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.changes import note_changes, values_of
from ownkey.sandbox.jira.sprint_moves import issues_page, named_issues

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Issue

_NO_EPIC = "The requested epic does not exist or you do not have permission to view it."


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


def _of(call: Call) -> Issue:
    return found(call.world.epic(call.parameters["epicIdOrKey"]), _NO_EPIC)


def _on_board(call: Call) -> Response:
    board, done = board_of(call), call.query.get("done")
    epics = [
        issue
        for issue in call.world.ranked()
        if issue.project_id == board.project_id
        and issue.issue_type == "Epic"
        and done in (None, str(issue.epic_done).lower())
    ]
    return call.page([epic_json(call, epic) for epic in epics])


def _get(call: Call) -> Response:
    return json_response(200, epic_json(call, _of(call)))


def _issues(call: Call) -> Response:
    epic = _of(call)
    return issues_page(call, [issue for issue in call.world.ranked() if issue.parent_id == epic.id])


def _without_epic(call: Call) -> Response:
    loose = [issue for issue in call.world.ranked() if issue.parent_id is None and issue.issue_type != "Epic"]
    return issues_page(call, loose)


def _add_issues(call: Call) -> Response:
    body, epic = call.object_body(), _of(call)
    _move(call, named_issues(call, body), epic)
    return Response(204)


def _take_issues_out(call: Call) -> Response:
    _move(call, named_issues(call, call.object_body()), None)
    return Response(204)


def _move(call: Call, issues: list[Issue], epic: Issue | None) -> None:
    if any(issue.issue_type in ("Epic", "Subtask") for issue in issues):
        raise JiraRefusalError(400, "Epics and subtasks belong to no epic.")
    for issue in issues:
        before = values_of(call.world, issue)
        issue.parent_id = None if epic is None else epic.id
        note_changes(call, issue, before, action="move issue to epic")


def _update(call: Call) -> Response:
    body, epic = call.object_body(), _of(call)
    if not body or set(body) - {"name", "summary", "done"}:
        raise JiraRefusalError(
            400, "The sandbox does not do this yet: it edits an epic's name, summary and done."
        )
    summary = call.text_field(body, "summary", default=body.get("name", epic.summary))
    before = values_of(call.world, epic)
    is_done = bool(body.get("done", epic.epic_done))
    has_changed = is_done != epic.epic_done
    epic.summary, epic.epic_done = summary, is_done
    if not note_changes(call, epic, before, action="update epic") and has_changed:
        call.done("update epic", epic.key)
    return json_response(200, epic_json(call, epic))


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/board/{boardId}/epic": _on_board,
    "GET /rest/agile/1.0/epic/none/issue": _without_epic,
    "POST /rest/agile/1.0/epic/none/issue": _take_issues_out,
    "GET /rest/agile/1.0/epic/{epicIdOrKey}": _get,
    "POST /rest/agile/1.0/epic/{epicIdOrKey}": _update,
    "GET /rest/agile/1.0/epic/{epicIdOrKey}/issue": _issues,
    "POST /rest/agile/1.0/epic/{epicIdOrKey}/issue": _add_issues,
}
