"""Is the record whole? Every entry is read and its place in the chain computed anew."""

import contextlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ownkey.audit.chain import GENESIS, chained
from ownkey.audit.entry import NewEntry
from ownkey.audit.head import Head, sign_head
from ownkey.audit.keys import RecordKeys, Signature, record_keys
from ownkey.audit.storing import Row, Stored, UnreadableRowError, from_row, rows

PRUNED: Final = "record.pruned"


class Fault(StrEnum):
    """What is wrong with the first bad entry."""

    MISSING = "missing"
    CHANGED = "changed"
    FORGED = "forged"
    UNREADABLE = "unreadable"
    KEY_GONE = "key-gone"


_WORDS = {
    Fault.MISSING: "Entry {} is missing: entries were removed from the record.",
    Fault.CHANGED: "Entry {} is not as it was written, or not in its place.",
    Fault.FORGED: "Entry {} was not written by Ownkey: its signature is not right.",
    Fault.UNREADABLE: "Entry {} is not in the form that Ownkey writes.",
    Fault.KEY_GONE: (
        "From entry {} to the end of the record no signature can be checked: their key is not in the key "
        "file. Use the key file that belongs to this database."
    ),
}


_UNCHECKED = (
    "{} of the entries were signed with keys that are not in the key file any more (retired or lost). Later "
    "entries vouch for them; only a head that was kept from their time (--head) proves them by itself."
)

_SET_BACK = (
    "The clock was set back {} times while the record was written: the numbers of the entries, and not their "
    "times, say in which order things happened."
)
_OUT_OF_TURN = timedelta(minutes=5)
"""Entries of calls are written in batches, a moment after they happened; a clock jumps further."""


class KeptHead(StrEnum):
    """What became of a head that was kept elsewhere."""

    ON_CHAIN = "on-chain"
    PRUNED = "pruned"
    TRUNCATED = "truncated"
    DIFFERENT = "different"
    FORGED = "forged"

    @property
    def is_fine(self) -> bool:
        """Whether it speaks for the record."""
        return self in {KeptHead.ON_CHAIN, KeptHead.PRUNED}


_KEPT_WORDS = {
    KeptHead.ON_CHAIN: "The kept head (entry {}) lies on the chain.",
    KeptHead.PRUNED: "The kept head (entry {}) is older than what was pruned, so it cannot be compared.",
    KeptHead.TRUNCATED: "The record once had {} entries: it was cut short after that head was kept.",
    KeptHead.DIFFERENT: "Entry {} is not the one that the kept head was made of: the record was rewritten.",
    KeptHead.FORGED: "The kept head (entry {}) was not signed by this installation.",
}


@dataclass(frozen=True, slots=True)
class BadEntry:
    """The first entry that is not right."""

    number: int
    fault: Fault

    @property
    def message(self) -> str:
        """A sentence for people."""
        return _WORDS[self.fault].format(self.number)


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading the whole record told.

    Attributes:
        entries: How many entries were read and found right.
        first: The number of the first entry that is kept; 0 if there is none.
        bad: The first bad entry, if there is one.
        head: The head as of this reading, if the record is whole.
        kept: What became of the head that was given, if one was.
        kept_number: That head's number.
        unchecked: How many entries name a key that is not in the key file any more, retired or lost: a later
            entry, whose signature is good, vouches for them.
        set_back: How often an entry bears a time well before that of the entry before it.
    """

    entries: int
    first: int
    bad: BadEntry | None
    head: Head | None
    kept: KeptHead | None = None
    kept_number: int = 0
    unchecked: int = 0
    set_back: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.bad is None and (self.kept is None or self.kept.is_fine)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, for people."""
        told = [self.bad.message] if self.bad else []
        if self.unchecked and self.bad is None:
            told.append(_UNCHECKED.format(self.unchecked))
        if self.set_back and self.bad is None:
            told.append(_SET_BACK.format(self.set_back))
        if self.kept is not None:
            told.append(_KEPT_WORDS[self.kept].format(self.kept_number))
        return tuple(told)


def verify_record(kept: Head | None = None) -> Verification:
    """Read the whole record, as of one moment and without holding anybody up, and return what was found.

    Raises:
        ownkey.vault.errors.VaultError: The keys that signed it cannot be read.
    """
    found = rows()
    first = next(found, None)  # from here on it is the record as of this moment
    return verify(
        itertools.chain(() if first is None else (first,), found),
        keys=record_keys(),
        cuts=named_cuts(),
        kept=kept,
    )


