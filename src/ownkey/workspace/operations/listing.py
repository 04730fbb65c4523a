"""Every operation of the catalogue with what would become of a call, decided as a call is decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ownkey.calls.decision import Refused, decide
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
    operations = load_catalogue().operations
    lines = tuple(_line(who, operation) for operation in operations)
    wanted = words.casefold().split()
    found = [line for line in lines if _fits(line, wanted, only)]
    end = start + PAGE_SIZE
    return Listed(
        lines=tuple(found[start:end]),
        allowed=sum(line.is_allowed for line in lines),
        total=len(lines),
        found=len(found),
        next_start=end if end < len(found) else None,
    )


def opened_by(scope: str, scopes: Iterable[str]) -> int:
    """Return how many operations would be lost without one scope of a set."""
    held = frozenset(scopes) | {scope}
    return sum(
        operation.requirement.is_satisfied_by(held)
        and not operation.requirement.is_satisfied_by(held - {scope})
        for operation in load_catalogue().operations_needing(scope)
    )


def _line(who: Snapshot, operation: Operation) -> Line:
    decision = decide(who, operation.method, _an_address_of(operation))
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


@lru_cache(maxsize=2_000)
def _an_address_of(operation: Operation) -> str:
    """Return an address of an operation, with a number for each parameter."""
    return "/".join("1" if part.startswith("{") else part for part in operation.path.split("/"))


def _fits(line: Line, wanted: list[str], only: str) -> bool:
    if (only == MAY and not line.is_allowed) or (only == MAY_NOT and line.is_allowed):
        return False
    operation = line.operation
    text = (
        f"{operation.signature} {operation.operation_id} {' '.join(operation.requirement.scopes)}".casefold()
    )
    return all(word in text for word in wanted)
