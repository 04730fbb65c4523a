"""Issues: shown, made, edited and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.projects import project_json, require_project_administrator, version_json
from ownkey.sandbox.jira.users import person_json
from ownkey.sandbox.jira.world import Issue

if TYPE_CHECKING:
    from datetime import datetime

NO_ISSUE = "Issue does not exist or you do not have permission to see it."
_TYPES = ("Epic", "Story", "Task", "Bug")
_STATUSES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}


def jira_time(at: datetime) -> str:
    """Return a moment as Jira writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def issue_of(call: Call) -> Issue:
    """Return the issue that the path names."""
    return found(call.world.issue(call.parameters["issueIdOrKey"]), NO_ISSUE)


def document(text: str) -> JsonObject:
    """Return a text as a document in Atlassian's format."""
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def issue_json(call: Call, issue: Issue) -> JsonObject:
    """Return an issue with the fields that the sandbox has."""
    epic = call.world.issues.get(issue.epic_id or "")
    versions = (call.world.versions[version_id] for version_id in issue.version_ids)
    fields: JsonObject = {
        "summary": issue.summary,
        "issuetype": {
            "id": str(_TYPES.index(issue.issue_type) + 1),
            "name": issue.issue_type,
            "subtask": False,
        },
        "status": {"name": issue.status, "statusCategory": {"key": _STATUSES[issue.status]}},
        "project": project_json(call, call.world.projects[issue.project_id]),
        "reporter": person_json(call, issue.reporter),
        "assignee": person_json(call, issue.assignee),
        "parent": None
        if epic is None
        else {"id": epic.id, "key": epic.key, "fields": {"summary": epic.summary}},
        "fixVersions": [version_json(call, version) for version in versions],
        "created": jira_time(issue.created_at),
        "updated": jira_time(issue.updated_at),
    }
    return {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog",
        "id": issue.id,
        "self": f"{call.base_url}/rest/api/3/issue/{issue.id}",
        "key": issue.key,
        "fields": fields,
    }


def _get(call: Call) -> Response:
    return json_response(200, issue_json(call, issue_of(call)))


def _fields_of(call: Call) -> JsonObject:
    fields = call.object_body().get("fields")
    if not isinstance(fields, dict):
        raise JiraRefusalError(400, "Field 'fields' is required.")
    return fields


def _create(call: Call) -> Response:
    fields = _fields_of(call)
    summary = call.text_field(fields, "summary")
    given = fields.get("project")
    wanted = given if isinstance(given, dict) else {}
    project = call.world.project(str(wanted.get("key") or wanted.get("id") or ""))
    if project is None:
        raise JiraRefusalError(400, errors={"project": "Specify a valid project ID or key"})
    kind = fields.get("issuetype")
    name = kind.get("name") if isinstance(kind, dict) else None
    if name not in _TYPES:
        raise JiraRefusalError(400, errors={"issuetype": "Specify an issue type"})
    numbers = (
        int(issue.key.partition("-")[2])
        for issue in call.world.issues.values()
        if issue.project_id == project.id
    )
    key = f"{project.key}-{max(numbers, default=0) + 1}"
    issue = Issue(
        call.world.new_id(), key, project.id, name, summary, "To Do", call.person.email, call.now, call.now
    )
    call.world.issues[issue.id] = issue
    call.done("create issue", key)
    link = f"{call.base_url}/rest/api/3/issue/{issue.id}"
    return json_response(201, {"id": issue.id, "key": key, "self": link})


def _edit(call: Call) -> Response:
    fields, issue = _fields_of(call), issue_of(call)
    if set(fields) != {"summary"}:
        raise JiraRefusalError(400, "The sandbox does not do this yet: it edits an issue's summary only.")
    issue.summary = call.text_field(fields, "summary")
    issue.updated_at = call.now
    call.done("edit issue", issue.key)
    return Response(204)


def _delete(call: Call) -> Response:
    issue = issue_of(call)
    require_project_administrator(call, issue.project_id)
    del call.world.issues[issue.id]
    for other in call.world.issues.values():
        other.epic_id = None if other.epic_id == issue.id else other.epic_id
    attachments = call.world.attachments
    for attachment in [item for item in attachments.values() if item.issue_id == issue.id]:
        del attachments[attachment.id]
    call.done("delete issue", issue.key)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}": _get,
    "POST /rest/api/3/issue": _create,
    "PUT /rest/api/3/issue/{issueIdOrKey}": _edit,
    "DELETE /rest/api/3/issue/{issueIdOrKey}": _delete,
}
