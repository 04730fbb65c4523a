"""What goes on record of calls: every one that writes, before and after, and every refusal.

A call that writes is committed to the record before it leaves; how it ended is a second entry. If the first
cannot be written, the call is refused. If the second is lost, because the process was killed, the first still
says that the call was about to leave: nothing is done in Jira that the record does not know of. Reads are
counted (`usage.py`), not recorded.

No body, no query, no path but its template, and no secret goes on record.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from ownkey.audit.entry import Detail, NewEntry, Outcome, label_of
from ownkey.audit.writer import RecordUnavailableError
from ownkey.calls.call import Call
from ownkey.calls.grants import Connected, Snapshot
from ownkey.calls.means import Means
from ownkey.calls.open_calls import OpenCall
from ownkey.calls.refusals import Code, Refusal, RefusedError, retry_after

STARTED: Final = "call.started"
ENDED: Final = "call.ended"
REFUSED: Final = "call.refused"
WINDOW_S: Final = 60.0
"""Within it, refusals that are alike are counted into one entry: nobody fills the disk by being refused."""

_TRACE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_REFUSED_WHILE_UNSURE = frozenset({Code.UNSURE, Code.NOT_RECORDED, Code.CREDENTIAL_IN_DOUBT})
NOT_RECORDED = Refusal(Code.NOT_RECORDED, headers=retry_after(5))


class Recorder(Protocol):
    """Puts calls on record."""

    async def sending(self, call: Call) -> None:
        """Have it on record that a call that writes is about to leave, or raise `RefusedError`."""

    def answered(self, call: Call, status: int, fields: Mapping[bytes, bytes]) -> None:
        """Take notice of Jira's answer."""

    def ended(self, opened: OpenCall, refusal: Refusal | None) -> None:
        """Take notice of a call's end, whatever it was."""


class NoRecorder:
    """Records nothing: for tests and trials."""

    async def sending(self, call: Call) -> None:
        """Let every call go."""

    def answered(self, call: Call, status: int, fields: Mapping[bytes, bytes]) -> None:
        """Ignore it."""

    def ended(self, opened: OpenCall, refusal: Refusal | None) -> None:
        """Ignore it."""


class EntryWriter(Protocol):
    """Where entries go: `ownkey.audit.writer.RecordWriter`."""

    def note(self, entry: NewEntry) -> None:
        """Have an entry written within a moment."""

    async def commit(self, entry: NewEntry, *, if_abandoned: NewEntry | None = None) -> None:
        """Write an entry now; raises `RecordUnavailableError` if that fails."""


@dataclass(slots=True)
class _Sent:
    """A call that is on record as sent, and what Jira answered so far."""

    call: Call
    status: int = 0
    trace: str = ""


@dataclass(slots=True)
class _Alike:
    """Refusals that are alike, counted until they are written down together."""

    entry: NewEntry
    times: int = 0
    last_at: datetime | None = None


_Kind = tuple[Means | None, str, str]


