"""What a query compares fields with: the values that its texts and functions stand for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.schemes import PRIORITIES, all_types, link_type_called, priority_called
from ownkey.sandbox.jira.searching.jql_dates import date_of, offset_of, zone_of
from ownkey.sandbox.jira.searching.jql_tree import Function, JqlError, Operand, UnknownValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    if function.name in _LISTS:
        return list(_LISTS[function.name](call, function.arguments))
    if function.name == "now":
        return [call.now]
    day = call.now.astimezone(zone_of(call)).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "startofday": day,
        "endofday": day + timedelta(days=1),
        "startofweek": day - timedelta(days=(day.weekday() + 1) % 7),
        "endofweek": day - timedelta(days=(day.weekday() + 1) % 7) + timedelta(days=7),
        "startofmonth": day.replace(day=1),
        "endofmonth": (day.replace(day=1) + timedelta(days=32)).replace(day=1),
        "startofyear": day.replace(month=1, day=1),
        "endofyear": day.replace(year=day.year + 1, month=1, day=1),
    }
    if function.name not in starts:
        raise JqlError(f"Unable to find JQL function '{function.name[:40]}()'.")
    offset = function.arguments[0] if function.arguments else ""
    return [starts[function.name] + (offset_of(offset) if offset else timedelta())]


def _versions(call: Call, *, is_released: bool) -> list[str]:
    versions = call.world.versions.values()
    return [one.id for one in versions if one.is_released == is_released and not one.is_archived]


def _of_levels(call: Call, levels: frozenset[int]) -> list[str]:
    return [kind.id for kind in all_types(call.seen.projects()) if kind.level in levels]


def _linked(call: Call, arguments: tuple[str, ...]) -> list[str]:
    """Return the keys of the issues that are linked to one, in any way or as a link type says."""
    issue = call.seen.issue(arguments[0]) if arguments else None
    if issue is None:
        raise UnknownValueError(
            f"Issue '{''.join(arguments[:1])[:40]}' could not be found in function 'linkedIssues'."
        )
    wanted = {word.casefold() for word in arguments[1:]}
    found: list[str] = []
    for link in call.seen.links(issue):
        kind = link_type_called(link.type_name)
        is_inward = link.inward_id == issue.id
        words = "" if kind is None else (kind.outward if is_inward else kind.inward)
        if not wanted or words.casefold() in wanted:
            found.append(call.world.issues[link.outward_id if is_inward else link.inward_id].key.casefold())
    return found


def _marked(call: Call, attribute: str) -> list[str]:
    me = call.person.email
    return [issue.key.casefold() for issue in call.seen.ranked() if me in getattr(issue, attribute)]


_LISTS: Mapping[str, Callable[[Call, tuple[str, ...]], list[str]]] = {
    "releasedversions": lambda call, _arguments: _versions(call, is_released=True),
    "unreleasedversions": lambda call, _arguments: _versions(call, is_released=False),
    "standardissuetypes": lambda call, _arguments: _of_levels(call, frozenset((0, 1))),
    "subtaskissuetypes": lambda call, _arguments: _of_levels(call, frozenset((-1,))),
    "linkedissues": _linked,
    "watchedissues": lambda call, _arguments: _marked(call, "watchers"),
    "votedissues": lambda call, _arguments: _marked(call, "voters"),
}
