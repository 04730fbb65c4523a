"""What people do around an issue: log work, watch it, link it to another."""

from __future__ import annotations

import re
from datetime import datetime

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.changes import add_history, issue_of
from ownkey.sandbox.jira.entities import Change, Issue, IssueLink, Worklog
from ownkey.sandbox.jira.issue_parts import watches_json, worklog_json
from ownkey.sandbox.jira.issue_view import short_json
from ownkey.sandbox.jira.reference import link_type_json
from ownkey.sandbox.jira.schemes import LinkType, link_type_called
from ownkey.sandbox.jira.text import NotRichTextError, read_text
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
    worklog = Worklog(call.world.new_id(), call.person.email, seconds, text, started, call.now)
    issue.worklogs[worklog.id] = worklog
    spent = sum(item.seconds for item in issue.worklogs.values())
    change = Change("timespent", "timespent", str(spent - seconds), None, str(spent), None)
    add_history(call, issue, (change,), action="add worklog")
    return json_response(201, worklog_json(call, issue, worklog))


def _list_worklogs(call: Call) -> Response:
    issue = issue_of(call)
    shown = [worklog_json(call, issue, worklog) for worklog in issue.worklogs.values()]
    return call.page(shown, key="worklogs", limit=5000, most=5000)


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


def _linked(call: Call, body: JsonObject, side: str) -> Issue:
    given = body.get(side)
    named = str(given.get("key") or given.get("id") or "") if isinstance(given, dict) else ""
    return found(call.world.issue(named), "Issue Does Not Exist")


def _link(call: Call) -> Response:
    body = call.object_body()
    given = body.get("type")
    named = str(given.get("id") or given.get("name") or "") if isinstance(given, dict) else ""
    kind = found(link_type_called(named), f"No issue link type with name '{named[:40]}' found.")
    inward, outward = _linked(call, body, "inwardIssue"), _linked(call, body, "outwardIssue")
    if inward.id == outward.id:
        raise JiraRefusalError(400, "You cannot link an issue to itself.")
    link = IssueLink(call.world.new_id(), kind.name, inward.id, outward.id)
    call.world.links[link.id] = link
    _note_link(call, link, kind, is_made=True)
    return Response(201, b"", (("location", call.link("issueLink", link.id)),))


def _note_link(call: Call, link: IssueLink, kind: LinkType, *, is_made: bool) -> None:
    """Add the link to the history of both its issues, each from its own side."""
    inward, outward = call.world.issues[link.inward_id], call.world.issues[link.outward_id]
    for issue, other, words in ((inward, outward, kind.outward), (outward, inward, kind.inward)):
        value = (other.key, f"This issue {words} {other.key}")
        change = (None, None, *value) if is_made else (*value, None, None)
        action = "link issues" if is_made else "unlink issues"
        add_history(call, issue, (Change("Link", "issuelinks", *change),), action=action)


def _link_of(call: Call) -> tuple[IssueLink, LinkType]:
    link = found(call.world.links.get(call.parameters["linkId"]), "No issue link with this id exists.")
    return link, found(link_type_called(link.type_name), "The link type was not found.")


def _get_link(call: Call) -> Response:
    link, kind = _link_of(call)
    issues = call.world.issues
    shown = {
        "id": link.id,
        "self": call.link("issueLink", link.id),
        "type": link_type_json(call, kind),
        "inwardIssue": short_json(call, issues[link.inward_id]),
        "outwardIssue": short_json(call, issues[link.outward_id]),
    }
    return json_response(200, shown)


def _unlink(call: Call) -> Response:
    link, kind = _link_of(call)
    del call.world.links[link.id]
    _note_link(call, link, kind, is_made=False)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/worklog": _list_worklogs,
    "POST /rest/api/3/issue/{issueIdOrKey}/worklog": _add_worklog,
    "GET /rest/api/3/issue/{issueIdOrKey}/watchers": _list_watchers,
    "POST /rest/api/3/issue/{issueIdOrKey}/watchers": _watch,
    "DELETE /rest/api/3/issue/{issueIdOrKey}/watchers": _unwatch,
    "POST /rest/api/3/issueLink": _link,
    "GET /rest/api/3/issueLink/{linkId}": _get_link,
    "DELETE /rest/api/3/issueLink/{linkId}": _unlink,
}
