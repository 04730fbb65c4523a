"""A requirement is met by any one of its scope sets held whole, and by nothing less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.scopes.requirement import Requirement, is_classic

SCOPES = [
    "read:jira-work",
    "write:jira-work",
    "read:issue:jira",
    "read:user:jira",
    "read:sprint:jira-software",
]
scope_sets = st.frozensets(st.sampled_from(SCOPES))
requirements = st.builds(Requirement, st.lists(scope_sets, max_size=4).map(tuple))


@given(requirements, scope_sets, scope_sets)
def test_granting_more_never_allows_less(
    requirement: Requirement, some: frozenset[str], more: frozenset[str]
) -> None:
    assert requirement.is_satisfied_by(some | more) or not requirement.is_satisfied_by(some)


@given(requirements, scope_sets)
def test_adding_what_is_missing_is_enough(requirement: Requirement, held: frozenset[str]) -> None:
    missing = requirement.missing_from(held)
    assert requirement.is_closed or requirement.is_satisfied_by(held | missing)
    assert bool(missing) == (not requirement.is_closed and not requirement.is_satisfied_by(held))


@given(requirements, scope_sets, scope_sets)
def test_nothing_smaller_than_what_is_missing_is_enough(
    requirement: Requirement, held: frozenset[str], added: frozenset[str]
) -> None:
    if requirement.is_satisfied_by(held | added):
        assert len(requirement.missing_from(held)) <= len(added)


@pytest.mark.parametrize(
    ("alternatives", "held", "missing"),
    [
        pytest.param(
            [["read:issue:jira"], ["read:jira-work"]], [], ["read:jira-work"], id="classic before granular"
        ),
        pytest.param(
            [["read:jira-work", "read:jira-user"], ["read:issue:jira"]],
            [],
            ["read:issue:jira"],
            id="fewest first",
        ),
        pytest.param(
            [["a:b:c", "d:e:f"], ["read:jira-work"]], ["a:b:c"], ["read:jira-work"], id="what is held counts"
        ),
        pytest.param([[]], [], [], id="no scope needed"),
        pytest.param([], [], [], id="no token may"),
    ],
)
def test_the_easiest_scopes_to_grant_are_named(
    alternatives: list[list[str]], held: list[str], missing: list[str]
) -> None:
    requirement = Requirement(tuple(map(frozenset, alternatives)))
    assert requirement.missing_from(held) == frozenset(missing)


def test_no_scope_needed_is_not_no_token_may() -> None:
    anybody, nobody = Requirement((frozenset(),)), Requirement(())
    assert (anybody.is_open, anybody.is_closed, anybody.is_satisfied_by([])) == (True, False, True)
    assert (nobody.is_open, nobody.is_closed, nobody.is_satisfied_by(SCOPES)) == (False, True, False)


def test_a_classic_scope_has_two_parts() -> None:
    assert is_classic("read:jira-work")
    assert not is_classic("read:sprint:jira-software")
