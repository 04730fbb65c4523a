"""What is kept of grants is what the store would say, and a change costs only those whom it concerns."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.calls.changes import EVERYTHING, ChangeHistory, Changes, Kind, Subject
from ownkey.calls.grant_cache import GrantCache
from ownkey.calls.grants import GrantsUnavailableError, Snapshot, Standing
from ownkey.calls.means import ByClientKey, BySession, Means
from tests.gateway.kit import ACCOUNT, ALICE

PEOPLE, ACCOUNTS = ("ada", "bo"), ("acme", "quiet")
MEANS: dict[Means, tuple[str, str]] = {
    **{
        ByClientKey(f"{person}-{slug}-{number}"): (person, slug)
        for person in PEOPLE
        for slug in ACCOUNTS
        for number in (1, 2)
    },
    BySession("ada", "acme", "s" * 32): ("ada", "acme"),
}
SUBJECTS = (
    *(Subject(Kind.PERSON, person) for person in PEOPLE),
    *(Subject(Kind.ACCOUNT, slug) for slug in ACCOUNTS),
    *(subject for means in MEANS for subject in means.subjects),
)


class Store:
    """A store in memory that counts how often each subject was changed, and shows that in its snapshots.

    A change is seen when `look` is called, as a worker sees it when it looks at the database.
    """

    def __init__(self) -> None:
        self.edits: Counter[Subject] = Counter()
        self.gone: set[Means] = set()
        self.lookups: list[Means] = []
        self.is_away = False
        self.is_slow = False
        self.waiting: list[asyncio.Future[None]] = []
        self._history = ChangeHistory(1)
        self._unseen: list[Changes] = []

    @property
    def version(self) -> int:
        if self.is_away:
            raise GrantsUnavailableError
        return self._history.version

    def changes_since(self, version: int) -> Changes:
        return self._history.since(version)

    async def lookup(self, means: Means) -> Snapshot | None:
        self.lookups.append(means)
        await self._wait()
        found = self.now(means)
        await self._wait()
        return found

    async def site_of(self, account_slug: str) -> str | None:
        raise NotImplementedError

    async def standing_of(self, means: ByClientKey) -> Standing | None:
        raise NotImplementedError

    async def report_refused(self, credential_id: str, version: int) -> None:
        raise NotImplementedError

    def now(self, means: Means) -> Snapshot | None:
        """Return what a means grants at this moment, with the edits of all that it depends on in it."""
        if means in self.gone or means not in MEANS:
            return None
        person, slug = MEANS[means]
        bare = replace(ALICE, means=means, person_id=person, account=replace(ACCOUNT, slug=slug))
        return replace(bare, person=str([self.edits[subject] for subject in bare.subjects]))

    def change(self, *subjects: Subject, everything: bool = False) -> None:
        """Commit a change of some subjects at once."""
        self.edits.update(SUBJECTS if everything else subjects)
        self._unseen.append(EVERYTHING if everything else Changes(frozenset(subjects)))

    def look(self) -> None:
        """See what was committed."""
        for changes in self._unseen:
            self._history.add(changes)
        self._unseen.clear()

    async def _wait(self) -> None:
        if self.is_slow:
            self.waiting.append(asyncio.get_running_loop().create_future())
            await self.waiting[-1]


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def fill(cache: GrantCache, means: Iterable[Means] = MEANS) -> dict[Means, Snapshot | None]:
    return {one: await cache.snapshot(one) for one in means}


STEPS = {"change": 3, "everything": 0.2, "end": 0.2, "look": 4, "ask": 6, "recognise": 3, "go on": 10}
"""What happens, and how often."""


async def play(chance: Random, *, limit: int) -> None:
    """Let changes, looks and slow look-ups happen in some order; what is kept is true after each look."""
    store = Store()
    store.is_slow = True
    cache = GrantCache(store, limit=limit)
    asking: list[asyncio.Task[Snapshot | None]] = []
    for step in chance.choices([*STEPS], [*STEPS.values()], k=150):
        means = chance.choice([*MEANS])
        match step:
            case "change":
                store.change(*chance.sample(SUBJECTS, chance.randint(1, 2)))
            case "everything":
                store.change(everything=True)
            case "end":
                store.gone.add(means)
                store.change(Subject(Kind.PERSON, MEANS[means][0]))
            case "look":
                store.look()
                check(cache, store)
            case "ask":
                asking.append(asyncio.create_task(cache.snapshot(means)))
            case "recognise" if means in cache._kept:
                cache.recognise(chance.randbytes(1), cache._kept[means].snapshot)
            case "go on" if store.waiting:
                store.waiting.pop(chance.randrange(len(store.waiting))).set_result(None)
        await settle()
        assert max(len(cache._kept), len(cache._recognised)) <= limit
    while store.waiting:
        store.waiting.pop().set_result(None)
        await settle()
    await asyncio.gather(*asking)
    assert not cache._reading
    store.look()
    check(cache, store)


def check(cache: GrantCache, store: Store) -> None:
    """Fail if something is kept that the store does not say now, or something that nothing would remove."""
    cache._look()
    kept, recognised = list(cache._kept.values()), cache._recognised
    for one in (*kept, *recognised.values()):
        assert one.snapshot == store.now(one.snapshot.means)
    depending: dict[Subject, set[Means]] = {}
    for one in kept:
        for subject in one.snapshot.subjects:
            depending.setdefault(subject, set()).add(one.snapshot.means)
    assert cache._depending == depending
    assert {digest for one in kept for digest in one.digests} == set(recognised)


@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_what_is_kept_is_what_the_store_says(chance: Random, limit: int) -> None:
    asyncio.run(play(chance, limit=limit))


async def test_a_snapshot_that_no_change_concerns_stays_the_same_object() -> None:
    store = Store()
    cache = GrantCache(store)
    before = await fill(cache)
    for subject in SUBJECTS:
        store.change(subject)
        store.look()
        after = await fill(cache)
        for means, snapshot in before.items():
            assert snapshot is not None
            assert (after[means] is snapshot) is (subject not in snapshot.subjects)
        before = after


async def test_ten_changes_of_single_people_cost_a_look_up_of_each_of_their_keys() -> None:
    store = Store()
    cache = GrantCache(store)
    await fill(cache)
    of_ada = [means for means, (person, _) in MEANS.items() if person == "ada"]
    store.lookups.clear()
    for _ in range(10):
        store.change(Subject(Kind.PERSON, "ada"))
        store.look()
        for _ in range(3):
            await fill(cache)
    assert store.lookups == of_ada * 10


async def test_many_who_ask_for_the_same_cost_one_look_up() -> None:
    store = Store()
    cache = GrantCache(store)
    means = next(iter(MEANS))
    found = await asyncio.gather(*(cache.snapshot(means) for _ in range(20)))
    assert store.lookups == [means]
    assert all(snapshot is found[0] for snapshot in found)


async def test_who_asks_after_a_change_does_not_get_what_was_asked_before_it() -> None:
    store = Store()
    cache = GrantCache(store)
    store.is_slow = True
    means = ByClientKey("ada-acme-1")
    first = asyncio.create_task(cache.snapshot(means))
    await settle()
    store.waiting.pop().set_result(None)  # it has read
    await settle()
    store.change(*means.subjects)
    store.look()
    second = asyncio.create_task(cache.snapshot(means))
    await settle()
    assert len(store.lookups) == 2
    for number in (1, 0, 0):
        store.waiting.pop(number).set_result(None)
        await settle()
    assert (await second) == store.now(means) != (await first)
    assert await cache.snapshot(means) is await second


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    store = Store()
    cache = GrantCache(store)
    store.is_slow = True
    means = next(iter(MEANS))
    asking = [asyncio.create_task(cache.snapshot(means)) for _ in range(3)]
    await settle()
    asking[0].cancel()
    for _ in range(2):
        store.waiting.pop().set_result(None)
        await settle()
    assert [await one for one in asking[1:]] == [store.now(means)] * 2


async def test_who_was_recognised_is_forgotten_with_what_they_were_recognised_for() -> None:
    store = Store()
    cache = GrantCache(store)
    ada, bo = ByClientKey("ada-acme-1"), ByClientKey("bo-acme-1")
    for means in (ada, bo):
        snapshot = await cache.snapshot(means)
        assert snapshot is not None
        for way in (b"bearer ", b"basic "):
            cache.recognise(way + means.key_id.encode(), snapshot)
    store.change(Subject(Kind.PERSON, "ada"))
    store.look()
    assert cache.recognised(b"bearer ada-acme-1") is cache.recognised(b"basic ada-acme-1") is None
    assert cache.recognised(b"basic bo-acme-1") is await cache.snapshot(bo)
    assert len(cache._recognised) == 2


async def test_nobody_is_recognised_for_a_snapshot_that_is_not_kept() -> None:
    store = Store()
    cache = GrantCache(store)
    means = ByClientKey("ada-acme-1")
    old = await cache.snapshot(means)
    assert old is not None
    store.change(*means.subjects)
    store.look()
    await cache.snapshot(means)
    cache.recognise(b"digest", old)
    assert cache.recognised(b"digest") is None


async def test_one_key_that_is_shown_in_many_ways_does_not_fill_the_memory() -> None:
    cache = GrantCache(Store(), limit=5)
    snapshot = await cache.snapshot(ByClientKey("ada-acme-1"))
    assert snapshot is not None
    for number in range(50):
        cache.recognise(b"%d" % number, snapshot)
    assert cache.recognised(b"49") is snapshot
    (kept,) = cache._kept.values()
    assert len(cache._recognised) == len(kept.digests) == 5


async def test_unknown_means_are_not_remembered() -> None:
    cache = GrantCache(Store())
    for number in range(50):
        assert await cache.snapshot(ByClientKey(f"guess-{number}")) is None
    assert not cache._kept
    assert not cache._depending
    assert not cache._reading


async def test_while_changes_cannot_be_read_nothing_is_let_through() -> None:
    store = Store()
    cache = GrantCache(store)
    await fill(cache)
    store.is_away = True
    for means in (*MEANS, ByClientKey("guess")):
        with pytest.raises(GrantsUnavailableError):
            await cache.snapshot(means)
        with pytest.raises(GrantsUnavailableError):
            cache.recognised(b"digest")


async def test_a_look_up_that_fails_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    cache = GrantCache(store)
    means = next(iter(MEANS))

    async def fail(_: Means) -> Snapshot | None:
        raise GrantsUnavailableError

    with monkeypatch.context() as away:
        away.setattr(store, "lookup", fail)
        with pytest.raises(GrantsUnavailableError):
            await cache.snapshot(means)
    assert await cache.snapshot(means) == store.now(means)
