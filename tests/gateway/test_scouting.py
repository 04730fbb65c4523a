"""While nothing is known of a credential one call goes ahead, and the others wait for its answer."""

import asyncio
from dataclasses import replace

import pytest

from ownkey.gateway.scouting import FRESH_S, Errand, Scouts
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
def scouts(clock: Clock) -> Scouts:
    return Scouts(monotonic=clock, patience_s=NEVER)


def left(scouts: Scouts) -> Errand:
    errand = scouts.leave(ALICES_CREDENTIAL)
    assert errand is not None
    return errand


def waiting(scouts: Scouts, *, is_held: bool = False) -> asyncio.Task[Errand]:
    return asyncio.create_task(scouts.wait(ALICES_CREDENTIAL, is_held=lambda: is_held))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_first_goes_ahead_and_the_second_does_not(scouts: Scouts) -> None:
    left(scouts)
    assert scouts.leave(ALICES_CREDENTIAL) is None


def test_other_credentials_do_not_wait(scouts: Scouts) -> None:
    left(scouts)
    assert scouts.leave(replace(ALICES_CREDENTIAL, credential_id="bobs")) is not None
    assert scouts.leave(replace(ALICES_CREDENTIAL, version=2)) is not None


def test_after_a_good_answer_nobody_waits(scouts: Scouts) -> None:
    left(scouts).succeed()
    left(scouts)
    left(scouts)


def test_one_after_another_never_waits(scouts: Scouts, clock: Clock) -> None:
    for _ in range(3):
        left(scouts).succeed()
        clock.now += 60


def test_while_calls_follow_one_another_nobody_waits(scouts: Scouts, clock: Clock) -> None:
    left(scouts).succeed()
    out = left(scouts)
    for _ in range(3):
        clock.now += 60
        following = left(scouts)
        out.succeed()
        out = following


def test_after_a_pause_one_goes_ahead_again(scouts: Scouts, clock: Clock) -> None:
    left(scouts).succeed()
    clock.now += 2 * FRESH_S
    left(scouts)
    assert scouts.leave(ALICES_CREDENTIAL) is None


async def test_all_who_wait_follow_a_good_answer(scouts: Scouts) -> None:
    scout = left(scouts)
    followers = [waiting(scouts) for _ in range(3)]
    await settle()
    assert not any(follower.done() for follower in followers)
    scout.succeed()
    await asyncio.gather(*followers)


async def test_one_of_those_who_wait_follows_a_scout_that_learned_nothing(scouts: Scouts) -> None:
    scout = left(scouts)
    followers = [waiting(scouts) for _ in range(3)]
    await settle()
    scout.end()
    await settle()
    assert [follower.done() for follower in followers] == [True, False, False]
    (await followers[0]).succeed()
    await asyncio.gather(*followers)


async def test_nobody_waits_for_a_credential_that_is_held(scouts: Scouts) -> None:
    left(scouts)
    await waiting(scouts, is_held=True)


async def test_a_scout_that_is_slow_is_not_waited_for_long(clock: Clock) -> None:
    impatient = Scouts(monotonic=clock, patience_s=0.01)
    left(impatient)
    await waiting(impatient)


async def test_whoever_leaves_while_waiting_is_in_nobody_s_way(scouts: Scouts) -> None:
    scout = left(scouts)
    gone, other = waiting(scouts), waiting(scouts)
    await settle()
    gone.cancel()
    await settle()
    scout.end()
    (await other).succeed()
    assert gone.cancelled()


def test_an_errand_ends_once(scouts: Scouts) -> None:
    scout = left(scouts)
    scout.end()
    scout.end()
    left(scouts)
    assert scouts.leave(ALICES_CREDENTIAL) is None
