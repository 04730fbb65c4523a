"""Comments on issues."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.access import ROLE_IDS
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.entities import Comment, Issue
from ownkey.sandbox.jira.issue.changes import issue_of
from ownkey.sandbox.jira.issue.parts import comment_json
from ownkey.sandbox.jira.issue.text import NotRichTextError, RichText, read_text
from ownkey.sandbox.rich_text import html_of

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


def _add_to(call: Call, issue: Issue, text: RichText, *, visible_to: str | None = None) -> Comment:
    if not call.seen.may(issue.project_id, "ADD_COMMENTS"):
        refusal = f"{call.person.display_name}, you do not have the permission to comment on this issue."
        raise JiraRefusalError(400, errors={"comment": refusal})
    me, now = call.person.email, call.now
    comment = Comment(call.world.new_id(), me, text, now, me, now, visible_to)
    issue.comments[comment.id] = comment
    issue.updated_at = now
    call.done("add comment", f"{issue.key}/{comment.id}")
    return comment


def _comment_of(call: Call, issue: Issue) -> Comment:
    seen = {comment.id: comment for comment in call.seen.comments(issue)}
    return found(seen.get(call.parameters["id"]), "Can not find a comment for the id.")


def _list(call: Call) -> Response:
    issue = issue_of(call)
    comments = call.seen.comments(issue)
    if call.query.get("orderBy") in ("-created", "-updated"):
        comments.reverse()
    return call.page([_shown(call, issue, comment) for comment in comments], key="comments", limit=100)


def _shown(call: Call, issue: Issue, comment: Comment) -> JsonObject:
    shown = comment_json(call, issue, comment)
    if "renderedBody" in call.names("expand"):
        shown["renderedBody"] = html_of(comment.text.as_document())
    return shown


def _get(call: Call) -> Response:
    issue = issue_of(call)
    return json_response(200, _shown(call, issue, _comment_of(call, issue)))


def _add(call: Call) -> Response:
    body = call.object_body()
    text, issue = _read(call, body.get("body")), issue_of(call)
    comment = _add_to(call, issue, text, visible_to=_role(call, issue, body.get("visibility")))
    return json_response(201, comment_json(call, issue, comment))


def _role(call: Call, issue: Issue, visibility: object) -> str | None:
    """Return the role whose people are to see a comment, None for everybody who sees the issue."""
    if visibility is None:
        return None
    given = visibility if isinstance(visibility, dict) else {}
    wanted = str(given.get("value") or given.get("identifier") or "")
    role = next((name for name, number in ROLE_IDS.items() if wanted in (name, str(number))), None)
    if given.get("type") != "role" or role not in call.seen.roles(issue.project_id):
        raise JiraRefusalError(400, errors={"commentLevel": "You are not a member of this role."})
    return role


def _edit(call: Call) -> Response:
    text, issue = _read(call, call.object_body().get("body")), issue_of(call)
    comment = _comment_of(call, issue)
    _require_for(call, issue, comment, "EDIT")
    comment = replace(comment, text=text, update_author=call.person.email, updated_at=call.now)
    issue.comments[comment.id] = comment
    call.done("edit comment", f"{issue.key}/{comment.id}")
    return json_response(200, comment_json(call, issue, comment))


def _require_for(call: Call, issue: Issue, comment: Comment, verb: str) -> None:
    """Refuse a caller who may not edit or delete a comment: their own, or that of another."""
    whose = "OWN" if comment.author == call.person.email else "ALL"
    message = f"You do not have the permission to {verb.lower()} this comment."
    call.require(issue.project_id, f"{verb}_{whose}_COMMENTS", message)


def _delete(call: Call) -> Response:
    issue = issue_of(call)
    comment = _comment_of(call, issue)
    _require_for(call, issue, comment, "DELETE")
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
