"""Search by JQL: which issues a query finds, and the pages in which they are answered."""

from __future__ import annotations

import base64
import binascii
import hashlib
import operator
import re
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.issue_view import field_names, issue_json, select
from ownkey.sandbox.jira.jql import Both, Clause, Condition, Either, JqlError, Not, Query, parse
from ownkey.sandbox.jira.jql_fields import JqlField, field_called, resolve
from ownkey.sandbox.jira.schemes import PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ownkey.sandbox.jira.entities import Issue

Test = Any  # A function from an issue to whether it is found.
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_WORD = re.compile(r"\w+")
_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_LIGHT = frozenset(("id", "key"))
_MOST_LIGHT, _MOST = 5000, 100


def matching(call: Call, jql: str, among: Iterable[Issue] | None = None) -> list[Issue]:
    """Return the issues that a query finds, in its order; without one, the highest-ranked come first.

    Raises:
        JiraRefusalError: the query cannot be understood.
    """
    try:
        query = parse(jql)
        is_found = _test(call, query.clause) if query.clause else (lambda _issue: True)
        issues = [issue for issue in (call.world.ranked() if among is None else among) if is_found(issue)]
        return _sorted(call, issues, query)
    except JqlError as error:
        raise JiraRefusalError(400, str(error)) from None


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
    return not values, (values[:1] or [""])[0] if values else "", issue.key if not values else ""


def _values(call: Call, field: JqlField, issue: Issue) -> list[Any]:
    values = field.values(call, issue)
    if field.kind == "priority":
        return [PRIORITIES.index(str(value)) for value in values]
    return [value.casefold() if isinstance(value, str) else value for value in values]


def _test(call: Call, clause: Clause) -> Test:
    if isinstance(clause, Both):
        tests = [_test(call, part) for part in clause.parts]
        return lambda issue: all(test(issue) for test in tests)
    if isinstance(clause, Either):
        tests = [_test(call, part) for part in clause.parts]
        return lambda issue: any(test(issue) for test in tests)
    if isinstance(clause, Not):
        inner = _test(call, clause.part)
        return lambda issue: not inner(issue)
    return _condition(call, clause)


def _condition(call: Call, condition: Condition) -> Test:
    field, verb = field_called(condition.field), condition.operator
    wanted = [value for part in condition.operands for value in resolve(call, field, condition.field, part)]
    is_text = field.kind == "text"
    if verb in ("~", "!~"):
        if not is_text:
            raise _unsupported(condition)
        return _with_sign(verb, lambda issue: _contains(_values(call, field, issue), wanted))
    if is_text and not (verb.startswith("is") or wanted == [None]):
        raise _unsupported(condition)
    if verb in _COMPARISONS:
        if field.kind not in ("date", "number", "priority"):
            raise _unsupported(condition)
        compare = _COMPARISONS[verb]
        if field.kind == "priority":
            # The highest priority has the lowest number.
            return lambda issue: any(compare(wanted[0], value) for value in _values(call, field, issue))
        return lambda issue: any(compare(value, wanted[0]) for value in _values(call, field, issue))
    return _with_sign(verb, lambda issue: _is_among(_values(call, field, issue), wanted), field, call)


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


def _digest(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:16]


def _page_token(jql: str, start: int) -> str:
    return base64.urlsafe_b64encode(f"{start}:{_digest(jql)}".encode()).decode()


def _start_of(token: str, jql: str) -> int:
    try:
        start, _, digest = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, ValueError):
        start, digest = "", ""
    if not start.isdecimal() or len(start) > 9 or digest != _digest(jql):
        raise JiraRefusalError(400, "The provided next page token is invalid or expired.")
    return int(start)


def _answer(call: Call, body: JsonObject) -> Response:
    jql = body.get("jql")
    if not isinstance(jql, str):
        raise JiraRefusalError(400, "The 'jql' parameter is required.")
    names, expand = _strings(body.get("fields")), _strings(body.get("expand"))
    token = body.get("nextPageToken")
    start = _start_of(token, jql) if isinstance(token, str) and token else 0
    try:
        is_unbounded = parse(jql).clause is None
    except JqlError as error:
        raise JiraRefusalError(400, str(error)) from None
    if is_unbounded:
        raise JiraRefusalError(400, _UNBOUNDED)
    issues = matching(call, jql)
    most = _MOST_LIGHT if set(names) <= _LIGHT else _MOST
    size = body.get("maxResults", 50)
    size = min(size, most) if isinstance(size, int) and size > 0 else 50
    shown, selection = issues[start : start + size], select(names, expand)
    page: JsonObject = {
        "issues": [issue_json(call, issue, selection) if names else {"id": issue.id} for issue in shown],
        "isLast": start + size >= len(issues),
    }
    if "names" in selection.expand:
        page["names"] = field_names(selection)
    if not page["isLast"]:
        page["nextPageToken"] = _page_token(jql, start + size)
    return json_response(200, page)


def _strings(given: object) -> list[str]:
    parts = given if isinstance(given, list) else [given]
    return [
        name.strip() for part in parts if isinstance(part, str) for name in part.split(",") if name.strip()
    ]


def _by_get(call: Call) -> Response:
    body: JsonObject = {name: call.query[name] for name in ("jql", "nextPageToken") if name in call.query}
    size = call.number("maxResults", 50)
    return _answer(
        call, body | {"fields": call.names("fields"), "expand": call.names("expand"), "maxResults": size}
    )


def _by_post(call: Call) -> Response:
    return _answer(call, call.object_body())


def _count(call: Call) -> Response:
    jql = call.object_body().get("jql")
    if not isinstance(jql, str) or not jql.strip():
        raise JiraRefusalError(400, _UNBOUNDED)
    return json_response(200, {"count": len(matching(call, jql))})


def _pick(call: Call) -> Response:
    wanted = call.query.get("query", "").casefold()
    issues = [issue for issue in call.world.ranked() if wanted in f"{issue.key} {issue.summary}".casefold()]
    shown = [{"id": int(issue.id), "key": issue.key, "summaryText": issue.summary} for issue in issues[:20]]
    section = {"id": "cs", "label": "Current Search", "issues": shown}
    return json_response(200, {"sections": [section]})


def _removed(_call: Call) -> Response:
    raise JiraRefusalError(
        410,
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
        "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
    )


HANDLERS: Handlers = {
    "GET /rest/api/3/search/jql": _by_get,
    "POST /rest/api/3/search/jql": _by_post,
    "POST /rest/api/3/search/approximate-count": _count,
    "GET /rest/api/3/issue/picker": _pick,
    "GET /rest/api/3/search": _removed,
    "POST /rest/api/3/search": _removed,
}
