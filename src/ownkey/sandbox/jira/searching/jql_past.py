"""The operators that look into the past: what a field was, and when, from what and by whom it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.jira.issue.changes import values_of
from ownkey.sandbox.jira.searching.jql_dates import date_of
from ownkey.sandbox.jira.searching.jql_operands import resolve
from ownkey.sandbox.jira.searching.jql_tree import Function, JqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ownkey.sandbox.jira.call import Call
    from ownkey.sandbox.jira.entities import Issue
    from ownkey.sandbox.jira.searching.jql_fields import JqlField
    from ownkey.sandbox.jira.searching.jql_tree import Condition, Operand, Predicate

# The fields whose past can be asked for, by their names in queries, with their ids in the history.
_WITH_PAST: Mapping[str, str] = {
    "status": "status", "assignee": "assignee", "reporter": "reporter", "priority": "priority",
    "resolution": "resolution", "fixversion": "fixVersions", "sprint": "customfield_10020",
}  # fmt: skip
_NOTHING = "", ""
Values = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time during which a field had a value: from when, until when, and who had set it."""

    values: Values
    before: Values
    begins: datetime
    ends: datetime
    author: str


def past_test(call: Call, field: JqlField, condition: Condition) -> Callable[[Issue], bool]:
    """Return whether a field of an issue was what a condition says, or was changed so.

    Raises:
        JqlError: nobody keeps that field's past, or the condition cannot be understood.
    """
    name = condition.field.lower()
    if name not in _WITH_PAST:
        raise JqlError(
            f"The operator '{condition.operator}' is not supported by the '{condition.field[:80]}' field."
        )
    holds = [
        _predicate(call, field, condition.field, one, condition.operator) for one in condition.predicates
    ]
    wanted = [value for part in condition.operands for value in _texts(call, field, condition.field, part)]
    is_change, is_opposite = condition.operator == "changed", " not" in condition.operator

    def was(issue: Issue) -> bool:
        stretches = _stretches(call, issue, _WITH_PAST[name])
        found = any(
            (stretch.before != stretch.values or not is_change)
            and (is_change or _is_among(stretch.values, wanted))
            and all(one(stretch) for one in holds)
            for stretch in (list(stretches)[1:] if is_change else stretches)
        )
        return found != is_opposite

    return was


def _stretches(call: Call, issue: Issue, field_id: str) -> Iterator[Stretch]:
    """Return the values that a field has had, the first one first."""
    changes = [
        (entry, change)
        for entry in issue.histories
        for change in entry.changes
        if change.field_id == field_id
    ]
    now = values_of(call.world, issue).get(field_id, (None, None))
    first = changes[0][1] if changes else None
    value = _cased(*((first.old, first.old_text) if first else now))
    before, begins, author = _NOTHING, issue.created_at, issue.creator or issue.reporter
    for entry, change in changes:
        yield Stretch(value, before, begins, entry.at, author)
        before, value = value, _cased(change.new, change.new_text)
        begins, author = entry.at, entry.author
    yield Stretch(value, before, begins, max(call.now, begins), author)


def _cased(kept: str | None, shown: str | None) -> Values:
    return (kept or "").casefold(), (shown or "").casefold()


def _is_among(values: Values, wanted: list[str]) -> bool:
    return any(value in values if value else values == _NOTHING for value in wanted)


def _texts(call: Call, field: JqlField, name: str, operand: Operand) -> list[str]:
    """Return an operand's values as the history has them; nothing is an empty text."""
    if not isinstance(operand, Function) and operand.text is not None:
        if field.known is not None and field.kind != "priority":
            resolve(call, field, name, operand)
        return [operand.text.casefold()]
    return ["" if value is None else str(value).casefold() for value in resolve(call, field, name, operand)]


def _predicate(
    call: Call, field: JqlField, name: str, predicate: Predicate, operator: str
) -> Callable[[Stretch], bool]:
    word, is_change = predicate.word, operator == "changed"
    if word == "by":
        return _by(call, field, predicate)
    if word in ("from", "to"):
        if not is_change:
            raise JqlError(f"The predicate '{word}' goes with CHANGED only.")
        wanted = [value for part in predicate.operands for value in _texts(call, field, name, part)]
        return lambda one: _is_among(one.before if word == "from" else one.values, wanted)
    moments = [_moment(call, field, part) for part in predicate.operands]
    if len(moments) != (2 if word == "during" else 1):
        raise JqlError(f"The predicate '{word}' has too few or too many dates.")
    start, end = _span(word, moments)
    if is_change:
        return lambda one: start <= one.begins < end
    return lambda one: one.begins < end and one.ends > start


def _span(word: str, moments: list[datetime]) -> tuple[datetime, datetime]:
    """Return from when to when a predicate reaches."""
    earliest, latest = (edge.replace(tzinfo=moments[0].tzinfo) for edge in (datetime.min, datetime.max))  # noqa: DTZ901 the zone is set here
    if word == "during":
        return moments[0], moments[1] + timedelta(days=1)
    spans = {
        "after": (moments[0], latest),
        "before": (earliest, moments[0]),
        "on": (moments[0], moments[0] + timedelta(days=1)),
    }
    return spans[word]


def _moment(call: Call, field: JqlField, operand: Operand) -> datetime:
    if isinstance(operand, Function):
        value: Any = resolve(call, field, "date", operand)[0]
        if not isinstance(value, datetime):
            raise JqlError(f"The function '{operand.name[:40]}()' does not return a date.")
        return value
    if operand.text is None:
        raise JqlError("EMPTY is no date.")
    return date_of(call, operand.text)


def _by(call: Call, field: JqlField, predicate: Predicate) -> Callable[[Stretch], bool]:
    wanted = {str(value) for part in predicate.operands for value in _people(call, field, part)}
    authors = {
        person.email
        for person in call.world.people.values()
        if wanted & {person.account_id.casefold(), person.display_name.casefold(), person.email}
    }
    return lambda one: one.author in authors


def _people(call: Call, field: JqlField, operand: Operand) -> list[object]:
    if isinstance(operand, Function):
        return resolve(call, field, "by", operand)
    return [(operand.text or "").casefold()]
