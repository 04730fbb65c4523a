"""One call goes ahead: while nothing is known of a credential, the others wait for its answer.

Fifty calls at once with a token that was revoked a moment ago would be fifty refusals, and repeated refusals
lock Atlassian accounts. So the first call of a burst goes alone; once an answer has shown that
the credential is good, and as long as calls follow one another, nobody waits. The price is one round trip for
whoever comes second in a burst after a pause.

An answer that reads like a refusal puts the credential in doubt: no call leaves until one harmless question
has been answered (`confirming`). If that answer proves nothing, one call at a time may try, after pauses that
grow; any good answer ends the doubt.
"""

import asyncio
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final, final

import structlog

from ownkey.calls.confirming import Confirmation, Verdict
from ownkey.calls.grants import Connected

FRESH_S: Final = 0.02
"""How long after the last answer a credential still counts as good with no call out."""
PATIENCE_S: Final = 2.0
"""How long a call waits for a first call that is slow to be answered, before it goes all the same."""
PAUSES_S: Final = (1.0, 4.0, 16.0, 64.0, 300.0)
"""How long no call leaves after the first, second … question that proved nothing."""


class InDoubtError(Exception):
    """It is not known whether Atlassian still takes the credential, so the call was not sent."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


@final
class _Known:
    """What is known of one version of a credential at this moment."""

    __slots__ = (
        "accepted_at",
        "asking",
        "doubted_at",
        "held_until",
        "is_good",
        "out",
        "seen_at",
        "unproven_times",
        "version",
        "waiting",
    )

    def __init__(self, version: int) -> None:
        self.version = version
        self.is_good = False
        self.seen_at = 0.0
        self.out = 0  # calls that wait for the head of their answer
        self.waiting: list[asyncio.Future[None]] = []
        self.asking: asyncio.Task[Verdict] | None = None
        self.doubted_at = self.held_until = self.accepted_at = float("-inf")
        self.unproven_times = 0

    @property
    def is_in_doubt(self) -> bool:
        """Whether an answer read like a refusal, and nothing has settled that yet."""
        return self.asking is not None or self.unproven_times > 0

    def lets_go(self, now: float) -> bool:
        """Whether a call may leave now: the credential is good, or this is the first call."""
        if self.asking is not None or now < self.held_until:
            return False
        if self.is_good and (self.out or now - self.seen_at < FRESH_S):
            return True
        self.is_good = self.is_good and self.out > 0
        return not self.out

    def refuse_while_held(self, now: float) -> None:
        """Raise `InDoubtError` within a pause after a question that proved nothing."""
        if now < self.held_until:
            raise InDoubtError(max(ceil(self.held_until - now), 1))

    def note_good(self, *, left_at: float, now: float) -> None:
        """Keep that Atlassian took the credential for a call that left then."""
        self.is_good = True
        self.seen_at = now
        if self.unproven_times and left_at > self.doubted_at:
            self.unproven_times = 0
            self.held_until = float("-inf")

    def note_confirmation(self, confirmation: Confirmation, *, now: float) -> None:
        """Keep what the question showed."""
        self.asking = None
        match confirmation.verdict:
            case Verdict.ACCEPTED:
                self.is_good = True
                self.seen_at = self.accepted_at = now
                self.unproven_times = 0
            case Verdict.UNPROVEN:
                pause_s = PAUSES_S[min(self.unproven_times, len(PAUSES_S) - 1)]
                self.unproven_times += 1
                self.held_until = now + min(max(pause_s, confirmation.retry_after_s), PAUSES_S[-1])
            case Verdict.REFUSED:
                pass  # the breaker holds it from here on
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)


@final
class Attempt:
    """One call that is out with a credential. It ends once, when its answer has been understood."""

    __slots__ = ("_is_over", "_known", "_now", "left_at")

    def __init__(self, known: _Known, now: Callable[[], float]) -> None:
        self._known = known
        self._now = now
        self._is_over = False
        self.left_at = now()
        known.out += 1

    def succeed(self) -> None:
        """Tell that Atlassian took the credential."""
        self._known.note_good(left_at=self.left_at, now=self._now())
        self.end()

    def doubt(self, ask: Callable[[], Awaitable[Confirmation]]) -> "asyncio.Task[Verdict] | None":
        """Tell that the answer read like a refusal; return the question that settles it.

        It is asked once for all calls that were out meanwhile, and None if it was answered well after this
        call had left: then the answer was about the call's resource.
        """
        known = self._known
        if known.asking is None:
            if self.left_at <= known.accepted_at:
                self.end()
                return None
            known.is_good = False
            known.doubted_at = self._now()
            known.asking = asyncio.create_task(_settle(known, ask, self._now))
        self.end()
        return known.asking

    def end(self) -> None:
        """Tell that the call is over, whatever came of it; after `succeed` that is known already."""
        if not self._is_over:
            self._is_over = True
            self._known.out -= 1
            self._known.wake()


class FirstCallGate:
    """Who may leave with which credential, in this process."""

    def __init__(self, *, monotonic: Callable[[], float], patience_s: float = PATIENCE_S) -> None:
        self._monotonic = monotonic
        self._patience_s = patience_s
        self._known: dict[str, _Known] = {}

    def start(self, credential: Connected) -> Attempt | None:
        """Send a call out at once, the usual way; None while it has to wait for the first call."""
        known = self._known_of(credential)
        return Attempt(known, self._monotonic) if known.lets_go(self._monotonic()) else None

    async def wait(self, credential: Connected, *, is_held: Callable[[], bool]) -> Attempt:
        """Send a call out when the first call is answered, or has been out for too long.

        Args:
            credential: What the call would be sent with.
            is_held: Whether it has turned out that it must not be sent; there is nothing to wait for then.

        Raises:
            InDoubtError: Whether Atlassian still takes the credential is not known, nor soon.
        """
        known = self._known_of(credential)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        try:
            async with asyncio.timeout_at(deadline):
                while not is_held() and not known.lets_go(self._monotonic()):
                    known.refuse_while_held(self._monotonic())
                    turn = loop.create_future()
                    known.waiting.append(turn)
                    await turn
        except TimeoutError:
            if known.is_in_doubt:
                raise InDoubtError(1) from None
        return Attempt(known, self._monotonic)

    def questions(self) -> list["asyncio.Task[Verdict]"]:
        """Return the questions that are being asked."""
        return [known.asking for known in self._known.values() if known.asking is not None]

    def _known_of(self, credential: Connected) -> _Known:
        known = self._known.get(credential.credential_id)
        if known is None or known.version != credential.version:
            known = self._known[credential.credential_id] = _Known(credential.version)
        return known


async def _settle(
    known: _Known, ask: Callable[[], Awaitable[Confirmation]], now: Callable[[], float]
) -> Verdict:
    """Ask, and keep the answer; a question that fails in any way has proven nothing."""
    confirmation = Confirmation(Verdict.UNPROVEN)
    try:
        confirmation = await ask()
    except Exception as error:  # noqa: BLE001 — the outermost edge of a task of its own
        structlog.get_logger("ownkey.gateway").error("confirmation_failed", error=type(error).__name__)
    finally:
        known.note_confirmation(confirmation, now=now())
    return confirmation.verdict
