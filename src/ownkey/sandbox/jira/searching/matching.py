"""Which issues a query finds, and in which order."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.jira.call import Call, JiraRefusalError
from ownkey.sandbox.jira.schemes import PRIORITIES
from ownkey.sandbox.jira.searching.jql import parse
from ownkey.sandbox.jira.searching.jql_fields import JqlField, field_called
from ownkey.sandbox.jira.searching.jql_operands import resolve
from ownkey.sandbox.jira.searching.jql_past import past_test
from ownkey.sandbox.jira.searching.jql_tree import (
    Both,
    Clause,
    Condition,
    Either,
    JqlError,
    Literal,
    Not,
    Query,
    UnknownValueError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from ownkey.sandbox.jira.entities import Issue

Test = Any  # A function from an issue to whether it is found.
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_NO_VALUE = object()
_OF_FILTERS = frozenset(("filter", "request", "savedfilter", "searchrequest"))
_WORD = re.compile(r"\w+")


def searchable(call: Call, *, fresh: Container[str] = ()) -> list[Issue]:
    """Return the issues that search knows and the caller sees, the highest-ranked first.

    Search may lag behind what was changed; the issues whose ids are in `fresh` are as they are now.
    """
    known = call.world.index.issues(call.world, call.now, fresh=fresh)
    archived = {project.id for project in call.world.projects.values() if project.is_archived}
    issues = [one for one in known.values() if one.project_id not in archived and call.seen.sees(one)]
    return sorted(issues, key=call.seen.rank)


def matching(
    call: Call, jql: str, among: Iterable[Issue] | None = None, *, is_saved: bool = False
) -> list[Issue]:
    """Return the issues that a query finds, in its order; without one, the highest-ranked come first.

    A query that was saved may name what its reader may not see: that finds nothing, and is no mistake.

    Raises:
        JiraRefusalError: the query cannot be understood.
    """
    try:
        query = parse(jql)
        is_found = _test(call, query.clause, is_saved=is_saved) if query.clause else (lambda _issue: True)
        issues = [issue for issue in (searchable(call) if among is None else among) if is_found(issue)]
        return _sorted(call, issues, query)
    except JqlError as error:
        raise JiraRefusalError(400, str(error)) from None


def check(call: Call, query: Query) -> None:
    """Return where a query can be understood.

    Raises:
        JqlError: it names a field, function or value that there is not, or compares what cannot be compared.
    """
    if query.clause is not None:
        _test(call, query.clause, is_saved=False)
    for name, _descends in query.order:
        field_called(name)


def _sorted(call: Call, issues: list[Issue], query: Query) -> list[Issue]:
    for name, descends in reversed(query.order):
        field = field_called(name)
        values = {issue.id: _values(call, field, issue) for issue in issues}
        issues.sort(key=lambda issue: _sort_key(field, issue, values[issue.id]), reverse=descends)
    return issues


def _sort_key(field: JqlField, issue: Issue, values: list[Any]) -> tuple[Any, ...]:
    """Return what to sort by: nothing comes after everything, and keys by their number."""
    if field.kind == "issue" and values:
        project, _, number = str(values[0]).rpartition("-")
        return False, project, int(number) if number.isdecimal() else 0
    first = values[min(field.sorted_by, len(values) - 1)] if values else ""
    return not values, first, "" if values else issue.key


def _values(call: Call, field: JqlField, issue: Issue) -> list[Any]:
    values = field.values(call, issue)
    if field.kind == "priority":
        return [PRIORITIES.index(str(value)) for value in values]
    return [value.casefold() if isinstance(value, str) else value for value in values]


def _test(call: Call, clause: Clause, *, is_saved: bool) -> Test:
    if isinstance(clause, Both):
        tests = [_test(call, part, is_saved=is_saved) for part in clause.parts]
        return lambda issue: all(test(issue) for test in tests)
    if isinstance(clause, Either):
        tests = [_test(call, part, is_saved=is_saved) for part in clause.parts]
        return lambda issue: any(test(issue) for test in tests)
    if isinstance(clause, Not):
        inner = _test(call, clause.part, is_saved=is_saved)
        return lambda issue: not inner(issue)
    return _condition(call, clause, is_saved=is_saved)


def _condition(call: Call, condition: Condition, *, is_saved: bool) -> Test:
    if condition.field.lower() in _OF_FILTERS:
        return _saved(call, condition)
    field, verb = field_called(condition.field), condition.operator
    if verb.startswith("was") or verb == "changed":
        return past_test(call, field, condition)
    wanted = _wanted(call, field, condition, is_saved=is_saved)
    is_text = field.kind == "text"
    if verb in ("~", "!~"):
        if not is_text:
            raise _unsupported(condition)
        return _with_sign(verb, lambda issue: _contains(_values(call, field, issue), wanted))
    if is_text and not (verb.startswith("is") or wanted == [None]):
        raise _unsupported(condition)
    if verb in _COMPARISONS:
        if field.kind not in ("date", "number", "priority") or wanted[0] is None:
            raise _unsupported(condition)
        return _comparison(call, field, _COMPARISONS[verb], wanted[0])
    return _with_sign(verb, lambda issue: _is_among(_values(call, field, issue), wanted), field, call)


def _saved(call: Call, condition: Condition) -> Test:
    """Return whether one of the filters that a condition names finds an issue."""
    tests: list[Test] = []
    for operand in condition.operands:
        name = operand.text if isinstance(operand, Literal) else None
        held = next((one for one in call.seen.filters() if name in (one.id, one.name)), None)
        if held is None:
            raise UnknownValueError(f"The value '{str(name)[:40]}' does not exist for the field 'filter'.")
        clause = parse(held.jql).clause
        if clause is None or _names_filters(clause):
            raise JqlError("A filter that is made of filters is not searched for.")
        tests.append(_test(call, clause, is_saved=True))
    if condition.operator not in ("=", "in", "!=", "not in"):
        raise _unsupported(condition)
    return _with_sign(
        "in" if condition.operator in ("=", "in") else "is not",
        lambda issue: any(test(issue) for test in tests),
    )


def _names_filters(clause: Clause) -> bool:
    if isinstance(clause, Both | Either):
        return any(_names_filters(part) for part in clause.parts)
    return _names_filters(clause.part) if isinstance(clause, Not) else clause.field.lower() in _OF_FILTERS


def _comparison(call: Call, field: JqlField, compare: Callable[[Any, Any], bool], wanted: object) -> Test:
    if wanted is _NO_VALUE:
        return lambda _issue: False
    if field.kind == "priority":
        # The highest priority has the lowest number.
        return lambda issue: any(compare(wanted, value) for value in _values(call, field, issue))
    return lambda issue: any(compare(value, wanted) for value in _values(call, field, issue))


def _wanted(call: Call, field: JqlField, condition: Condition, *, is_saved: bool) -> list[Any]:
    """Return the values that a condition names; in a saved query, without what its reader may not see."""
    wanted: list[Any] = []
    for operand in condition.operands:
        try:
            wanted += resolve(call, field, condition.field, operand)
        except UnknownValueError:
            if not is_saved:
                raise
    return wanted or [_NO_VALUE]


def _with_sign(verb: str, test: Test, field: JqlField | None = None, call: Call | None = None) -> Test:
    """Return a test or its opposite; what a field does not have is not unequal to anything either."""
    if verb in ("=", "in", "is", "~"):
        return test
    if field is None or call is None or verb == "is not":
        return lambda issue: not test(issue)
    return lambda issue: bool(_values(call, field, issue)) and not test(issue)


def _is_among(values: list[Any], wanted: list[Any]) -> bool:
    if None in wanted and not [value for value in values if value != ""]:
        return True
    return any(value in wanted for value in values)


def _contains(texts: list[str], wanted: list[Any]) -> bool:
    """Return whether all words are in one of the texts; `*` stands for the rest of a word."""
    words = [word.rstrip("*") for word in str(wanted[0]).strip('"').split() if word.strip("*")]
    if wanted[0] is None or not words:
        return False
    return any(
        all(
            any(found.startswith(_stem(word)) for found in _WORD.findall(text)) or word in text
            for word in words
        )
        for text in texts
    )


def _stem(word: str) -> str:
    """Return a word without a plural's letter: Jira's index finds `ticket` by `tickets`, too."""
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _unsupported(condition: Condition) -> JqlError:
    return JqlError(
        f"The operator '{condition.operator}' is not supported by the '{condition.field[:80]}' field."
    )
