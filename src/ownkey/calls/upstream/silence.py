"""How long Atlassian has been silent, for all calls that wait for it: one timer, not two for each call."""

import asyncio
import time

SHORTEST_LOOK_S = 0.02
LOOKS_PER_SILENCE = 8
"""A silence is noticed at most an eighth of its length late."""


class Silence:
    """The silence of one call: begins when something is expected of Atlassian, ends when it is here."""

    __slots__ = ("_is_broken", "_task", "since")

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._is_broken = False
        self.since: float | None = None

    def begin(self) -> None:
        """Expect something of Atlassian from now on."""
        self.since = time.monotonic()

    def end(self) -> None:
        """Expect nothing for the time being."""
        self.since = None

    def break_(self) -> None:
        """Wake the call up, by cancelling its task, which then asks `uncancel`."""
        if self._task is not None and not self._is_broken:
            self._is_broken = True
            self._task.cancel()

    def uncancel(self) -> bool:
        """Whether the cancellation that has just arrived was `break_`'s alone; it is taken back then."""
        if not self._is_broken or self._task is None:
            return False
        self._is_broken = False
        return self._task.uncancel() == 0


class Silences:
    """Looks after the silences of one upstream client."""

    def __init__(self, *, longest_s: float) -> None:
        self._longest_s = longest_s
        self._every_s = max(longest_s / LOOKS_PER_SILENCE, SHORTEST_LOOK_S)
        self._watched: set[Silence] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, silence: Silence) -> None:
        """Break a silence from now on when it is too long."""
        self._watched.add(silence)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._look)

    def forget(self, silence: Silence) -> None:
        """Let it be."""
        self._watched.discard(silence)

    def stop(self) -> None:
        """Watch nothing any more."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        too_old = time.monotonic() - self._longest_s
        for silence in tuple(self._watched):
            if silence.since is not None and silence.since <= too_old:
                silence.break_()
        self._timer = None
        if self._watched:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._look)
