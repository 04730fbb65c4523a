"""A check never says granted, missing or covered where that is not so, ends soon, and tells what it can."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.scopes.catalogue import Catalogue, Operation, load_catalogue
from ownkey.scopes.inference import MOST_ROUNDS, Inference, Outcome, ScopeState
from ownkey.scopes.probes import is_probed
from ownkey.scopes.profiles import PLANNING, PRESETS, ScopeProfile
from ownkey.scopes.requirement import Requirement
from tests.scopes.conftest import Checked, check_token

Check = Callable[..., Checked]

ALL_SCOPES = sorted(load_catalogue().scopes)
COVERED_BY_WRITING = {"delete:async-task:jira", "delete:attachment:jira", "delete:comment:jira"}
NOT_TOLD_APART = {
    "nearly-everything": {
        "manage:jira-webhook",
        "manage:servicedesk-customer",
        "read:jira-user",
        "write:servicedesk-request",
    },
    # They open nothing that another scope of the fifteen does not open as well.
    "main-account": {"read:issue-link-type:jira", "read:issue-type:jira"},
}


def some_scopes(source: random.Random) -> frozenset[str]:
    """Return scopes as tokens have them: few or many of all, and often those of the planning profile."""
    share, planned = source.choice([0.0, 0.02, 0.1, 0.5, 0.9]), source.choice([None, 0.0, 0.5, 0.9, 1.0])
    found = {scope for scope in ALL_SCOPES if source.random() < share}
    if planned is not None:
        found -= PLANNING.scopes
        found |= {scope for scope in sorted(PLANNING.scopes) if source.random() < planned}
    return frozenset(found)


def states(checked: Checked, required: frozenset[str]) -> dict[str, ScopeState]:
    return {scope: checked.inference.state_of(scope) for scope in required}


def assert_sound(
    catalogue: Catalogue, checked: Checked, token: frozenset[str], required: frozenset[str]
) -> None:
    inference: Inference = checked.inference
    assert inference.granted <= token
    assert not inference.missing & token
    for scope, state in states(checked, required).items():
        assert inference.because(scope)
        assert state is not ScopeState.GRANTED or scope in token
        assert state is not ScopeState.MISSING or scope not in token
        if state is ScopeState.COVERED:
            for operation in catalogue.operations_needing(scope):
                assert operation.requirement.is_satisfied_by(token - {scope})
    for operation in catalogue.operations[:: max(1, len(catalogue.operations) // 40)]:
        told = inference.outcome_of(operation)
        truth = Outcome.MET if operation.requirement.is_satisfied_by(token) else Outcome.UNMET
        assert told in {truth, Outcome.UNDECIDED}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.sampled_from([0.0, 0.0, 0.2, 0.7]))
def test_no_claim_is_wrong_for_any_token_and_any_required_scopes(
    seed: int,
    may_write: bool,  # noqa: FBT001
    failing: float,
) -> None:
    source, catalogue = random.Random(seed), load_catalogue()  # noqa: S311
    token = some_scopes(source)
    required = source.choice([PLANNING.scopes, frozenset(source.sample(ALL_SCOPES, source.randint(1, 30)))])
    checked = check_token(
        catalogue,
        token,
        required,
        fails=lambda _: source.random() < failing,
        allow_write_probes=may_write,
        asks_myself=source.random() < 0.8,
    )
    assert len(checked.rounds) <= MOST_ROUNDS
    assert_sound(catalogue, checked, token, required)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_nearly_everything_that_all_harmless_requests_would_tell_is_told(seed: int) -> None:
    source, catalogue = random.Random(seed), load_catalogue()  # noqa: S311
    token = frozenset(scope for scope in PLANNING.scopes if source.random() < source.choice([0.3, 0.7, 0.95]))
    checked = check_token(catalogue, token, PLANNING.scopes)
    all_knowing = Inference(catalogue, PLANNING.scopes, nonce="n")
    for operation in filter(is_probed, catalogue.operations):
        met = operation.requirement.is_satisfied_by(token)
        all_knowing.observe(operation, Outcome.MET if met else Outcome.UNMET)
    for scope in PLANNING.scopes:
        assert checked.inference.state_of(scope) is all_knowing.state_of(scope)


def test_a_whole_planning_token_is_proved_in_one_round(catalogue: Catalogue, check: Check) -> None:
    checked = check(catalogue, PLANNING.scopes, PLANNING.scopes)
    assert {
        scope for scope, state in states(checked, PLANNING.scopes).items() if state is ScopeState.COVERED
    } == (COVERED_BY_WRITING)
    assert set(states(checked, PLANNING.scopes).values()) == {ScopeState.GRANTED, ScopeState.COVERED}
    (probes,) = checked.rounds
    assert len(probes) <= 24


@pytest.mark.parametrize("absent", sorted(PLANNING.scopes))
def test_the_one_missing_scope_is_named(catalogue: Catalogue, check: Check, absent: str) -> None:
    checked = check(catalogue, PLANNING.scopes - {absent}, PLANNING.scopes)
    found = states(checked, PLANNING.scopes)
    assert found[absent] is (ScopeState.COVERED if absent in COVERED_BY_WRITING else ScopeState.MISSING)
    others = {state for scope, state in found.items() if scope != absent}
    allowed = {ScopeState.GRANTED, ScopeState.COVERED}
    if absent in {"write:jira-work", "read:board-scope:jira-software"}:
        # Without it, nothing that another scope opens can be asked for any more.
        allowed |= {ScopeState.UNKNOWN}
    assert others <= allowed
    assert len(checked.rounds) <= 2
    assert sum(map(len, checked.rounds)) <= 30


def test_without_writing_the_delete_scopes_are_decided_one_by_one(catalogue: Catalogue, check: Check) -> None:
    checked = check(catalogue, PLANNING.scopes - {"write:jira-work"}, PLANNING.scopes)
    found = states(checked, PLANNING.scopes)
    assert found["delete:attachment:jira"] is ScopeState.GRANTED
    assert found["delete:async-task:jira"] is ScopeState.GRANTED
    # Deleting a comment takes delete:comment.property:jira as well, which this token lacks.
    assert found["delete:comment:jira"] is ScopeState.UNKNOWN
    token = PLANNING.scopes - {"write:jira-work"} | {"delete:comment.property:jira"}
    again = check(catalogue, token, PLANNING.scopes)
    assert again.inference.state_of("delete:comment:jira") is ScopeState.GRANTED


@pytest.mark.parametrize("profile", PRESETS.values(), ids=lambda profile: profile.name)
def test_a_preset_is_proved_in_two_rounds(catalogue: Catalogue, check: Check, profile: ScopeProfile) -> None:
    checked = check(catalogue, profile.scopes, profile.scopes)
    unknown = {
        scope for scope, state in states(checked, profile.scopes).items() if state is ScopeState.UNKNOWN
    }
    # With so many scopes granted, nothing shows which of two that open the same thing is there.
    assert unknown <= NOT_TOLD_APART.get(profile.name, set())
    assert ScopeState.MISSING not in states(checked, profile.scopes).values()
    assert len(checked.rounds) <= 2


@pytest.mark.parametrize("token", [frozenset(), frozenset(ALL_SCOPES)], ids=["no scope", "every scope"])
def test_the_emptiest_and_the_fullest_token_are_told(
    catalogue: Catalogue, check: Check, token: frozenset[str]
) -> None:
    checked = check(catalogue, token, PLANNING.scopes)
    assert_sound(catalogue, checked, token, PLANNING.scopes)
    undecided = [
        scope for scope, state in states(checked, PLANNING.scopes).items() if state is ScopeState.UNKNOWN
    ]
    assert len(undecided) <= 2


def test_no_answer_means_unknown_and_an_end(catalogue: Catalogue, check: Check) -> None:
    checked = check(catalogue, PLANNING.scopes, PLANNING.scopes, fails=lambda _: True, asks_myself=False)
    assert set(states(checked, PLANNING.scopes).values()) == {ScopeState.UNKNOWN}
    assert len(checked.rounds) == 1
    assert "did not answer" in checked.inference.because("read:jira-work")


def test_an_unanswered_request_is_made_up_for_by_another(catalogue: Catalogue, check: Check) -> None:
    first = check(catalogue, PLANNING.scopes, PLANNING.scopes).rounds[0]
    (unlucky,) = [one for one in first if one.operation.path == "/rest/agile/1.0/board/{boardId}/sprint"]
    checked = check(catalogue, PLANNING.scopes, PLANNING.scopes, fails=lambda probe: probe == unlucky)
    assert checked.inference.state_of("read:sprint:jira-software") is ScopeState.GRANTED
    assert unlucky not in checked.rounds[1]


def test_asking_twice_returns_the_same_probes(catalogue: Catalogue) -> None:
    inference = Inference(catalogue, PLANNING.scopes, nonce="n")
    assert inference.next_probes() == inference.next_probes() != ()


def test_without_write_probes_what_only_writing_decides_stays_unknown(
    catalogue: Catalogue, check: Check
) -> None:
    checked = check(catalogue, PLANNING.scopes, PLANNING.scopes, allow_write_probes=False)
    assert checked.inference.state_of("read:jira-work") is ScopeState.GRANTED
    assert checked.inference.state_of("delete:build-info:jira") is ScopeState.UNKNOWN
    assert checked.inference.because("delete:build-info:jira") == "no harmless request decides this scope"


def test_a_scope_that_no_file_names_stays_unknown(catalogue: Catalogue, check: Check) -> None:
    checked = check(catalogue, {"read:jira-work"}, {"read:jira-work", "read:nothing:jira"})
    assert checked.inference.state_of("read:nothing:jira") is ScopeState.UNKNOWN
    assert checked.inference.because("read:nothing:jira") == "no operation in Atlassian's files needs it"


def test_reasons_name_the_request_that_decided(catalogue: Catalogue, check: Check) -> None:
    inference = check(catalogue, PLANNING.scopes - {"delete:build-info:jira"}, PLANNING.scopes).inference
    builds = "DELETE /rest/builds/0.1/pipelines/{pipelineId}/builds/{buildNumber}"
    assert inference.because("delete:build-info:jira") == f"refused: {builds}"
    assert (
        inference.because("read:epic:jira-software") == "answered by GET /rest/agile/1.0/board/{boardId}/epic"
    )
    assert inference.because("delete:comment:jira") == "write:jira-work already allows all of this"
    assert inference.because("read:jira-user").startswith("answered by GET /rest/api/3/myself, where read:")
    assert Inference(catalogue, PLANNING.scopes, nonce="n").because("read:jira-work") == "not asked yet"


def test_an_ambiguous_operation_proves_nothing(catalogue: Catalogue) -> None:
    inference = Inference(catalogue, PLANNING.scopes, nonce="n")
    inference.observe(catalogue.operation("GET /rest/api/3/task/{taskId}"), Outcome.MET)
    inference.observe(catalogue.operation("GET /rest/api/3/serverInfo"), Outcome.MET)
    assert inference.granted == inference.missing == frozenset()


def test_a_failed_request_takes_no_proof_away(catalogue: Catalogue) -> None:
    inference = Inference(catalogue, PLANNING.scopes, nonce="n")
    sprints = catalogue.operation("GET /rest/agile/1.0/board/{boardId}/sprint")
    inference.observe(sprints, Outcome.MET)
    inference.observe(sprints, Outcome.UNDECIDED)
    assert inference.granted == {"read:sprint:jira-software"}


def small_catalogue(*requirements: list[set[str]]) -> Catalogue:
    return Catalogue(
        Operation(
            "GET",
            f"/{number}",
            str(number),
            Requirement(tuple(map(frozenset, sets))),
            reads=True,
            api="platform",
        )
        for number, sets in enumerate(requirements)
    )


def test_answers_that_contradict_each_other_prove_nothing() -> None:
    catalogue = small_catalogue([{"a"}], [{"a"}, {"b"}], [{"c"}])
    inference = Inference(catalogue, frozenset("abc"), nonce="n")
    one, other, third = catalogue.operations
    inference.observe(one, Outcome.MET)
    inference.observe(other, Outcome.UNMET)
    inference.observe(third, Outcome.MET)
    assert (inference.granted, inference.missing) == (frozenset("c"), frozenset())


def test_what_follows_only_by_cases_is_concluded_and_explained() -> None:
    catalogue = small_catalogue([{"a"}, {"b"}], [{"a"}, {"c"}], [{"b", "c"}])
    inference = Inference(catalogue, frozenset("abc"), nonce="n")
    for operation, outcome in zip(
        catalogue.operations, [Outcome.MET, Outcome.MET, Outcome.UNMET], strict=True
    ):
        inference.observe(operation, outcome)
    assert inference.state_of("a") is ScopeState.GRANTED
    assert inference.because("a") == "follows from GET /0, GET /1 and GET /2 together"


small_sets = st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=3)


@settings(deadline=None)
@given(
    st.lists(small_sets, min_size=1, max_size=7),
    st.sets(st.sampled_from("abcde")),
    st.sets(st.sampled_from("abcde")),
)
def test_small_catalogues_are_told_truly(
    requirements: list[list[set[str]]], token: set[str], required: set[str]
) -> None:
    catalogue = small_catalogue(*requirements)
    checked = check_token(catalogue, token, required, asks_myself=False)
    assert_sound(catalogue, checked, frozenset(token), frozenset(required & catalogue.scopes))
