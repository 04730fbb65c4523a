"""While nothing is known of a credential one call goes ahead, and the others wait for its answer."""

import asyncio
from dataclasses import replace

import pytest

from ownkey.calls.first_call import FRESH_S, Attempt, FirstCallGate
from tests.gateway.kit import ALICES_CREDENTIAL

NEVER = 3600.0


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> FirstCallGate:
    return FirstCallGate(monotonic=clock, patience_s=NEVER)


def left(gate: FirstCallGate) -> Attempt:
    attempt = gate.start(ALICES_CREDENTIAL)
    assert attempt is not None
    return attempt


def waiting(gate: FirstCallGate, *, is_held: bool = False) -> asyncio.Task[Attempt]:
    return asyncio.create_task(gate.wait(ALICES_CREDENTIAL, is_held=lambda: is_held))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_first_goes_ahead_and_the_second_does_not(gate: FirstCallGate) -> None:
    left(gate)
    assert gate.start(ALICES_CREDENTIAL) is None


def test_other_credentials_do_not_wait(gate: FirstCallGate) -> None:
    left(gate)
    assert gate.start(replace(ALICES_CREDENTIAL, credential_id="bobs")) is not None
    assert gate.start(replace(ALICES_CREDENTIAL, version=2)) is not None


def test_after_a_good_answer_nobody_waits(gate: FirstCallGate) -> None:
    left(gate).succeed()
    left(gate)
    left(gate)


def test_one_after_another_never_waits(gate: FirstCallGate, clock: Clock) -> None:
    for _ in range(3):
        left(gate).succeed()
        clock.now += 60


def test_while_calls_follow_one_another_nobody_waits(gate: FirstCallGate, clock: Clock) -> None:
    left(gate).succeed()
    out = left(gate)
    for _ in range(3):
        clock.now += 60
        following = left(gate)
        out.succeed()
        out = following


def test_after_a_pause_one_goes_ahead_again(gate: FirstCallGate, clock: Clock) -> None:
    left(gate).succeed()
    clock.now += 2 * FRESH_S
    left(gate)
    assert gate.start(ALICES_CREDENTIAL) is None


async def test_all_who_wait_follow_a_good_answer(gate: FirstCallGate) -> None:
    first = left(gate)
    followers = [waiting(gate) for _ in range(3)]
    await settle()
    assert not any(follower.done() for follower in followers)
    first.succeed()
    await asyncio.gather(*followers)


async def test_one_of_those_who_wait_follows_a_first_call_that_learned_nothing(gate: FirstCallGate) -> None:
    first = left(gate)
    followers = [waiting(gate) for _ in range(3)]
    await settle()
    first.end()
    await settle()
    assert [follower.done() for follower in followers] == [True, False, False]
    (await followers[0]).succeed()
    await asyncio.gather(*followers)


async def test_nobody_waits_for_a_credential_that_is_held(gate: FirstCallGate) -> None:
    left(gate)
    await waiting(gate, is_held=True)


async def test_a_first_call_that_is_slow_is_not_waited_for_long(clock: Clock) -> None:
    impatient = FirstCallGate(monotonic=clock, patience_s=0.01)
    left(impatient)
    await waiting(impatient)


async def test_whoever_leaves_while_waiting_is_in_nobody_s_way(gate: FirstCallGate) -> None:
    first = left(gate)
    gone, other = waiting(gate), waiting(gate)
    await settle()
    gone.cancel()
    await settle()
    first.end()
    (await other).succeed()
    assert gone.cancelled()


def test_an_errand_ends_once(gate: FirstCallGate) -> None:
    first = left(gate)
    first.end()
    first.end()
    left(gate)
    assert gate.start(ALICES_CREDENTIAL) is None
