"""Counters are written in batches and at a clean stop; what could not be written is counted on."""

import asyncio
import threading
from datetime import UTC, date, datetime

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ownkey.calls.means import ByClientKey
from ownkey.calls.usage import Counted, Outcome, Usage, UsageBatch
from ownkey.connections.client_key_usage import KEPT_FOR, KeyCalls
from ownkey.gateway.store import usage_writer
from ownkey.gateway.store.usage_writer import BatchWriter, UsageWriter
from tests.gateway.kit import until

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MYSELF = Counted(ByClientKey("keykeykeykey"), "GET /rest/api/3/myself", Outcome.ANSWERED)


class Counting:
    """A gateway that counts and does nothing else."""

    def __init__(self) -> None:
        self._usage = Usage()
        self.drain_usage = self._usage.drain
        self.give_back_usage = self._usage.give_back

    def call(self, times: int = 1) -> None:
        for _ in range(times):
            self.count(MYSELF)

    def count(self, one: Counted) -> None:
        self._usage.record(means=one.means, operation=one.operation, outcome=one.outcome, at=NOW)


class Store:
    """What was written, with a database that can be away or slow."""

    def __init__(self) -> None:
        self.batches: list[UsageBatch] = []
        self.is_away = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def write(self, batch: UsageBatch) -> None:
        self.may_go_on.wait(60)
        if self.is_away:
            raise OperationalError
        self.batches.append(batch)

    @property
    def calls(self) -> int:
        return sum(batch.calls[MYSELF] for batch in self.batches)


async def test_it_writes_by_itself_again_and_again() -> None:
    counting, store = Counting(), Store()
    writer = UsageWriter(counting, write=store.write, every_s=0.001)
    writer.start()
    for so_far in (1, 2):
        counting.call()
        await until(lambda so_far=so_far: store.calls >= so_far)  # type: ignore[misc]
    await writer.stop()
    assert len(store.batches) == 2, "nothing is written where nothing happened"


async def test_a_clean_stop_loses_nothing() -> None:
    counting, store = Counting(), Store()
    writer = UsageWriter(counting, write=store.write)
    writer.start()
    counting.call(3)
    await writer.stop()
    assert store.calls == 3


async def test_a_stop_in_the_middle_of_writing_neither_loses_nor_doubles() -> None:
    counting, store = Counting(), Store()
    writer = UsageWriter(counting, write=store.write, every_s=0)
    store.may_go_on.clear()
    writer.start()
    counting.call(3)
    await until(lambda: writer._writing is not None)
    counting.call(2)
    stopping = asyncio.create_task(writer.stop())
    await asyncio.sleep(0)
    store.may_go_on.set()
    await stopping
    assert store.calls == 5


async def test_what_could_not_be_written_is_counted_on() -> None:
    counting, store = Counting(), Store()
    writer = UsageWriter(counting, write=store.write, every_s=0.001)
    store.is_away = True
    with capture_logs() as logs:
        writer.start()
        counting.call(3)
        await until(lambda: logs)
        store.is_away = False
        await writer.stop()
    assert {entry["event"] for entry in logs} == {"usage_not_written"}
    assert store.calls == 3


async def test_a_stop_without_a_database_ends_and_says_what_is_lost() -> None:
    counting, store = Counting(), Store()
    writer = UsageWriter(counting, write=store.write)
    store.is_away = True
    counting.call()
    with capture_logs() as logs:
        await writer.stop()
    assert [entry["event"] for entry in logs] == ["usage_not_written", "usage_lost"]


async def test_a_large_batch_is_written_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_writer, "SLICE", 10)
    counting, store = Counting(), Store()
    for number in range(95):
        counting.count(MYSELF._replace(means=ByClientKey(f"key{number}")))
    writer = UsageWriter(counting, write=store.write, pause_s=0)
    await writer.write_now()
    assert [len(batch.calls) for batch in store.batches] == [5, *[10] * 9]
    assert len({counted for batch in store.batches for counted in batch.calls}) == 95


async def test_only_the_slices_that_were_not_written_are_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_writer, "SLICE", 10)
    counting, store = Counting(), Store()
    for number in range(50):
        counting.count(MYSELF._replace(means=ByClientKey(f"key{number}")))

    def write_two(batch: UsageBatch) -> None:
        store.is_away = len(store.batches) == 2
        store.write(batch)

    writer = UsageWriter(counting, write=write_two, pause_s=0)
    with capture_logs(), pytest.raises(OperationalError):
        await writer.write_now()
    left = counting.drain_usage()
    assert (len(left.calls), len(left.last_used_at)) == (30, 30)
    written = {counted for batch in store.batches for counted in batch.calls}
    assert not written & left.calls.keys()
    assert set(left.calls.values()) == {1}


KEYS = st.sampled_from("abcdefg").map(ByClientKey)
COUNTED = st.builds(
    Counted, KEYS, st.sampled_from("xyz"), st.sampled_from(Outcome), through_main=st.booleans()
)
OF_ONE_KEY = 3 * len(Outcome) * 2


@given(st.dictionaries(COUNTED, st.integers(1, 3)), st.integers(1, 9))
def test_slices_are_the_batch_and_none_is_much_larger(calls: dict[Counted, int], most: int) -> None:
    batch = UsageBatch({counted.means: NOW for counted in calls}, calls)
    slices = list(batch.slices(most))
    assert [counted for part in slices for counted in part.calls] == sorted(
        calls, key=lambda counted: list(batch.last_used_at).index(counted.means)
    )
    assert sum(len(part.last_used_at) for part in slices) == len(batch.last_used_at)
    for part in slices:
        assert 0 < len(part.calls) < most + OF_ONE_KEY
        assert {counted.means for counted in part.calls} == part.last_used_at.keys()


def test_old_counters_are_removed_some_with_each_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    old = [usage_writer.SLICE, usage_writer.SLICE, 7, 99]
    monkeypatch.setattr(usage_writer, "add_calls", lambda *_, **__: None)
    monkeypatch.setattr(usage_writer, "forget_usage", lambda **_: old.pop(0))
    monkeypatch.setattr(usage_writer, "forget_person_usage", lambda **_: 0)
    monkeypatch.setattr(connection, "close", lambda: None)
    write = BatchWriter()
    for _ in range(5):
        write(UsageBatch({MYSELF.means: NOW}, {MYSELF: 2}))
    assert old == [99]


def test_a_batch_is_counted_once_though_old_counters_could_not_be_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written, forgotten = [], []

    def forget(*, before: date, most: int) -> int:
        assert most == usage_writer.SLICE
        forgotten.append(before)
        if len(forgotten) == 1:
            raise OperationalError
        return 0

    monkeypatch.setattr(usage_writer, "add_calls", lambda calls, **_: written.append(calls))
    monkeypatch.setattr(usage_writer, "forget_usage", forget)
    monkeypatch.setattr(usage_writer, "forget_person_usage", lambda **_: 0)
    monkeypatch.setattr(connection, "close", lambda: None)
    write = BatchWriter()
    for _ in range(3):
        write(UsageBatch({MYSELF.means: NOW}, {MYSELF: 2}))
    assert len(written) == 3
    assert written[0] == [KeyCalls("keykeykeykey", MYSELF.operation, "answered", 2)]
    assert len(forgotten) == 2, "tried again after it failed, and then once a day"
    assert timezone.localdate() - forgotten[0] == KEPT_FOR
