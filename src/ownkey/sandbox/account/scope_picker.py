"""The scopes that can be picked for each app, in words, and how the picker finds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.requirement import is_classic

APPS = {"jira": "Jira", "confluence": "Confluence", "bitbucket": "Bitbucket", "compass": "Compass"}
KINDS = {
    "": "All",
    "read": "Read",
    "write": "Write",
    "delete": "Delete",
    "manage": "Manage",
    "other": "Other",
}
_ELSEWHERE = {
    "confluence": (
        "read:page:confluence",
        "write:page:confluence",
        "read:space:confluence",
        "search:confluence",
    ),
    "bitbucket": ("read:repository:bitbucket", "write:repository:bitbucket", "read:pullrequest:bitbucket"),
    "compass": ("read:component:compass", "write:component:compass", "read:metric:compass"),
}


@dataclass(frozen=True, slots=True)
class PickableScope:
    """A scope as the picker offers it."""

    name: str
    kind: str
    description: str
    is_classic: bool


@cache
def scopes_for(app: str) -> tuple[PickableScope, ...]:
    """Return what the picker offers for an app, in order of their names."""
    names = load_catalogue().scopes if app == "jira" else _ELSEWHERE[app]
    return tuple(_described(name) for name in sorted(names))


def _described(name: str) -> PickableScope:
    action, _, rest = name.partition(":")
    what, _, where = rest.partition(":")
    words = (what or rest).replace("-", " ").replace(".", ", ").replace("_", " ")
    description = f"{action.capitalize()} {words}" + (f" in {where.replace('-', ' ')}" if where else "")
    return PickableScope(name, action if action in KINDS else "other", description, is_classic(name))


def matching(app: str, *, search: str, kind: str) -> tuple[PickableScope, ...]:
    """Return the offered scopes that contain a text in their name or words, of a kind if one is given.

    The text is looked for as a whole: several names pasted at once find nothing, as at Atlassian.
    """
    wanted = search.strip().casefold()
    return tuple(
        scope
        for scope in scopes_for(app)
        if kind in ("", scope.kind)
        and (wanted in scope.name.casefold() or wanted in scope.description.casefold())
    )
