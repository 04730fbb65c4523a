"""An issue as Jira shows it: which fields were asked for, and each field's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import POINTS, STORY_POINTS
from ownkey.sandbox.jira.fields import (
    EPIC_LINK,
    FIELDS,
    FLAGGED,
    RANK,
    SPRINT,
    fields_to_set,
    flag_json,
    level_json,
)
from ownkey.sandbox.jira.issue.changes import histories_page, sprint_ids
from ownkey.sandbox.jira.issue.parts import (
    attachment_json,
    comments_json,
    links_json,
    sprint_json,
    votes_json,
    watches_json,
    worklogs_json,
)
from ownkey.sandbox.jira.issue.rendered import rendered_json
from ownkey.sandbox.jira.issue.workflow import transitions_json
from ownkey.sandbox.jira.projects import component_json, project_json, version_json
from ownkey.sandbox.jira.reference import issue_type_json, priority_json, resolution_json, status_json
from ownkey.sandbox.jira.schemes import status_in, type_in
from ownkey.sandbox.jira.users import jira_time, person_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ownkey.sandbox.jira.call import Call, JsonObject
    from ownkey.sandbox.jira.entities import Issue

# What answers about many issues leave out unless it is asked for by name, because it is long.
_LONG = frozenset(("comment", "attachment", "worklog", "issuelinks", "subtasks"))
_EXPANDABLE = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations,transitions"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which fields to show, and what else to expand."""

    fields: frozenset[str]
    expand: frozenset[str] = frozenset()


def select(names: Iterable[str], expand: Iterable[str] = (), *, default: str = "*all") -> Selection:
    """Return the selection that names mean: `*all`, `*navigable`, a field, or `-` and a field left out."""
    every = {item.id: item for item in FIELDS}
    by_name = {item.name.casefold(): item.id for item in FIELDS}
    wanted = [name.strip() for name in names if name.strip()] or [default]
    if all(name.startswith("-") for name in wanted):
        wanted = [default, *wanted]
    chosen: set[str] = set()
    for name in wanted:
        if name == "*all":
            chosen |= set(every)
        elif name == "*navigable":
            chosen |= set(every) - _LONG
        elif name.startswith("-"):
            chosen.discard(by_name.get(name[1:].casefold(), name[1:]))
        else:
            chosen.add(name if name in every else by_name.get(name.casefold(), name))
    return Selection(frozenset(chosen & set(every)), frozenset(expand))


ALL = select(["*all"])


def issue_json(call: Call, issue: Issue, selection: Selection = ALL) -> JsonObject:
    """Return an issue with the fields that were selected."""
    fields = {item.id: _SHOWN[item.id](call, issue) for item in FIELDS if item.id in selection.fields}
    shown: JsonObject = {
        "expand": _EXPANDABLE,
        "id": issue.id,
        "self": call.link("issue", issue.id),
        "key": issue.key,
        "fields": fields,
    }
    if "names" in selection.expand:
        shown["names"] = field_names(selection)
    if "schema" in selection.expand:
        shown["schema"] = {item.id: item.schema for item in FIELDS if item.id in selection.fields}
    if "renderedFields" in selection.expand:
        shown["renderedFields"] = rendered_json(call, issue, fields)
    if "transitions" in selection.expand:
        shown["transitions"] = transitions_json(call, issue)
    if "editmeta" in selection.expand:
        shown["editmeta"] = {"fields": fields_to_set(call, issue.project_id, is_new=False)}
    if "changelog" in selection.expand:
        shown["changelog"] = histories_page(call, issue)
    return shown


def field_names(selection: Selection) -> dict[str, str]:
    """Return the names of the selected fields by their ids."""
    return {item.id: item.name for item in FIELDS if item.id in selection.fields}


def short_json(call: Call, issue: Issue) -> JsonObject:
    """Return an issue as it is shown within another."""
    fields = {name: _SHOWN[name](call, issue) for name in ("summary", "status", "priority", "issuetype")}
    return {"id": issue.id, "key": issue.key, "self": call.link("issue", issue.id), "fields": fields}


def _type(call: Call, issue: Issue) -> object:
    return issue_type_json(call, type_in(call.world.projects[issue.project_id], issue.issue_type))


