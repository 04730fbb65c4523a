"""Search by JQL, of which the sandbox understands conditions joined by AND."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError
from ownkey.sandbox.jira.issues import issue_json

if TYPE_CHECKING:
    from ownkey.sandbox.jira.world import Issue

_CONDITION = re.compile(r"""\s*(\w+)\s*=\s*("[^"]*"|'[^']*'|[\w.@()-]+)\s*""")
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
_ORDER = re.compile(r"\s*\border\s+by\b.*$", re.IGNORECASE | re.DOTALL)


def _value_of(call: Call, issue: Issue, name: str) -> set[str]:
    """Return every spelling under which an issue's field is searched for, in lower case."""
    project = call.world.projects[issue.project_id]
    epic = call.world.issues.get(issue.epic_id or "")
    people = {"assignee": issue.assignee, "reporter": issue.reporter}
    if name in people:
        person = call.world.people.get(people[name] or "")
        mine = {"currentuser()"} if person is call.person else set()
        return (
            mine if person is None else {person.account_id, person.display_name.lower(), person.email} | mine
        )
    values: dict[str, tuple[str | int | None, ...]] = {
        "project": (project.key, project.id, project.name),
        "key": (issue.key,),
        "issuekey": (issue.key,),
        "id": (issue.id,),
        "status": (issue.status,),
        "issuetype": (issue.issue_type,),
        "type": (issue.issue_type,),
        "sprint": (issue.sprint_id,),
        "parent": (epic.key, epic.id) if epic else (),
    }
    if name not in values:
        raise JiraRefusalError(
            400, f"Field '{name}' does not exist or you do not have permission to view it."
        )
    return {str(value).lower() for value in values[name] if value is not None}


def matching(call: Call, jql: str) -> list[Issue]:
    """Return the issues that a JQL query finds; refuse what the sandbox does not understand."""
    clauses = [clause for clause in _AND.split(_ORDER.sub("", jql).strip()) if clause]
    if not clauses:
        raise JiraRefusalError(
            400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    issues = list(call.world.issues.values())
    for clause in clauses:
        condition = _CONDITION.fullmatch(clause)
        if condition is None:
            raise JiraRefusalError(
                400, "Error in the JQL Query: the sandbox understands field = value joined by AND."
            )
        name, value = condition[1].lower(), condition[2].strip("\"'").lower()
        issues = [issue for issue in issues if value in _value_of(call, issue, name)]
    return issues


def _answer(call: Call, jql: object) -> Response:
    if not isinstance(jql, str):
        raise JiraRefusalError(400, "The 'jql' parameter is required.")
    return json_response(
        200, {"issues": [issue_json(call, issue) for issue in matching(call, jql)], "isLast": True}
    )


def _by_get(call: Call) -> Response:
    return _answer(call, call.query.get("jql"))


def _by_post(call: Call) -> Response:
    return _answer(call, call.object_body().get("jql"))


def _count(call: Call) -> Response:
    jql = call.object_body().get("jql")
    return json_response(200, {"count": len(matching(call, jql if isinstance(jql, str) else ""))})


def _removed(_call: Call) -> Response:
    raise JiraRefusalError(
        410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
    )


HANDLERS: Handlers = {
    "GET /rest/api/3/search/jql": _by_get,
    "POST /rest/api/3/search/jql": _by_post,
    "POST /rest/api/3/search/approximate-count": _count,
    "GET /rest/api/3/search": _removed,
    "POST /rest/api/3/search": _removed,
}
