"""What is counted, measured and logged tells what happened, and no secret."""

from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from ownkey.calls.means import ByClientKey
from ownkey.calls.upstream import BrokeOffError
from ownkey.calls.usage import Counted, Outcome, Usage
from ownkey.gateway.status_app import build_status_app
from tests.gateway.kit import (
    ALICE,
    ALICES_KEY,
    AUTHORIZATION,
    NOW,
    TOKEN,
    Client,
    FakeUpstream,
    Given,
    Grants,
    Sent,
    build,
)

ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"
NAME = "GET /rest/api/3/issue/{issueIdOrKey}"


async def fail(_: Sent) -> Given:
    raise BrokeOffError


async def test_every_call_is_counted_by_how_it_ended(upstream: FakeUpstream) -> None:
    gateway = build(upstream)
    client = Client(gateway)
    await client.ask("GET", ISSUE)
    await client.ask("GET", ISSUE)
    await client.ask("GET", "/jira/acme/secure/x")
    upstream.handler = fail
    await client.ask("GET", ISSUE)
    await Client(gateway, key=None).ask("GET", ISSUE)
    batch = gateway.drain_usage()
    means = ALICE.means
    assert batch.last_used_at == {means: NOW}
    assert batch.calls == {
        Counted(means, NAME, Outcome.ANSWERED): 2,
        Counted(means, "none", Outcome.REFUSED): 1,
        Counted(means, NAME, Outcome.FAILED): 1,
    }
    assert gateway.drain_usage().is_empty


def test_a_batch_that_could_not_be_written_is_counted_on() -> None:
    usage = Usage()
    usage.record(means=ByClientKey("a"), operation=NAME, outcome=Outcome.ANSWERED, at=NOW)
    batch = usage.drain()
    later = NOW + timedelta(minutes=1)
    usage.record(means=ByClientKey("a"), operation=NAME, outcome=Outcome.ANSWERED, at=later)
    usage.give_back(batch)
    again = usage.drain()
    assert (again.calls, again.last_used_at) == (
        {Counted(ByClientKey("a"), NAME, Outcome.ANSWERED): 2},
        {ByClientKey("a"): later},
    )


async def test_metrics_are_told_in_prometheus_words(upstream: FakeUpstream) -> None:
    gateway = build(upstream)
    await Client(gateway).ask("GET", ISSUE)
    await Client(gateway, key=None).ask("GET", ISSUE)
    text = (await Client(build_status_app(gateway)).ask("GET", "/metrics")).body.decode()
    assert 'ownkey_gateway_calls_total{outcome="answered",status="200"} 1.0' in text
    assert 'ownkey_gateway_refusals_total{code="client-key-refused"} 1.0' in text
    assert "ownkey_gateway_call_seconds_bucket" in text
    assert "ownkey_gateway_open_calls 0.0" in text
    assert "ACME" not in text


async def test_readiness_follows_the_grants(upstream: FakeUpstream, grants: Grants) -> None:
    status = Client(build_status_app(build(upstream, grants=grants)))
    assert (await status.ask("GET", "/readyz")).status == 200
    grants.is_away = True
    assert (await status.ask("GET", "/readyz")).status == 503
    assert (await status.ask("GET", "/healthz")).status == 200
    assert (await status.ask("GET", "/else")).status == 404


@pytest.mark.parametrize("ends", ["answered", "refused", "broken", "fault"])
async def test_no_secret_and_no_path_is_logged(upstream: FakeUpstream, ends: str) -> None:
    async def crash(_: Sent) -> Given:
        raise KeyError(AUTHORIZATION)

    match ends:
        case "broken":
            upstream.handler = fail
        case "fault":
            upstream.handler = crash
    structlog.reset_defaults()
    with capture_logs() as logs:
        gateway = build(upstream)
        path = "/jira/acme/secure/ACME-1" if ends == "refused" else ISSUE
        answer = await Client(gateway).ask("GET", path, query="jql=salary")
    logged = repr(logs)
    assert logs
    assert answer.header("ownkey-request-id") is not None
    for secret in (TOKEN, ALICES_KEY.secret, AUTHORIZATION.decode(), "salary", "ACME-1"):
        assert secret not in logged
    assert {line["request_id"] for line in logs} == {(answer.header("ownkey-request-id") or b"").decode()}


async def test_a_fault_of_our_own_is_a_problem_without_details(upstream: FakeUpstream) -> None:
    async def crash(_: Sent) -> Given:
        raise KeyError(AUTHORIZATION)

    upstream.handler = crash
    with capture_logs():
        answer = await Client(build(upstream)).ask("GET", ISSUE)
    assert (answer.status, answer.code) == (500, "fault")
    assert b"KeyError" not in answer.body


def test_nothing_that_holds_a_secret_shows_it(grants: Grants) -> None:
    snapshot = grants.of_key(ALICES_KEY.key_id)
    assert AUTHORIZATION.decode() not in repr(snapshot)
    assert ALICES_KEY.secret not in repr(ALICES_KEY)