def _status(call: Call, issue: Issue) -> object:
    return status_json(call, status_in(call.world.projects[issue.project_id], issue.status))


def _parent(call: Call, issue: Issue) -> object:
    parent = _parent_of(call, issue)
    return None if parent is None else short_json(call, parent)


def _parent_of(call: Call, issue: Issue) -> Issue | None:
    parent = call.world.issues.get(issue.parent_id or "")
    return parent if parent is not None and call.seen.sees(parent) else None


def _epic_link(call: Call, issue: Issue) -> object:
    parent = _parent_of(call, issue)
    if call.world.projects[issue.project_id].is_team_managed:
        return None  # There, an epic is a parent and nothing else.
    return parent.key if parent is not None and parent.issue_type == "Epic" else None


def _subtasks(call: Call, issue: Issue) -> object:
    children = call.seen.children(issue)
    return [short_json(call, child) for child in children if child.issue_type == "Subtask"]


def _sprint(call: Call, issue: Issue) -> object:
    sprints = [call.world.sprints[number] for number in sprint_ids(call.world, issue)]
    return [sprint_json(call, sprint) | {"boardId": sprint.board_id} for sprint in sprints] or None


def _flag(call: Call, issue: Issue) -> object:
    return [flag_json(call)] if issue.is_flagged else None


def _security(call: Call, issue: Issue) -> object:
    level = call.world.security_levels.get(issue.security_id or "")
    return None if level is None else level_json(call, level)


def _points(field: str) -> Callable[[Call, Issue], object]:
    """Return what shows an issue's points in one of the two fields: a project uses one of them."""
    return lambda call, issue: (
        issue.points if call.world.projects[issue.project_id].points_field == field else None
    )


def _versions(call: Call, ids: Iterable[str]) -> object:
    versions = call.world.versions
    return [version_json(call, versions[number]) for number in ids if number in versions]


def _components(call: Call, issue: Issue) -> object:
    components = call.world.components
    return [
        component_json(call, components[number]) for number in issue.component_ids if number in components
    ]


def _spent(_call: Call, issue: Issue) -> object:
    return sum(worklog.seconds for worklog in issue.worklogs.values()) or None


def rank_text(call: Call, issue: Issue) -> str:
    """Return an issue's rank in a form that sorts as the rank does."""
    return f"0|i{call.seen.rank(issue):05d}:"


_SHOWN: Mapping[str, Callable[[Call, Issue], object]] = {
    "summary": lambda _call, issue: issue.summary,
    "issuetype": _type,
    "project": lambda call, issue: project_json(call, call.world.projects[issue.project_id]),
    "description": lambda call, issue: issue.description and issue.description.shown(call.api_version),
    "status": _status,
    "priority": lambda call, issue: priority_json(call, issue.priority),
    "resolution": lambda call, issue: resolution_json(call) if issue.resolved_at else None,
    "resolutiondate": lambda _call, issue: issue.resolved_at and jira_time(issue.resolved_at),
    "assignee": lambda call, issue: person_json(call, issue.assignee),
    "reporter": lambda call, issue: person_json(call, issue.reporter),
    "creator": lambda call, issue: person_json(call, issue.creator or issue.reporter),
    "labels": lambda _call, issue: list(issue.labels),
    "components": _components,
    "fixVersions": lambda call, issue: _versions(call, issue.version_ids),
    "versions": lambda call, issue: _versions(call, issue.affects_ids),
    "duedate": lambda _call, issue: issue.due,
    "parent": _parent,
    "created": lambda _call, issue: jira_time(issue.created_at),
    "updated": lambda _call, issue: jira_time(issue.updated_at),
    "attachment": lambda call, issue: [attachment_json(call, item) for item in call.seen.attachments(issue)],
    "comment": comments_json,
    "worklog": worklogs_json,
    "timespent": _spent,
    "issuelinks": lambda call, issue: links_json(call, issue, short_json),
    "subtasks": _subtasks,
    "watches": watches_json,
    "votes": votes_json,
    "security": _security,
    SPRINT: _sprint,
    EPIC_LINK: _epic_link,
    POINTS: _points(POINTS),
    STORY_POINTS: _points(STORY_POINTS),
    FLAGGED: _flag,
    RANK: rank_text,
}
