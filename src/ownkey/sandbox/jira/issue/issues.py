"""Issues: shown, made, edited, assigned and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.entities import Issue
from ownkey.sandbox.jira.fields import fields_to_set
from ownkey.sandbox.jira.issue.changes import issue_of, note_changes, values_of
from ownkey.sandbox.jira.issue.comments import add_comments, comment_texts
from ownkey.sandbox.jira.issue.values import ValueRefusedError, account_email, with_values
from ownkey.sandbox.jira.issue.view import issue_json, select
from ownkey.sandbox.jira.schemes import ISSUE_TYPES, called, types_of, workflow_of

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Project

MOST_AT_ONCE = 50


def _get(call: Call) -> Response:
    selection = select(call.names("fields"), call.names("expand"))
    return json_response(200, issue_json(call, issue_of(call), selection))


def _members(body: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return a body's `fields` and `update`."""
    fields, update = body.get("fields") or {}, body.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict) or not (fields or update):
        raise JiraRefusalError(400, "Field 'fields' is required.")
    return fields, update


def _create(call: Call) -> Response:
    draft, texts = _drafted(call, call.object_body())
    return json_response(201, _made(call, draft, texts))


def _create_several(call: Call) -> Response:
    wanted = call.object_body().get("issueUpdates")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_AT_ONCE:
        raise JiraRefusalError(400, f"Between 1 and {MOST_AT_ONCE} issues are made at once.")
    issues, errors = [], []
    for place, body in enumerate(wanted):
        try:
            issues.append(_made(call, *_drafted(call, body if isinstance(body, dict) else {})))
        except JiraRefusalError as refusal:
            messages = {"errorMessages": list(refusal.messages), "errors": refusal.errors}
            errors.append({"status": 400, "elementErrors": messages, "failedElementNumber": place})
    return json_response(201 if issues else 400, {"issues": issues, "errors": errors})


def _drafted(call: Call, body: JsonObject) -> tuple[Issue, list[JsonObject | str]]:
    """Return an issue as a body describes it, not yet in the world."""
    fields, update = _members(body)
    texts = comment_texts(call, update)
    given = fields.get("project")
    wanted = given if isinstance(given, dict) else {}
    project = call.seen.project(str(wanted.get("key") or wanted.get("id") or ""))
    errors: dict[str, str] = {}
    if project is None:
        errors["project"] = "Specify a valid project ID or key"
    elif not call.seen.may(project.id, "CREATE_ISSUES"):
        errors["project"] = "You cannot create issues in this project."
    kind = fields.get("issuetype")
    named = str(kind.get("id") or kind.get("name") or "") if isinstance(kind, dict) else ""
    if called(ISSUE_TYPES if project is None else types_of(project), named) is None:
        errors["issuetype"] = "Specify an issue type"
    if "summary" not in fields:
        errors["summary"] = "You must specify a summary of the issue."
    if project is None or errors:
        raise JiraRefusalError(400, errors=errors)
    me, now = call.person.email, call.now
    first = workflow_of(project)[0].name
    blank = Issue("", _next_key(call, project), project.id, "Task", "", first, me, now, now, creator=me)
    blank.watchers = [me]
    others = {name: value for name, value in fields.items() if name != "project"}
    draft = with_values(call, blank, others, update)
    if draft.issue_type == "Subtask" and draft.parent_id is None:
        raise JiraRefusalError(400, errors={"parent": "A subtask needs a parent."})
    return draft, texts


def _next_key(call: Call, project: Project) -> str:
    issues = call.world.issues.values()
    numbers = (int(issue.key.partition("-")[2]) for issue in issues if issue.project_id == project.id)
    return f"{project.key}-{max(numbers, default=0) + 1}"


def _made(call: Call, draft: Issue, texts: list[JsonObject | str]) -> JsonObject:
    draft.id = call.world.new_id()
    call.world.issues[draft.id] = draft
    call.world.ranking.append(draft.id)
    call.done("create issue", draft.key)
    add_comments(call, draft, texts)
    return {"id": draft.id, "key": draft.key, "self": call.link("issue", draft.id)}


def _edit(call: Call) -> Response:
    (fields, update), issue = _members(call.object_body()), issue_of(call)
    call.require(
        issue.project_id, "EDIT_ISSUES", "You do not have permission to edit issues in this project."
    )
    texts = comment_texts(call, update)
    draft = with_values(call, issue, fields, update)
    call.world.issues[issue.id] = draft
    note_changes(call, draft, values_of(call.world, issue))
    add_comments(call, draft, texts)
    if call.query.get("returnIssue") == "true":
        return json_response(200, issue_json(call, draft, select((), call.names("expand"))))
    return Response(204)


def _assign(call: Call) -> Response:
    body, issue = call.object_body(), issue_of(call)
    if "accountId" not in body:
        raise JiraRefusalError(
            400, "'accountId' must be the only user identifying query parameter in GDPR strict mode."
        )
    call.require(issue.project_id, "ASSIGN_ISSUES", "You do not have permission to assign this issue.")
    before = values_of(call.world, issue)
    try:
        issue.assignee = account_email(call, body)
    except ValueRefusedError as error:
        raise JiraRefusalError(400, errors={"assignee": str(error)}) from None
    note_changes(call, issue, before, action="assign issue")
    return Response(204)


def _delete(call: Call) -> Response:
    issue, world = issue_of(call), call.world
    call.require(
        issue.project_id, "DELETE_ISSUES", "You do not have permission to delete issues in this project."
    )
    if any(other.issue_type == "Subtask" and other.parent_id == issue.id for other in world.issues.values()):
        raise JiraRefusalError(400, "The issue has subtasks; delete them first.")
    del world.issues[issue.id]
    world.ranking.remove(issue.id)
    for other in world.issues.values():
        other.parent_id = None if other.parent_id == issue.id else other.parent_id
    world.attachments = {k: item for k, item in world.attachments.items() if item.issue_id != issue.id}
    world.links = {k: v for k, v in world.links.items() if issue.id not in (v.inward_id, v.outward_id)}
    world.remote_links = {k: v for k, v in world.remote_links.items() if v.issue_id != issue.id}
    call.done("delete issue", issue.key)
    return Response(204)


def _edit_meta(call: Call) -> Response:
    project_id = issue_of(call).project_id
    fields = fields_to_set(call, project_id, is_new=False) if call.seen.may(project_id, "EDIT_ISSUES") else {}
    return json_response(200, {"fields": fields})


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}": _get,
    "POST /rest/api/3/issue": _create,
    "POST /rest/api/3/issue/bulk": _create_several,
    "PUT /rest/api/3/issue/{issueIdOrKey}": _edit,
    "PUT /rest/api/3/issue/{issueIdOrKey}/assignee": _assign,
    "DELETE /rest/api/3/issue/{issueIdOrKey}": _delete,
    "GET /rest/api/3/issue/{issueIdOrKey}/editmeta": _edit_meta,
}
