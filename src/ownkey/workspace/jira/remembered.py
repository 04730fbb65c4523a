"""What a page asked of Jira a moment ago: kept in memory, for the same session alone, and bounded.

A person's answers are never shown to another person, and not to another session of the same person either:
what is kept is kept by its means, and out of reach when the session has ended.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from ownkey.calls.means import Means

T = TypeVar("T")
MOST: Final = 20_000
KEPT_FOR_S: Final = 600.0

_kept: OrderedDict[tuple[Means, str], tuple[float, Any]] = OrderedDict()


async def remembered(
    means: Means,
    name: str,
    ask: Callable[[], Awaitable[T]],
    *,
    kept_for_s: float = KEPT_FOR_S,
) -> T:
    """Return what was asked a while ago at most, or ask now.

    Args:
        means: Whose answer.
        name: What it is about.
        ask: Asks Jira.
        kept_for_s: How old the answer may be.
    """
    now = time.monotonic()
    found = _kept.get((means, name))
    if found is not None and now - found[0] < kept_for_s:
        _kept.move_to_end((means, name))
        value: T = found[1]
        return value
    value = await ask()
    remember(means, name, value)
    return value


def remember(means: Means, name: str, value: object) -> None:
    """Keep what was found beside something else that was asked."""
    _kept[means, name] = (time.monotonic(), value)
    _kept.move_to_end((means, name))
    while len(_kept) > MOST:
        _kept.popitem(last=False)


def known(means: Means, name: str) -> Any:  # noqa: ANN401 — whatever was asked
    """Return what is kept, however old, or None."""
    found = _kept.get((means, name))
    return found[1] if found is not None else None


def sessions() -> frozenset[Means]:
    """Return the sessions whose answers are kept."""
    return frozenset(means for means, _ in _kept)


def forget(means: Means) -> None:
    """Forget all answers of a session."""
    for key in [key for key in _kept if key[0] == means]:
        del _kept[key]
