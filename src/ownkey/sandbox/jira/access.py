"""Who may do what: the permissions that a project's roles give, and those that Jira's administrators have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ownkey.sandbox.jira.entities import Project, SecurityLevel
    from ownkey.sandbox.people import Person

ADMINISTRATORS, MEMBERS, VIEWERS = "Administrators", "Members", "Viewers"
ROLE_IDS = {ADMINISTRATORS: 10002, MEMBERS: 10003, VIEWERS: 10004}
# In a role's list of people: whoever has an account that is active.
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission as Jira names it; a global one belongs to no project."""

    id: int
    key: str
    name: str
    is_global: bool = False


def _named(first_id: int, keys: str, *, is_global: bool = False) -> Iterable[Permission]:
    return (
        Permission(
            first_id + place, key, key.removesuffix("_PERMISSION").replace("_", " ").capitalize(), is_global
        )
        for place, key in enumerate(keys.split())
    )


_READING = "BROWSE_PROJECTS VIEW_READONLY_WORKFLOW VIEW_VOTERS_AND_WATCHERS"
_WORKING = (
    "CREATE_ISSUES EDIT_ISSUES ASSIGN_ISSUES ASSIGNABLE_USER CLOSE_ISSUES RESOLVE_ISSUES SCHEDULE_ISSUES "
    "TRANSITION_ISSUES LINK_ISSUES MOVE_ISSUES ADD_COMMENTS EDIT_OWN_COMMENTS DELETE_OWN_COMMENTS "
    "CREATE_ATTACHMENTS DELETE_OWN_ATTACHMENTS WORK_ON_ISSUES EDIT_OWN_WORKLOGS DELETE_OWN_WORKLOGS"
)
_LEADING = (
    "ADMINISTER_PROJECTS DELETE_ISSUES EDIT_ALL_COMMENTS DELETE_ALL_COMMENTS DELETE_ALL_ATTACHMENTS "
    "EDIT_ALL_WORKLOGS DELETE_ALL_WORKLOGS MANAGE_SPRINTS_PERMISSION MANAGE_WATCHERS MODIFY_REPORTER "
    "SET_ISSUE_SECURITY ARCHIVE_ISSUES"
)
_FOR_EVERYBODY = "USER_PICKER BULK_CHANGE CREATE_SHARED_OBJECTS MANAGE_GROUP_FILTER_SUBSCRIPTIONS"
_FOR_JIRAS_ADMINISTRATORS = "ADMINISTER SYSTEM_ADMIN"

PERMISSIONS: Mapping[str, Permission] = {
    permission.key: permission
    for permission in (
        *_named(10, f"{_READING} {_WORKING} {_LEADING}"),
        *_named(100, f"{_FOR_EVERYBODY} {_FOR_JIRAS_ADMINISTRATORS}", is_global=True),
    )
}
_READ_ONLY = frozenset(_READING.split())
_OF_ROLES: Mapping[str, frozenset[str]] = {
    VIEWERS: _READ_ONLY,
    MEMBERS: frozenset(f"{_READING} {_WORKING}".split()),
    ADMINISTRATORS: frozenset(f"{_READING} {_WORKING} {_LEADING}".split()),
}


def roles_in(project: Project, person: Person) -> frozenset[str]:
    """Return the roles that a person has in a project; its lead and Jira's administrators administer it."""
    if not person.is_active:
        return frozenset()
    access = project.access or {MEMBERS: (EVERYBODY,)}
    roles = {role for role, people in access.items() if EVERYBODY in people or person.email in people}
    leads = person.is_administrator or person.email == project.lead
    return frozenset(roles | {ADMINISTRATORS}) if leads else frozenset(roles)


def permissions_in(project: Project, roles: Iterable[str]) -> frozenset[str]:
    """Return what people in these roles may do in a project; one that is archived can only be looked at."""
    held = frozenset(permission for role in roles for permission in _OF_ROLES.get(role, ()))
    return held & _READ_ONLY if project.is_archived else held


def global_permissions(person: Person) -> frozenset[str]:
    """Return what a person may do outside any project."""
    administers = _FOR_JIRAS_ADMINISTRATORS if person.is_administrator else ""
    return frozenset(f"{_FOR_EVERYBODY} {administers}".split()) if person.is_active else frozenset()


def is_cleared(level: SecurityLevel, person: Person, roles: frozenset[str]) -> bool:
    """Return whether a person in these roles sees the issues that have a security level."""
    return person.email in level.people or not roles.isdisjoint(level.roles)
