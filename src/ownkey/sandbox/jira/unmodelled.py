"""Honest answers for the operations that the sandbox knows by name only: none changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.assets_data import WORKSPACE_ID
from ownkey.sandbox.jira.call import Call, JiraRefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ownkey.sandbox.exchange import Response
    from ownkey.sandbox.jira.seen import Seen

NOT_YET = "The sandbox does not do this yet. Nothing was changed."

# What a name in a path template stands for, and so whether the sandbox has the thing.
_LOOK_UP: Mapping[str, Callable[[Seen, str], object]] = {
    "issueIdOrKey": lambda seen, value: seen.issue(value),
    "issueId": lambda seen, value: seen.issue(value),
    "projectIdOrKey": lambda seen, value: seen.project(value),
    "projectKeyOrId": lambda seen, value: seen.project(value),
    "projectId": lambda seen, value: seen.project(value),
    "boardId": lambda seen, value: seen.board(value),
    "sprintId": lambda seen, value: seen.sprint(value),
    "epicIdOrKey": lambda seen, value: seen.epic(value),
    "epicId": lambda seen, value: seen.epic(value),
    "taskId": lambda seen, value: seen.world.tasks.get(value),
    "accountId": lambda seen, value: seen.world.person(value),
    "workspaceId": lambda _seen, value: value if value == WORKSPACE_ID else None,
}


def unmodelled(call: Call) -> Response:
    """Answer an operation that the sandbox only knows by name.

    What is asked about something that does not exist is 404. A list is empty. A write has its body read
    first, as Jira does, so that a malformed one is 400; a well-formed one is told that the sandbox does
    not do this yet.
    """
    _read_body(call)
    if not all(_exists(call, name) for name in call.parameters):
        raise JiraRefusalError(
            404, "The requested resource does not exist or you do not have permission to see it."
        )
    if call.operation.method == "GET":
        return call.page([])
    raise JiraRefusalError(400, NOT_YET)


def _read_body(call: Call) -> None:
    """Refuse a malformed body, and a missing one where the operation cannot do without."""
    if call.operation.method not in ("POST", "PUT", "PATCH"):
        return
    if call.operation.json_object_required and call.upload is None:
        call.object_body()
    elif call.body and not call.content_type.lower().startswith(("multipart/", "image/")):
        call.json_body()


def _exists(call: Call, name: str) -> bool:
    look_up = _LOOK_UP.get(name)
    return look_up is not None and look_up(call.seen, call.parameters[name]) is not None
