"""Comments on issues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.changes import issue_of
from ownkey.sandbox.jira.entities import Comment, Issue
from ownkey.sandbox.jira.issue_parts import comment_json
from ownkey.sandbox.jira.projects import may_administer
from ownkey.sandbox.jira.text import NotRichTextError, RichText, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_EMPTY = "Comment body can not be empty!"


def _read(call: Call, value: object) -> RichText:
    """Return a comment's text; refuse, as Jira does, what this version of the API does not take."""
    if value in (None, ""):
        raise JiraRefusalError(400, errors={"comment": _EMPTY})
    try:
        text = read_text(value, call.api_version)
    except NotRichTextError:
        raise JiraRefusalError(400, "Comment body is not valid!") from None
    if not text.plain.strip():
        raise JiraRefusalError(400, errors={"comment": _EMPTY})
    return text


def comment_texts(call: Call, update: JsonObject) -> list[JsonObject | str]:
    """Take the comments out of what an edit or a transition says to update, and check them."""
    operations = update.pop("comment", None) or []
    texts = []
    for operation in operations if isinstance(operations, list) else [operations]:
        added = operation.get("add") if isinstance(operation, dict) else None
        if not isinstance(added, dict):
            raise JiraRefusalError(400, errors={"comment": "The sandbox does not do this yet: it adds only."})
        _read(call, added.get("body"))
        texts.append(added["body"])
    return texts


def add_comments(call: Call, issue: Issue, texts: Iterable[JsonObject | str]) -> None:
    """Add comments by the caller."""
    for text in texts:
        _add_to(call, issue, _read(call, text))


def _add_to(call: Call, issue: Issue, text: RichText) -> Comment:
    me, now = call.person.email, call.now
    comment = Comment(call.world.new_id(), me, text, now, me, now)
    issue.comments[comment.id] = comment
    issue.updated_at = now
    call.done("add comment", f"{issue.key}/{comment.id}")
    return comment


def _comment_of(call: Call, issue: Issue) -> Comment:
    return found(issue.comments.get(call.parameters["id"]), "Can not find a comment for the id.")


def _list(call: Call) -> Response:
    issue = issue_of(call)
    comments = [comment_json(call, issue, comment) for comment in issue.comments.values()]
    if call.query.get("orderBy") in ("-created", "-updated"):
        comments.reverse()
    return call.page(comments, key="comments", limit=100)


def _get(call: Call) -> Response:
    issue = issue_of(call)
    return json_response(200, comment_json(call, issue, _comment_of(call, issue)))


def _add(call: Call) -> Response:
    text, issue = _read(call, call.object_body().get("body")), issue_of(call)
    return json_response(201, comment_json(call, issue, _add_to(call, issue, text)))


def _edit(call: Call) -> Response:
    text, issue = _read(call, call.object_body().get("body")), issue_of(call)
    comment = _comment_of(call, issue)
    if comment.author != call.person.email and not may_administer(call, issue.project_id):
        raise JiraRefusalError(403, "You do not have the permission to edit this comment.")
    comment.text, comment.update_author, comment.updated_at = text, call.person.email, call.now
    call.done("edit comment", f"{issue.key}/{comment.id}")
    return json_response(200, comment_json(call, issue, comment))


def _delete(call: Call) -> Response:
    issue = issue_of(call)
    comment = _comment_of(call, issue)
    if comment.author != call.person.email and not may_administer(call, issue.project_id):
        raise JiraRefusalError(403, "You do not have the permission to delete this comment.")
    del issue.comments[comment.id]
    call.done("delete comment", f"{issue.key}/{comment.id}")
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/comment": _list,
    "GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}": _get,
    "POST /rest/api/3/issue/{issueIdOrKey}/comment": _add,
    "PUT /rest/api/3/issue/{issueIdOrKey}/comment/{id}": _edit,
    "DELETE /rest/api/3/issue/{issueIdOrKey}/comment/{id}": _delete,
}
