"""What JQL's fields mean here: an issue's values in every spelling that may be searched for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import POINTS, STORY_POINTS
from ownkey.sandbox.jira.fields import EPIC_LINK, FIELDS, FLAGGED, IMPEDIMENT_ID, RANK, SPRINT
from ownkey.sandbox.jira.issue.changes import sprint_ids
from ownkey.sandbox.jira.schemes import (
    CATEGORIES,
    RESOLUTION,
    all_statuses,
    all_types,
    called,
    priority_called,
    status_in,
    type_in,
)
from ownkey.sandbox.jira.searching.jql_dates import moment_of, zone_of
from ownkey.sandbox.jira.searching.jql_tree import JqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ownkey.sandbox.jira.call import Call
    from ownkey.sandbox.jira.entities import Issue


@dataclass(frozen=True, slots=True)
class JqlField:
    """A field of JQL: what it is compared by. `known` refuses values that nothing has, as Jira does.

    `sorted_by` is the place of the value by which issues are put in order.
    """

    kind: str
    values: Callable[[Call, Issue], Iterable[object]]
    known: Callable[[Call, str], bool] | None = None
    sorted_by: int = 0


def _project(call: Call, issue: Issue) -> tuple[str, ...]:
    project = call.world.projects[issue.project_id]
    return project.key, project.id, project.name


def _person(name: str) -> Callable[[Call, Issue], tuple[str, ...]]:
    def values(call: Call, issue: Issue) -> tuple[str, ...]:
        person = call.world.people.get(getattr(issue, name) or "")
        return () if person is None else (person.account_id, person.display_name, person.email)

    return values


def _parent(call: Call, issue: Issue) -> tuple[str, ...]:
    parent = call.world.issues.get(issue.parent_id or "")
    return () if parent is None or not call.seen.sees(parent) else (parent.key, parent.id)


def _sprint(call: Call, issue: Issue) -> list[str]:
    sprints = [call.world.sprints[number] for number in sprint_ids(call.world, issue)]
    return [text for sprint in sprints for text in (str(sprint.id), sprint.name)]


def _status(call: Call, issue: Issue) -> tuple[str, ...]:
    status = status_in(call.world.projects[issue.project_id], issue.status)
    return status.id, status.name


def _category(call: Call, issue: Issue) -> tuple[str, ...]:
    category = status_in(call.world.projects[issue.project_id], issue.status).category
    return category, CATEGORIES[category][1], str(CATEGORIES[category][0])


def _components(call: Call, issue: Issue) -> list[str]:
    components = call.world.components
    return [text for n in issue.component_ids if n in components for text in (n, components[n].name)]


def _versions(name: str) -> Callable[[Call, Issue], list[str]]:
    def values(call: Call, issue: Issue) -> list[str]:
        versions = call.world.versions
        return [text for n in getattr(issue, name) if n in versions for text in (n, versions[n].name)]

    return values


def _people(name: str) -> Callable[[Call, Issue], list[str]]:
    def values(call: Call, issue: Issue) -> list[str]:
        people = [call.world.people[email] for email in getattr(issue, name) if email in call.world.people]
        return [text for one in people for text in (one.account_id, one.display_name, one.email)]

    return values


def _points(field: str) -> Callable[[Call, Issue], tuple[float, ...]]:
    def values(call: Call, issue: Issue) -> tuple[float, ...]:
        is_held = issue.points is not None and call.world.projects[issue.project_id].points_field == field
        return (issue.points,) if is_held and issue.points is not None else ()

    return values


def _flag(_call: Call, issue: Issue) -> tuple[str, ...]:
    return ("Impediment", IMPEDIMENT_ID) if issue.is_flagged else ()


def _files(call: Call, issue: Issue) -> list[str]:
    return [item.filename for item in call.seen.attachments(issue)]


def _level(call: Call, issue: Issue) -> tuple[str, ...]:
    level = call.world.security_levels.get(issue.security_id or "")
    return () if level is None else (level.id, level.name)


def _comments(call: Call, issue: Issue) -> list[str]:
    return [comment.text.plain for comment in call.seen.comments(issue)]


def _texts(call: Call, issue: Issue) -> list[str]:
    return [issue.summary, issue.description.plain if issue.description else "", *_comments(call, issue)]


def _is_project(call: Call, text: str) -> bool:
    wanted = text.casefold()
    return any(wanted in (item.id, item.key.lower(), item.name.casefold()) for item in call.seen.projects())


def _type(call: Call, issue: Issue) -> tuple[str, ...]:
    kind = type_in(call.world.projects[issue.project_id], issue.issue_type)
    return kind.id, kind.name


def _hierarchy(call: Call, issue: Issue) -> tuple[float, ...]:
    return (float(type_in(call.world.projects[issue.project_id], issue.issue_type).level),)


def _is_type(call: Call, text: str) -> bool:
    return called(all_types(call.seen.projects()), text) is not None


def _is_sprint(call: Call, text: str) -> bool:
    wanted, sprints = text.casefold(), call.world.sprints.values()
    return any(
        wanted in (str(one.id), one.name.casefold()) and call.seen.sprint(str(one.id)) for one in sprints
    )


def _is_status(call: Call, text: str) -> bool:
    return called(all_statuses(call.seen.projects()), text) is not None


_KEY = JqlField(
    "issue", lambda _call, issue: (issue.key, issue.id), lambda call, text: call.seen.issue(text) is not None
)
_TYPE = JqlField("set", _type, _is_type)
_CREATED = JqlField("date", lambda _call, issue: (issue.created_at,))
_UPDATED = JqlField("date", lambda _call, issue: (issue.updated_at,))
_RESOLVED = JqlField("date", lambda _call, issue: (issue.resolved_at,) if issue.resolved_at else ())
_DUE = JqlField("date", lambda call, issue: (moment_of(issue.due, zone_of(call)),) if issue.due else ())
_PARENT = JqlField("issue", _parent)
_SPRINT = JqlField("set", _sprint, _is_sprint)
_BY_NAME: Mapping[str, JqlField] = {
    "project": JqlField("set", _project, _is_project),
    "key": _KEY, "issuekey": _KEY, "issue": _KEY, "id": _KEY,
    "issuetype": _TYPE, "type": _TYPE,
    "status": JqlField("set", _status, _is_status),
    "statuscategory": JqlField("set", _category),
    "priority": JqlField(
        "priority",
        lambda _call, issue: (issue.priority,),
        lambda _call, text: priority_called(text) is not None,
    ),
    "resolution": JqlField("set", lambda _call, issue: (RESOLUTION[1],) if issue.resolved_at else ()),
    "assignee": JqlField("set", _person("assignee"), sorted_by=1),
    "reporter": JqlField("set", _person("reporter"), sorted_by=1),
    "creator": JqlField("set", _person("creator"), sorted_by=1),
    "labels": JqlField("set", lambda _call, issue: issue.labels),
    "component": JqlField("set", _components, sorted_by=1),
    "fixversion": JqlField("set", _versions("version_ids"), sorted_by=1),
    "affectedversion": JqlField("set", _versions("affects_ids"), sorted_by=1),
    "parent": _PARENT, "epic link": _PARENT, "parentepic": _PARENT,
    "sprint": _SPRINT,
    "created": _CREATED, "createddate": _CREATED,
    "updated": _UPDATED, "updateddate": _UPDATED,
    "resolved": _RESOLVED, "resolutiondate": _RESOLVED,
    "due": _DUE, "duedate": _DUE,
    "summary": JqlField("text", lambda _call, issue: (issue.summary,)),
    "description": JqlField(
        "text", lambda _call, issue: (issue.description.plain,) if issue.description else ()
    ),
    "comment": JqlField("text", _comments),
    "text": JqlField("text", _texts),
    "story point estimate": JqlField("number", _points(POINTS)),
    "story points": JqlField("number", _points(STORY_POINTS)),
    "flagged": JqlField("set", _flag),
    "level": JqlField("set", _level),
    "watcher": JqlField("set", _people("watchers")),
    "voter": JqlField("set", _people("voters")),
    "watchers": JqlField("number", lambda _call, issue: (float(len(issue.watchers)),)),
    "votes": JqlField("number", lambda _call, issue: (float(len(issue.voters)),)),
    "hierarchylevel": JqlField("number", _hierarchy),
    "attachments": JqlField("set", _files),
    "rank": JqlField("rank", lambda call, issue: (call.seen.rank(issue),)),
}  # fmt: skip
CUSTOM = {
    SPRINT: "sprint",
    EPIC_LINK: "epic link",
    POINTS: "story point estimate",
    STORY_POINTS: "story points",
    RANK: "rank",
    FLAGGED: "flagged",
}


def field_called(name: str) -> JqlField:
    """Return the field of a name, in any case; custom fields also by id and as `cf[10020]`."""
    wanted = name.lower()
    if wanted.startswith("cf["):
        wanted = f"customfield_{wanted[3:-1]}"
    found = _BY_NAME.get(CUSTOM.get(wanted, wanted))
    if found is None:
        known = {item.name.lower(): item.id for item in FIELDS}
        found = _BY_NAME.get(known.get(wanted, ""))
    if found is None:
        raise JqlError(f"Field '{name[:80]}' does not exist or you do not have permission to view it.")
    return found
