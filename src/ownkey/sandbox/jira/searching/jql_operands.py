"""What a query compares fields with: the values that its texts and functions stand for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.schemes import PRIORITIES, priority_called
from ownkey.sandbox.jira.searching.jql import Function, JqlError, Operand, UnknownValueError
from ownkey.sandbox.jira.searching.jql_dates import date_of, offset_of

if TYPE_CHECKING:
    from ownkey.sandbox.jira.call import Call
    from ownkey.sandbox.jira.searching.jql_fields import JqlField


def resolve(call: Call, field: JqlField, name: str, operand: Operand) -> list[object]:
    """Return the values that an operand stands for, None for EMPTY."""
    if isinstance(operand, Function):
        return _function(call, operand)
    if operand.text is None or (name.lower() == "resolution" and operand.text.lower() == "unresolved"):
        return [None]
    if field.kind == "date":
        return [date_of(call, operand.text)]
    if field.kind == "number":
        try:
            return [float(operand.text)]
        except ValueError:
            raise JqlError(f"The value '{operand.text[:40]}' is not a number.") from None
    if field.known is not None and not field.known(call, operand.text):
        if field.kind == "issue":
            raise UnknownValueError(
                f"An issue with key '{operand.text[:40]}' does not exist for field '{name}'."
            )
        raise UnknownValueError(f"The value '{operand.text[:40]}' does not exist for the field '{name}'.")
    if field.kind == "priority":
        return [PRIORITIES.index(priority_called(operand.text) or "Medium")]
    return [operand.text.casefold()]


def _function(call: Call, function: Function) -> list[object]:
    if function.name == "currentuser":
        return [call.person.account_id.casefold()]
    if function.name in ("opensprints", "closedsprints", "futuresprints"):
        state = {"opensprints": "active", "closedsprints": "closed", "futuresprints": "future"}[function.name]
        return [str(sprint.id) for sprint in call.world.sprints.values() if sprint.state == state]
    if function.name == "now":
        return [call.now]
    day = call.now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "startofday": day,
        "endofday": day + timedelta(days=1),
        "startofweek": day - timedelta(days=(day.weekday() + 1) % 7),
        "startofmonth": day.replace(day=1),
        "startofyear": day.replace(month=1, day=1),
    }
    if function.name not in starts:
        raise JqlError(f"Unable to find JQL function '{function.name[:40]}()'.")
    offset = function.arguments[0] if function.arguments else ""
    return [starts[function.name] + (offset_of(offset) if offset else timedelta())]
