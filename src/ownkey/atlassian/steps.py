"""What a check asks of the driver that runs it: a check is a generator and opens no socket itself.

It yields steps: `Start` a request and go on at once, `Wait` until any of them is finished, `Drop` whatever is
still under way. Only `Wait` is answered, with `Finished`. Events pass through to whoever watches.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from ownkey.atlassian.events import Event
from ownkey.atlassian.wire import Answer, NoAnswer, WireRequest


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Send a request, after a delay if there is one, without waiting for its answer."""

    id: int
    request: WireRequest
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until one of the started requests is finished, and send back which."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Cancel the requests that are under way; none of them may be sent any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """One started request and what came of it."""

    id: int
    answer: Answer | NoAnswer


Step: TypeAlias = Start | Wait | Drop | Event
Result = TypeVar("Result")
Steps: TypeAlias = Generator[Step, Finished | None, Result]


def next_finished() -> Steps[Finished]:
    """Wait for a started request and return what came of it.

    Raises:
        RuntimeError: The driver did not answer `Wait`.
    """
    finished = yield Wait()
    if finished is None:
        raise RuntimeError("The driver answers Wait with Finished.")
    return finished


def ask(request: WireRequest, *, after_s: float = 0.0) -> Steps[Answer | NoAnswer]:
    """Send one request on its own and return what came of it."""
    yield Start(0, request, after_s)
    finished = yield from next_finished()
    return finished.answer
