"""For any token, any profile and any trouble, a check claims only what is so, and stops in time."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownkey.atlassian.check import ScopeDecided, Verdict
from ownkey.atlassian.verdicts import VERDICTS, Reason
from ownkey.atlassian.wire import Answer, NoAnswer, NoAnswerCause, WireRequest
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.inference import ScopeState
from tests.atlassian.fake_atlassian import (
    GATEWAY,
    PLANNING_SCOPES,
    RATE_LIMITED,
    REFUSED,
    SITE,
    FakeAtlassian,
    json_answer,
    play,
    profile_of,
    report_of,
    request_for,
)

ALL_SCOPES = tuple(sorted(load_catalogue().scopes))
TROUBLE: tuple[Answer | NoAnswer, ...] = (
    Answer(500),
    Answer(503),
    Answer(429),
    RATE_LIMITED,
    NoAnswer(NoAnswerCause.TIMED_OUT),
    NoAnswer(NoAnswerCause.CUT),
    Answer(404),
    Answer(403, (("content-type", "text/html"),), b"<html>"),
    json_answer(404, {"code": 404, "message": "Not Found"}),
    json_answer(410, {"code": 410, "message": "Gone"}),
)

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
profiles = st.just(PLANNING_SCOPES) | st.lists(
    st.sampled_from(ALL_SCOPES), min_size=1, max_size=20, unique=True
).map(tuple)
seeds = st.integers(0, 2**32)


@st.composite
def held_scopes(draw: st.DrawFn, profile: tuple[str, ...]) -> frozenset[str]:
    """Return what a token holds: most of the profile, and some of everything else."""
    absent = draw(st.sets(st.sampled_from(profile)))
    beside = draw(st.sets(st.sampled_from(ALL_SCOPES), max_size=30))
    return (frozenset(profile) - absent) | beside


@few
@given(data=st.data(), profile=profiles, seed=seeds, allow_write_probes=st.booleans())
def test_no_scope_is_called_granted_or_missing_that_is_not(
    data: st.DataObject,
    profile: tuple[str, ...],
    seed: int,
    allow_write_probes: bool,  # noqa: FBT001 — drawn by Hypothesis
) -> None:
    held = data.draw(held_scopes(profile))
    order = random.Random(seed)  # noqa: S311 — an order, not a secret
    atlassian = FakeAtlassian(scopes=held)
    events = play(
        request_for(profile_of(*profile), allow_write_probes=allow_write_probes), atlassian, order=order
    )
    report = report_of(events)
    told = [(event.scope, event.state) for event in events if isinstance(event, ScopeDecided)]
    told += [(finding.scope, finding.state) for finding in report.scopes]
    for scope, state in told:
        assert state is not ScopeState.GRANTED or scope in held
        assert state is not ScopeState.MISSING or scope not in held
    if frozenset(profile) <= held:
        assert report.verdict is Verdict.CONNECTED
    if report.verdict is Verdict.CONNECTED:
        assert all(finding.state is not ScopeState.MISSING for finding in report.scopes)
    assert allow_write_probes or {request.method for request in atlassian.requests} == {"GET"}


@few
@given(data=st.data(), profile=profiles, seed=seeds, share=st.sampled_from([0.05, 0.3, 0.9]))
def test_trouble_on_the_way_adds_no_false_claim(
    data: st.DataObject, profile: tuple[str, ...], seed: int, share: float
) -> None:
    held = data.draw(held_scopes(profile))
    order = random.Random(seed)  # noqa: S311 — an order, not a secret

    def fault(request: WireRequest) -> Answer | NoAnswer | None:
        is_probe = request.door is not None and not request.url.endswith("/myself")
        return order.choice(TROUBLE) if is_probe and order.random() < share else None

    atlassian = FakeAtlassian(scopes=held, fault=fault)
    report = report_of(play(request_for(profile_of(*profile)), atlassian, order=order))
    for finding in report.scopes:
        assert finding.state is not ScopeState.GRANTED or finding.scope in held
        assert finding.state is not ScopeState.MISSING or finding.scope not in held
    if report.reason in set(Reason):
        assert VERDICTS[Reason(report.reason)] is report.verdict


@few
@given(data=st.data(), profile=profiles, seed=seeds, accepted=st.integers(0, 25))
def test_after_a_refusal_the_credential_is_not_sent_again(
    data: st.DataObject, profile: tuple[str, ...], seed: int, accepted: int
) -> None:
    held = data.draw(held_scopes(profile))
    signed_in = 0

    def refuse_after(request: WireRequest) -> Answer | None:
        nonlocal signed_in
        signed_in += request.door is not None
        return REFUSED if request.door is not None and signed_in > accepted else None

    atlassian = FakeAtlassian(scopes=held, fault=refuse_after)
    report = report_of(
        play(request_for(profile_of(*profile)), atlassian, order=random.Random(seed))  # noqa: S311 — as above
    )
    assert len(atlassian.signed_in) <= accepted + 2, "but for the question whether that was a verdict"
    if len(atlassian.signed_in) > accepted:
        assert report.verdict is Verdict.REFUSED


@few
@given(data=st.data(), profile=profiles)
def test_a_credential_goes_to_the_gateway_alone_and_the_site_gets_none(
    data: st.DataObject, profile: tuple[str, ...]
) -> None:
    atlassian = FakeAtlassian(scopes=data.draw(held_scopes(profile)))
    play(request_for(profile_of(*profile)), atlassian)
    for request in atlassian.requests:
        if request.door is None:
            assert request.url == f"{SITE.url}/_edge/tenant_info"
        else:
            assert request.url.startswith(f"{GATEWAY}/rest/") or request.url.startswith(f"{GATEWAY}/jsm/")
