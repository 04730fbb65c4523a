"""Every operation of the catalogue with what would become of a call, decided as a call is decided."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from ownkey.calls.decision import Allowed, Refused, decide_operation
from ownkey.calls.grants import Snapshot
from ownkey.scopes.catalogue import Operation, load_catalogue

PAGE_SIZE: Final = 100
MAY: Final = "may"
MAY_NOT: Final = "may-not"


@dataclass(frozen=True, slots=True)
class Line:
    """One operation, and whether the person may call it.

    Attributes:
        operation: The operation.
        is_allowed: Whether a call would leave.
        through_main: Whether it would be made with the main credential.
        missing: The scopes that are missing.
        reason: Why it would not leave, in a sentence; empty if it would.
        next_step: What to do about it.
    """

    operation: Operation
    is_allowed: bool
    through_main: bool = False
    missing: tuple[str, ...] = ()
    reason: str = ""
    next_step: str = ""

    @property
    def is_tried(self) -> bool:
        """Whether the page offers to try it: it only reads, and the call would leave."""
        return self.is_allowed and self.operation.reads


@dataclass(frozen=True, slots=True)
class Opened:
    """How many operations a person may call.

    Attributes:
        allowed: How many of all operations.
        total: How many operations there are.
    """

    allowed: int
    total: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of operations.

    Attributes:
        lines: Those of this page.
        allowed: How many of all operations the person may call.
        total: How many operations there are.
        found: How many match.
        next_start: Where the next page begins, or None.
    """

    lines: tuple[Line, ...]
    allowed: int
    total: int
    found: int
    next_start: int | None


def listed(who: Snapshot, *, words: str = "", only: str = "", start: int = 0) -> Listed:
    """Return the operations whose name, path or scopes have all of the words.

    Args:
        who: What the person's session grants.
        words: Words to look for, in any order.
        only: `may` or `may-not` for those alone; empty for all.
        start: How many to pass over.
    """
    found = [operation for operation in _matching(words) if _is_wanted(who, operation, only)]
    opened = opened_to(who)
    end = start + PAGE_SIZE
    return Listed(
        lines=tuple(line_of(who, operation) for operation in found[start:end]),
        allowed=opened.allowed,
        total=opened.total,
        found=len(found),
        next_start=end if end < len(found) else None,
    )


def opened_to(who: Snapshot) -> Opened:
    """Return how many operations a person may call; a snapshot remembers what was decided."""
    operations = load_catalogue().operations
    return Opened(sum(_is_allowed(who, operation) for operation in operations), len(operations))


def line_of(who: Snapshot, operation: Operation) -> Line:
    """Return an operation with what would become of a call."""
    decision = decide_operation(who, operation)
    if isinstance(decision, Refused):
        refusal = decision.refusal
        return Line(
            operation,
            is_allowed=False,
            missing=tuple(sorted(decision.missing)),
            reason=refusal.detail,
            next_step=refusal.next_step,
        )
    return Line(operation, is_allowed=True, through_main=decision.credential.is_main)


def opened_by(scope: str, scopes: Iterable[str]) -> int:
    """Return how many operations would be lost without one scope of a set."""
    return len(lost_without(scope, scopes))


def lost_without(scope: str, scopes: Iterable[str]) -> tuple[Operation, ...]:
    """Return the operations that a set of scopes opens, and would not without one of them."""
    held = frozenset(scopes) | {scope}
    return tuple(
        operation
        for operation in load_catalogue().operations_needing(scope)
        if operation.requirement.is_satisfied_by(held)
        and not operation.requirement.is_satisfied_by(held - {scope})
    )


def allowed_to(who: Snapshot) -> Callable[[Operation], bool]:
    """Return what says whether a person may call an operation."""
    return partial(_is_allowed, who)


def _is_allowed(who: Snapshot, operation: Operation) -> bool:
    return isinstance(decide_operation(who, operation), Allowed)


def _is_wanted(who: Snapshot, operation: Operation, only: str) -> bool:
    return not only or _is_allowed(who, operation) is (only == MAY)


def _matching(words: str) -> Iterator[Operation]:
    wanted = words.casefold().split()
    if not wanted:
        return iter(load_catalogue().operations)
    return (operation for operation, text in _texts() if all(word in text for word in wanted))


@cache
def _texts() -> tuple[tuple[Operation, str], ...]:
    """Return each operation with what is searched: path, name and scopes; made once."""
    return tuple((operation, _text_of(operation)) for operation in load_catalogue().operations)


def _text_of(operation: Operation) -> str:
    scopes = " ".join(sorted(operation.requirement.scopes))
    return f"{operation.signature} {operation.operation_id} {scopes}".casefold()
