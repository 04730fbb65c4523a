"""Which scopes to choose: the fewest for a set of operations, and those that are there for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ownkey.scopes.requirement import Requirement, Scope, is_classic

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ownkey.scopes.catalogue import Catalogue, Operation

MOST_SCOPES = 50
"""How many scopes Atlassian lets one API token have."""

# The exact search looks at this many partial choices; a set of operations that needs more gets the greedy
# answer.
SEARCH_STEPS = 20_000

_Scopes: TypeAlias = frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Advice:
    """The scopes to choose for a set of operations.

    Attributes:
        scopes: They open every operation that any token can do.
        is_smallest: True if no smaller set does; False if the search was cut short and there may be one.
        closed: The operations that no token with scopes can do.
    """

    scopes: frozenset[Scope]
    is_smallest: bool
    closed: tuple[Operation, ...]

    @property
    def fits(self) -> bool:
        """Whether one token can have all the scopes."""
        return len(self.scopes) <= MOST_SCOPES


def smallest_scopes(operations: Iterable[Operation]) -> Advice:
    """Return the fewest scopes that open these operations; of equally many, those with more classic ones."""
    listed = tuple(operations)
    requirements = {operation.requirement for operation in listed if not operation.requirement.is_closed}
    choices = _without_implied([_without_supersets(one) for one in requirements if not one.is_open])
    first = _greedy(choices)
    best, is_smallest = _search(choices, first)
    return Advice(best, is_smallest, tuple(one for one in listed if one.requirement.is_closed))


def redundant_scopes(scopes: Collection[Scope], catalogue: Catalogue) -> frozenset[Scope]:
    """Return the scopes that can all be left out together without closing any operation."""
    return unused_scopes(scopes, catalogue.operations)


def unused_scopes(scopes: Collection[Scope], operations: Iterable[Operation]) -> frozenset[Scope]:
    """Return the scopes that can all be left out together while these operations stay as open as they are.

    Granular scopes go first, so that what stays is easy to grant.
    """
    kept = frozenset(scopes)
    opened = {one.requirement for one in operations if one.requirement.is_satisfied_by(kept)}
    for scope in sorted(kept, key=lambda one: (is_classic(one), one)):
        fewer = kept - {scope}
        if all(requirement.is_satisfied_by(fewer) for requirement in opened):
            kept = fewer
    return frozenset(scopes) - kept


def _without_supersets(requirement: Requirement) -> tuple[_Scopes, ...]:
    """Return the alternatives worth choosing: none that includes another."""
    alternatives = set(requirement.alternatives)
    return tuple(
        sorted((one for one in alternatives if not any(other < one for other in alternatives)), key=_badness)
    )


def _without_implied(choices: Iterable[tuple[_Scopes, ...]]) -> list[tuple[_Scopes, ...]]:
    """Return the choices, hardest first, without those that are made whenever another one is."""
    kept: list[tuple[_Scopes, ...]] = []
    for one in sorted(
        set(choices), key=lambda choice: (len(choice), [_badness(scopes) for scopes in choice])
    ):
        if not any(_implies(other, one) for other in kept):
            kept = [other for other in kept if not _implies(one, other)] + [one]
    return kept


def _implies(choice: Sequence[_Scopes], other: Sequence[_Scopes]) -> bool:
    return all(any(theirs <= mine for theirs in other) for mine in choice)


def _greedy(choices: Sequence[tuple[_Scopes, ...]]) -> _Scopes:
    """Return a set that opens everything, made of the alternatives that open the most for each new scope."""
    chosen: _Scopes = frozenset()
    while remaining := [one for one in choices if not _is_opened(one, chosen)]:
        additions: set[_Scopes] = {scopes - chosen for choice in remaining for scopes in choice}
        opened = {new: sum(_is_opened(one, chosen | new) for one in remaining) for new in additions}
        best: _Scopes = min(additions, key=_by_yield(opened))
        chosen = chosen | best
    return chosen


def _by_yield(opened: Mapping[_Scopes, int]) -> Callable[[_Scopes], tuple[float, int, int, list[Scope]]]:
    return lambda new: (-opened[new] / len(new), *_badness(new))


def _search(choices: Sequence[tuple[_Scopes, ...]], best: _Scopes) -> tuple[_Scopes, bool]:
    """Return the best set found, and whether the search was complete."""
    waiting: list[tuple[int, _Scopes]] = [(0, frozenset())]
    for _ in range(SEARCH_STEPS):
        if not waiting:
            return best, True
        index, chosen = waiting.pop()
        while index < len(choices) and _is_opened(choices[index], chosen):
            index += 1
        if _badness(chosen) >= _badness(best):
            continue
        if index == len(choices):
            best = chosen
            continue
        waiting += [(index + 1, chosen | scopes) for scopes in reversed(choices[index])]
    return best, not waiting


def _is_opened(choice: Sequence[_Scopes], scopes: _Scopes) -> bool:
    return any(one <= scopes for one in choice)


def _badness(scopes: _Scopes) -> tuple[int, int, list[Scope]]:
    return len(scopes), sum(not is_classic(scope) for scope in scopes), sorted(scopes)
