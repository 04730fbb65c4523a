"""What an operation needs: any one of several scope sets, each needed whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

Scope: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Requirement:
    """The scope sets of which any one opens an operation.

    Two shapes are special: one empty set means that no scope is needed, and no
    set at all means that no token with scopes may, whatever its scopes.
    """

    alternatives: tuple[frozenset[Scope], ...]

    @property
    def is_open(self) -> bool:
        """Whether any token may, with no scope at all."""
        return any(not alternative for alternative in self.alternatives)

    @property
    def is_closed(self) -> bool:
        """Whether no token with scopes may."""
        return not self.alternatives

    @property
    def scopes(self) -> frozenset[Scope]:
        """Every scope that any alternative names."""
        return frozenset().union(*self.alternatives)

    def is_satisfied_by(self, scopes: Collection[Scope]) -> bool:
        """Whether a token with these scopes may."""
        held = scopes if isinstance(scopes, (set, frozenset)) else frozenset(scopes)
        return any(alternative <= held for alternative in self.alternatives)

    def missing_from(self, scopes: Collection[Scope]) -> frozenset[Scope]:
        """Return the fewest scopes that would have to be added, empty if none.

        Among several alternatives the one with the fewest additions is named, a
        classic scope before granular ones: that is what a person can most easily grant.
        Empty as well where no token may: there is nothing to add.
        """
        held = frozenset(scopes)
        gaps = (alternative - held for alternative in self.alternatives)
        return min(gaps, key=_effort_to_grant, default=frozenset())


def is_classic(scope: Scope) -> bool:
    """Whether a scope is classic (`read:jira-work`) rather than granular (`read:sprint:jira-software`)."""
    return scope.count(":") == 1


def _effort_to_grant(gap: frozenset[Scope]) -> tuple[int, int, list[Scope]]:
    return len(gap), sum(not is_classic(scope) for scope in gap), sorted(gap)
