"""The lines of *Alignment*: for each scope, what the token may and what Jira lets the account do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import GROUPS, group_of
from ownkey.workspace.alignment.scopes import PERMISSIONS, about
from ownkey.workspace.alignment.trials import May, anything, can_be_tried
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.expected import object_in
from ownkey.workspace.jira.uses import MY_PERMISSIONS
from ownkey.workspace.jira.values import mapping_of, text_of
from ownkey.workspace.operations.listing import opened_by

FINE: Final = frozenset({"granted", "covered"})


@dataclass(frozen=True, slots=True)
class Permission:
    """One of Jira's permissions, as Jira says it of this person.

    Attributes:
        name: What Jira calls it.
        is_held: Whether the person has it.
        is_global: Whether it is one of the whole Jira rather than of a project.
    """

    name: str
    is_held: bool
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One scope.

    Attributes:
        scope: Its name.
        token: `granted`, `missing`, `covered`, `unknown` or `none`; what the last check found, `none` for a
            token without scopes.
        permission: What Jira says of the permission that comes on top; None where that is not known.
        opens: What it opens, in a line.
        lost_without: How many operations would be lost without it.
        covered_by: The required scopes that open everything that it opens already, sorted; empty if none do.
        opens_alone: Whether it opens anything by itself, with no other scope.
        is_tried: Whether one call decides it.
    """

    scope: str
    token: str
    permission: Permission | None
    opens: str
    lost_without: int
    covered_by: tuple[str, ...] = ()
    opens_alone: bool = True
    is_tried: bool = False

    @property
    def asks_for(self) -> str:
        """What would help: `token`, `jira`, or nothing."""
        return {"token": "token", "both": "token", "account": "jira"}.get(self.difference, "")

    @property
    def difference(self) -> str:
        """Where token and account differ: `token`, `account` or `both` may not; empty where they agree."""
        if not self.opens_alone and self.covered_by:
            return ""
        is_short = self.token == "missing" and not self.covered_by  # noqa: S105 — a state
        is_not_let = self.permission is not None and not self.permission.is_held
        if is_short and is_not_let:
            return "both"
        if is_short:
            return "token"
        return "account" if is_not_let else ""


@dataclass(frozen=True, slots=True)
class Group:
    """The scopes of one group, in the guide's order."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All lines, in groups, and their figures."""

    groups: tuple[Group, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines."""
        return tuple(line for group in self.groups for line in group.lines)

    @property
    def granted(self) -> int:
        """How many scopes the token has, or needs not to have."""
        return sum(line.token in FINE for line in self.lines)

    @property
    def not_let(self) -> int:
        """How many scopes the token has and Jira does not let the account use."""
        return sum(line.difference == "account" for line in self.lines)


async def permissions_in(jira: Jira, project: str) -> Mapping[str, Permission]:
    """Return what Jira lets the person do in a project, by the permissions' keys.

    Raises:
        JiraTroubleError: there is no answer.
    """
    query = {"permissions": ",".join(PERMISSIONS), "projectKey": project}
    answer = object_in(await jira.json(MY_PERMISSIONS, query=query))
    found = object_in(answer.get("permissions"))
    return {key: _permission(key, value) for key, value in found.items()}


def table_of(
    scopes: Sequence[str],
    states: Mapping[str, str],
    permissions: Mapping[str, Permission],
    *,
    has_scopes: bool = True,
    may: May = anything,
) -> Table:
    """Return the lines of all scopes, in groups; groups without a scope are left out.

    Args:
        scopes: The required scopes, in the profile's order.
        states: What the last check found of each.
        permissions: What Jira says of each permission, by its key.
        has_scopes: Whether the token has scopes at all.
        may: Whether the person may call an operation: a call that would not leave is not tried.
    """
    held = held_of(scopes, states)
    lines = []
    for scope in scopes:
        token = states.get(scope, "unknown") if has_scopes else "none"
        line = _line(scope, scopes, held, token, permissions.get(about(scope).permission))
        is_tried = token != "missing" and can_be_tried(scope, held | {scope}, may=may)  # noqa: S105 — a state
        lines.append(replace(line, is_tried=is_tried))
    found = ((group, tuple(line for line in lines if group_of(line.scope) == group)) for group in GROUPS)
    return Table(tuple(Group(name, members) for name, members in found if members))


def held_of(scopes: Sequence[str], states: Mapping[str, str]) -> frozenset[str]:
    """Return the required scopes that the last check did not prove missing."""
    return frozenset(scope for scope in scopes if states.get(scope) != "missing")


def covered_by(scope: str, scopes: frozenset[str]) -> tuple[str, ...]:
    """Return the other scopes of a set that open everything that this one opens; empty if some is lost."""
    others = scopes - {scope}
    needed: set[str] = set()
    for operation in load_catalogue().operations_needing(scope):
        if not operation.requirement.is_satisfied_by(scopes):
            continue
        enough = [one for one in operation.requirement.alternatives if one <= others]
        if not enough:
            return ()
        needed |= min(enough, key=lambda one: (len(one), sorted(one)))
    return tuple(sorted(needed))


def _line(
    scope: str, scopes: Sequence[str], held: frozenset[str], token: str, permission: Permission | None
) -> Line:
    return Line(
        scope=scope,
        token=token,
        permission=permission,
        opens=about(scope).opens,
        lost_without=opened_by(scope, scopes),
        covered_by=covered_by(scope, held | {scope}),
        opens_alone=any(
            operation.requirement.is_satisfied_by({scope})
            for operation in load_catalogue().operations_needing(scope)
        ),
    )


def _permission(key: str, value: Any) -> Permission:  # noqa: ANN401 — as Jira sent it
    permission = mapping_of(value)
    return Permission(
        text_of(permission, "name") or key,
        is_held=permission.get("havePermission") is True,
        is_global=text_of(permission, "type") == "GLOBAL",
    )
