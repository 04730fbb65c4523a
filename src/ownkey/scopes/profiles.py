"""Scope profiles: named lists of required scopes with a reason for each; presets and a person's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ownkey.scopes.advice import MOST_SCOPES
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.presets import (
    MAIN_ACCOUNT_GROUPS,
    MAIN_ACCOUNT_NOTES,
    NEARLY_EVERYTHING,
    PLANNING_COMPLETE_GROUPS,
    PLANNING_COMPLETE_NOTES,
    PLANNING_GROUPS,
    PLANNING_NOTES,
    TOOLS,
    usual_reason,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ownkey.scopes.requirement import Scope

_LOOKS_LIKE_A_NAME = re.compile(r"[a-z][a-z0-9:.-]{0,79}", re.IGNORECASE)

# The groups of the guide to making a token, in its order.
GROUPS = ("Delete", "Read", "Write", "Manage")


class ProfileError(ValueError):
    """A scope profile cannot be used.

    ├── UnknownScopeError: it names scopes that Atlassian's files do not have.
    └── TooManyScopesError: it requires more scopes than one API token can have.
    """

    code = "profile"


class UnknownScopeError(ProfileError):
    """A scope profile names scopes that Atlassian's files do not have."""

    code = "unknown-scope"

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        """Take the unknown names, each with the known ones that look like it."""
        self.names = dict(names)
        super().__init__(" ".join(_sentence(name, near) for name, near in self.names.items()))


class TooManyScopesError(ProfileError):
    """A scope profile requires more scopes than one API token can have."""

    code = "too-many-scopes"

    def __init__(self, count: int) -> None:
        """Take how many scopes it requires."""
        super().__init__(
            f"The scope profile has {count} scopes, and Atlassian lets one API token have {MOST_SCOPES} at "
            f"most, so no token could ever have them all: leave out {count - MOST_SCOPES} or more."
        )


def _sentence(name: str, near: tuple[str, ...]) -> str:
    # What does not even look like a scope may be a secret in the wrong place, and is not repeated.
    if not _LOOKS_LIKE_A_NAME.fullmatch(name):
        return "One of the names is neither a scope nor a scope profile."
    return f"There is no scope or profile called {name}." + (
        f" Did you mean {' or '.join(near)}?" if near else ""
    )


@dataclass(frozen=True, slots=True)
class RequiredScope:
    """A scope that a profile requires, its group on the guide, and what for, if that is known."""

    scope: Scope
    group: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScopeProfile:
    """A named list of required scopes with a reason for each."""

    name: str
    title: str
    required: tuple[RequiredScope, ...]
    notes: tuple[str, ...] = ()

    @property
    def scopes(self) -> frozenset[Scope]:
        """The required scopes, without order."""
        return frozenset(one.scope for one in self.required)

    @property
    def fits_one_token(self) -> bool:
        """Whether one API token can have all the required scopes."""
        return len(self.scopes) <= MOST_SCOPES

    def require_fit(self) -> None:
        """Raise unless one API token can have all the required scopes.

        Raises:
            TooManyScopesError: They are too many.
        """
        if not self.fits_one_token:
            raise TooManyScopesError(len(self.scopes))

    def by_group(self) -> dict[str, tuple[RequiredScope, ...]]:
        """Return the required scopes in the groups of the guide, empty groups left out."""
        groups = {group: tuple(one for one in self.required if one.group == group) for group in GROUPS}
        return {group: members for group, members in groups.items() if members}


def group_of(scope: Scope) -> str:
    """Return the group of a scope by its first word: Manage if it does not delete, read or write."""
    verb = scope.partition(":")[0].capitalize()
    return verb if verb in GROUPS else "Manage"


def parse_profile(text: str) -> ScopeProfile:
    """Return the preset of this name, or the profile of a comma-separated list of scopes.

    Raises:
        UnknownScopeError: a name is neither, with the known ones that look like it.
        ProfileError: there is no name at all.
    """
    name = text.strip()
    if name in PRESETS:
        return PRESETS[name]
    scopes = [part for part in (part.strip() for part in text.split(",")) if part]
    return _own_profile("own", "Your own list", ((scope, usual_reason(scope)) for scope in scopes))


