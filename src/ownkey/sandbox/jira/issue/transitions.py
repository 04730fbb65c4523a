"""Moving an issue through the workflow: each status leads to every other."""

from __future__ import annotations

from dataclasses import replace

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError
from ownkey.sandbox.jira.issue.changes import issue_of, note_changes, values_of
from ownkey.sandbox.jira.issue.comments import add_comments, comment_texts
from ownkey.sandbox.jira.issue.values import with_values
from ownkey.sandbox.jira.issue.workflow import statuses_ahead, transitions_json


def _list(call: Call) -> Response:
    issue, wanted = issue_of(call), call.query.get("transitionId")
    every = transitions_json(call, issue, with_fields="transitions.fields" in call.names("expand"))
    shown = [transition for transition in every if wanted in (None, "", transition["id"])]
    return json_response(200, {"expand": "transitions", "transitions": shown})


def _do(call: Call) -> Response:
    body, issue = call.object_body(), issue_of(call)
    asked = body.get("transition")
    wanted = str(asked.get("id", "")) if isinstance(asked, dict) else ""
    ahead = statuses_ahead(call, issue)
    status = next((status for status in ahead if status.transition_id == wanted), None)
    if status is None:
        raise JiraRefusalError(400, f"Transition id '{wanted}' is not valid for this issue.")
    fields, update = body.get("fields") or {}, body.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict):
        raise JiraRefusalError(400, "The fields and the update of a transition are objects.")
    texts = comment_texts(call, update)
    # The sandbox has one resolution, which being done sets; what is asked for is that or nothing.
    draft = with_values(call, issue, {k: v for k, v in fields.items() if k != "resolution"}, update)
    is_done = status.category == "done"
    resolved_at = (issue.resolved_at or call.now) if is_done else None
    draft = replace(draft, status=status.name, resolved_at=resolved_at)
    call.world.issues[issue.id] = draft
    note_changes(call, draft, values_of(call.world, issue), action="transition issue")
    add_comments(call, draft, texts)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/transitions": _list,
    "POST /rest/api/3/issue/{issueIdOrKey}/transitions": _do,
}
