"""The scopes advised are the fewest that open everything, and what is called unused is for nothing."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ownkey.scopes.advice import MOST_SCOPES, redundant_scopes, smallest_scopes, unused_scopes
from ownkey.scopes.catalogue import Catalogue, Operation
from ownkey.scopes.profiles import PLANNING
from ownkey.scopes.requirement import Requirement, is_classic

SCOPES = ["read:jira-work", "write:jira-work", "read:a:jira", "read:b:jira", "write:a:jira", "write:b:jira"]
requirements = st.lists(st.frozensets(st.sampled_from(SCOPES), max_size=3), min_size=1, max_size=3).map(
    lambda sets: Requirement(tuple(sets))
)


def operations(of: list[Requirement]) -> list[Operation]:
    return [
        Operation("GET", f"/{number}", str(number), requirement, reads=True, api="platform")
        for number, requirement in enumerate(of)
    ]


@given(st.lists(requirements, max_size=6))
def test_no_smaller_set_opens_everything(wanted: list[Requirement]) -> None:
    advice = smallest_scopes(operations(wanted))
    enough = [
        frozenset(chosen)
        for size in range(len(SCOPES) + 1)
        for chosen in combinations(SCOPES, size)
        if all(requirement.is_satisfied_by(chosen) for requirement in wanted)
    ]
    smallest = min(enough, key=lambda scopes: (len(scopes), sum(not is_classic(scope) for scope in scopes)))
    assert advice.is_smallest
    assert all(requirement.is_satisfied_by(advice.scopes) for requirement in wanted)
    assert len(advice.scopes) == len(smallest)
    assert sum(map(is_classic, advice.scopes)) == sum(map(is_classic, smallest))


@given(st.lists(requirements, max_size=6), st.frozensets(st.sampled_from(SCOPES)))
def test_unused_scopes_can_be_left_out_together_and_no_others(
    wanted: list[Requirement], held: frozenset[str]
) -> None:
    listed = operations(wanted)
    kept = held - unused_scopes(held, listed)

    def opened(scopes: frozenset[str]) -> list[bool]:
        return [requirement.is_satisfied_by(scopes) for requirement in wanted]

    assert opened(kept) == opened(held)
    assert all(opened(kept - {scope}) != opened(held) for scope in kept)


def test_what_no_token_can_do_is_told_apart() -> None:
    closed, possible = operations([Requirement(()), Requirement((frozenset({"read:a:jira"}),))])
    advice = smallest_scopes([closed, possible])
    assert (advice.scopes, advice.closed, advice.fits) == (frozenset({"read:a:jira"}), (closed,), True)


def test_all_of_jira_does_not_fit_one_token(catalogue: Catalogue) -> None:
    advice = smallest_scopes(catalogue.operations)
    assert len(advice.scopes) > MOST_SCOPES
    assert not advice.fits
    assert all(
        one.requirement.is_closed or one.requirement.is_satisfied_by(advice.scopes)
        for one in catalogue.operations
    )


def test_classic_scopes_are_chosen_for_common_work(catalogue: Catalogue) -> None:
    names = ["GET /rest/api/3/search/jql", "POST /rest/api/3/issue", "GET /rest/api/3/myself"]
    advice = smallest_scopes(map(catalogue.operation, names))
    assert advice.scopes == {"read:jira-work", "write:jira-work", "read:jira-user"}


def test_scopes_that_recorded_calls_never_used_are_told(catalogue: Catalogue) -> None:
    called = [
        catalogue.operation("GET /rest/api/3/search/jql"),
        catalogue.operation("GET /rest/agile/1.0/board"),
    ]
    used = {"read:jira-work", "read:board-scope:jira-software", "read:project:jira"}
    assert unused_scopes(PLANNING.scopes, called) == PLANNING.scopes - used


def test_redundant_scopes_open_nothing_that_the_rest_does_not(catalogue: Catalogue) -> None:
    redundant = redundant_scopes({"write:jira-work", "delete:comment:jira", "read:jira-user"}, catalogue)
    assert redundant == {"delete:comment:jira"}
