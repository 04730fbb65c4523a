"""Issues as Jira Software shows them: with their sprint, their epic and their flag as values of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import json_response
from ownkey.sandbox.jira.agile.epic_view import epic_json
from ownkey.sandbox.jira.issue.changes import issue_of, sprint_ids
from ownkey.sandbox.jira.issue.parts import sprint_json
from ownkey.sandbox.jira.issue.view import Selection, issue_json, select
from ownkey.sandbox.jira.page_tokens import page_token, start_of
from ownkey.sandbox.jira.searching.matching import matching

if TYPE_CHECKING:
    from ownkey.sandbox.exchange import Response
    from ownkey.sandbox.jira.call import Call, Handlers, JsonObject
    from ownkey.sandbox.jira.entities import Issue

_LIGHT = frozenset(("id", "key"))
_MOST_LIGHT, _MOST = 5000, 100
_AGILE = frozenset(("epic", "sprint", "closedSprints", "flagged"))


def issues_page(call: Call, issues: list[Issue]) -> Response:
    """Return a page of those issues that the call's query finds among some."""
    found = matching(call, call.query.get("jql", ""), issues)
    selection, names = select(call.names("fields"), call.names("expand")), call.names("fields")
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), 100)
    shown = [_shown(call, issue, selection, names) for issue in found[start : start + size]]
    place = {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found)}
    return json_response(200, place | {"issues": shown})


def issues_by_token(call: Call, issues: list[Issue]) -> Response:
    """Return a page of those issues that the call's query finds among some; pages follow by a token."""
    jql, names = call.query.get("jql", ""), call.names("fields")
    found, selection = matching(call, jql, issues), select(names, call.names("expand"))
    start = start_of(call.query.get("nextPageToken"), jql)
    most = _MOST_LIGHT if names and set(names) <= _LIGHT else _MOST
    size = min(call.number("maxResults", 50), most)
    page: JsonObject = {
        "issues": [_shown(call, issue, selection, names) for issue in found[start : start + size]],
        "isLast": start + size >= len(found),
    }
    if not page["isLast"]:
        page["nextPageToken"] = page_token(jql, start + size)
    return json_response(200, page)


def _shown(call: Call, issue: Issue, selection: Selection, names: list[str]) -> JsonObject:
    shown = issue_json(call, issue, selection)
    wanted = _AGILE & set(names) if names and not set(names) & {"*all", "*navigable"} else _AGILE
    shown["fields"] |= {name: value for name, value in _agile(call, issue).items() if name in wanted}
    return shown


def _agile(call: Call, issue: Issue) -> JsonObject:
    parent = call.seen.epic(issue.parent_id or "")
    sprints = [call.world.sprints[number] for number in sprint_ids(call.world, issue)]
    present = next((one for one in sprints if one.id == issue.sprint_id and one.state != "closed"), None)
    closed = [one for one in sprints if one.state == "closed"]
    return {
        "flagged": issue.is_flagged,
        "epic": None if parent is None else epic_json(call, parent),
        "sprint": None if present is None else sprint_json(call, present),
        **({"closedSprints": [sprint_json(call, one) for one in closed]} if closed else {}),
    }


def _get(call: Call) -> Response:
    selection = select(call.names("fields"), call.names("expand"))
    return json_response(200, _shown(call, issue_of(call), selection, call.names("fields")))


def _estimation(call: Call) -> Response:
    issue = issue_of(call)
    field = call.world.projects[issue.project_id].points_field
    value = {} if issue.points is None else {"value": issue.points}
    return json_response(200, {"fieldId": field} | value)


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/issue/{issueIdOrKey}": _get,
    "GET /rest/agile/1.0/issue/{issueIdOrKey}/estimation": _estimation,
}
