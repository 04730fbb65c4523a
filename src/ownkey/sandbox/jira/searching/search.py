"""Search by JQL, in pages that follow one another by token."""

from __future__ import annotations

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, strings
from ownkey.sandbox.jira.issue.view import field_names, issue_json, select
from ownkey.sandbox.jira.page_tokens import page_token, start_of
from ownkey.sandbox.jira.searching.jql import parse
from ownkey.sandbox.jira.searching.jql_tree import JqlError
from ownkey.sandbox.jira.searching.matching import matching, searchable

MOST_RECONCILED = 50
_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_LIGHT = frozenset(("id", "key"))
_MOST_LIGHT, _MOST = 5000, 100


def _answer(call: Call, body: JsonObject) -> Response:
    jql = body.get("jql")
    if not isinstance(jql, str):
        raise JiraRefusalError(400, "The 'jql' parameter is required.")
    names, expand = strings(body.get("fields")), strings(body.get("expand"))
    start, fresh = start_of(body.get("nextPageToken"), jql), _reconciled(body)
    try:
        is_unbounded = parse(jql).clause is None
    except JqlError as error:
        raise JiraRefusalError(400, str(error)) from None
    if is_unbounded:
        raise JiraRefusalError(400, _UNBOUNDED)
    issues = matching(call, jql, searchable(call, fresh=fresh))
    most = _MOST_LIGHT if set(names) <= _LIGHT else _MOST
    size = body.get("maxResults", 50)
    size = min(size, most) if isinstance(size, int) and size > 0 else 50
    shown, selection = issues[start : start + size], select(names, expand)
    only_ids = set(names) <= {"id"} and not selection.expand
    page: JsonObject = {
        "issues": [{"id": issue.id} if only_ids else issue_json(call, issue, selection) for issue in shown],
        "isLast": start + size >= len(issues),
    }
    if "names" in selection.expand:
        page["names"] = field_names(selection)
    if not page["isLast"]:
        page["nextPageToken"] = page_token(jql, start + size)
    return json_response(200, page)


def _reconciled(body: JsonObject) -> frozenset[str]:
    """Return the ids of the issues that the caller wants to find as they are now, however search lags."""
    given = body.get("reconcileIssues") or []
    if not isinstance(given, list) or not all(isinstance(one, int) for one in given):
        raise JiraRefusalError(400, "The issues to reconcile are given by their ids, which are numbers.")
    if len(given) > MOST_RECONCILED:
        raise JiraRefusalError(400, f"At most {MOST_RECONCILED} issues can be reconciled.")
    return frozenset(map(str, given))


def _by_get(call: Call) -> Response:
    body: JsonObject = {name: call.query[name] for name in ("jql", "nextPageToken") if name in call.query}
    body["reconcileIssues"] = [int(one) for one in call.names("reconcileIssues") if one.isdecimal()]
    body["maxResults"] = call.number("maxResults", 50)
    return _answer(call, body | {"fields": call.names("fields"), "expand": call.names("expand")})


def _by_post(call: Call) -> Response:
    return _answer(call, call.object_body())


def _count(call: Call) -> Response:
    jql = call.object_body().get("jql")
    if not isinstance(jql, str) or not jql.strip():
        raise JiraRefusalError(400, _UNBOUNDED)
    return json_response(200, {"count": len(matching(call, jql))})


def _pick(call: Call) -> Response:
    wanted = call.query.get("query", "").casefold()
    issues = [issue for issue in searchable(call) if wanted in f"{issue.key} {issue.summary}".casefold()]
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