@dataclass(slots=True)
class CallRecorder:
    """Puts calls on record through a writer of entries; lives in one event loop."""

    writer: EntryWriter
    clock: Callable[[], datetime]
    window_s: float = WINDOW_S
    _sent: dict[str, _Sent] = field(default_factory=dict)
    _alike: dict[_Kind, _Alike] = field(default_factory=dict)
    _timer: asyncio.TimerHandle | None = None

    async def sending(self, call: Call) -> None:
        """Have it on record that a call that writes is about to leave.

        Raises:
            RefusedError: It cannot be written, so the call must not leave.
        """
        abandoned = self._entry_of(call, ENDED, Outcome.FAILED, {"code": "client-gone", "sent": False})
        try:
            await self.writer.commit(
                self._entry_of(call, STARTED, Outcome.STARTED, {}), if_abandoned=abandoned
            )
        except RecordUnavailableError as error:
            raise RefusedError(NOT_RECORDED) from error
        self._sent[call.request.request_id] = _Sent(call)

    def answered(self, call: Call, status: int, fields: Mapping[bytes, bytes]) -> None:
        """Keep Jira's status and trace id of a call that is on record."""
        sent = self._sent.get(call.request.request_id)
        if sent is not None:
            trace = fields.get(b"atl-traceid", b"").decode("latin-1")
            sent.status, sent.trace = status, trace if _TRACE.fullmatch(trace) else ""

    def ended(self, opened: OpenCall, refusal: Refusal | None) -> None:
        """Record how a call that was sent ended, or that a call was refused."""
        sent = self._sent.pop(opened.request_id, None)
        if sent is not None:
            self.writer.note(self._end_of(sent, opened, refusal))
        elif refusal is not None and (refusal.status < 500 or refusal.code in _REFUSED_WHILE_UNSURE):
            self._refused(opened, refusal)

    def stop(self) -> None:
        """Hand over what was counted and not written yet; the writer is stopped after this."""
        if self._timer is not None:
            self._timer.cancel()
        self._write_counted()

    def _end_of(self, sent: _Sent, opened: OpenCall, refusal: Refusal | None) -> NewEntry:
        details: dict[str, Detail] = {}
        if sent.status:
            details["status"] = sent.status
        if sent.trace:
            details["jira_trace"] = sent.trace
        if refusal is not None:
            details["code"] = refusal.code.value
        elif opened.cut_because is not None:
            details["code"] = opened.cut_because.value
        is_kept = refusal is not None and refusal.code is Code.CREDENTIAL_REFUSED and not opened.cut_because
        outcome = Outcome.REFUSED if is_kept else _outcome_of(sent.status)
        return self._entry_of(sent.call, ENDED, outcome, details)

    def _entry_of(self, call: Call, action: str, outcome: Outcome, details: dict[str, Detail]) -> NewEntry:
        own: dict[str, Detail] = {"request": call.request.request_id}
        if call.operation is not None:
            own["operation"] = call.operation.operation_id
        return NewEntry(
            at=self.clock(),
            action=action,
            outcome=outcome,
            subject=label_of(_name_of(call)),
            details=own | _who(call.snapshot) | details,
            actor=_person(call.snapshot),
            alm_account=call.snapshot.account.slug,
        )

    def _refused(self, opened: OpenCall, refusal: Refusal) -> None:
        """Record a refusal; one that is like an earlier one of this minute is counted."""
        kind = (opened.means, opened.operation_name, refusal.code.value)
        alike = self._alike.get(kind)
        if alike is not None:
            alike.times += 1
            alike.last_at = self.clock()
            return
        snapshot = opened.snapshot
        details: dict[str, Detail] = {"request": opened.request_id, "code": refusal.code.value}
        if "operation" in refusal.members:
            details["operation"] = str(refusal.members["operation"])
        missing = refusal.members.get("missing")
        if isinstance(missing, list):
            details["missing"] = [str(scope) for scope in missing]
        if snapshot is not None:
            details |= _who(snapshot)
        entry = NewEntry(
            at=self.clock(),
            action=REFUSED,
            outcome=Outcome.REFUSED,
            subject=opened.operation_name if opened.operation_name != "none" else "",
            details=details,
            actor=_person(snapshot) if snapshot is not None else "",
            alm_account=snapshot.account.slug if snapshot is not None else "",
        )
        self.writer.note(entry)
        self._alike[kind] = _Alike(entry)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.window_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._write_counted()

    def _write_counted(self) -> None:
        alike, self._alike = self._alike, {}
        for each in alike.values():
            if each.last_at is not None:
                details = {name: value for name, value in each.entry.details.items() if name != "request"}
                self.writer.note(
                    NewEntry(
                        at=each.last_at,
                        action=REFUSED,
                        outcome=Outcome.REFUSED,
                        subject=each.entry.subject,
                        details=details | {"times": each.times},
                        actor=each.entry.actor,
                        alm_account=each.entry.alm_account,
                    )
                )


def _name_of(call: Call) -> str:
    return call.operation_name if call.operation is not None else f"{call.request.method} (unknown)"


def _outcome_of(status: int) -> Outcome:
    """Return how a call ended that was sent; without an answer nobody knows what Jira did."""
    if not status:
        return Outcome.UNSURE
    if status < 400:
        return Outcome.DONE
    return Outcome.REFUSED if status < 500 else Outcome.FAILED


def _person(snapshot: Snapshot) -> str:
    return label_of(snapshot.person or f"person {snapshot.person_id}")


def _who(snapshot: Snapshot) -> dict[str, Detail]:
    """Return by which means, and as whom Jira was or would have been asked."""
    details: dict[str, Detail] = {**snapshot.means.details}
    if isinstance(snapshot.credential, Connected):
        details["acting_as"] = label_of(snapshot.credential.acting_as)
        details["identity"] = "main" if snapshot.credential.is_main else "own"
    return details
