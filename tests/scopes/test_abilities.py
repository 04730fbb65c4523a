"""What people are told they can and cannot do follows from proved scopes, and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.scopes.abilities import Ability, Answer, abilities, abilities_of, all_abilities
from ownkey.scopes.catalogue import Catalogue, load_catalogue
from ownkey.scopes.profiles import PLANNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scopes.conftest import Checked

SCOPES = sorted(
    frozenset().union(*(one.requirement.scopes for ability in all_abilities() for one in ability.operations))
)
CLOSED_TO_PLANNING = {
    "Create projects",
    "Delete sprints",
    "Rank issues",
    "See Assets objects",
    "See a board's issues",
    "See a sprint's issues",
}


def told(answers: tuple[tuple[Ability, Answer], ...]) -> dict[str, Answer]:
    return {ability.name: answer for ability, answer in answers}


def test_planning_profile_does_not_show_a_boards_or_a_sprints_issues_nor_delete_sprints() -> None:
    answers = told(abilities_of(PLANNING.scopes))
    assert {name for name, answer in answers.items() if answer is Answer.NO} == CLOSED_TO_PLANNING
    assert Answer.UNSURE not in answers.values()


def test_names_are_told_apart_and_operations_are_opened_by_some_token() -> None:
    every = all_abilities()
    assert len({ability.name for ability in every}) == len(every) >= 25
    for ability in every:
        assert ability.operations
        assert all(one.requirement.scopes for one in ability.operations)


def test_nothing_known_means_nothing_is_sure() -> None:
    assert set(told(abilities((), ())).values()) == {Answer.UNSURE}


@given(st.frozensets(st.sampled_from(SCOPES)), st.frozensets(st.sampled_from(SCOPES)))
def test_yes_and_no_hold_whatever_else_the_token_has(token: frozenset[str], known: frozenset[str]) -> None:
    truth = told(abilities_of(token))
    for name, answer in told(abilities(token & known, known - token)).items():
        assert answer in {truth[name], Answer.UNSURE}


@pytest.mark.parametrize(
    "without", [None, "write:jira-work", "read:jira-work", "read:jira-user", "write:sprint:jira-software"]
)
def test_a_check_that_asks_for_abilities_tells_nearly_all_of_them(
    catalogue: Catalogue, check: Callable[..., Checked], without: str | None
) -> None:
    token = PLANNING.scopes - {without}
    asked = [one for ability in all_abilities(catalogue) for one in ability.operations]
    checked = check(catalogue, token, PLANNING.scopes, also=asked)
    inference = checked.inference
    answers = told(abilities(inference.granted, inference.missing, outcome_of=inference.outcome_of))
    truth = told(abilities_of(token))
    unsure = {name for name, answer in answers.items() if answer is not truth[name]}
    assert {answers[name] for name in unsure} <= {Answer.UNSURE}
    assert len(unsure) <= 1
    assert len(checked.rounds) <= 2
    assert load_catalogue() is catalogue
