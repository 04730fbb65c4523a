"""When the world is written: what an answer confirms is on the disk first; reading hurries nobody."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.sandbox.keeping.codec import NotReadableError
from ownkey.sandbox.keeping.document import document_of, restore
from ownkey.sandbox.keeping.file import UnusableFileError, WorldFile
from ownkey.sandbox.keeping.issue_texts import IssueTexts

if TYPE_CHECKING:
    from pathlib import Path

    from ownkey.sandbox.cloud import Cloud

# After each writing, this many times as long as it took is left to the answers.
REST_TIMES = 5
SHORTEST_REST_S = 0.02
# What only reading changes (when a token was last used) may wait.
UNHURRIED_S = 1.0


@dataclass(frozen=True, slots=True)
class Opened:
    """How a world was found: whether it was begun anew, and a sentence where a file had to be set aside."""

    is_new: bool
    sentence: str = ""


def open_world(cloud: Cloud, file: WorldFile) -> Opened:
    """Go on from a file, or begin anew; a file that cannot be gone on from is set aside, never written over.

    Raises:
        OSError: The file cannot be read, or a new one not be written.
    """
    try:
        document = file.read()
        if document is not None:
            restore(cloud, document)
            return Opened(is_new=False)
        sentence = ""
    except UnusableFileError as error:
        sentence = _set_aside(file, str(error))
    except (NotReadableError, ValueError):
        sentence = _set_aside(file, file.is_of_another_shape() or "is damaged: it cannot be understood")
    file.write(document_of(cloud))
    return Opened(is_new=True, sentence=sentence)


def _set_aside(file: WorldFile, why: str) -> str:
    aside: Path = file.set_aside()
    return (
        f"The pretend Atlassian's file {why}. It was set aside as {aside}, and the pretend Atlassian begins "
        "anew: tokens that were made before do not work any more. Make new ones."
    )


class Keeper:
    """Writes the world of one running sandbox, beside its answers."""

    def __init__(self, cloud: Cloud, file: WorldFile) -> None:
        self._cloud = cloud
        self._file = file
        self._changed, self._written = 0, 0
        self._wake = asyncio.Event()
        self._turn = asyncio.Condition()
        self._later: asyncio.TimerHandle | None = None
        self._has_failed = False
        self._texts = IssueTexts()

    def note(self) -> None:
        """Note that something may have changed that nobody was promised."""
        self._changed += 1
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(UNHURRIED_S, self._wake.set)

    async def settle(self) -> None:
        """Return when all that has changed so far is on the disk, or cannot be written."""
        self._changed += 1
        mine = self._changed
        self._wake.set()
        async with self._turn:
            await self._turn.wait_for(lambda: self._written >= mine)

    async def run(self) -> None:
        """Write whenever there is something to, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            took = await self._write()
            await asyncio.sleep(max(SHORTEST_REST_S, REST_TIMES * took))

    async def close(self) -> None:
        """Write what is not written yet."""
        if self._written < self._changed:
            await self._write()

    async def _write(self) -> float:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        started, number = time.monotonic(), self._changed
        try:
            document = document_of(self._cloud, self._texts)
            took = time.monotonic() - started
            await asyncio.to_thread(self._file.write, document)
        except (OSError, RecursionError) as error:
            took = time.monotonic() - started
            self._say_once(error)
        async with self._turn:
            self._written = number
            self._turn.notify_all()
        return took

    def _say_once(self, error: OSError | RecursionError) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        why = error.strerror if isinstance(error, OSError) else "something in it is nested too deeply"
        sys.stderr.write(
            f"The pretend Atlassian cannot write to {self._file.path} ({why}): what is done in it from now "
            "on may be gone after a restart.\n"
        )
