"""Epics: issues that others belong to, as Jira Software's operations show and fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.agile.board_issues import board_issues, board_projects
from ownkey.sandbox.jira.agile.boards import board_of
from ownkey.sandbox.jira.agile.epic_view import epic_json
from ownkey.sandbox.jira.agile.issue_pages import issues_page
from ownkey.sandbox.jira.agile.sprint_moves import named_issues
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, found
from ownkey.sandbox.jira.issue.changes import note_changes, values_of
from ownkey.sandbox.jira.searching.matching import searchable

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Issue

_NO_EPIC = "The requested epic does not exist or you do not have permission to view it."


def _of(call: Call) -> Issue:
    epic = found(call.seen.epic(call.parameters.get("epicIdOrKey") or call.parameters["epicId"]), _NO_EPIC)
    if call.world.projects[epic.project_id].is_team_managed:
        raise JiraRefusalError(400, "The epic belongs to a team-managed project: there, epics are parents.")
    return epic


def _on_board(call: Call) -> Response:
    projects, done = board_projects(call, board_of(call)), call.query.get("done")
    epics = [
        issue
        for issue in searchable(call)
        if issue.project_id in projects
        and issue.issue_type == "Epic"
        and done in (None, str(issue.epic_done).lower())
    ]
    return call.page([epic_json(call, epic) for epic in epics])


def _get(call: Call) -> Response:
    return json_response(200, epic_json(call, _of(call)))


def _issues(call: Call) -> Response:
    epic = _of(call)
    return issues_page(call, [issue for issue in searchable(call) if issue.parent_id == epic.id])


def _without_epic(call: Call) -> Response:
    return issues_page(call, [issue for issue in searchable(call) if _is_loose(issue)])


def _is_loose(issue: Issue) -> bool:
    return issue.parent_id is None and issue.issue_type != "Epic"


def _on_board_in(call: Call) -> Response:
    epic, issues = _of(call), board_issues(call, board_of(call))
    return issues_page(call, [issue for issue in issues if issue.parent_id == epic.id])


def _on_board_without(call: Call) -> Response:
    return issues_page(call, [issue for issue in board_issues(call, board_of(call)) if _is_loose(issue)])


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
    "GET /rest/agile/1.0/board/{boardId}/epic/none/issue": _on_board_without,
    "GET /rest/agile/1.0/board/{boardId}/epic/{epicId}/issue": _on_board_in,
    "GET /rest/agile/1.0/epic/none/issue": _without_epic,
    "POST /rest/agile/1.0/epic/none/issue": _take_issues_out,
    "GET /rest/agile/1.0/epic/{epicIdOrKey}": _get,
    "POST /rest/agile/1.0/epic/{epicIdOrKey}": _update,
    "GET /rest/agile/1.0/epic/{epicIdOrKey}/issue": _issues,
    "POST /rest/agile/1.0/epic/{epicIdOrKey}/issue": _add_issues,
}
