"""The scopes that can be picked for each app, in words, and how the picker finds them."""

from __future__ import annotations

import re
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
_BETWEEN = re.compile(r"[\s,;]+")
_LIKE_A_NAME = re.compile(r"[a-z][a-z.-]{1,30}(:[a-z][a-z.-]{1,40}){1,2}")


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
    """Return the offered scopes that a search finds, of a kind if one is given.

    One text is looked for as a whole, in names and words. A list of names finds each that is offered.
    """
    names, wanted = names_in(search), search.strip().casefold()
    return tuple(
        scope
        for scope in scopes_for(app)
        if kind in ("", scope.kind)
        and (
            scope.name in names
            if names
            else wanted in scope.name.casefold() or wanted in scope.description.casefold()
        )
    )


def names_in(search: str) -> tuple[str, ...]:
    """Return the names of a list that was pasted, separated by spaces, commas or lines; none for one text."""
    parts = tuple(dict.fromkeys(part for part in _BETWEEN.split(search.casefold()) if part))
    return parts if len(parts) > 1 and any(":" in part for part in parts) else ()


def unknown_in(app: str, search: str) -> tuple[str, ...]:
    """Return what of a pasted list is not offered; what does not look like a scope is not repeated."""
    offered = {scope.name for scope in scopes_for(app)}
    unknown = (name for name in names_in(search) if name not in offered)
    return tuple(
        dict.fromkeys(name if _LIKE_A_NAME.fullmatch(name) else "something else" for name in unknown)
    )
