"""What is concluded holds for every token that could have had the answers, and nothing that must is missed.

Checked against all tokens of small catalogues.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ownkey.scopes.proof import Answered, bits_of, can_explain, conclude, conclude_all, contradicting

SCOPES = 6
EVERYTHING = (1 << SCOPES) - 1
TOKENS = range(1 << SCOPES)

alternatives = st.lists(st.integers(1, EVERYTHING), min_size=1, max_size=3).map(tuple)
requirements = st.lists(alternatives, max_size=7)
tokens = st.sampled_from(TOKENS)


def is_met(token: int, needs: tuple[int, ...]) -> bool:
    return any(one & token == one for one in needs)


def answers_of(token: int, operations: list[tuple[int, ...]]) -> list[Answered]:
    return [Answered(key, needs, is_met(token, needs)) for key, needs in enumerate(operations)]


def possible_tokens(answers: list[Answered]) -> list[int]:
    return [
        token for token in TOKENS if all(is_met(token, one.alternatives) == one.is_met for one in answers)
    ]


@given(requirements, tokens)
def test_what_is_concluded_step_by_step_is_so(operations: list[tuple[int, ...]], token: int) -> None:
    knowledge = conclude(answers_of(token, operations))
    assert knowledge is not None
    assert knowledge.granted & token == knowledge.granted
    assert not knowledge.missing & token


@given(requirements, tokens)
def test_everything_that_follows_is_concluded_and_nothing_else(
    operations: list[tuple[int, ...]], token: int
) -> None:
    answers = answers_of(token, operations)
    knowledge = conclude_all(answers, about=EVERYTHING)
    possible = possible_tokens(answers)
    assert knowledge is not None
    for scope in bits_of(EVERYTHING):
        holders = [bool(scope & one) for one in possible]
        assert bool(scope & knowledge.granted) == all(holders)
        assert bool(scope & knowledge.missing) == (not any(holders))


@given(requirements, st.lists(st.booleans(), min_size=7, max_size=7), st.integers(0, EVERYTHING), tokens)
def test_a_token_that_explains_all_is_found_if_there_is_one(
    operations: list[tuple[int, ...]], outcomes: list[bool], granted: int, other: int
) -> None:
    missing = other & ~granted
    answers = [Answered(key, needs, outcomes[key]) for key, needs in enumerate(operations)]
    explaining = [one for one in possible_tokens(answers) if one & granted == granted and not one & missing]
    assert can_explain(answers, granted=granted, missing=missing) == bool(explaining)


@given(requirements, st.lists(st.booleans(), min_size=7, max_size=7))
def test_answers_that_contradict_each_other_are_found_out(
    operations: list[tuple[int, ...]], outcomes: list[bool]
) -> None:
    answers = [Answered(key, needs, outcomes[key]) for key, needs in enumerate(operations)]
    if possible_tokens(answers):
        assert conclude_all(answers, about=EVERYTHING) is not None
        return
    assert conclude_all(answers, about=EVERYTHING) is None
    core = [one for one in answers if one.key in contradicting(answers)]
    assert not possible_tokens(core)
    for one in core:
        assert possible_tokens([other for other in core if other is not one])


@given(requirements, tokens)
def test_the_answers_named_for_a_conclusion_are_enough_for_it(
    operations: list[tuple[int, ...]], token: int
) -> None:
    answers = answers_of(token, operations)
    knowledge = conclude_all(answers, about=EVERYTHING)
    assert knowledge is not None
    for scope in bits_of(knowledge.decided):
        why = knowledge.why[scope]
        named = [one for one in answers if one.key in why.keys]
        for possible in possible_tokens(named):
            if all(bool(bit & possible) == bool(bit & token) for bit in bits_of(why.known)):
                assert bool(scope & possible) == bool(scope & token)
