"""The writer commits what is waited for, writes in order, and keeps what it could not write yet."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from ownkey.audit.entry import NewEntry
from ownkey.audit.writer import RecordUnavailableError, RecordWriter
from tests.audit.rows import entries


class Disk:
    """Where batches go: it can be away, and it can be slow."""

    def __init__(self) -> None:
        self.batches: list[list[NewEntry]] = []
        self.is_away = False
        self.is_closed = False
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def append(self, batch: Sequence[NewEntry]) -> None:
        self.has_begun.set()
        assert self.may_go_on.wait(30)
        if self.is_away:
            raise OSError
        self.batches.append(list(batch))

    def close(self) -> None:
        self.is_closed = True

    @property
    def written(self) -> list[NewEntry]:
        return [entry for batch in self.batches for entry in batch]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def writer(disk: Disk) -> AsyncIterator[RecordWriter]:
    writer = RecordWriter(disk.append, close=disk.close, delay_s=0.01, retry_after_s=0.01)
    yield writer
    disk.may_go_on.set()
    await writer.stop()
    assert disk.is_closed
    await writer.stop()


async def until_written(disk: Disk, number: int) -> None:
    async with asyncio.timeout(30):
        while len(disk.written) < number:  # noqa: ASYNC110 the disk has no event
            await asyncio.sleep(0.001)


async def until_begun(disk: Disk) -> None:
    async with asyncio.timeout(30):
        while not disk.has_begun.is_set():  # noqa: ASYNC110 a thread sets it
            await asyncio.sleep(0.001)


async def test_what_was_committed_is_written_when_commit_returns(disk: Disk, writer: RecordWriter) -> None:
    (entry,) = entries(1)
    await writer.commit(entry)
    assert disk.written == [entry]


async def test_what_is_noted_is_written_within_a_moment(disk: Disk, writer: RecordWriter) -> None:
    new = entries(3)
    for entry in new:
        writer.note(entry)
    assert not disk.written
    await until_written(disk, 3)
    assert disk.batches == [new]


async def test_many_who_wait_share_one_batch(disk: Disk, writer: RecordWriter) -> None:
    first, *others = entries(20)
    disk.may_go_on.clear()
    tasks = [asyncio.create_task(writer.commit(first))]
    await until_begun(disk)
    tasks += [asyncio.create_task(writer.commit(entry)) for entry in others]
    await asyncio.sleep(0)
    disk.may_go_on.set()
    await asyncio.gather(*tasks)
    assert [len(batch) for batch in disk.batches] == [1, 19]


async def test_what_cannot_be_written_is_refused_and_is_not_written_later(
    disk: Disk, writer: RecordWriter
) -> None:
    refused, noted, later = entries(3)
    disk.is_away = True
    writer.note(noted)
    with pytest.raises(RecordUnavailableError):
        await writer.commit(refused)
    assert not writer.is_writable
    disk.is_away = False
    await writer.commit(later)
    assert writer.is_writable
    assert disk.written == [noted, later]


async def test_everybody_is_refused_while_the_disk_is_away_however_much_waits(
    disk: Disk, writer: RecordWriter
) -> None:
    disk.is_away = True
    for entry in entries(1200):
        writer.note(entry)
    with pytest.raises(RecordUnavailableError):
        await asyncio.wait_for(writer.commit(entries(1)[0]), 30)
    disk.is_away = False
    await until_written(disk, 1200)


async def test_whoever_gives_up_before_the_writing_began_leaves_no_trace(
    disk: Disk, writer: RecordWriter
) -> None:
    first, given_up, afterwards = entries(3)
    disk.may_go_on.clear()
    waiting = asyncio.create_task(writer.commit(first))
    await until_begun(disk)
    leaving = asyncio.create_task(writer.commit(given_up, if_abandoned=afterwards))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    disk.may_go_on.set()
    await waiting
    await writer.stop()
    assert disk.written == [first]


async def test_whoever_gives_up_while_it_is_written_has_that_written_too(
    disk: Disk, writer: RecordWriter
) -> None:
    given_up, afterwards = entries(2)
    disk.may_go_on.clear()
    leaving = asyncio.create_task(writer.commit(given_up, if_abandoned=afterwards))
    await until_begun(disk)
    leaving.cancel()
    await asyncio.sleep(0)
    disk.may_go_on.set()
    await until_written(disk, 2)
    assert disk.written == [given_up, afterwards]


async def test_what_waits_at_a_stop_is_written(disk: Disk, writer: RecordWriter) -> None:
    new = entries(1100)
    for entry in new:
        writer.note(entry)
    await writer.stop()
    assert disk.written == new


async def test_a_stop_in_the_middle_of_writing_writes_nothing_twice(disk: Disk, writer: RecordWriter) -> None:
    new = entries(3)
    disk.may_go_on.clear()
    writer.note(new[0])
    await until_begun(disk)
    writer.note(new[1])
    stopping = asyncio.create_task(writer.stop())
    await asyncio.sleep(0)
    disk.may_go_on.set()
    await stopping
    assert disk.written == new[:2]
