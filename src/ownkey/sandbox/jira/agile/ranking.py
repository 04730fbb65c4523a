"""The order of issues, and the backlog that waits outside all sprints."""

from __future__ import annotations

from ownkey.sandbox.exchange import Response
from ownkey.sandbox.jira.agile.sprint_moves import move_to_sprint, named_issues
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError


def _to_backlog(call: Call) -> Response:
    for issue in named_issues(call, call.object_body()):
        move_to_sprint(call, issue, None)
    return Response(204)


def _rank(call: Call) -> Response:
    body = call.object_body()
    issues = named_issues(call, body)
    name = "rankBeforeIssue" if body.get("rankBeforeIssue") else "rankAfterIssue"
    anchor = call.seen.issue(str(body.get(name, "")))
    if anchor is None or anchor in issues:
        raise JiraRefusalError(400, "One of rankBeforeIssue and rankAfterIssue names another issue.")
    moved = [issue.id for issue in issues]
    ranking = [issue_id for issue_id in call.world.ranking if issue_id not in moved]
    place = ranking.index(anchor.id) + (name == "rankAfterIssue")
    ranking[place:place] = moved
    if ranking != call.world.ranking:
        call.world.ranking = ranking
        call.done("rank issues", ", ".join(issue.key for issue in issues))
    return Response(204)


HANDLERS: Handlers = {
    "POST /rest/agile/1.0/backlog/issue": _to_backlog,
    "PUT /rest/agile/1.0/issue/rank": _rank,
}
