"""One call goes ahead: while nothing is known of a credential, the others wait for its answer.

Fifty calls at once with a token that was revoked a moment ago would be fifty refusals, and repeated refusals
lock Atlassian accounts. So the first call of a burst goes alone, as the scout; once an answer has shown that
the credential is good, and as long as calls follow one another, nobody waits. The price is one round trip for
whoever comes second in a burst after a pause.
"""

import asyncio
from collections.abc import Callable
from typing import Final, final

from ownkey.gateway.grants import Connected

FRESH_S: Final = 0.02
"""How long after the last answer a credential still counts as good with no call out."""
PATIENCE_S: Final = 2.0
"""How long a call waits for a scout that is slow to be answered, before it goes all the same."""


@final
class _Known:
    """What is known of one version of a credential at this moment."""

    __slots__ = ("is_good", "out", "seen_at", "version", "waiting")

    def __init__(self, version: int) -> None:
        self.version = version
        self.is_good = False
        self.seen_at = 0.0
        self.out = 0  # calls that wait for the head of their answer
        self.waiting: list[asyncio.Future[None]] = []

    def lets_go(self, now: float) -> bool:
        """Whether a call may leave now: the credential is good, or this is the scout."""
        if self.is_good and (self.out or now - self.seen_at < FRESH_S):
            return True
        self.is_good = self.is_good and self.out > 0
        return not self.out

    def wake(self) -> None:
        """Let those who wait look again."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)


@final
class Errand:
    """One call that is out with a credential. It ends once, when its answer has been understood."""

    __slots__ = ("_is_over", "_known", "_now")

    def __init__(self, known: _Known, now: Callable[[], float]) -> None:
        self._known = known
        self._now = now
        self._is_over = False
        known.out += 1

    def succeed(self) -> None:
        """Tell that Atlassian took the credential."""
        self._known.is_good = True
        self._known.seen_at = self._now()
        self.end()

    def end(self) -> None:
        """Tell that the call is over, whatever came of it; after `succeed` that is known already."""
        if not self._is_over:
            self._is_over = True
            self._known.out -= 1
            self._known.wake()


class Scouts:
    """Who may leave with which credential, in this process."""

    def __init__(self, *, monotonic: Callable[[], float], patience_s: float = PATIENCE_S) -> None:
        self._monotonic = monotonic
        self._patience_s = patience_s
        self._known: dict[str, _Known] = {}

    def leave(self, credential: Connected) -> Errand | None:
        """Send a call out at once, the usual way; None while it has to wait for the scout."""
        known = self._known_of(credential)
        return Errand(known, self._monotonic) if known.lets_go(self._monotonic()) else None

    async def wait(self, credential: Connected, *, is_held: Callable[[], bool]) -> Errand:
        """Send a call out when the scout is back, or has been out for too long.

        Args:
            credential: What the call would be sent with.
            is_held: Whether it has turned out that it must not be sent; there is nothing to wait for then.
        """
        known = self._known_of(credential)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        try:
            async with asyncio.timeout_at(deadline):
                while not is_held() and not known.lets_go(self._monotonic()):
                    turn = loop.create_future()
                    known.waiting.append(turn)
                    await turn
        except TimeoutError:
            pass
        return Errand(known, self._monotonic)

    def _known_of(self, credential: Connected) -> _Known:
        known = self._known.get(credential.credential_id)
        if known is None or known.version != credential.version:
            known = self._known[credential.credential_id] = _Known(credential.version)
        return known
