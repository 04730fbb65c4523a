"""Setting an issue's fields: each value is read, checked and put on a draft; nothing happens by halves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.jira.call import Call, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.entities import POINTS, STORY_POINTS
from ownkey.sandbox.jira.fields import EPIC_LINK, FLAGGED, IMPEDIMENT_ID, SPRINT
from ownkey.sandbox.jira.issue.text import NotRichTextError, read_text
from ownkey.sandbox.jira.schemes import called, priority_called, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ownkey.sandbox.jira.entities import Component, Issue, Version

    Setter = Callable[[Call, Issue, object], None]

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MOST_POINTS = 1e15
_NOT_SETTABLE = "It is not on the appropriate screen, or unknown."


class ValueRefusedError(ValueError):
    """A field's value is refused; the message is Jira's."""


def with_values(call: Call, issue: Issue, fields: JsonObject, update: JsonObject | None = None) -> Issue:
    """Return a copy of an issue with fields set as a body says, in `fields` and in `update`.

    Raises:
        JiraRefusalError: some value is refused; every such field is named.
    """
    draft, errors = replace(issue), {}
    for name, value in fields.items():
        try:
            _setter(name)(call, draft, value)
        except ValueRefusedError as error:
            errors[name] = str(error)
    for name, operations in (update or {}).items():
        try:
            _apply(call, draft, name, operations)
        except ValueRefusedError as error:
            errors[name] = str(error)
    if errors:
        raise JiraRefusalError(400, errors=errors)
    return draft


def _setter(name: str) -> Setter:
    setter = SETTERS.get(name)
    if setter is None:
        raise ValueRefusedError(f"Field '{name}' cannot be set. {_NOT_SETTABLE}")
    return setter


def _apply(call: Call, draft: Issue, name: str, operations: object) -> None:
    setter = _setter(name)
    if not isinstance(operations, list):
        raise ValueRefusedError("data was not an array")
    for operation in operations:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise ValueRefusedError("An operation is one of add, set and remove.")
        ((verb, value),) = operation.items()
        if verb == "set":
            setter(call, draft, value)
        elif verb in ("add", "remove") and name in _LISTS:
            _LISTS[name](call, draft, verb, value)
        else:
            raise ValueRefusedError(f"The operation '{verb}' is not supported by the field '{name}'.")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueRefusedError(f"You must specify a {name} of the issue.")
    return value


def _set_summary(_call: Call, draft: Issue, value: object) -> None:
    summary = _text(value, "summary")
    if "\n" in summary or "\r" in summary:
        raise ValueRefusedError("The summary is invalid because it contains newline characters.")
    if len(summary) > 255:
        raise ValueRefusedError("Summary can't exceed 255 characters.")
    draft.summary = summary


def _set_description(call: Call, draft: Issue, value: object) -> None:
    try:
        draft.description = None if value is None else read_text(value, call.api_version)
    except NotRichTextError as error:
        raise ValueRefusedError(str(error)) from None


def _named(value: object, *names: str) -> str:
    """Return what names a thing: the first of some members of an object that is there."""
    if isinstance(value, dict):
        for name in names:
            if isinstance(value.get(name), str | int):
                return str(value[name])
    return ""


def _set_type(call: Call, draft: Issue, value: object) -> None:
    kind = called(types_of(call.world.projects[draft.project_id]), _named(value, "id", "name"))
    if kind is None:
        raise ValueRefusedError("Specify a valid issue type")
    draft.issue_type = kind.name


def _set_priority(_call: Call, draft: Issue, value: object) -> None:
    name = priority_called(_named(value, "id", "name"))
    if name is None:
        raise ValueRefusedError("Specify a valid priority")
    draft.priority = name


def account_email(call: Call, value: object) -> str | None:
    """Return the address of the person whom a value names by account id, None for nobody."""
    if value is None:
        return None
    account_id = value.get("accountId", value.get("id")) if isinstance(value, dict) else ""
    if account_id in (None, "-1"):
        return None
    person = call.world.person(str(account_id))
    if person is None:
        # Names are Data Center's: Cloud knows people by their account id alone.
        raise ValueRefusedError("Specify a valid value for the account id of the user.")
    return person.email


def _set_assignee(call: Call, draft: Issue, value: object) -> None:
    draft.assignee = account_email(call, value)


def _set_reporter(call: Call, draft: Issue, value: object) -> None:
    email = account_email(call, value)
    if email is None:
        raise ValueRefusedError("Reporter is required.")
    draft.reporter = email


def _label(value: object) -> str:
    if not isinstance(value, str) or not value or " " in value:
        raise ValueRefusedError(f"The label '{value}' can't contain spaces.")
    return value


def _set_labels(_call: Call, draft: Issue, value: object) -> None:
    draft.labels = tuple(dict.fromkeys(_label(item) for item in _list(value)))


def _change_labels(_call: Call, draft: Issue, verb: str, value: object) -> None:
    kept = tuple(item for item in draft.labels if item != _label(value))
    draft.labels = (*kept, _label(value)) if verb == "add" else kept


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueRefusedError("data was not an array")
    return value


def _id_among(things: Mapping[str, Component | Version], draft: Issue, value: object, what: str) -> str:
    wanted = _named(value, "id", "name")
    for thing in things.values():
        if thing.project_id == draft.project_id and wanted in (thing.id, thing.name):
            return thing.id
    raise ValueRefusedError(f"{what} name '{wanted}' is not valid")


def _ids(call: Call, draft: Issue, name: str, value: object) -> tuple[str, ...]:
    world = call.world
    things: Mapping[str, Any] = world.components if name == "component_ids" else world.versions
    what = "Component" if name == "component_ids" else "Version"
    return tuple(dict.fromkeys(_id_among(things, draft, item, what) for item in _list(value)))


def _set_ids(name: str) -> Setter:
    return lambda call, draft, value: setattr(draft, name, _ids(call, draft, name, value))


def _change_ids(name: str) -> Callable[[Call, Issue, str, object], None]:
    def change(call: Call, draft: Issue, verb: str, value: object) -> None:
        (wanted,) = _ids(call, draft, name, [value])
        kept = tuple(number for number in getattr(draft, name) if number != wanted)
        setattr(draft, name, (*kept, wanted) if verb == "add" else kept)

    return change


def _set_due(_call: Call, draft: Issue, value: object) -> None:
    if value is not None and not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise ValueRefusedError("Error parsing date string: the format is yyyy-MM-dd.")
    draft.due = value


def _set_parent(call: Call, draft: Issue, value: object) -> None:
    wanted = value if isinstance(value, str) else _named(value, "key", "id")
    parent = call.seen.issue(wanted) if wanted else None
    if value is not None and (parent is None or parent.id == draft.id):
        raise ValueRefusedError("Could not find issue by id or key.")
    draft.parent_id = None if parent is None else parent.id


def _set_sprint(call: Call, draft: Issue, value: object) -> None:
    sprint = None if value is None else call.seen.sprint(str(value))
    if value is not None and (isinstance(value, bool | float) or sprint is None or sprint.state == "closed"):
        raise ValueRefusedError("Number value expected as the Sprint id.")
    enter_sprint(call, draft, None if sprint is None else sprint.id)


def enter_sprint(call: Call, issue: Issue, sprint_id: int | None) -> None:
    """Put an issue into a sprint, or into none; a closed one that it was in stays among its past ones."""
    left = None if issue.sprint_id is None else call.world.sprints.get(issue.sprint_id)
    if left is not None and left.state == "closed" and left.id != sprint_id:
        issue.past_sprint_ids = (*issue.past_sprint_ids, left.id)
    issue.sprint_id = sprint_id


def _set_points(field: str) -> Setter:
    return lambda call, draft, value: _put_points(call, draft, value, field)


def _put_points(call: Call, draft: Issue, value: object, field: str) -> None:
    if call.world.projects[draft.project_id].points_field != field:
        raise ValueRefusedError(f"Field '{field}' cannot be set. {_NOT_SETTABLE}")
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST_POINTS
    ):
        raise ValueRefusedError("Operation value must be a number")
    draft.points = None if value is None else float(value)


def _set_flag(_call: Call, draft: Issue, value: object) -> None:
    named = {_named(item, "id", "value") for item in _list(value)}
    if named - {IMPEDIMENT_ID, "Impediment"}:
        raise ValueRefusedError("Option value is not valid")
    draft.is_flagged = bool(named)


def _set_security(call: Call, draft: Issue, value: object) -> None:
    levels = {
        level.id: level
        for level in call.world.security_levels.values()
        if level.project_id == draft.project_id
    }
    if not levels or not call.seen.may(draft.project_id, "SET_ISSUE_SECURITY"):
        raise ValueRefusedError(f"Field 'security' cannot be set. {_NOT_SETTABLE}")
    wanted = _named(value, "id")
    if value is not None and wanted not in levels:
        raise ValueRefusedError("Security level is not valid")
    draft.security_id = wanted or None


SETTERS: Mapping[str, Setter] = {
    "summary": _set_summary,
    "issuetype": _set_type,
    "description": _set_description,
    "priority": _set_priority,
    "assignee": _set_assignee,
    "reporter": _set_reporter,
    "labels": _set_labels,
    "components": _set_ids("component_ids"),
    "fixVersions": _set_ids("version_ids"),
    "versions": _set_ids("affects_ids"),
    "duedate": _set_due,
    "parent": _set_parent,
    SPRINT: _set_sprint,
    EPIC_LINK: _set_parent,
    POINTS: _set_points(POINTS),
    STORY_POINTS: _set_points(STORY_POINTS),
    FLAGGED: _set_flag,
    "security": _set_security,
}
_LISTS: Mapping[str, Callable[[Call, Issue, str, object], None]] = {
    "labels": _change_labels,
    "components": _change_ids("component_ids"),
    "fixVersions": _change_ids("version_ids"),
    "versions": _change_ids("affects_ids"),
}
