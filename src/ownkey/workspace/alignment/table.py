"""The lines of *Alignment*: for each scope, what the token may and what Jira lets the account do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ownkey.scopes.profiles import GROUPS, group_of
from ownkey.workspace.alignment.scopes import ABOUT, PERMISSIONS, About
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.uses import MY_PERMISSIONS
from ownkey.workspace.jira.values import mapping_of, text_of
from ownkey.workspace.operations.listing import opened_by

_UNKNOWN: Final = About("Operations that Ownkey has no words for")


@dataclass(frozen=True, slots=True)
class Permission:
    """One of Jira's permissions, as Jira says it to this person.

    Attributes:
        name: What Jira calls it.
        is_held: Whether the person has it.
    """

    name: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One scope.

    Attributes:
        scope: Its name.
        token: `granted`, `missing`, `covered` or `unknown`; what the last check found.
        permission: What Jira says of the permission that comes on top; None where that is not known.
        opens: What it opens, in a line.
        lost_without: How many operations would be lost without it.
    """

    scope: str
    token: str
    permission: Permission | None
    opens: str
    lost_without: int

    @property
    def asks_for(self) -> str:
        """What would help: `token`, `jira`, or nothing."""
        if self.token == "missing":  # noqa: S105 — a state
            return "token"
        return "jira" if self.permission is not None and not self.permission.is_held else ""


@dataclass(frozen=True, slots=True)
class Group:
    """The scopes of one group, in the guide's order."""

    name: str
    lines: tuple[Line, ...]


async def permissions_in(jira: Jira, project: str) -> Mapping[str, Permission]:
    """Return what Jira lets the person do in a project, by the permissions' keys.

    Raises:
        JiraTroubleError: there is no answer.
    """
    query = {"permissions": ",".join(PERMISSIONS), "projectKey": project}
    answer = mapping_of(await jira.json(MY_PERMISSIONS, query=query))
    return {key: _permission(key, value) for key, value in mapping_of(answer.get("permissions")).items()}


def groups_of(
    scopes: Sequence[str], states: Mapping[str, str], permissions: Mapping[str, Permission]
) -> tuple[Group, ...]:
    """Return the lines of all scopes, in groups; groups without a scope are left out."""
    lines = [_line(scope, scopes, states, permissions) for scope in scopes]
    found = ((group, tuple(line for line in lines if group_of(line.scope) == group)) for group in GROUPS)
    return tuple(Group(name, members) for name, members in found if members)


def _line(
    scope: str, scopes: Sequence[str], states: Mapping[str, str], permissions: Mapping[str, Permission]
) -> Line:
    about = ABOUT.get(scope, _UNKNOWN)
    return Line(
        scope=scope,
        token=states.get(scope, "unknown"),
        permission=permissions.get(about.permission),
        opens=about.opens,
        lost_without=opened_by(scope, scopes),
    )


def _permission(key: str, value: Any) -> Permission:  # noqa: ANN401 — as Jira sent it
    permission = mapping_of(value)
    return Permission(text_of(permission, "name") or key, permission.get("havePermission") is True)
