"""Files on issues: uploaded in a form, downloaded from the media host or, if asked, from here."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ownkey.sandbox import media
from ownkey.sandbox.exchange import Response, json_response, redirect_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, found
from ownkey.sandbox.jira.entities import Attachment, Change
from ownkey.sandbox.jira.issue.changes import add_history, issue_of
from ownkey.sandbox.jira.issue.parts import PICTURES, attachment_json
from ownkey.sandbox.multipart import MultipartError, Part, parts_of

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.content import Content
    from ownkey.sandbox.jira.world import World

UPLOAD_LIMIT = 1024 * 1024 * 1024


def _of(call: Call) -> Attachment:
    message = f"The attachment with id '{call.parameters['id'][:40]}' does not exist"
    attachment = call.world.attachments.get(call.parameters["id"])
    is_seen = attachment is not None and call.seen.sees(call.world.issues[attachment.issue_id])
    return found(attachment if is_seen else None, message)


def _meta(_call: Call) -> Response:
    return json_response(200, {"enabled": True, "uploadLimit": UPLOAD_LIMIT})


def _get(call: Call) -> Response:
    attachment = _of(call)
    # Here the id is a number, and in an issue it is a text: so it is in Jira.
    return json_response(200, attachment_json(call, attachment) | {"id": int(attachment.id)})


def _content(call: Call) -> Response:
    attachment = _of(call)
    if call.query.get("redirect") == "false":
        return media.file_response(attachment, call.header)
    world = call.world
    origin = world.media_origin or call.site_url
    return redirect_response(media.link(attachment, origin=origin, key=world.media_key, now=call.now))


def _thumbnail(call: Call) -> Response:
    attachment = _of(call)
    if attachment.media_type not in PICTURES and call.query.get("fallbackToDefault") != "true":
        raise JiraRefusalError(404, "There is no thumbnail of this attachment.")
    return _content(call)


def make_attachment(  # noqa: PLR0913 - a file's facts
    world: World,
    issue_id: str,
    *,
    author: str,
    filename: str,
    media_type: str,
    content: Content,
    now: datetime,
) -> Attachment:
    """Put a file on an issue; whoever does so records it."""
    number, media_id = world.new_id(), str(uuid.uuid4())
    attachment = Attachment(number, media_id, issue_id, author, filename, media_type, content, now)
    world.attachments[number] = attachment
    return attachment


def _add(call: Call) -> Response:
    if (call.header("x-atlassian-token") or "").lower() not in ("no-check", "nocheck"):
        raise JiraRefusalError(403, "XSRF check failed")
    files = _files(call)
    issue = issue_of(call)
    call.require(issue.project_id, "CREATE_ATTACHMENTS", "You do not have permission to create attachments.")
    if not files:
        raise JiraRefusalError(400, "There is no file in the form: its part is called 'file'.")
    added = []
    for part in files:
        attachment = make_attachment(
            call.world,
            issue.id,
            author=call.person.email,
            filename=(part.filename or "").replace("\\", "/").rpartition("/")[2] or "file",
            media_type=part.media_type,
            content=part.content,
            now=call.now,
        )
        change = Change("Attachment", "attachment", None, None, attachment.id, attachment.filename)
        add_history(call, issue, (change,), action="add attachment")
        added.append(attachment_json(call, attachment))
    return json_response(200, added)


def _files(call: Call) -> list[Part]:
    if call.upload is None:
        raise JiraRefusalError(415, "Unsupported Media Type")
    try:
        parts = list(parts_of(call.upload, call.content_type))
    except MultipartError:
        raise JiraRefusalError(400, "The form cannot be read.") from None
    return [part for part in parts if part.name == "file" and part.filename is not None]


def _delete(call: Call) -> Response:
    attachment = _of(call)
    issue = call.world.issues[attachment.issue_id]
    whose = "OWN" if attachment.author == call.person.email else "ALL"
    message = "You do not have permission to delete this attachment."
    call.require(issue.project_id, f"DELETE_{whose}_ATTACHMENTS", message)
    del call.world.attachments[attachment.id]
    change = Change("Attachment", "attachment", attachment.id, attachment.filename, None, None)
    add_history(call, issue, (change,), action="delete attachment")
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/attachment/meta": _meta,
    "GET /rest/api/3/attachment/{id}": _get,
    "GET /rest/api/3/attachment/content/{id}": _content,
    "GET /rest/api/3/attachment/thumbnail/{id}": _thumbnail,
    "POST /rest/api/3/issue/{issueIdOrKey}/attachments": _add,
    "DELETE /rest/api/3/attachment/{id}": _delete,
}
