"""Each state and each cause has one row of words, and every table that is keyed by them has all of them."""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import pytest

from ownkey.connections import causes
from ownkey.connections.cause_table import CAUSES
from ownkey.connections.causes import Cause, circumstances_for
from ownkey.connections.lifecycle.mails import SAYINGS
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.state_queries import Conditions
from ownkey.connections.state_table import STATES, State, Tone

CSS = Path(causes.__file__).parents[1] / "console/static/console/app.css"
TODAY = date(2026, 11, 23)


class Planted(StrEnum):
    """A state and a cause that nobody has written words for."""

    ASLEEP = "asleep"


def without_row(members: Iterable[StrEnum], *tables: Collection[object]) -> set[str]:
    """Return what one of the tables has no row for."""
    return {str(member) for member in members for table in tables if member not in table}


def test_each_state_has_a_row_and_a_mail() -> None:
    assert not without_row(State, STATES, SAYINGS)


def test_each_cause_has_words_and_a_condition() -> None:
    assert not without_row(Cause, CAUSES, Conditions(TODAY).by_cause())


def test_each_state_is_one_of_a_cause_or_of_a_person_without_a_credential() -> None:
    assert {row.state for row in CAUSES.values()} | {State.NOT_CONNECTED} == set(State)


def test_a_planted_state_is_seen() -> None:
    assert without_row((*State, Planted.ASLEEP), STATES) == {"asleep"}
    assert without_row((*State, Planted.ASLEEP), SAYINGS) == {"asleep"}
    assert without_row((*Cause, Planted.ASLEEP), CAUSES) == {"asleep"}
    assert without_row((*Cause, Planted.ASLEEP), Conditions(TODAY).by_cause()) == {"asleep"}


def test_the_most_urgent_state_comes_first_and_none_shares_its_place() -> None:
    assert sorted(row.urgency for row in STATES.values()) == list(range(len(State)))
    in_order = sorted(State, key=lambda state: STATES[state].urgency)
    assert not [(one, other) for one, other in pairwise(in_order) if is_broken(other) and not is_broken(one)]


def is_broken(state: State) -> bool:
    return STATES[state].is_broken


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_but_connected_has_a_sentence_and_a_next_step(cause: Cause) -> None:
    row = Credential(
        alm_account=AlmAccount(required_scopes=[]),
        authentication="scoped-api-token",
        state=StoredState.CONNECTED,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        expires_on=TODAY,
        report={},
    )
    words = CAUSES[cause].words(row, circumstances_for(row, today=TODAY))
    assert bool(words.sentence) is bool(words.next_step) is (cause is not Cause.CONNECTED)


@pytest.mark.parametrize("state", State)
def test_a_badge_looks_as_its_row_says(state: State) -> None:
    assert tone_in_css(state) is STATES[state].tone


def tone_in_css(state: State) -> Tone:
    """Return the colour that a badge gets from the style sheet: the last rule that names it decides."""
    rules = re.findall(r"((?:\[data-state[^{]*))\{([^}]*)\}", CSS.read_text())
    found = Tone.STILL
    for selectors, declarations in rules:
        names = {one.strip() for one in selectors.split(",")}
        colour = re.search(r"--state: var\(--(\w+)\)", declarations)
        if f'[data-state="{state.value}"]' in names and colour:
            found = Tone(colour.group(1))
    return found
