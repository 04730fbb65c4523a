"""Keeps what each means grants until a change concerns it: steady state asks the store nothing."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from ownkey.calls.changes import Changes, Subject
from ownkey.calls.grants import Grants, Snapshot
from ownkey.calls.means import Means

NEVER = -1
"""The version of a cache that has not looked yet."""


class _Kept:
    """A snapshot, what it depends on, and the digests by which its callers are recognised."""

    __slots__ = ("digests", "snapshot", "subjects")

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.subjects = snapshot.subjects
        self.digests: set[bytes] = set()


class GrantCache:
    """Snapshots by means, and callers by a digest of what they showed.

    A snapshot that no change concerns stays the same object, so that what was decided on it stands.

    Args:
        grants: Where snapshots come from.
        limit: How many snapshots, and how many digests, are kept; the oldest goes first.
    """

    def __init__(self, grants: Grants, *, limit: int = 20_000) -> None:
        self._grants = grants
        self._limit = limit
        self._version = NEVER
        self._kept: OrderedDict[Means, _Kept] = OrderedDict()
        self._depending: dict[Subject, set[Means]] = {}
        self._recognised: OrderedDict[bytes, _Kept] = OrderedDict()
        self._reading: dict[tuple[Means, int], asyncio.Task[Snapshot | None]] = {}

    async def snapshot(self, means: Means) -> Snapshot | None:
        """Return what a means grants, or None if it grants nothing.

        Unknown means are not remembered: a guesser would fill the memory with them.

        Raises:
            GrantsUnavailableError: it cannot be told at the moment.
        """
        version = self._look()
        kept = self._kept.get(means)
        return kept.snapshot if kept is not None else await self._read(means, version)

    def recognised(self, digest: bytes) -> Snapshot | None:
        """Return the snapshot of a caller who was recognised by this digest, if it is still as it was.

        Raises:
            GrantsUnavailableError: it cannot be told at the moment.
        """
        self._look()
        kept = self._recognised.get(digest)
        return None if kept is None else kept.snapshot

    def recognise(self, digest: bytes, snapshot: Snapshot) -> None:
        """Remember a caller for as long as the snapshot is kept.

        `digest` is a keyed hash of what they showed, so that nothing that was shown is kept.
        """
        kept = self._kept.get(snapshot.means)
        if kept is None or kept.snapshot is not snapshot:
            return
        if len(self._recognised) >= self._limit:  # one key can be shown in any number of ways
            oldest, owner = self._recognised.popitem(last=False)
            owner.digests.discard(oldest)
        self._recognised[digest] = kept
        kept.digests.add(digest)

    def _look(self) -> int:
        """Forget what has changed, and return the version as of which the rest is true."""
        version = self._grants.version
        if version != self._version:
            self._forget(self._grants.changes_since(self._version))
            self._version = version
        return version

    async def _read(self, means: Means, version: int) -> Snapshot | None:
        """Ask the store, once for all that want to know the same as of the same version."""
        asked = (means, version)
        reading = self._reading.get(asked)
        if reading is None:
            reading = self._reading[asked] = asyncio.create_task(self._read_and_keep(means, version))
            reading.add_done_callback(lambda done: self._end_reading(asked, done))
        # One caller that leaves takes nothing from the others.
        return await asyncio.shield(reading)

    def _end_reading(self, asked: tuple[Means, int], done: "asyncio.Task[Snapshot | None]") -> None:
        del self._reading[asked]
        if not done.cancelled():
            done.exception()  # looked at, for callers that have all left

    async def _read_and_keep(self, means: Means, version: int) -> Snapshot | None:
        found = await self._grants.lookup(means)
        # It may have been read before a change that was seen meanwhile.
        if found is not None and not self._grants.changes_since(version).concern(found.subjects):
            self._keep(found)
        return found

    def _keep(self, snapshot: Snapshot) -> None:
        self._drop(snapshot.means)
        if len(self._kept) >= self._limit:
            self._drop(next(iter(self._kept)))
        kept = self._kept[snapshot.means] = _Kept(snapshot)
        for subject in kept.subjects:
            self._depending.setdefault(subject, set()).add(snapshot.means)

    def _forget(self, changes: Changes) -> None:
        if changes.is_everything:
            self._kept.clear()
            self._depending.clear()
            self._recognised.clear()
        for subject in changes.subjects:
            self._drop_all(self._depending.pop(subject, ()))

    def _drop_all(self, several: Iterable[Means]) -> None:
        for means in several:
            self._drop(means)

    def _drop(self, means: Means) -> None:
        kept = self._kept.pop(means, None)
        if kept is None:
            return
        for digest in kept.digests:
            del self._recognised[digest]
        for subject in kept.subjects:
            others = self._depending.get(subject)
            if others is not None:
                others.discard(means)
                if not others:
                    del self._depending[subject]
