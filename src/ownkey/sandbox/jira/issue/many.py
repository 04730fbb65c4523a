"""Many issues read at once, by id or key: always as they are, however far search lags behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, strings
from ownkey.sandbox.jira.issue.changes import NO_ISSUE
from ownkey.sandbox.jira.issue.view import issue_json, select

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Issue

MOST = 100


def _fetch(call: Call) -> Response:
    body = call.object_body()
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST:
        raise JiraRefusalError(400, f"Between 1 and {MOST} issue IDs or keys are to be given.")
    selection = select(strings(body.get("fields")), strings(body.get("expand")), default="*navigable")
    issues: dict[str, Issue] = {}
    errors: list[JsonObject] = []
    for name in dict.fromkeys(map(str, wanted)):
        issue = call.seen.issue(name)
        if issue is None:
            errors.append({"id": name, "errorMessage": NO_ISSUE})
        else:
            issues[issue.id] = issue
    in_order = sorted(issues.values(), key=lambda issue: int(issue.id))
    shown = [issue_json(call, issue, selection) for issue in in_order]
    return json_response(200, {"expand": "schema,names", "issues": shown, "issueErrors": errors})


HANDLERS: Handlers = {"POST /rest/api/3/issue/bulkfetch": _fetch}
