"""What the control API does to the pretend Jira: files, many issues, hostile ones, changed projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ownkey.sandbox.content import zeros
from ownkey.sandbox.jira.access import EVERYBODY, ROLE_IDS
from ownkey.sandbox.jira.issue.attachments import UPLOAD_LIMIT, make_attachment
from ownkey.sandbox.jira.schemes import called, workflow_of
from ownkey.sandbox.jira.seeds.hostile import add_hostile
from ownkey.sandbox.jira.seeds.many import KEY, MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.jira.entities import Project
    from ownkey.sandbox.people import Person

Body = dict[str, Any]


class ControlError(ValueError):
    """A control request cannot be read; the message says why."""


def person_of(cloud: Cloud, body: Body) -> Person:
    """Return the person whom a body names by e-mail."""
    person = cloud.people.get(str(body.get("email", "")).lower())
    if person is None:
        raise ControlError(f"The people here are {', '.join(cloud.people)}.")
    return person


def _add_attachment(cloud: Cloud, body: Body) -> Body:
    """Put a file on an issue, as large as a benchmark wants it: zeros take no room."""
    issue, size = cloud.world.issue(str(body.get("issue", ""))), body.get("size", 0)
    if issue is None or not isinstance(size, int) or not 0 <= size <= UPLOAD_LIMIT:
        raise ControlError(f"It takes an issue that there is, and a size of up to {UPLOAD_LIMIT} bytes.")
    person, now = person_of(cloud, {"email": "ada@acme.example"} | body), cloud.clock()
    attachment = make_attachment(
        cloud.world,
        issue.id,
        author=person.email,
        filename=str(body.get("filename", "zeros.bin")),
        media_type="application/octet-stream",
        content=zeros(size),
        now=now,
    )
    cloud.world.record(now, person, "add attachment", issue.key)
    return {"id": attachment.id}


def _add_issues(cloud: Cloud, body: Body) -> Body:
    count, key, status = body.get("count"), body.get("project", KEY), body.get("status")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= MOST:
        raise ControlError(f"count is a number from 1 to {MOST}.")
    project = cloud.world.project(str(key))
    if project is None and key != KEY:
        raise ControlError("There is no such project.")
    if status is not None and (project is None or called(workflow_of(project), str(status)) is None):
        raise ControlError("The project's issues have no such status.")
    return cloud.add_issues(count, key=str(key), status=status)


def _add_hostile(cloud: Cloud, _body: Body) -> Body:
    add_hostile(cloud.world, cloud.clock())
    cloud.world.index.note(cloud.world, cloud.clock())
    return {"project": "EVIL"}


def _change_project(cloud: Cloud, body: Body) -> Body:
    project = cloud.world.project(str(body.get("project", "")))
    if project is None:
        raise ControlError("There is no such project.")
    key, access = str(body.get("key", project.key)), _access(body.get("access"))
    if not (
        key.isascii() and key.isalpha() and key.isupper() and cloud.world.project(key) in (None, project)
    ):
        raise ControlError("The key is one that no project has, in capital letters.")
    project.name = str(body.get("name", project.name))
    project.is_archived = bool(body.get("is_archived", project.is_archived))
    project.access = project.access if access is None else access
    _rename(cloud, project, key)
    cloud.world.record(cloud.clock(), cloud.world.people[project.lead], "change project", key)
    cloud.world.index.note(cloud.world, cloud.clock())
    return {"key": key}


def _access(given: object) -> dict[str, tuple[str, ...]] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(people, list) for people in given.values()):
        raise ControlError(f"access has lists of e-mails, or [{EVERYBODY!r}], for {', '.join(ROLE_IDS)}.")
    return {str(role): tuple(map(str, people)) for role, people in given.items()}


def _rename(cloud: Cloud, project: Project, key: str) -> None:
    """Give a project another key, and its issues with it; the old one still leads to them."""
    if key == project.key:
        return
    project.former_keys = (*(old for old in project.former_keys if old != key), project.key)
    project.key = key
    for issue in cloud.world.issues.values():
        if issue.project_id == project.id:
            issue.key = f"{key}-{issue.key.rpartition('-')[2]}"


STAGING: Mapping[str, Callable[[Cloud, Body], Body]] = {
    "POST attachments": _add_attachment,
    "POST issues": _add_issues,
    "POST hostile": _add_hostile,
    "POST projects": _change_project,
}
