"""The same check over real sockets against the sandbox, a program that was written from the same facts."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from ownkey.atlassian.check import CheckRequest, Event, Report, Verdict, run_check
from ownkey.atlassian.client import ClientLimits, open_client
from ownkey.atlassian.sites import Addresses, parse_site
from ownkey.atlassian.verdicts import Reason
from ownkey.atlassian.wire import Authentication, Credential
from ownkey.scopes.inference import ScopeState
from ownkey.secret import Secret
from tests.atlassian.fake_atlassian import ADA, PLANNING_SCOPES, profile_of, report_of
from tests.sandbox_process import Sandbox, running_sandbox

ALL = frozenset(PLANNING_SCOPES)
SCOPED = Authentication.SCOPED_API_TOKEN
UNSCOPED = Authentication.UNSCOPED_API_TOKEN


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.reset()
    yield running
    running.reset()


async def events_of(
    sandbox: Sandbox,
    token: str,
    *,
    authentication: Authentication = SCOPED,
    login: str = ADA,
    total_s: float = 10.0,
    **more: Any,  # noqa: ANN401 — whatever a CheckRequest takes
) -> list[Event]:
    addresses = Addresses(api_url=sandbox.url, trusted_sites=frozenset({sandbox.url}), id_url=sandbox.url)
    request = CheckRequest(
        site=parse_site(sandbox.url, addresses=addresses, data_center=not authentication.is_cloud),
        credential=Credential(authentication, login, Secret(token)),
        profile=profile_of(*PLANNING_SCOPES),
        addresses=addresses,
        **more,
    )
    async with open_client(addresses, limits=ClientLimits(total_s=total_s)) as client:
        return [event async for event in run_check(request, client)]


async def checked(sandbox: Sandbox, token: str, **how: Any) -> Report:  # noqa: ANN401 — as above
    return report_of(await events_of(sandbox, token, **how))


async def test_a_token_with_all_scopes_is_connected_and_nothing_changes(sandbox: Sandbox) -> None:
    before = sandbox.fingerprint()
    report = await checked(sandbox, sandbox.make_token(ADA, ALL))
    assert report.verdict is Verdict.CONNECTED
    assert report.cloud_id == sandbox.cloud_id
    assert report.identity is not None
    assert report.identity.display_name == "Ada Lovelace"
    assert {finding.state for finding in report.scopes} <= {ScopeState.GRANTED, ScopeState.COVERED}
    assert sandbox.fingerprint() == before
    assert sandbox.effects() == []


@pytest.mark.parametrize("absent", PLANNING_SCOPES)
async def test_a_single_missing_scope_is_found_and_no_other_blamed(sandbox: Sandbox, absent: str) -> None:
    report = await checked(sandbox, sandbox.make_token(ADA, ALL - {absent}))
    states = {finding.scope: finding.state for finding in report.scopes}
    if states[absent] is not ScopeState.COVERED:
        assert states[absent] is ScopeState.MISSING
        assert (report.verdict, report.reason) == (Verdict.GAPS, Reason.SCOPES_MISSING)
        assert absent in report.next_step
    del states[absent]
    assert ScopeState.MISSING not in states.values()


async def test_a_revoked_token_is_refused_and_sent_once(sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, ALL)
    sandbox.revoke(token)
    report = await checked(sandbox, token)
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.CREDENTIAL_REFUSED)
    assert report.trace_id
    assert len([entry for entry in sandbox.requests() if "tenant_info" not in entry["path"]]) == 1


async def test_an_expired_token_is_refused(sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, ALL)
    sandbox.expire(token)
    assert (await checked(sandbox, token)).verdict is Verdict.REFUSED


async def test_a_wrong_address_is_refused(sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, ALL)
    assert (await checked(sandbox, token, login="bo@acme.example")).verdict is Verdict.REFUSED


async def test_the_two_kinds_of_token_are_not_taken_for_each_other(sandbox: Sandbox) -> None:
    scoped, unscoped = sandbox.make_token(ADA, ALL), sandbox.make_token(ADA)
    assert (await checked(sandbox, unscoped)).reason == Reason.CREDENTIAL_REFUSED
    assert (await checked(sandbox, scoped, authentication=UNSCOPED)).reason == Reason.CREDENTIAL_REFUSED
    assert (await checked(sandbox, unscoped, authentication=UNSCOPED)).verdict is Verdict.CONNECTED


async def test_another_persons_token_is_refused(sandbox: Sandbox) -> None:
    token = sandbox.make_token("bo@acme.example", ALL)
    report = await checked(sandbox, token, login="bo@acme.example", expected_email=ADA)
    assert (report.verdict, report.reason) == (Verdict.REFUSED, Reason.ANOTHER_PERSON)


async def test_a_wrong_cloud_id_is_told_from_missing_scopes(sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, ALL)
    report = await checked(sandbox, token, cloud_id="00000000-0000-4000-8000-000000000000")
    assert report.reason == Reason.WRONG_CLOUD_ID_OR_NO_SCOPES


async def test_without_the_scope_to_say_whose_it_is_the_rest_is_checked(sandbox: Sandbox) -> None:
    report = await checked(sandbox, sandbox.make_token(ADA, ALL - {"read:jira-user"}))
    assert (report.verdict, report.reason) == (Verdict.GAPS, Reason.SCOPES_MISSING)
    assert report.identity is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 429}, "site_rate_limited"),
        ({"status": 500}, "site_down"),
        ({"status": 404}, "site_missing"),
        ({"html": True}, "site_html"),
        ({"cut": True}, "site_cut"),
        ({"huge_bytes": 1_000_000}, "site_huge"),
        ({"delay_ms": 5_000}, "site_slow"),
        ({"drip_ms": 1_000}, "site_slow"),
        ({"redirect": "https://acme-new.atlassian.net/_edge/tenant_info"}, "site_moved"),
    ],
    ids=str,
)
async def test_trouble_at_the_site_is_told_and_no_credential_sent(
    sandbox: Sandbox, fault: dict[str, Any], code: str
) -> None:
    token = sandbox.make_token(ADA, ALL)
    sandbox.faults({**fault, "path": "/_edge/"})
    # However busy this machine is, only what answers late by the fault's own doing is slow.
    report = await checked(sandbox, token, total_s=0.5 if code == "site_slow" else 60)
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, code)
    assert not [entry for entry in sandbox.requests() if entry["path"].startswith("/ex/")]


@pytest.mark.parametrize(
    "fault",
    [{"status": 429}, {"status": 503}, {"html": True, "status": 403}, {"cut": True}],
    ids=str,
)
async def test_trouble_in_the_middle_proves_nothing(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    token = sandbox.make_token(ADA, ALL)
    sandbox.faults({**fault, "path": "/rest/agile/"})
    report = await checked(sandbox, token)
    assert (report.verdict, report.reason) == (Verdict.UNREACHABLE, Reason.INCONCLUSIVE)
    assert not [finding for finding in report.scopes if finding.state is ScopeState.MISSING]
    assert report.identity is not None


async def test_a_short_rate_limit_in_the_middle_is_sat_out(sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, ALL)
    sandbox.faults({"path": "/rest/agile/", "status": 429, "retry_after": 1, "times": 1})
    assert (await checked(sandbox, token)).verdict is Verdict.CONNECTED


@pytest.fixture
def untouched() -> Iterator[Sandbox]:
    """Return a sandbox of one's own: no other test's late answer is in its log."""
    with running_sandbox() as sandbox:
        yield sandbox


async def test_whoever_stops_listening_stops_the_check(untouched: Sandbox) -> None:
    sandbox = untouched
    token = sandbox.make_token(ADA, ALL)
    addresses = Addresses(api_url=sandbox.url, trusted_sites=frozenset({sandbox.url}))
    request = CheckRequest(
        site=parse_site(sandbox.url, addresses=addresses),
        credential=Credential(SCOPED, ADA, Secret(token)),
        profile=profile_of(*PLANNING_SCOPES),
        addresses=addresses,
    )
    async with open_client(addresses) as client:
        events = run_check(request, client)
        await anext(events)
        await events.aclose()
    assert len(asyncio.all_tasks()) == 1
    assert [entry["path"] for entry in sandbox.requests()] == ["/_edge/tenant_info"]


@pytest.mark.parametrize("allow_write_probes", [True, False])
async def test_probes_have_no_effect_for_an_administrator_with_all_scopes(
    sandbox: Sandbox,
    allow_write_probes: bool,  # noqa: FBT001 — a table's column
) -> None:
    grace = "grace@acme.example"
    before = sandbox.fingerprint()
    report = await checked(
        sandbox, sandbox.make_token(grace, ALL), login=grace, allow_write_probes=allow_write_probes
    )
    assert report.verdict is Verdict.CONNECTED
    assert sandbox.fingerprint() == before


@pytest.fixture(scope="module")
def data_center() -> Iterator[Sandbox]:
    with running_sandbox(data_center=True) as sandbox:
        yield sandbox


async def test_data_center_takes_a_personal_access_token(data_center: Sandbox) -> None:
    token = data_center.make_token(ADA, app="data-center")
    report = await checked(data_center, token, authentication=Authentication.PERSONAL_ACCESS_TOKEN, login="")
    assert report.verdict is Verdict.CONNECTED
    assert report.identity is not None
    assert report.identity.email == ADA
    refused = await checked(
        data_center, "another", authentication=Authentication.PERSONAL_ACCESS_TOKEN, login=""
    )
    assert (refused.verdict, refused.reason) == (Verdict.REFUSED, Reason.CREDENTIAL_REFUSED)


async def test_a_locked_data_center_account_is_sent_to_the_captcha(data_center: Sandbox) -> None:
    data_center.reset()
    reasons = [
        (await checked(data_center, "wrong", authentication=Authentication.PASSWORD, login="bo")).reason
        for _ in range(4)
    ]
    assert reasons == [*[Reason.CREDENTIAL_REFUSED] * 3, Reason.CAPTCHA]
