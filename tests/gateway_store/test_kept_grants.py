"""What is kept of grants is what the database says, whatever is changed there and by what means."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F, Model
from django.test import Client
from django.utils import timezone

from ownkey.calls.changes import ChangeHistory, Changes
from ownkey.calls.grant_cache import GrantCache
from ownkey.calls.grants import Snapshot, Standing
from ownkey.calls.means import ByAdministrator, ByClientKey, BySession, Means, session_digest
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.models import AlmAccount, ClientKey, Credential
from ownkey.gateway.store.change_log import Position, read_changes
from ownkey.gateway.store.session_snapshots import administrator_snapshot, session_snapshot
from ownkey.gateway.store.snapshots import CredentialUnusableError, snapshot_of
from ownkey.people.flows import end_sessions
from ownkey.people.models import Role, User
from tests.conftest import SignIn
from tests.connections.conftest import Connect
from tests.people.sign_ins import JUST_NOW

TODAY = timezone.localdate()
CHANCE = random.Random()  # noqa: S311 no secret
Act = Callable[[], object]


class Database:
    """Grants read from the database in a transaction that is not over, the log of changes included."""

    def __init__(self, means: Sequence[Means]) -> None:
        self._means = means
        self._position: Position | None = None
        self._history = ChangeHistory()
        self.says: dict[Means, Snapshot | None] = {}
        self.lookups: list[Means] = []

    @property
    def version(self) -> int:
        return self._history.version

    def changes_since(self, version: int) -> Changes:
        return self._history.since(version)

    async def lookup(self, means: Means) -> Snapshot | None:
        self.lookups.append(means)
        return self.says[means]

    async def site_of(self, account_slug: str) -> str | None:
        raise NotImplementedError

    async def standing_of(self, means: ByClientKey) -> Standing | None:
        raise NotImplementedError

    async def report_refused(self, credential_id: str, version: int) -> None:
        raise NotImplementedError

    def look(self) -> None:
        """Read the log on, and what each means grants now."""
        connection.ensure_connection()
        self._position, changes = read_changes(connection.connection, self._position)
        self._history.add(changes)
        self.says = {means: _granted(means) for means in self._means}


def _granted(means: Means) -> Snapshot | None:
    """Return what a means grants now; a credential that does not open counts as nothing granted."""
    try:
        if isinstance(means, ByAdministrator):
            looks_up = administrator_snapshot(means, today=TODAY, now=timezone.now())
            return looks_up and replace(looks_up, expires_at=None)
        if isinstance(means, BySession):
            found = session_snapshot(means, today=TODAY, now=timezone.now())
            # It is moved on with every save, and by less than a day that is no change.
            return found and replace(found, expires_at=None)
        return snapshot_of(means.key_id, today=TODAY)
    except CredentialUnusableError:
        return None


@pytest.fixture
def means(bob: User, alice: User, account: AlmAccount, connect: Connect, sign_in: SignIn) -> list[Means]:
    """Return two keys each of Alice and Bob, and what their sessions grant, at two ALM accounts."""
    connect(bob)
    connect(alice)
    quiet = AlmAccount.objects.get(pk=account.pk)
    quiet.pk, quiet.slug, quiet.name = None, "quiet", "Quiet"
    quiet._state.adding = True
    quiet.envelope, quiet.state = b"", "disconnected"
    quiet.save()
    found: list[Means] = []
    for person in (alice, bob):
        session = session_digest(sign_in(person.email).session.session_key or "")
        for alm_account in (account, quiet):
            row = issue_client_key(
                person, alm_account, name="Tool", expires_on=None, actor=person, signed_in=JUST_NOW
            ).row
            own = BySession(str(person.pk), alm_account.slug, session)
            found += [ByClientKey(row.pk), own, ByAdministrator(*own)]
    return found


def some(table: type[Model]) -> Model:
    return CHANCE.choice([*table._default_manager.order_by("pk")])


def update(table: type[Model], **fields: object) -> Act:
    return lambda: table._default_manager.filter(pk=some(table).pk).update(**fields)


def delete_one(table: type[Model]) -> None:
    if table._default_manager.exists():
        some(table).delete()


def swap_owners() -> None:
    """Give a key to another person, as an operator may with SQL."""
    ClientKey.objects.filter(pk=some(ClientKey).pk).update(user=some(User))


def move_session(by: timedelta) -> None:
    Session.objects.filter(pk=some(Session).pk).update(expire_date=F("expire_date") + by)


GRANTS_NOTHING_NEW = {"use a key", "checked, nothing new", "sign in"}
ACTS: dict[str, Act] = {
    "suspend": update(User, is_active=False),
    "reinstate": update(User, is_active=True),
    "other e-mail": lambda: User.objects.filter(pk=some(User).pk).update(
        email=f"{CHANCE.random()}@a.example"
    ),
    "another role": lambda: User.objects.filter(pk=some(User).pk).update(role=CHANCE.choice([*Role])),
    "suspend all": lambda: User.objects.update(is_active=False),
    "policy": lambda: AlmAccount.objects.update(policy=CHANCE.choice(["refuse", "main", "read-only"])),
    "profile": lambda: AlmAccount.objects.filter(pk=some(AlmAccount).pk).update(
        required_scopes=CHANCE.sample(["read:jira-work", "read:jira-user", "write:jira-work"], 2)
    ),
    "another slug": lambda: AlmAccount.objects.filter(pk=some(AlmAccount).pk).update(
        slug=f"s{CHANCE.randrange(10**9)}"
    ),
    "another site": update(AlmAccount, site_url="https://other.atlassian.net"),
    "site is not trusted": update(AlmAccount, site_url="http://10.0.0.1"),
    "refused": update(Credential, state="refused"),
    "proven": update(Credential, state="connected", proven_count=F("proven_count") + 1),
    "expires": update(Credential, expires_on=TODAY - timedelta(days=3), checked_at=None),
    "moved envelope": update(Credential, version=77),
    "checked, nothing new": update(Credential, checked_at=timezone.now()),
    "narrow a key": update(ClientKey, scopes=["read:jira-work"]),
    "widen a key": update(ClientKey, scopes=None, read_only=False),
    "read-only key": update(ClientKey, read_only=True),
    "revoke a key": update(ClientKey, revoked_at=timezone.now()),
    "a key ends": lambda: ClientKey.objects.filter(pk=some(ClientKey).pk).update(expires_at=timezone.now()),
    "use a key": update(ClientKey, last_used_at=timezone.now(), calls=F("calls") + 1),
    "give a key away": swap_owners,
    "delete a key": lambda: delete_one(ClientKey) if ClientKey.objects.count() > 2 else None,
    "delete a credential": lambda: delete_one(Credential) if Credential.objects.count() > 1 else None,
    "end sessions": lambda: end_sessions(User.objects.get(pk=some(User).pk)),
    "session grows old": lambda: move_session(timedelta(days=-20)) if Session.objects.exists() else None,
    "session goes on": lambda: move_session(timedelta(days=20)) if Session.objects.exists() else None,
    "sign in": update(User, last_login=timezone.now()),
}


async def ask(cache: GrantCache, means: Sequence[Means]) -> dict[Means, Snapshot | None]:
    return {one: await cache.snapshot(one) for one in means}


def histories(number: int) -> Iterator[list[str]]:
    for _ in range(number):
        yield CHANCE.choices([*ACTS], k=CHANCE.randint(3, 12))


@pytest.mark.usefixtures("account")
def test_what_is_kept_is_what_the_database_says_after_every_change(means: list[Means]) -> None:
    CHANCE.seed(random.getrandbits(32))  # the seed of this run of the tests decides
    database = Database(means)
    cache = GrantCache(database)
    for history in histories(25):
        # What is rolled back at the end is a change as well: the log is another one then.
        with transaction.atomic():
            for act in ("", *history):
                if act:
                    ACTS[act]()
                before = asyncio.run(ask(cache, means)) if act else {}
                database.look()
                found = asyncio.run(ask(cache, means))
                assert found == database.says, (history, act)
                if act in GRANTS_NOTHING_NEW:
                    assert all(found[one] is snapshot for one, snapshot in before.items()), act
            transaction.set_rollback(True)


def test_a_change_of_one_person_is_looked_up_for_their_means_alone(means: list[Means], bob: User) -> None:
    User.objects.update(role=Role.ADMINISTRATOR)  # what grants nothing is not kept
    database = Database(means)
    cache = GrantCache(database)
    for _ in range(2):  # the first look concerns everything
        User.objects.filter(pk=bob.pk).update(email="robert@acme.example")
        database.look()
        asyncio.run(ask(cache, means))
    database.lookups.clear()
    for number in range(10):
        Credential.objects.filter(user=bob).update(proven_count=number + 7)
        database.look()
        for _ in range(3):
            assert asyncio.run(ask(cache, means)) == database.says
    bobs = [one for one, snapshot in database.says.items() if snapshot and snapshot.person_id == str(bob.pk)]
    assert database.lookups == bobs * 10
    assert len(bobs) == 6


def test_the_tables_of_sessions_have_their_triggers(bobs_browser: Client, bob: User) -> None:
    own = Session.objects.filter(pk=bobs_browser.session.session_key)
    moves = ((timedelta(hours=2), 0), (timedelta(days=3), 1), (timedelta(hours=-1), 1))
    for by, entries in moves:
        before = _entries(bob)
        own.update(expire_date=F("expire_date") + by)
        assert _entries(bob) - before == entries, by
    names = import_module("ownkey.connections.migrations.0013_sessions_named").EVENTS
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        assert set(names) <= {name for (name,) in cursor.fetchall()}


def _entries(person: User) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM connections_grant_change WHERE kind = 'person' AND subject = %s",
            [str(person.pk)],
        )
        return int(cursor.fetchone()[0])
