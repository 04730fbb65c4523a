"""What is no longer allowed ends while it is open; a client that leaves takes its call with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ownkey.calls.grants import Withheld
from ownkey.calls.rate_limits import RateLimiter
from ownkey.calls.refusals import Code
from ownkey.calls.way import Limits
from tests.gateway.kit import (
    ALICE,
    ALICES_CREDENTIAL,
    ALICES_KEY,
    BOBS_KEY,
    NOW,
    Answered,
    Client,
    FakeUpstream,
    Given,
    Grants,
    Sent,
    build,
    json_answer,
    until,
)

FILE = "/jira/acme/rest/api/3/attachment/content/1"
ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"


class Endless(Given):
    """An answer that begins and goes on for ever."""

    async def pieces(self) -> AsyncIterator[bytes]:
        yield b"beginning"
        await asyncio.Event().wait()


def endless() -> Endless:
    return Endless(200, [(b"content-type", b"application/octet-stream")])


async def never(_: Sent) -> Given:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("change", ["revoked", "expired", "disconnected", "narrowed"])
async def test_a_stream_is_cut_within_a_second(upstream: FakeUpstream, grants: Grants, change: str) -> None:
    now = [NOW]
    grants.put(replace(ALICE, expires_at=NOW + timedelta(hours=1)))
    gateway = build(upstream, grants=grants, clock=lambda: now[0])
    upstream.handler = endless()
    download = asyncio.create_task(Client(gateway).ask("GET", FILE))
    await until(lambda: upstream.open_count == 1)
    match change:
        case "revoked":
            grants.revoke(ALICES_KEY.key_id)
        case "expired":
            now[0] += timedelta(hours=2)
        case "disconnected":
            grants.set_credential(ALICES_KEY.key_id, Withheld(Code.NOT_CONNECTED))
        case "narrowed":
            grants.put(replace(ALICE, key_scopes=frozenset({"read:jira-user"})))
    async with asyncio.timeout(30):
        answer = await download
    assert (answer.body, answer.is_whole) == (b"beginning", False)
    assert upstream.open_count == 0
    await gateway.way.stop()


@pytest.mark.parametrize("change", ["somebody else's key", "a test of the same token", "a refusal"])
async def test_changes_that_do_not_concern_it_leave_a_stream_alone(
    upstream: FakeUpstream, grants: Grants, change: str
) -> None:
    gateway = build(upstream, grants=grants)
    upstream.handler = endless()
    download = asyncio.create_task(Client(gateway).ask("GET", FILE))
    await until(lambda: upstream.open_count == 1)
    if change == "somebody else's key":
        grants.revoke(BOBS_KEY.key_id)
    elif change == "a refusal":
        grants.set_credential(ALICES_KEY.key_id, Withheld(Code.CREDENTIAL_REFUSED))
    else:
        grants.set_credential(ALICES_KEY.key_id, replace(ALICES_CREDENTIAL, version=2))
    await gateway.way.monitor.sweep()
    await asyncio.sleep(0)
    assert not download.done()
    download.cancel()
    await asyncio.gather(download, return_exceptions=True)
    await gateway.way.stop()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda grants: grants.revoke(ALICES_KEY.key_id), "client-key-refused"),
        (
            lambda grants: grants.set_credential(ALICES_KEY.key_id, Withheld(Code.CREDENTIAL_EXPIRED)),
            "credential-expired",
        ),
        (
            lambda grants: grants.put(replace(ALICE, key_scopes=frozenset({"read:jira-user"}))),
            "scope-not-in-client-key",
        ),
    ],
)
async def test_a_call_that_was_not_answered_yet_is_refused(
    upstream: FakeUpstream, grants: Grants, change: Callable[[Grants], None], code: str
) -> None:
    gateway = build(upstream, grants=grants)
    upstream.handler = never
    asking = asyncio.create_task(Client(gateway).ask("GET", ISSUE))
    await until(lambda: upstream.open_count == 1)
    change(grants)
    async with asyncio.timeout(30):
        assert (await asking).code == code
    await gateway.way.stop()


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_client_that_leaves_takes_its_call_along(
    upstream: FakeUpstream,
    has_begun: bool,  # noqa: FBT001 — a column of the table
) -> None:
    gateway = build(upstream)
    client = Client(gateway)
    upstream.handler = endless() if has_begun else never
    asking = asyncio.create_task(client.ask("GET", FILE))
    await until(lambda: upstream.open_count == 1)
    client.leaves.set()
    async with asyncio.timeout(30):
        answer = await asking
    assert not answer.is_whole
    assert upstream.open_count == 0
    await gateway.way.stop()


async def test_a_client_that_leaves_the_queue_is_not_sent(upstream: FakeUpstream) -> None:
    limiter = RateLimiter(monotonic=asyncio.get_running_loop().time, rates={"GET": 0.2})
    gateway = build(upstream, limiter=limiter)
    client = Client(gateway)
    await client.ask("GET", ISSUE)
    waiting = asyncio.create_task(client.ask("GET", ISSUE))
    await asyncio.sleep(0)
    client.leaves.set()
    async with asyncio.timeout(30):
        await waiting
    assert len(upstream.sent) == 1
    await gateway.way.stop()


async def test_one_key_has_only_so_many_calls_open(upstream: FakeUpstream, grants: Grants) -> None:
    gateway = build(upstream, grants=grants, limits=Limits(open_calls_per_means=2, place_wait_s=0.01))
    alice, bob = Client(gateway), Client(gateway, key=BOBS_KEY)
    go = asyncio.Event()

    async def wait(_: Sent) -> Given:
        await go.wait()
        return json_answer(b"{}")

    upstream.handler = wait
    open_calls = [asyncio.create_task(alice.ask("GET", ISSUE)) for _ in range(2)]
    await until(lambda: upstream.open_count == 2)
    refused = await alice.ask("GET", ISSUE)
    assert (refused.status, refused.code, refused.header("retry-after")) == (429, "too-many-calls", b"1")
    others = asyncio.create_task(bob.ask("GET", ISSUE))
    await until(lambda: len(gateway.way.open_calls) == 3)
    go.set()
    assert {answer.status for answer in await asyncio.gather(*open_calls, others)} == {200}
    assert (await alice.ask("GET", ISSUE)).status == 200
    await gateway.way.stop()


async def test_a_hundred_calls_at_once_wait_for_their_places(upstream: FakeUpstream, grants: Grants) -> None:
    gateway = build(upstream, grants=grants, limits=Limits(open_calls_per_means=5))
    open_now = most_open = 0

    async def take_a_moment(_: Sent) -> Given:
        nonlocal open_now, most_open
        open_now += 1
        most_open = max(most_open, open_now)
        await asyncio.sleep(0.001)
        open_now -= 1
        return json_answer(b"{}")

    upstream.handler = take_a_moment
    answers = await asyncio.gather(*(Client(gateway).ask("GET", ISSUE) for _ in range(25)))
    assert {answer.status for answer in answers} == {200}
    assert most_open <= 5
    assert not gateway.way.open_calls._by_means
    assert not gateway.way.open_calls._waiting
    await gateway.way.stop()


async def test_more_than_can_wait_are_turned_away_in_ownkeys_name(
    upstream: FakeUpstream, grants: Grants
) -> None:
    gateway = build(upstream, grants=grants, limits=Limits(open_calls_per_means=2))
    go = asyncio.Event()

    async def wait(_: Sent) -> Given:
        await go.wait()
        return json_answer(b"{}")

    upstream.handler = wait
    calls = [asyncio.create_task(Client(gateway).ask("GET", ISSUE)) for _ in range(2 + 2 * 4)]
    await until(lambda: sum(map(len, gateway.way.open_calls._waiting.values())) == 2 * 4)
    refused = await Client(gateway).ask("GET", ISSUE)
    assert (refused.status, refused.code) == (429, "too-many-calls")
    assert b"Atlassian was not asked" in refused.body
    calls[5].cancel()  # one that waits leaves
    go.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [answer.status for answer in answers if isinstance(answer, Answered)] == [200] * 9
    assert not gateway.way.open_calls._by_means
    await gateway.way.stop()
