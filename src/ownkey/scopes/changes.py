"""What differs between two catalogues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ownkey.scopes.catalogue import Catalogue, Operation


@dataclass(frozen=True, slots=True)
class Changes:
    """Operations that came, went, moved or need other scopes; pairs are (old, new)."""

    added: tuple[Operation, ...]
    removed: tuple[Operation, ...]
    scopes_changed: tuple[tuple[Operation, Operation], ...]
    moved: tuple[tuple[Operation, Operation], ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.scopes_changed or self.moved)


def compare(old: Catalogue, new: Catalogue) -> Changes:
    """Return what changed from one catalogue to another.

    An operation has moved if its id, on one side only there and unique, is now at another method or path. A
    moved operation whose scopes changed too is told under both.
    """
    before = {operation.signature: operation for operation in old.operations}
    after = {operation.signature: operation for operation in new.operations}
    gone = [operation for signature, operation in before.items() if signature not in after]
    come = [operation for signature, operation in after.items() if signature not in before]
    moved = _moves(gone, come)
    movers = {operation.signature for pair in moved for operation in pair}
    pairs = [(before[signature], after[signature]) for signature in before if signature in after] + moved
    return Changes(
        added=tuple(one for one in come if one.signature not in movers),
        removed=tuple(one for one in gone if one.signature not in movers),
        scopes_changed=tuple(
            (earlier, later)
            for earlier, later in pairs
            if set(earlier.requirement.alternatives) != set(later.requirement.alternatives)
        ),
        moved=tuple(moved),
    )


def lost_most(changes: Changes, old: Catalogue) -> dict[str, tuple[int, int]]:
    """Return the APIs of which most operations went, each with how many went and how many there were.

    No release of Atlassian's does that: the file is another API's, or only a part.
    """
    known = Counter(operation.api for operation in old.operations)
    gone = Counter(operation.api for operation in changes.removed)
    return {api: (gone[api], count) for api, count in known.items() if 2 * gone[api] > count}


def _moves(gone: list[Operation], come: list[Operation]) -> list[tuple[Operation, Operation]]:
    def by_id(operations: list[Operation]) -> dict[tuple[str, str], Operation | None]:
        found: dict[tuple[str, str], Operation | None] = {}
        for operation in operations:
            key = operation.api, operation.operation_id
            found[key] = None if key in found else operation
        return found

    earlier, later = by_id(gone), by_id(come)
    return [(one, other) for key, one in earlier.items() if one and (other := later.get(key))]
