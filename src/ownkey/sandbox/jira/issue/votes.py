"""Votes: who wants an issue to be done."""

from __future__ import annotations

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError
from ownkey.sandbox.jira.issue.changes import issue_of
from ownkey.sandbox.jira.issue.parts import votes_json
from ownkey.sandbox.jira.users import user_json


def _list(call: Call) -> Response:
    issue = issue_of(call)
    voters = [user_json(call, call.world.people[email]) for email in issue.voters]
    return json_response(200, votes_json(call, issue) | {"voters": voters})


def _vote(call: Call) -> Response:
    issue, me = issue_of(call), call.person.email
    if me == issue.reporter:
        raise JiraRefusalError(404, "You cannot vote for an issue you have reported.")
    if me not in issue.voters:
        issue.voters.append(me)
        call.done("vote for issue", issue.key)
    return Response(204)


def _take_back(call: Call) -> Response:
    issue, me = issue_of(call), call.person.email
    if me not in issue.voters:
        raise JiraRefusalError(404, "You have not voted for this issue.")
    issue.voters.remove(me)
    call.done("take back vote", issue.key)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/api/3/issue/{issueIdOrKey}/votes": _list,
    "POST /rest/api/3/issue/{issueIdOrKey}/votes": _vote,
    "DELETE /rest/api/3/issue/{issueIdOrKey}/votes": _take_back,
}
