"""The history of an issue: what was changed, by whom and when, found by comparing before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.call import Call, JsonObject, found
from ownkey.sandbox.jira.entities import Change, History, Issue
from ownkey.sandbox.jira.fields import EPIC_LINK, FIELDS, FLAGGED, SPRINT
from ownkey.sandbox.jira.schemes import PRIORITIES, RESOLUTION, status_in, type_in
from ownkey.sandbox.jira.users import jira_time, person_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ownkey.sandbox.jira.world import World

NO_ISSUE = "Issue does not exist or you do not have permission to see it."
_CUSTOM = {item.id: item.name for item in FIELDS if item.custom}
# A field's name in the history, where it is not its id.
_NAMES = {
    "components": "Component",
    "fixVersions": "Fix Version",
    "versions": "Version",
    EPIC_LINK: "Epic Link",
}

# What Jira keeps, and what it shows.
Value = tuple[str | None, str | None]
NOTHING: Value = (None, None)


def values_of(world: World, issue: Issue) -> dict[str, Value]:
    """Return the values of an issue that its history follows."""
    project = world.projects[issue.project_id]
    kind, status = type_in(project, issue.issue_type), status_in(project, issue.status)
    parent = world.issues.get(issue.parent_id or "")
    sprints, level = sprint_ids(world, issue), world.security_levels.get(issue.security_id or "")
    text = issue.description.plain if issue.description else None
    return {
        "summary": (None, issue.summary),
        "description": (None, text),
        "issuetype": (kind.id, kind.name),
        "status": (status.id, status.name),
        "priority": (str(PRIORITIES.index(issue.priority) + 1), issue.priority),
        "resolution": (RESOLUTION[0], RESOLUTION[1]) if issue.resolved_at else NOTHING,
        "assignee": _person(world, issue.assignee),
        "reporter": _person(world, issue.reporter),
        "labels": (None, " ".join(issue.labels)),
        "components": _several(issue.component_ids, (world.components[n].name for n in issue.component_ids)),
        "fixVersions": _several(issue.version_ids, (world.versions[n].name for n in issue.version_ids)),
        "versions": _several(issue.affects_ids, (world.versions[n].name for n in issue.affects_ids)),
        "duedate": (issue.due, issue.due),
        "parent": (parent.id, parent.key) if parent else NOTHING,
        SPRINT: _several(map(str, sprints), (world.sprints[number].name for number in sprints)),
        FLAGGED: ("[10019]", "Impediment") if issue.is_flagged else NOTHING,
        "security": (level.id, level.name) if level else NOTHING,
        project.points_field: NOTHING if issue.points is None else (None, f"{issue.points:g}"),
    }


def sprint_ids(world: World, issue: Issue) -> list[int]:
    """Return the sprints that an issue has been in, the present one last; those that are deleted are gone."""
    present = () if issue.sprint_id is None else (issue.sprint_id,)
    return [number for number in (*issue.past_sprint_ids, *present) if number in world.sprints]


def _person(world: World, email: str | None) -> Value:
    person = world.people.get(email or "")
    return NOTHING if person is None else (person.account_id, person.display_name)


def _several(ids: Iterable[str], names: Iterable[str]) -> Value:
    return ", ".join(ids) or None, ", ".join(names) or None


def note_changes(call: Call, issue: Issue, before: dict[str, Value], *, action: str = "edit issue") -> bool:
    """Add to an issue's history what differs from before, by the caller; return whether anything does."""
    after = values_of(call.world, issue)
    changes = tuple(
        Change(_NAMES.get(name) or _CUSTOM.get(name, name), name, *before[name], *after[name])
        for name in after
        if before[name] != after[name]
    )
    if changes:
        add_history(call, issue, changes, action=action)
    return bool(changes)


def add_history(call: Call, issue: Issue, changes: tuple[Change, ...], *, action: str) -> None:
    """Add changes by the caller to an issue's history, and to the record of effects."""
    issue.histories.append(History(call.world.new_id(), call.person.email, call.now, changes))
    issue.updated_at = call.now
    call.done(action, issue.key)


def history_json(call: Call, history: History) -> JsonObject:
    """Return one entry of a history as Jira shows it."""
    return {
        "id": history.id,
        "author": person_json(call, history.author),
        "created": jira_time(history.at),
        "items": [
            {
                "field": change.field,
                "fieldtype": "custom" if change.field_id in _CUSTOM else "jira",
                "fieldId": change.field_id,
                "from": change.old,
                "fromString": change.old_text,
                "to": change.new,
                "toString": change.new_text,
            }
            for change in history.changes
        ],
    }


def histories_page(call: Call, issue: Issue) -> JsonObject:
    """Return a history as it is shown within an issue: the latest first."""
    shown = [history_json(call, history) for history in reversed(issue.histories)]
    return {"startAt": 0, "maxResults": len(shown), "total": len(shown), "histories": shown}


def issue_of(call: Call) -> Issue:
    """Return the issue that the path names."""
    return found(call.seen.issue(call.parameters["issueIdOrKey"]), NO_ISSUE)
