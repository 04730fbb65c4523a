"""What lets open pages of Jira read again what has changed, for this installation."""

import asyncio
from typing import Final

from django.conf import settings

from ownkey.calls.grants import GrantsUnavailableError
from ownkey.calls.in_process import NoWayError, current_way
from ownkey.calls.means import BySession
from ownkey.environment.process import current_environment
from ownkey.workspace.jira import remembered
from ownkey.workspace.live.hearing import Hearing, put_to_use, take_out_of_use
from ownkey.workspace.live.memory import memories
from ownkey.workspace.live.sessions import person_of
from ownkey.workspace.live.stream import Streams

FORGET_EVERY_S: Final = 5.0


class LivePages:
    """Hears what is written, serves the streams, and forgets what sessions have read that are over."""

    def __init__(self) -> None:
        self.streams = Streams(cookie=settings.SESSION_COOKIE_NAME, person_of=person_of)
        self._hearing = Hearing(current_environment().database_file)
        self._forgetting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running loop."""
        self._hearing.start()
        put_to_use(self._hearing)
        self._forgetting = asyncio.create_task(self._forget())

    async def stop(self) -> None:
        """End the streams, and hear no more."""
        take_out_of_use(self._hearing)
        await self.streams.stop()
        await self._hearing.stop()
        if self._forgetting is not None:
            self._forgetting.cancel()
            await asyncio.gather(self._forgetting, return_exceptions=True)

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            await forget_ended()


async def forget_ended() -> None:
    """Forget what was read in sessions that have ended, by whichever process and for whatever reason."""
    try:
        way = current_way()
    except NoWayError:
        return
    for means in {*memories.sessions(), *remembered.sessions()}:
        try:
            snapshot = await way.cache.snapshot(means)
        except GrantsUnavailableError:
            return
        if snapshot is None or snapshot.has_expired(way.clock()):
            if isinstance(means, BySession):
                memories.forget(means)
            remembered.forget(means)
