"""Histories, read by page: of one issue, of some of its entries, and of many issues at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.issue.changes import history_json, issue_of
from ownkey.sandbox.jira.page_tokens import page_token, start_of

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import History, Issue

MOST_ISSUES, MOST_FIELDS, MOST_ENTRIES = 1000, 10, 10_000
_FEWEST_SHOWN = 1000


def _list(call: Call) -> Response:
    return call.page([history_json(call, history) for history in issue_of(call).histories], limit=100)


def _named(call: Call) -> Response:
    wanted, issue = call.object_body().get("changelogIds"), issue_of(call)
    ids = {str(number) for number in wanted} if isinstance(wanted, list) else set()
    shown = [history_json(call, history) for history in issue.histories if history.id in ids]
    place = {"startAt": 0, "maxResults": len(shown), "total": len(shown)}
    return json_response(200, place | {"histories": shown})


def _bulk(call: Call) -> Response:
    body = call.object_body()
    issues, fields = _issues(call, body), _field_ids(body)
    entries = sorted(
        ((issue, shown) for issue in issues for entry in issue.histories if (shown := _only(entry, fields))),
        key=lambda pair: (pair[1].at, int(pair[0].id)),
    )
    about = f"{[issue.id for issue in issues]}{sorted(fields)}"
    start, size = start_of(body.get("nextPageToken"), about), _size(body)
    answer: JsonObject = {"issueChangeLogs": _logs(call, entries[start : start + size])}
    if start + size < len(entries):
        answer["nextPageToken"] = page_token(about, start + size)
    return json_response(200, answer)


def _issues(call: Call, body: JsonObject) -> list[Issue]:
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_ISSUES:
        raise JiraRefusalError(400, f"Between 1 and {MOST_ISSUES} issue IDs or keys are to be given.")
    found = (call.seen.issue(str(name)) for name in wanted)
    return list({issue.id: issue for issue in found if issue is not None}.values())


def _field_ids(body: JsonObject) -> frozenset[str]:
    wanted = body.get("fieldIds") or []
    if not isinstance(wanted, list) or len(wanted) > MOST_FIELDS:
        raise JiraRefusalError(400, f"At most {MOST_FIELDS} field IDs can be given.")
    return frozenset(map(str, wanted))


def _only(entry: History, fields: frozenset[str]) -> History | None:
    """Return an entry with what changed in some fields, None where nothing did."""
    if not fields:
        return entry
    changes = tuple(change for change in entry.changes if change.field_id in fields)
    return replace(entry, changes=changes) if changes else None


def _size(body: JsonObject) -> int:
    size = body.get("maxResults")
    return min(size, MOST_ENTRIES) if isinstance(size, int) and size > 0 else _FEWEST_SHOWN


def _logs(call: Call, entries: list[tuple[Issue, History]]) -> list[JsonObject]:
    by_issue: dict[str, list[JsonObject]] = {}
    for issue, entry in entries:
        # Here a moment is a number of milliseconds; everywhere else it is a text.
        shown = history_json(call, entry) | {"created": int(entry.at.timestamp() * 1000)}
        by_issue.setdefault(issue.id, []).append(shown)
    return [{"issueId": number, "changeHistories": shown} for number, shown in by_issue.items()]


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/changelog": _list,
    "POST /rest/api/3/issue/{issueIdOrKey}/changelog/list": _named,
    "POST /rest/api/3/changelog/bulkfetch": _bulk,
}