def profile_from_json(document: Any) -> ScopeProfile:  # noqa: ANN401 - whatever a file holds
    """Return the profile that a parsed JSON file describes.

    Either a list of scopes, or `{"name", "title", "scopes", "notes"}` of which only `scopes` is needed: a
    list of scopes, or of `{"scope", "reason"}`, or an object from scope to reason.

    Raises:
        UnknownScopeError: a scope is not in Atlassian's files.
        ProfileError: the document has another shape.
    """
    if isinstance(document, list):
        document = {"scopes": document}
    if not isinstance(document, dict):
        raise ProfileError("A scope profile is a JSON object with a list called scopes, or that list alone.")
    entries = document.get("scopes")
    if isinstance(entries, dict):
        entries = [{"scope": scope, "reason": reason} for scope, reason in entries.items()]
    if not isinstance(entries, list):
        raise ProfileError("A scope profile needs a list called scopes.")
    notes = document.get("notes", [])
    title, name = document.get("title", "Your own list"), document.get("name", "own")
    if not (isinstance(notes, list) and all(isinstance(text, str) for text in [*notes, title, name])):
        raise ProfileError("The name, the title and each of the notes of a scope profile are texts.")
    return _own_profile(name, title, [_entry(entry) for entry in entries], notes=tuple(notes))


def _entry(entry: object) -> tuple[Scope, str]:
    if isinstance(entry, str):
        return entry.strip(), usual_reason(entry.strip())
    if isinstance(entry, dict):
        scope, reason = entry.get("scope"), entry.get("reason", "")
        if isinstance(scope, str) and isinstance(reason, str):
            return scope.strip(), reason or usual_reason(scope.strip())
    raise ProfileError("Each entry of a scope profile is a scope, or an object with a scope and a reason.")


def _own_profile(
    name: str, title: str, scopes: Iterable[tuple[Scope, str]], *, notes: tuple[str, ...] = ()
) -> ScopeProfile:
    reasons: dict[Scope, str] = {}
    for scope, reason in scopes:
        reasons.setdefault(scope, reason)
    if not reasons:
        raise ProfileError("A scope profile needs at least one scope.")
    known = load_catalogue().scopes
    if unknown := [scope for scope in reasons if scope not in known]:
        raise UnknownScopeError({scope: _near(scope, known | PRESETS.keys()) for scope in unknown})
    return _profile(name, title, reasons, notes)


def _near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three known names that look like this one, first those that only go on where it ends."""
    text = name.lower()
    longer = sorted(one for one in known if len(text) > len("manage:") and one.startswith(text))
    return tuple(dict.fromkeys([*longer, *get_close_matches(text, sorted(known), n=3, cutoff=0.75)]))[:3]


def _profile(
    name: str, title: str, reasons: Mapping[Scope, str], notes: tuple[str, ...] = ()
) -> ScopeProfile:
    required = [RequiredScope(scope, group_of(scope), reason) for scope, reason in reasons.items()]
    required.sort(key=lambda one: GROUPS.index(one.group))
    return ScopeProfile(name, title, tuple(required), notes)


PLANNING = _profile("planning", "Planning", PLANNING_GROUPS, PLANNING_NOTES)
PLANNING_COMPLETE = _profile(
    "planning-complete", "Planning, complete", PLANNING_COMPLETE_GROUPS, PLANNING_COMPLETE_NOTES
)
MAIN_ACCOUNT = _profile("main-account", "Main account", MAIN_ACCOUNT_GROUPS, MAIN_ACCOUNT_NOTES)
PRESETS: Mapping[str, ScopeProfile] = {
    PLANNING.name: PLANNING,
    PLANNING_COMPLETE.name: PLANNING_COMPLETE,
    MAIN_ACCOUNT.name: MAIN_ACCOUNT,
    **{tool.name: _profile(tool.name, tool.title, tool.scopes, tool.notes) for tool in TOOLS},
    "nearly-everything": _profile(
        "nearly-everything",
        "Nearly everything",
        NEARLY_EVERYTHING,
        (
            "Classic scopes, and granular ones for boards, sprints, epics and Assets: a token may have 50.",
            "Does not open development, build and deployment information, nor what belongs to apps.",
        ),
    ),
}
