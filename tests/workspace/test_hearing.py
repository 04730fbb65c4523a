"""What was written is heard by every process, in order, once; and by nobody who must not hear it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ownkey.calls.means import BySession
from ownkey.calls.writes import Ref, Written
from ownkey.workspace.live import log
from ownkey.workspace.live.hearing import MOST_UNREAD, RECENT_FOR, Heard, Hearing
from ownkey.workspace.live.log import MOST_KEPT, add, latest, read_since
from ownkey.workspace.live.memory import PageMemories
from ownkey.workspace.live.watching import IssueWatch, QueryWatch, may_concern
from ownkey.workspace.live.writing import WriteLog
from ownkey.workspace.models import JiraWrite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def written(name: str = "ACME-3", *, account: str = "acme", person: str = "1", at: datetime = NOW) -> Written:
    return Written(account, person, (Ref("issue", name),), at)


@pytest.mark.django_db
def test_the_newest_writes_are_kept_and_the_oldest_forgotten() -> None:
    add([written(str(number)) for number in range(50)])
    add([written("late", at=NOW + log.KEPT_FOR + timedelta(seconds=1))])
    assert [row.refs for row in JiraWrite.objects.all()] == [[["issue", "late"]]]
    first = JiraWrite.objects.get().number
    add([written(str(number), at=NOW + log.KEPT_FOR) for number in range(MOST_KEPT)])
    assert JiraWrite.objects.count() == MOST_KEPT
    assert JiraWrite.objects.order_by("number")[0].number == first + 1


@pytest.mark.django_db
def test_writing_down_costs_few_statements(django_assert_max_num_queries: object) -> None:
    assert callable(django_assert_max_num_queries)
    with django_assert_max_num_queries(5):
        add([written(str(number)) for number in range(100)])


@pytest.mark.django_db(transaction=True)
def test_another_connection_hears_what_was_written_in_order_and_once() -> None:
    from django.db import connection as of_django  # noqa: PLC0415

    from ownkey.database.driver import open_to_read  # noqa: PLC0415

    reader = open_to_read(Path(of_django.settings_dict["NAME"]), patience_s=1.0, in_any_thread=True)
    began = latest(reader)
    sent = [written("10001"), Written("acme", "2", (), NOW), written("ACME-9", account="other")]
    add(sent)
    heard = read_since(reader, began)
    assert [each for _, each in heard] == sent
    assert read_since(reader, heard[-1][0]) == []
    reader.close()


async def test_a_write_is_written_down_soon_and_kept_while_the_database_is_away() -> None:
    batches: list[list[Written]] = []
    is_away = True

    def append(writes: object) -> None:
        if is_away:
            raise OSError
        batches.append(list(writes))  # type: ignore[call-overload]

    writing = WriteLog(append=append, close=lambda: None, within_s=0.01)
    writing.ended(written("1"))
    await asyncio.sleep(0.1)
    assert batches == []
    is_away = False
    writing.ended(written("2"))
    await writing.stop()
    assert batches == [[written("1"), written("2")]]


async def test_listeners_hear_everything_and_are_told_when_they_missed_something() -> None:
    hearing = Hearing(Path("/nowhere"), clock=lambda: NOW)
    with hearing.listening() as listener:
        hearing.hear(Heard(1, written("1")))
        hearing.hear(Heard(2, written("2")))
        assert await listener.take(within_s=0.01) == ([Heard(1, written("1")), Heard(2, written("2"))], False)
        assert await listener.take(within_s=0.01) == ([], False)
        for number in range(MOST_UNREAD + 5):
            hearing.hear(Heard(number, written("1")))
        heard, is_behind = await listener.take(within_s=0.01)
        assert is_behind
        assert len(heard) == 5


def test_recent_issues_are_the_persons_own_first_and_of_the_last_minutes() -> None:
    hearing = Hearing(Path("/nowhere"), clock=lambda: NOW)
    old = written("OLD-1", at=NOW - RECENT_FOR - timedelta(seconds=1))
    for number, each in enumerate(
        [old, written("A-1", person="1"), written("B-1", person="2"), written("A-2", person="1")]
    ):
        hearing.hear(Heard(number, each))
    hearing.hear(Heard(9, written("C-1", account="other")))
    assert hearing.recent_issues("acme", "1") == ("A-2", "A-1", "B-1")
    assert hearing.recent_issues("acme", "2") == ("B-1", "A-2", "A-1")
    assert hearing.since(2, "acme") == [written("A-2", person="1")]
    assert hearing.since(0, "other") == [written("C-1", account="other")]


def test_a_page_is_concerned_by_what_it_shows_and_by_what_cannot_be_told() -> None:
    memories = PageMemories()
    page = memories.of(BySession("1", "acme", "s"), "/work/acme/issues/ACME-3/")
    assert not may_concern(page, [written()])  # it has not been read yet
    page.watch, page.refs = IssueWatch("ACME-3"), frozenset({"issue:ACME-3", "issue:10003"})
    assert may_concern(page, [written("10003")])
    assert not may_concern(page, [written("ACME-4")])
    assert may_concern(page, [Written("acme", "1", (), NOW)])
    page.watch = QueryWatch("")
    assert may_concern(page, [written("ACME-4")])
    assert not may_concern(page, [])


def test_memories_are_bounded_and_gone_with_their_session() -> None:
    memories = PageMemories(most_pages=3, most_weight=100)
    one, other = BySession("1", "acme", "a"), BySession("2", "acme", "b")
    for number in range(5):
        memories.of(one, f"/{number}")
    assert [page.address for page in memories.open_by(one)] != []
    assert len(memories.open_by(one)) == 3
    heavy = memories.of(other, "/board")
    memories.weigh(heavy, 90)
    memories.weigh(memories.of(one, "/4"), 90)
    assert memories.open_by(other) == []
    memories.forget(one)
    assert memories.sessions() == []
    memories.weigh(heavy, 1)  # of a page that was given up
    assert memories.sessions() == []
