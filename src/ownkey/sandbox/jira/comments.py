"""Comments on issues and files attached to them."""

from __future__ import annotations

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.issues import document, issue_of, jira_time
from ownkey.sandbox.jira.projects import may_administer
from ownkey.sandbox.jira.users import person_json
from ownkey.sandbox.jira.world import Attachment, Comment, Issue


def _comment_json(call: Call, issue: Issue, comment: Comment) -> JsonObject:
    author = person_json(call, comment.author)
    return {
        "self": f"{call.base_url}/rest/api/3/issue/{issue.id}/comment/{comment.id}",
        "id": comment.id,
        "author": author,
        "updateAuthor": author,
        "body": document(comment.text),
        "created": jira_time(comment.created_at),
        "updated": jira_time(comment.created_at),
        "jsdPublic": True,
    }


def _comment_of(call: Call, issue: Issue) -> Comment:
    return found(issue.comments.get(call.parameters["id"]), "Can not find a comment for the id.")


def _list(call: Call) -> Response:
    issue = issue_of(call)
    return call.page(
        [_comment_json(call, issue, comment) for comment in issue.comments.values()], key="comments"
    )


def _get(call: Call) -> Response:
    issue = issue_of(call)
    return json_response(200, _comment_json(call, issue, _comment_of(call, issue)))


def _text_of(body: object) -> str:
    """Return the text of a document, or the text itself: version 2 of the API sends that."""
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        inner = body.get("content")
        parts = [_text_of(part) for part in inner] if isinstance(inner, list) else []
        return "".join([str(body.get("text", "")), *parts])
    return ""


def _add(call: Call) -> Response:
    text = _text_of(call.object_body().get("body")).strip()
    if not text:
        raise JiraRefusalError(400, errors={"comment": "Comment body can not be empty!"})
    issue = issue_of(call)
    comment = Comment(call.world.new_id(), call.person.email, text, call.now)
    issue.comments[comment.id] = comment
    call.done("add comment", f"{issue.key}/{comment.id}")
    return json_response(201, _comment_json(call, issue, comment))


def _delete(call: Call) -> Response:
    issue = issue_of(call)
    comment = _comment_of(call, issue)
    if comment.author != call.person.email and not may_administer(call, issue.project_id):
        raise JiraRefusalError(403, "You do not have the permission to delete this comment.")
    del issue.comments[comment.id]
    call.done("delete comment", f"{issue.key}/{comment.id}")
    return Response(204)


def _attachment_of(call: Call) -> Attachment:
    message = "The attachment with this id does not exist."
    return found(call.world.attachments.get(call.parameters["id"]), message)


def _get_attachment(call: Call) -> Response:
    attachment = _attachment_of(call)
    shown = {
        "self": f"{call.base_url}/rest/api/3/attachment/{attachment.id}",
        "id": int(attachment.id),
        "filename": attachment.filename,
        "author": person_json(call, attachment.author),
        "created": jira_time(attachment.created_at),
        "size": len(attachment.content),
        "mimeType": attachment.media_type,
        "content": f"{call.base_url}/rest/api/3/attachment/content/{attachment.id}",
    }
    return json_response(200, shown)


def _delete_attachment(call: Call) -> Response:
    attachment = _attachment_of(call)
    project_id = call.world.issues[attachment.issue_id].project_id
    if attachment.author != call.person.email and not may_administer(call, project_id):
        raise JiraRefusalError(403, "You do not have permission to delete this attachment.")
    del call.world.attachments[attachment.id]
    call.done("delete attachment", attachment.id)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/comment": _list,
    "GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}": _get,
    "POST /rest/api/3/issue/{issueIdOrKey}/comment": _add,
    "DELETE /rest/api/3/issue/{issueIdOrKey}/comment/{id}": _delete,
    "GET /rest/api/3/attachment/{id}": _get_attachment,
    "DELETE /rest/api/3/attachment/{id}": _delete_attachment,
}
