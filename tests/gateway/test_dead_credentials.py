"""A credential that Atlassian refused is held until its owner has tested it.

It is sent once by a call, and once more to ask who is signed in: an answer to a call is no verdict.
"""

import asyncio
import gzip
from dataclasses import replace

import pytest

from ownkey.calls.first_call import FirstCallGate
from ownkey.calls.rate_limits import RateLimiter
from tests.gateway.kit import (
    ALICES_CREDENTIAL,
    ALICES_KEY,
    BOBS_KEY,
    Client,
    FakeUpstream,
    Given,
    Grants,
    Sent,
    build,
    json_answer,
    until,
)

MYSELF = "/jira/acme/rest/api/3/myself"
ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"


def a_moment_ago() -> FirstCallGate:
    """Return gate for whom no time passes: after one good answer nobody waits."""
    return FirstCallGate(monotonic=lambda: 0.0)


CONFIRMATION = 1
"""The question who is signed in: asked once, whatever the number of calls that were refused."""
DEAD = json_answer(b'{"code":401,"message":"Unauthorized"}', status=401)


async def test_it_is_sent_once_and_then_held(alice: Client, upstream: FakeUpstream, grants: Grants) -> None:
    upstream.handler = DEAD
    first = await alice.ask("GET", MYSELF)
    second = await alice.ask("GET", ISSUE)
    await asyncio.sleep(0)
    assert (first.status, first.body, first.code) == (401, DEAD.body, None)
    assert (second.status, second.code) == (403, "credential-refused")
    assert len(upstream.sent) == 1 + CONFIRMATION
    assert grants.refused == [("alices", 1)]


async def test_others_credentials_go_on(upstream: FakeUpstream, grants: Grants) -> None:
    gateway = build(upstream, grants=grants)
    upstream.handler = DEAD
    await Client(gateway).ask("GET", ISSUE)
    upstream.handler = json_answer(b"{}")
    assert (await Client(gateway, key=BOBS_KEY).ask("GET", ISSUE)).status == 200
    assert (await Client(gateway).ask("GET", ISSUE)).status == 403


async def test_a_test_by_its_owner_lets_it_out_again(
    alice: Client, upstream: FakeUpstream, grants: Grants
) -> None:
    upstream.handler = DEAD
    await alice.ask("GET", MYSELF)
    upstream.handler = json_answer(b"{}")
    grants.set_credential(ALICES_KEY.key_id, replace(ALICES_CREDENTIAL, version=2))
    assert (await alice.ask("GET", MYSELF)).status == 200


async def test_of_many_at_once_one_goes_ahead(alice: Client, upstream: FakeUpstream, grants: Grants) -> None:
    go = asyncio.Event()

    async def refuse_after_a_while(_: Sent) -> Given:
        await go.wait()
        return DEAD

    upstream.handler = refuse_after_a_while
    at_once = [asyncio.create_task(alice.ask("GET", MYSELF)) for _ in range(5)]
    await until(lambda: upstream.sent)
    await asyncio.sleep(0)
    go.set()
    assert sorted(answer.status for answer in await asyncio.gather(*at_once)) == [401, 403, 403, 403, 403]
    assert len(upstream.sent) == 1 + CONFIRMATION
    assert grants.refused == [("alices", 1)]


async def test_what_is_in_flight_may_finish_and_nothing_new_leaves(
    upstream: FakeUpstream, grants: Grants
) -> None:
    alice = Client(build(upstream, grants=grants, gate=a_moment_ago()))
    upstream.handler = json_answer(b"{}")
    await alice.ask("GET", MYSELF)
    go = asyncio.Event()

    async def refuse_after_a_while(_: Sent) -> Given:
        await go.wait()
        return DEAD

    upstream.handler = refuse_after_a_while
    in_flight = [asyncio.create_task(alice.ask("GET", MYSELF)) for _ in range(5)]
    await until(lambda: len(upstream.sent) == 6)
    go.set()
    assert {answer.status for answer in await asyncio.gather(*in_flight)} == {401}
    assert {(await alice.ask("GET", MYSELF)).status for _ in range(5)} == {403}
    await asyncio.sleep(0)
    assert len(upstream.sent) == 6 + CONFIRMATION
    assert grants.refused == [("alices", 1)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            json_answer(b'{"code":401,"message":"Unauthorized; scope does not match"}', status=401), id="text"
        ),
        pytest.param(
            Given(
                401,
                [
                    (b"content-type", b"application/json"),
                    (b"content-encoding", b"gzip"),
                ],
                gzip.compress(b'{"code":401,"message":"Unauthorized; scope does not match"}'),
            ),
            id="compressed",
        ),
        pytest.param(
            json_answer(b"{}", status=401, headers={"x-failure-category": "FAILURE_CLIENT_SCOPE_CHECK"}),
            id="header",
        ),
        pytest.param(
            json_answer(b'{"errorMessages":["No permission"],"errors":{}}', status=403), id="permission"
        ),
    ],
)
async def test_scopes_and_permissions_do_not_hold_it(
    alice: Client, upstream: FakeUpstream, grants: Grants, answer: Given
) -> None:
    upstream.handler = answer
    for _ in range(3):
        assert (await alice.ask("GET", MYSELF)).status == answer.status
    assert len(upstream.sent) == 3
    assert not grants.refused


async def test_an_empty_list_for_nobody_is_not_passed_off_as_an_answer(
    alice: Client, upstream: FakeUpstream, grants: Grants
) -> None:
    upstream.handler = json_answer(b"[]", headers={"x-seraph-loginreason": "AUTHENTICATED_FAILED"})
    answer = await alice.ask("GET", ISSUE)
    assert (answer.status, answer.code) == (403, "credential-refused")
    await asyncio.sleep(0)
    assert grants.refused == [("alices", 1)]


async def test_a_call_that_was_waiting_for_its_turn_is_held_too(upstream: FakeUpstream) -> None:
    limiter = RateLimiter(monotonic=asyncio.get_running_loop().time, rates={"GET": 5.0})
    alice = Client(build(upstream, limiter=limiter, gate=a_moment_ago()))
    upstream.handler = json_answer(b"{}")
    await alice.ask("GET", MYSELF)
    go = asyncio.Event()

    async def refuse_after_a_while(_: Sent) -> Given:
        await go.wait()
        return DEAD

    upstream.handler = refuse_after_a_while
    in_flight = [asyncio.create_task(alice.ask("GET", MYSELF)) for _ in range(4)]
    await until(lambda: len(upstream.sent) == 5)
    waiting = asyncio.create_task(alice.ask("GET", MYSELF))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*in_flight)
    assert (await waiting).code == "credential-refused"
    assert len(upstream.sent) == 5 + CONFIRMATION


async def test_a_held_credential_takes_nobody_s_turn(upstream: FakeUpstream) -> None:
    limiter = RateLimiter(monotonic=lambda: 0.0, rates={"GET": 1.0}, longest_wait_s=0.0)
    alice = Client(build(upstream, limiter=limiter))
    upstream.handler = DEAD
    assert (await alice.ask("GET", MYSELF)).status == 401
    assert {(await alice.ask("GET", MYSELF)).code for _ in range(3)} == {"credential-refused"}
