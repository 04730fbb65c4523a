"""Where an issue can go from where it is: each status leads to every other, for those who may move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.reference import status_json
from ownkey.sandbox.jira.schemes import workflow_of

if TYPE_CHECKING:
    from ownkey.sandbox.jira.call import Call, JsonObject
    from ownkey.sandbox.jira.entities import Issue
    from ownkey.sandbox.jira.schemes import Status


def statuses_ahead(call: Call, issue: Issue) -> tuple[Status, ...]:
    """Return the statuses to which the caller may move an issue: none without the permission."""
    may = call.seen.may(issue.project_id, "TRANSITION_ISSUES")
    return workflow_of(call.world.projects[issue.project_id]) if may else ()


def transitions_json(call: Call, issue: Issue, *, with_fields: bool = False) -> list[JsonObject]:
    """Return the transitions of an issue that the caller may make."""
    return [_transition_json(call, status, with_fields=with_fields) for status in statuses_ahead(call, issue)]


def _transition_json(call: Call, status: Status, *, with_fields: bool) -> JsonObject:
    shown: JsonObject = {
        "id": status.transition_id,
        "name": status.transition_name,
        "to": status_json(call, status),
        "hasScreen": False,
        "isGlobal": True,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "isLooped": False,
    }
    return shown | ({"fields": {}} if with_fields else {})
