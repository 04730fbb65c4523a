"""What people do around an issue: log work, and watch it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.entities import Change, Worklog
from ownkey.sandbox.jira.issue.changes import add_history, issue_of
from ownkey.sandbox.jira.issue.parts import watches_json, worklog_json
from ownkey.sandbox.jira.issue.text import NotRichTextError, read_text
from ownkey.sandbox.jira.users import user_json

_SECONDS = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}
_TIME = re.compile(r"(\d{1,6})([wdhm])")
_MOST_SECONDS = 10**9


def _seconds(body: JsonObject) -> int:
    given = body.get("timeSpentSeconds")
    if isinstance(given, int) and 0 < given < _MOST_SECONDS:
        return given
    parts = str(body.get("timeSpent", "")).split()
    found_parts = [_TIME.fullmatch(part) for part in parts]
    seconds = sum(int(part[1]) * _SECONDS[part[2]] for part in found_parts if part)
    if not parts or None in found_parts or not seconds:
        raise JiraRefusalError(400, errors={"timeLogged": "Invalid time duration entered."})
    return seconds


def _started(call: Call, body: JsonObject) -> datetime:
    if "started" not in body:
        return call.now
    try:
        return datetime.strptime(str(body["started"]), "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        raise JiraRefusalError(
            400, errors={"startDate": "The format is yyyy-MM-dd'T'HH:mm:ss.SSSZ."}
        ) from None


def _add_worklog(call: Call) -> Response:
    body = call.object_body()
    seconds, started = _seconds(body), _started(call, body)
    try:
        text = read_text(body["comment"], call.api_version) if body.get("comment") else None
    except NotRichTextError as error:
        raise JiraRefusalError(400, errors={"comment": str(error)}) from None
    issue = issue_of(call)
    call.require(
        issue.project_id, "WORK_ON_ISSUES", "You do not have the permission to log work on this issue."
    )
    worklog = Worklog(call.world.new_id(), call.person.email, seconds, text, started, call.now)
    issue.worklogs[worklog.id] = worklog
    spent = sum(item.seconds for item in issue.worklogs.values())
    change = Change("timespent", "timespent", str(spent - seconds), None, str(spent), None)
    add_history(call, issue, (change,), action="add worklog")
    return json_response(201, worklog_json(call, issue, worklog))


def _list_worklogs(call: Call) -> Response:
    issue = issue_of(call)
    after, before = _moment(call, "startedAfter"), _moment(call, "startedBefore")
    worklogs = [
        worklog
        for worklog in issue.worklogs.values()
        if (after is None or worklog.started_at >= after) and (before is None or worklog.started_at < before)
    ]
    shown = [worklog_json(call, issue, worklog) for worklog in worklogs]
    return call.page(shown, key="worklogs", limit=5000, most=5000)


def _moment(call: Call, name: str) -> datetime | None:
    """Return a moment of the query: a number of milliseconds."""
    given = call.query.get(name, "")
    return datetime.fromtimestamp(int(given) / 1000, UTC) if given.isdecimal() and len(given) < 15 else None


def _get_worklog(call: Call) -> Response:
    issue = issue_of(call)
    worklog = found(issue.worklogs.get(call.parameters["id"]), "Cannot find worklog with id.")
    return json_response(200, worklog_json(call, issue, worklog))


def _list_watchers(call: Call) -> Response:
    issue = issue_of(call)
    watchers = [user_json(call, call.world.people[email]) for email in issue.watchers]
    return json_response(200, watches_json(call, issue) | {"watchers": watchers})


def _watch(call: Call) -> Response:
    wanted = call.json_body() if call.body else call.person.account_id
    issue = issue_of(call)
    person = found(call.world.person(str(wanted)), "The user does not exist.")
    if person.email not in issue.watchers:
        issue.watchers.append(person.email)
        call.done("watch issue", issue.key)
    return Response(204)


def _unwatch(call: Call) -> Response:
    issue = issue_of(call)
    person = found(call.world.person(call.query.get("accountId", "")), "The user does not exist.")
    if person.email in issue.watchers:
        issue.watchers.remove(person.email)
        call.done("stop watching issue", issue.key)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/worklog": _list_worklogs,
    "POST /rest/api/3/issue/{issueIdOrKey}/worklog": _add_worklog,
    "GET /rest/api/3/issue/{issueIdOrKey}/worklog/{id}": _get_worklog,
    "GET /rest/api/3/issue/{issueIdOrKey}/watchers": _list_watchers,
    "POST /rest/api/3/issue/{issueIdOrKey}/watchers": _watch,
    "DELETE /rest/api/3/issue/{issueIdOrKey}/watchers": _unwatch,
}
