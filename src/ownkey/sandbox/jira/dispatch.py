"""From a call to Jira's answer: the table of what the sandbox does, and the rules for all the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira import (
    assets,
    background,
    fields,
    filters,
    permissions,
    projects,
    reference,
    releases,
    users,
)
from ownkey.sandbox.jira.agile import board_properties, boards, epics, issue_pages, ranking, sprints
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError
from ownkey.sandbox.jira.issue import (
    attachments,
    comments,
    histories,
    issues,
    links,
    many,
    transitions,
    votes,
    work,
)
from ownkey.sandbox.jira.searching import checking, completion, search
from ownkey.sandbox.jira.unmodelled import unmodelled

if TYPE_CHECKING:
    from ownkey.sandbox.exchange import Response
    from ownkey.scopes.catalogue import Operation

_AREAS = (
    users,
    permissions,
    reference,
    projects,
    releases,
    fields,
    issues,
    many,
    histories,
    transitions,
    comments,
    attachments,
    work,
    votes,
    links,
    search,
    completion,
    checking,
    filters,
    boards,
    board_properties,
    ranking,
    sprints,
    epics,
    issue_pages,
    background,
    assets,
)
HANDLERS: Handlers = {signature: handler for area in _AREAS for signature, handler in area.HANDLERS.items()}
_FOR_ADMINISTRATORS = "manage:jira-configuration"


def needs_administrator(operation: Operation) -> bool:
    """Return whether only Jira's administrators may do something.

    Atlassian's files do not say who may do what; that the classic scope for it is the one for configuring
    Jira comes near enough.
    """
    return any(_FOR_ADMINISTRATORS in alternative for alternative in operation.requirement.alternatives)


def answer(call: Call) -> Response:
    """Return Jira's answer to a person who has passed the gate."""
    operation = call.operation
    handler = HANDLERS.get(operation.signature)
    changes = len(call.world.effects)
    try:
        if handler is not None:
            return handler(call)
        _refuse_where_administrators_only(call)
        return unmodelled(call)
    except JiraRefusalError as refusal:
        return refusal.response(operation.api)
    finally:
        if len(call.world.effects) > changes:
            call.world.index.note(call.world, call.now)


def _refuse_where_administrators_only(call: Call) -> None:
    if needs_administrator(call.operation) and not call.person.is_administrator:
        message = "You are not authorized to perform this action. Administrator privileges are required."
        raise JiraRefusalError(403, message)
