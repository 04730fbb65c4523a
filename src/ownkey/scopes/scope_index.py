"""A catalogue as whole numbers with a bit for each scope, for reasoning over all of it at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ownkey.scopes.proof import Bits, bits_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ownkey.scopes.catalogue import Catalogue
    from ownkey.scopes.requirement import Scope


class ScopeIndex:
    """A catalogue's scopes and requirements as bits; an operation's key is its place in the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._bits = {scope: 1 << place for place, scope in enumerate(sorted(catalogue.scopes))}
        self._scopes = {bit: scope for scope, bit in self._bits.items()}
        self.operations = catalogue.operations
        self.key_of = {operation.signature: key for key, operation in enumerate(catalogue.operations)}
        # Sorted, so that operations with the same requirement have the same tuple.
        self.alternatives = tuple(
            tuple(sorted(self.bits(one) for one in operation.requirement.alternatives))
            for operation in catalogue.operations
        )
        self._naming: dict[Bits, list[tuple[Bits, ...]]] = {}
        for alternatives in dict.fromkeys(self.alternatives):
            for bit in bits_of(union(alternatives)):
                self._naming.setdefault(bit, []).append(alternatives)

    def bits(self, scopes: Iterable[Scope]) -> Bits:
        """Return scopes as bits; those that the catalogue does not have are left out."""
        return union(self._bits.get(scope, 0) for scope in scopes)

    def scopes(self, bits: Bits) -> frozenset[Scope]:
        """Return bits as scopes."""
        return frozenset(self._scopes[bit] for bit in bits_of(bits))

    def is_covered(self, scope: Bits, *, by: Bits) -> bool:
        """Whether everything that names a scope is opened by others without it."""
        others = by & ~scope
        return all(
            any(not one & ~others for one in alternatives) for alternatives in self._naming.get(scope, [()])
        )

    def beside(self, scope: Bits) -> Bits:
        """Return all scopes of the requirements that name a scope."""
        return union(one for alternatives in self._naming.get(scope, ()) for one in alternatives) & ~scope

    def covered(self, scopes: Bits, *, by: Bits) -> Bits:
        """Return those of some scopes that are covered by others."""
        return union(scope for scope in bits_of(scopes) if self.is_covered(scope, by=by))


@lru_cache(maxsize=4)
def index_of(catalogue: Catalogue) -> ScopeIndex:
    """Return the index of a catalogue, made once."""
    return ScopeIndex(catalogue)


def union(masks: Iterable[Bits]) -> Bits:
    """Return the scopes of all sets together."""
    found = 0
    for mask in masks:
        found |= mask
    return found
