"""Whatever Jira sends, pages get plain values that they can show, or none."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.people.names import initials_of
from ownkey.workspace.boards.listing import board_of
from ownkey.workspace.boards.reading import BACKLOG, Sprint, columns_by_category, columns_by_sprint
from ownkey.workspace.jira.fields import Fields
from ownkey.workspace.jira.issues import Card, card_of
from ownkey.workspace.jira.paging import value_page
from ownkey.workspace.jira.trouble import JiraTroubleError, unreadable
from ownkey.workspace.jira.uses import BOARDS
from ownkey.workspace.jira.values import Status, id_of, key_of, moment_of
from tests.workspace.unit import CountingJira

ODD: tuple[Any, ...] = (None, True, 1.5, [], {}, "", "a b", "²", "x" * 200, ["1"], {"id": 1})


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_what_is_no_id_and_no_key_is_none(value: object) -> None:
    assert (id_of(value), key_of(value)) == ("", "")


def test_an_id_comes_as_a_number_or_as_a_text() -> None:
    assert (id_of(10_001), id_of("10001")) == ("10001", "10001")
    assert (key_of("ACME-1"), key_of("ACME/1"), key_of("ACME-²")) == ("ACME-1", "", "")


def test_a_time_comes_as_a_text_or_in_milliseconds() -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert moment_of("2026-11-27T13:00:00.000+0100") == moment_of(int(noon.timestamp() * 1000)) == noon
    assert [moment_of(each) for each in (True, 10**30, -(10**30), "soon", None)] == [None] * 5


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_board_or_an_issue_of_any_form_is_read(value: object) -> None:
    board = board_of({"id": value, "name": value, "type": value, "location": value})
    assert (board.id, board.project_key) == ("", "")
    fields = dict.fromkeys(("summary", "status", "labels", "issuelinks", "parent", "c1", "updated"), value)
    assert card_of({"id": value, "key": value, "fields": fields}, Fields(sprint="c1")).key == ""


def test_names_are_shown_without_what_turns_them_round() -> None:
    location = {"projectKey": "ACME", "projectName": "a\u202eb"}
    board = board_of({"id": 1, "name": "x\u202ey", "type": "scrum", "location": location})
    assert (board.name, board.project_name) == ("xy", "ab")


@pytest.mark.parametrize(
    ("name", "letters"), [("Ada Lovelace", "AL"), ("bo", "B"), ("", "?"), ("Ada M. Lovelace", "AL")]
)
def test_two_letters_stand_for_a_person(name: str, letters: str) -> None:
    assert initials_of(name) == letters


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        ({"values": [{}, {}], "isLast": False}, 12),
        ({"values": [{}, {}], "isLast": True}, None),
        ({"values": [{}, {}]}, None),
        ({"values": [], "isLast": False}, None),
        ({"values": [1, {}], "isLast": False}, 12),
    ],
)
async def test_a_page_of_values_says_where_the_next_begins(answer: object, following: int | None) -> None:
    world = CountingJira(lambda *_: answer)
    assert (await value_page(world.jira(BOARDS), BOARDS, {}, start=10)).next_start == following
    await world.way.stop()


@pytest.mark.parametrize("answer", [{"values": "none"}, {}, [], None, "text"], ids=repr)
async def test_an_answer_of_another_form_is_said_to_be_one(answer: object) -> None:
    world = CountingJira(lambda *_: answer)
    with pytest.raises(JiraTroubleError) as raised:
        await value_page(world.jira(BOARDS), BOARDS, {})
    assert raised.value.trouble == unreadable()
    await world.way.stop()


CARDS = st.lists(
    st.builds(
        Card,
        id=st.uuids().map(str),
        key=st.just("A-1"),
        summary=st.just(""),
        kind=st.sampled_from(("Story", "Epic")),
        status=st.builds(
            Status, st.sampled_from("ab"), st.sampled_from(("new", "indeterminate", "done", "other"))
        ),
        sprint_ids=st.lists(st.sampled_from("123"), unique=True).map(tuple),
    ),
    max_size=12,
)


@given(CARDS)
def test_a_card_stands_in_the_first_sprint_that_it_is_in(cards: list[Card]) -> None:
    columns = columns_by_sprint(cards, [Sprint("2", "two", "active"), Sprint("1", "one", "future")])
    assert [column.id for column in columns] == ["2", "1", BACKLOG]
    for card in cards:
        is_open = card.status.category != "done" and card.kind != "Epic"
        first = "2" if "2" in card.sprint_ids else "1" if "1" in card.sprint_ids else BACKLOG
        expected = [] if first == BACKLOG and not is_open else [first]
        assert [column.id for column in columns if card in column.cards] == expected


@given(CARDS)
def test_a_card_stands_in_the_column_of_its_status(cards: list[Card]) -> None:
    columns = columns_by_category(cards)
    for card in cards:
        has_none = card.kind == "Epic" or card.status.category == "other"
        expected = [] if has_none else [f"{card.status.category}-{card.status.name}"]
        assert [column.id for column in columns if card in column.cards] == expected