def verify(
    found: Iterable[Row], *, keys: RecordKeys, cuts: Mapping[int, bytes], kept: Head | None = None
) -> Verification:
    """Return what is to be said about rows in their order.

    Args:
        found: The rows.
        keys: The keys to check signatures with.
        cuts: What entries say was cut off: the last number, and its hash. The one that the record begins
            after is believed only when the entry that names it has been found right itself.
        kept: A head that was kept elsewhere.
    """
    reading = _Reading(keys=keys, cuts=cuts, kept=kept)
    bad = reading.read(found)
    verdict = None
    if kept is not None:
        verdict = reading.verdict_on(kept, is_whole=bad is None)
    return Verification(
        entries=reading.good,
        first=reading.first,
        bad=bad,
        head=None if bad else sign_head(reading.number, reading.hash, keys=keys),
        kept=verdict,
        kept_number=kept.number if kept else 0,
        unchecked=reading.unchecked,
        set_back=reading.set_back,
    )


def named_cuts() -> dict[int, bytes]:
    """Return what the record's own entries say was cut off: the last number, and its hash."""
    cuts = {}
    for row in rows("action = %s", (PRUNED,)):
        with contextlib.suppress(UnreadableRowError):
            cuts.update(_cut_of(from_row(row)))
    return cuts


def _cut_of(stored: Stored) -> dict[int, bytes]:
    match stored.entry:
        case NewEntry(action="record.pruned", details={"through": int(through), "hash": str(hashed)}):
            return {through: bytes.fromhex(hashed)}
        case _:
            return {}


class _Reading:
    """How far the record has been read, and what was seen on the way."""

    def __init__(self, *, keys: RecordKeys, cuts: Mapping[int, bytes], kept: Head | None) -> None:
        self._keys = keys
        self._cuts = cuts
        self._kept_number = kept.number if kept else -1
        self._confirmed: dict[int, bytes] = {}
        self._unsigned_from: int | None = None
        self._hash_at_kept: bytes | None = None
        self.first = 0
        self.number = 0
        self.hash = GENESIS
        self.good = 0
        self.unchecked = 0
        self.set_back = 0
        self._last_at: datetime | None = None

    def read(self, found: Iterable[Row]) -> BadEntry | None:
        """Read all; return the first entry that is not right."""
        self._look_for_kept()
        for row in found:
            try:
                stored = from_row(row)
            except UnreadableRowError as error:
                return BadEntry(error.number or self.number + 1, Fault.UNREADABLE)
            if not self.first:
                self._begin(stored.number)
            fault = self._fault_of(stored)
            if fault is not None:
                is_gap = fault is Fault.MISSING
                return BadEntry(self.number + 1 if is_gap else stored.number, fault)
            self.number, self.hash = stored.number, stored.hash
            self.good += 1
            if self._last_at is not None and stored.entry.at < self._last_at - _OUT_OF_TURN:
                self.set_back += 1
            self._last_at = stored.entry.at
            self._confirmed |= _cut_of(stored)
            self._look_for_kept()
        if self.first > 1 and self.first - 1 not in self._confirmed:
            return BadEntry(self.first - 1, Fault.MISSING)
        if self._unsigned_from is not None:
            return BadEntry(self._unsigned_from, Fault.KEY_GONE)
        return None

    def verdict_on(self, kept: Head, *, is_whole: bool) -> KeptHead | None:
        """Return what became of a kept head; None where a bad entry stands before it."""
        if kept.check(self._keys) is Signature.BAD:
            return KeptHead.FORGED
        if self._hash_at_kept is not None:
            return KeptHead.ON_CHAIN if self._hash_at_kept == kept.hash else KeptHead.DIFFERENT
        if not is_whole:
            return None
        return KeptHead.TRUNCATED if kept.number > self.number else KeptHead.PRUNED

    def _begin(self, number: int) -> None:
        """Begin where the record begins: at 1, or after what an entry says was cut off."""
        self.first = number
        if number - 1 in self._cuts:
            self.number, self.hash = number - 1, self._cuts[number - 1]
            self._look_for_kept()

    def _fault_of(self, stored: Stored) -> Fault | None:
        if stored.number != self.number + 1:
            return Fault.MISSING
        expected = chained(self.hash, number=stored.number, key_id=stored.key_id, entry=stored.entry)
        if stored.hash != expected:
            return Fault.CHANGED
        match self._keys.entries.check(stored.hash, stored.signature, key_id=stored.key_id):
            case Signature.BAD:
                return Fault.FORGED
            case Signature.KEY_GONE:
                # A key that was retired. The next signature that can be checked vouches for this entry too:
                # its hash covers everything before it.
                self._unsigned_from = self._unsigned_from or stored.number
                self.unchecked += 1
            case Signature.GOOD:
                self._unsigned_from = None
        return None

    def _look_for_kept(self) -> None:
        if self.number == self._kept_number:
            self._hash_at_kept = self.hash
