"""What JQL's fields and functions mean here: an issue's values in every spelling that may be searched for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.fields import EPIC_LINK, FIELDS, POINTS, RANK, SPRINT
from ownkey.sandbox.jira.jql import Function, JqlError, Operand
from ownkey.sandbox.jira.schemes import (
    CATEGORIES,
    PRIORITIES,
    RESOLUTION,
    issue_type_called,
    priority_called,
    status_called,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ownkey.sandbox.jira.call import Call
    from ownkey.sandbox.jira.entities import Issue

_RELATIVE = re.compile(r"([+-]?)(\d{1,6})([mhdwMy]?)")
_UNITS_H = {"m": 1 / 60, "h": 1, "d": 24, "": 1 / 60, "w": 7 * 24, "M": 30 * 24, "y": 365 * 24}
_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class JqlField:
    """A field of JQL: what it is compared by. `known` refuses values that nothing has, as Jira does."""

    kind: str
    values: Callable[[Call, Issue], Iterable[object]]
    known: Callable[[Call, str], bool] | None = None


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
    return () if parent is None else (parent.key, parent.id)


def _sprint(call: Call, issue: Issue) -> tuple[str, ...]:
    sprint = None if issue.sprint_id is None else call.world.sprints.get(issue.sprint_id)
    return () if sprint is None else (str(sprint.id), sprint.name)


def _status(_call: Call, issue: Issue) -> tuple[str, ...]:
    status = status_called(issue.status)
    return () if status is None else (status.id, status.name)


def _category(_call: Call, issue: Issue) -> tuple[str, ...]:
    status = status_called(issue.status)
    return () if status is None else (status.category, CATEGORIES[status.category][1])


def _components(call: Call, issue: Issue) -> list[str]:
    return [text for n in issue.component_ids for text in (n, call.world.components[n].name)]


def _versions(name: str) -> Callable[[Call, Issue], list[str]]:
    return lambda call, issue: [
        text for n in getattr(issue, name) for text in (n, call.world.versions[n].name)
    ]


def _comments(_call: Call, issue: Issue) -> list[str]:
    return [comment.text.plain for comment in issue.comments.values()]


def _texts(call: Call, issue: Issue) -> list[str]:
    return [issue.summary, issue.description.plain if issue.description else "", *_comments(call, issue)]


def _is_project(call: Call, text: str) -> bool:
    projects = call.world.projects.values()
    return any(text.casefold() in (item.id, item.key.lower(), item.name.casefold()) for item in projects)


def _type(_call: Call, issue: Issue) -> tuple[str, ...]:
    kind = issue_type_called(issue.issue_type)
    return () if kind is None else (kind.id, kind.name)


_KEY = JqlField(
    "issue", lambda _call, issue: (issue.key, issue.id), lambda call, text: bool(call.world.issue(text))
)
_TYPE = JqlField("set", _type, lambda _call, text: issue_type_called(text) is not None)
_CREATED = JqlField("date", lambda _call, issue: (issue.created_at,))
_UPDATED = JqlField("date", lambda _call, issue: (issue.updated_at,))
_RESOLVED = JqlField("date", lambda _call, issue: (issue.resolved_at,) if issue.resolved_at else ())
_DUE = JqlField("date", lambda _call, issue: (_moment(issue.due),) if issue.due else ())
_PARENT = JqlField("issue", _parent)
_SPRINT = JqlField("set", _sprint)
_POINTS = JqlField("number", lambda _call, issue: () if issue.points is None else (issue.points,))
_BY_NAME: Mapping[str, JqlField] = {
    "project": JqlField("set", _project, _is_project),
    "key": _KEY, "issuekey": _KEY, "issue": _KEY, "id": _KEY,
    "issuetype": _TYPE, "type": _TYPE,
    "status": JqlField("set", _status, lambda _call, text: status_called(text) is not None),
    "statuscategory": JqlField("set", _category),
    "priority": JqlField(
        "priority",
        lambda _call, issue: (issue.priority,),
        lambda _call, text: priority_called(text) is not None,
    ),
    "resolution": JqlField("set", lambda _call, issue: (RESOLUTION[1],) if issue.resolved_at else ()),
    "assignee": JqlField("set", _person("assignee")),
    "reporter": JqlField("set", _person("reporter")),
    "creator": JqlField("set", _person("creator")),
    "labels": JqlField("set", lambda _call, issue: issue.labels),
    "component": JqlField("set", _components),
    "fixversion": JqlField("set", _versions("version_ids")),
    "affectedversion": JqlField("set", _versions("affects_ids")),
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
    "story point estimate": _POINTS, "story points": _POINTS,
    "rank": JqlField("rank", lambda call, issue: (call.world.ranking.index(issue.id),)),
}  # fmt: skip
_CUSTOM = {SPRINT: "sprint", EPIC_LINK: "epic link", POINTS: "story points", RANK: "rank"}


def field_called(name: str) -> JqlField:
    """Return the field of a name, in any case; custom fields also by id and as `cf[10020]`."""
    wanted = name.lower()
    if wanted.startswith("cf["):
        wanted = f"customfield_{wanted[3:-1]}"
    found = _BY_NAME.get(_CUSTOM.get(wanted, wanted))
    if found is None:
        known = {item.name.lower(): item.id for item in FIELDS}
        found = _BY_NAME.get(known.get(wanted, ""))
    if found is None:
        raise JqlError(f"Field '{name[:80]}' does not exist or you do not have permission to view it.")
    return found


def resolve(call: Call, field: JqlField, name: str, operand: Operand) -> list[object]:
    """Return the values that an operand stands for, None for EMPTY."""
    if isinstance(operand, Function):
        return _function(call, operand)
    if operand.text is None or (name.lower() == "resolution" and operand.text.lower() == "unresolved"):
        return [None]
    if field.kind == "date":
        return [_date(call, operand.text)]
    if field.kind == "number":
        try:
            return [float(operand.text)]
        except ValueError:
            raise JqlError(f"The value '{operand.text[:40]}' is not a number.") from None
    if field.known is not None and not field.known(call, operand.text):
        if field.kind == "issue":
            raise JqlError(f"An issue with key '{operand.text[:40]}' does not exist for field '{name}'.")
        raise JqlError(f"The value '{operand.text[:40]}' does not exist for the field '{name}'.")
    if field.kind == "priority":
        return [PRIORITIES.index(priority_called(operand.text) or "Medium")]
    return [operand.text.casefold()]


def _function(call: Call, function: Function) -> list[object]:
    if function.name == "currentuser":
        return [call.person.account_id.casefold()]
    if function.name in ("opensprints", "closedsprints", "futuresprints"):
        state = {"opensprints": "active", "closedsprints": "closed", "futuresprints": "future"}[function.name]
        return [str(sprint.id) for sprint in call.world.sprints.values() if sprint.state == state]
    if function.name == "now":
        return [call.now]
    day = call.now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "startofday": day,
        "endofday": day + timedelta(days=1),
        "startofweek": day - timedelta(days=(day.weekday() + 1) % 7),
        "startofmonth": day.replace(day=1),
        "startofyear": day.replace(month=1, day=1),
    }
    if function.name not in starts:
        raise JqlError(f"Unable to find JQL function '{function.name[:40]}()'.")
    offset = function.arguments[0] if function.arguments else ""
    return [starts[function.name] + (_offset(offset) if offset else timedelta())]


def _date(call: Call, text: str) -> datetime:
    if _RELATIVE.fullmatch(text):
        return call.now + _offset(text)
    return _moment(text)


def _offset(text: str) -> timedelta:
    match = _RELATIVE.fullmatch(text)
    if match is None:
        raise JqlError(f"'{text[:40]}' is no time span: -7d and 4w are.")
    hours = int(match[2]) * _UNITS_H[match[3]]
    return timedelta(hours=min(hours, 10**6) * (-1 if match[1] == "-" else 1))


def _moment(text: str) -> datetime:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{text[:40]}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
