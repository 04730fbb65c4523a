"""All open pages together ask Jira no more often than the administrator's share, each as often as others."""

import random
from collections import Counter

import pytest

from ownkey.workspace.live.share import AT_LEAST_S, NEVER_S, Share, Shares

PAGES = 300
HALF_AN_HOUR_S = 1_800


def simulated(share: Share, *, pages: int, seconds: int, calls: int, urgent: float = 0.0) -> Counter[int]:
    """Let pages ask whenever they may; return how many calls each has made."""
    chosen = random.Random(7)  # noqa: S311 — examples, no secrets
    made: Counter[int] = Counter()
    next_at = {page: chosen.random() * AT_LEAST_S for page in range(pages)}
    while (page := min(next_at, key=lambda each: next_at[each])) is not None:
        now = next_at[page]
        if now > seconds:
            return made
        wait = share.wait_s(page, now=now, is_urgent=chosen.random() < urgent)
        if wait > 0:
            next_at[page] = now + wait + chosen.random() * 0.1
            continue
        made[page] += calls
        next_at[page] = now + share.spent(page, calls, now=now)
    return made


@pytest.mark.parametrize("calls", [1, 3])
@pytest.mark.parametrize("urgent", [0.0, 0.5])
def test_three_hundred_pages_stay_within_the_share_and_have_alike(calls: int, urgent: float) -> None:
    made = simulated(Share(20.0), pages=PAGES, seconds=HALF_AN_HOUR_S, calls=calls, urgent=urgent)
    assert sum(made.values()) / HALF_AN_HOUR_S <= 20.0 * 1.01 + calls * PAGES / HALF_AN_HOUR_S
    assert sum(made.values()) / HALF_AN_HOUR_S >= 20.0 * 0.9
    assert max(made.values()) <= 1.3 * min(made.values())


def test_few_pages_ask_every_three_seconds() -> None:
    made = simulated(Share(20.0), pages=5, seconds=300, calls=1)
    assert all(95 <= number <= 101 for number in made.values())


def test_a_share_of_nothing_asks_nothing() -> None:
    share = Share(0.0)
    assert share.wait_s("page", now=1.0, is_urgent=True) == NEVER_S
    assert share.spent("page", 3, now=1.0) == NEVER_S
    assert share.open_pages == 0


def test_pages_that_were_closed_leave_their_share_to_others() -> None:
    share = Share(20.0)
    for page in range(PAGES):
        share.wait_s(page, now=page * 0.1)
    assert share.open_pages == PAGES
    share.wait_s("one", now=1_000.0)
    assert share.open_pages == 1
    assert share.spent("one", 1, now=1_000.0) == AT_LEAST_S


def test_an_administrator_changes_the_share_at_once() -> None:
    shares = Shares()
    assert shares.of("acme", 0.2).rate == pytest.approx(20.0)
    assert shares.of("acme", 0.5) is shares.of("acme", 0.5)
    assert shares.of("acme", 0.5).rate == pytest.approx(50.0)
    assert shares.of("other", 0.0).rate == 0.0
