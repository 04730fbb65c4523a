"""What boards, sprints and epics share: moving issues that a body names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.call import Call, JiraRefusalError, JsonObject
from ownkey.sandbox.jira.issue.changes import note_changes, values_of
from ownkey.sandbox.jira.issue.values import enter_sprint

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Issue, Sprint

MOST_MOVED = 50


def named_issues(call: Call, body: JsonObject) -> list[Issue]:
    """Return the issues that a body names by key or id, each once."""
    names = body.get("issues")
    if not isinstance(names, list) or not 0 < len(names) <= MOST_MOVED:
        raise JiraRefusalError(400, f"Between 1 and {MOST_MOVED} issues are moved at once.")
    issues: list[Issue] = []
    for name in names:
        issue = call.seen.issue(str(name))
        if issue is None:
            raise JiraRefusalError(
                400, f"Issue '{str(name)[:40]}' does not exist or you do not have permission to see it."
            )
        if issue not in issues:
            issues.append(issue)
    return issues


def move_to_sprint(call: Call, issue: Issue, sprint: Sprint | None) -> None:
    """Put an issue into a sprint, or into none."""
    before = values_of(call.world, issue)
    enter_sprint(call, issue, None if sprint is None else sprint.id)
    note_changes(call, issue, before, action="move issue to sprint")
