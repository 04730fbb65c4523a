"""Calls leave no faster than Atlassian takes them, in turns between people, and none waits for long."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.calls.rate_limits import RateBucket, RateKey, RateLimiter, RateLimitError
from tests.gateway.kit import Client, FakeUpstream, Given, build

KEY = RateKey("cloud", "GET", "/rest/api/3/myself")


class Turns:
    """A bucket, and who got their turn when."""

    def __init__(self, rate: float) -> None:
        self.bucket = RateBucket(rate, now=0.0)
        self.got: list[str] = []
        self.loop = asyncio.new_event_loop()

    def queue(self, person: str) -> asyncio.Future[None]:
        turn = self.loop.create_future()
        turn.add_done_callback(lambda _: self.got.append(person))
        self.bucket.queue(person, turn)
        return turn

    def release(self, now: float) -> None:
        self.bucket.release(now)
        self.loop.run_until_complete(asyncio.sleep(0))


@pytest.fixture
def turns() -> Iterator[Callable[[float], Turns]]:
    made: list[Turns] = []

    def make(rate: float) -> Turns:
        made.append(Turns(rate))
        return made[-1]

    yield make
    for each in made:
        each.loop.close()


def test_a_burst_of_one_second_passes_at_once() -> None:
    bucket = RateBucket(10.0, now=0.0)
    assert [bucket.may_pass(0.0) for _ in range(11)] == [True] * 10 + [False]
    assert bucket.may_pass(0.1)
    assert not bucket.may_pass(0.1)


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=300))
def test_no_window_sees_more_than_burst_and_rate(gaps: list[float]) -> None:
    bucket, now, passed = RateBucket(5.0, now=0.0), 0.0, 0
    for gap in gaps:
        now += gap
        passed += bucket.may_pass(now)
        assert passed <= 5.0 + 5.0 * now + 1e-6


def test_people_take_turns_however_many_calls_one_has(turns: Callable[[float], Turns]) -> None:
    t = turns(1.0)
    assert t.bucket.may_pass(0.0)
    for person in ["alice"] * 5 + ["bob"] * 2:
        t.queue(person)
    for second in range(1, 5):
        t.release(float(second))
    assert t.got == ["alice", "bob", "alice", "bob"]


def test_who_has_left_takes_no_turn(turns: Callable[[float], Turns]) -> None:
    t = turns(1.0)
    assert t.bucket.may_pass(0.0)
    gone = t.queue("alice")
    t.queue("bob")
    gone.cancel()
    t.release(1.0)
    assert t.got == ["alice", "bob"]  # alice's was her leaving
    assert t.bucket.waiting_count == 0


def test_a_pause_holds_everybody_until_its_end() -> None:
    bucket = RateBucket(10.0, now=0.0)
    bucket.pause(5.0, now=0.0)
    assert not bucket.may_pass(4.9)
    assert bucket.expected_wait("alice", 1.0) == pytest.approx(4.0)
    assert bucket.may_pass(5.0)


def test_the_longest_pause_is_an_hour() -> None:
    bucket = RateBucket(10.0, now=0.0)
    bucket.pause(1e9, now=0.0)
    assert bucket.may_pass(3600.0)


async def test_waiting_too_long_is_refused_at_once_with_the_seconds() -> None:
    limiter = RateLimiter(monotonic=lambda: 0.0, rates={"GET": 1.0}, longest_wait_s=10.0)
    limiter.pause(KEY, 30.0)
    assert not limiter.may_pass(KEY)
    with pytest.raises(RateLimitError) as refused:
        await limiter.wait(KEY, "alice")
    assert refused.value.retry_after_s == 30


async def test_a_waiting_call_gets_its_turn() -> None:
    limiter = RateLimiter(monotonic=asyncio.get_running_loop().time, rates={"GET": 50.0})
    passed = sum(limiter.may_pass(KEY) for _ in range(60))
    async with asyncio.timeout(30):
        await asyncio.gather(*(limiter.wait(KEY, f"person {n}") for n in range(5)))
    assert passed in {50, 51}


async def test_lanes_do_not_wait_for_each_other() -> None:
    limiter = RateLimiter(monotonic=lambda: 0.0)
    limiter.pause(KEY, 30.0)
    assert limiter.may_pass(RateKey("cloud", "POST", KEY.route))
    assert limiter.may_pass(RateKey("other", "GET", KEY.route))
    assert limiter.may_pass(RateKey("cloud", "GET", "/other"))


async def test_a_pause_until_a_date_is_counted_by_the_clock_of_who_asks_for_it() -> None:
    fields = [(b"date", b"Mon, 23 Nov 2026 03:00:00 GMT"), (b"retry-after", b"Mon, 23 Nov 2026 03:01:00 GMT")]
    upstream = FakeUpstream(Given(429, fields))
    client = Client(build(upstream, limiter=RateLimiter(monotonic=lambda: 0.0)))
    first = await client.ask("GET", "/jira/acme/rest/api/3/myself")
    second = await client.ask("GET", "/jira/acme/rest/api/3/myself")
    assert (first.status, first.code) == (429, None)
    assert (second.status, second.header("retry-after")) == (429, b"60")
    assert len(upstream.sent) == 1


ISSUE_LIMIT = [(b"retry-after", b"20"), (b"ratelimit-reason", b"jira-per-issue-on-write")]
ONE = "/jira/acme/rest/api/3/issue/ED-1"


@pytest.mark.parametrize("path", [ONE, "/jira/acme/rest/api/2/issue/ed-1", f"{ONE}/comment"])
async def test_a_limit_of_one_issue_holds_what_writes_to_that_issue(path: str) -> None:
    upstream = FakeUpstream(Given(429, ISSUE_LIMIT))
    client = Client(build(upstream, limiter=RateLimiter(monotonic=lambda: 0.0)))
    assert (await client.ask("PUT", ONE, body=b"{}")).code is None
    method = "POST" if path.endswith("comment") else "PUT"
    held = await client.ask(method, path, body=b"{}")
    assert (held.status, held.code, held.header("retry-after")) == (429, "too-many-calls", b"20")
    assert b"this one issue" in held.body
    assert len(upstream.sent) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/jira/acme/rest/api/3/issue/ED-24"),
        ("PUT", "/jira/acme/rest/api/3/issue/ED-11"),
        ("PUT", "/jira/acme/rest/api/3/issue/10001"),
        ("GET", ONE),
        ("POST", "/jira/acme/rest/api/3/issue"),
    ],
)
async def test_it_holds_no_other_issue_and_no_reading(method: str, path: str) -> None:
    upstream = FakeUpstream(Given(429, ISSUE_LIMIT))
    client = Client(build(upstream, limiter=RateLimiter(monotonic=lambda: 0.0)))
    await client.ask("PUT", ONE, body=b"{}")
    upstream.handler = Given()
    assert (await client.ask(method, path, body=b"{}" if method != "GET" else b"")).status == 200


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        (b"", b"60"),
        (b"jira-burst-based", b"60"),
        (b"jira-cost-based", b"60"),
        (b"jira-quota-tenant-based", b"3600"),
    ],
)
async def test_one_answer_holds_an_operation_for_a_minute_unless_a_quota_is_used_up(
    reason: bytes, seconds: bytes
) -> None:
    fields = [(b"retry-after", b"99999999"), (b"ratelimit-reason", reason)]
    client = Client(build(FakeUpstream(Given(429, fields)), limiter=RateLimiter(monotonic=lambda: 0.0)))
    await client.ask("GET", ONE)
    assert (await client.ask("GET", ONE)).header("retry-after") == seconds


async def test_a_short_hold_of_an_issue_is_waited_out() -> None:
    upstream = FakeUpstream(Given(429, [(b"retry-after", b"0"), ISSUE_LIMIT[1]]))
    client = Client(build(upstream))
    await client.ask("PUT", ONE, body=b"{}")
    upstream.handler = Given()
    assert (await client.ask("PUT", ONE, body=b"{}")).status == 200
