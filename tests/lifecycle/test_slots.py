"""A credential has one turn a day at a time of its own; silence shortens the wait, and clocks may jump."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.connections.lifecycle.slots import (
    BACK_OFF,
    DAY,
    SHORTEST_GAP,
    Turn,
    is_due,
    latest_slot,
    share_of_day,
    wait_after,
)
from ownkey.connections.states import UNKNOWN_AFTER_FAILURES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 the bounds


@given(id_=st.uuids(), start=moments)
def test_whoever_looks_all_day_finds_one_turn_in_it(id_: uuid.UUID, start: datetime) -> None:
    checked_at, turns = start, 0
    for minute in range(0, 4 * 24 * 60, 20):
        now = start + timedelta(minutes=minute)
        if is_due(Turn(id=id_, checked_at=checked_at), now):
            checked_at, turns = now, turns + 1
    assert turns in {3, 4, 5}


@given(id_=st.uuids(), now=moments)
def test_a_slot_is_at_most_a_day_ago_and_the_same_every_day(id_: uuid.UUID, now: datetime) -> None:
    slot = latest_slot(id_, now)
    assert timedelta() <= now - slot < DAY + timedelta(microseconds=1)
    assert latest_slot(id_, now + DAY) - slot == DAY


def test_turns_are_spread_over_the_day() -> None:
    hours = [int(share_of_day(uuid.uuid5(uuid.NAMESPACE_URL, str(n))) * 24) for n in range(2_400)]
    assert all(60 < hours.count(hour) < 140 for hour in range(24))


@given(id_=st.uuids(), now=moments, minutes=st.integers(0, int(SHORTEST_GAP.total_seconds() // 60) - 1))
def test_one_that_was_just_proven_waits(id_: uuid.UUID, now: datetime, minutes: int) -> None:
    assert not is_due(Turn(id=id_, checked_at=now - timedelta(minutes=minutes)), now)


@given(id_=st.uuids(), times=st.integers(1, 20))
def test_silence_is_met_with_patience(id_: uuid.UUID, times: int) -> None:
    turn = Turn(id=id_, checked_at=NOW - 3 * DAY, tried_at=NOW, unanswered_times=times)
    assert not is_due(turn, NOW + wait_after(turn) - timedelta(seconds=1))
    assert is_due(turn, NOW + wait_after(turn))
    assert wait_after(turn) <= 1.1 * BACK_OFF[-1]


def test_an_hour_without_an_answer_breaks_nothing() -> None:
    shortest = sum((0.9 * wait for wait in BACK_OFF[: UNKNOWN_AFTER_FAILURES - 1]), timedelta())
    assert shortest > timedelta(hours=6)


@given(id_=st.uuids(), ahead=st.timedeltas(timedelta(seconds=1), timedelta(days=4_000)))
def test_a_moment_that_is_still_to_come_counts_as_never(id_: uuid.UUID, ahead: timedelta) -> None:
    assert is_due(Turn(id=id_, checked_at=NOW + ahead), NOW)
    assert is_due(Turn(id=id_, checked_at=NOW + ahead, tried_at=NOW + ahead, unanswered_times=3), NOW)


@pytest.mark.parametrize("after", [timedelta(), timedelta(hours=1)], ids=["not-at-once", "within-the-hour"])
def test_changed_scopes_are_looked_for_within_an_hour(after: timedelta) -> None:
    turns = [
        Turn(id=uuid.uuid5(uuid.NAMESPACE_URL, str(n)), checked_at=NOW - timedelta(minutes=5), changed_at=NOW)
        for n in range(50)
    ]
    assert all(is_due(turn, NOW + after) is bool(after) for turn in turns)
