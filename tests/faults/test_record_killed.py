"""The record, killed at any step: it is whole, with everything that somebody was told is on record.

So do the flows that stand on it: accepting an invitation, the gateway's entry before a call leaves, its
counters. Afterwards the same thing can be done, or is told to be done.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.dying import Life, lives_of
from tests.faults.store import VERIFY, Store

RECORD = """
from ownkey.audit.record import record
for number in range(3):
    record("test.done", actor="test", subject=number)
"""
SUBJECTS = """
import json
from ownkey.audit.models import Entry
rows = Entry.objects.filter(action=ACTION).order_by("number")
print(json.dumps(list(rows.values_list("subject", flat=True))))
"""
PRUNE = """
from datetime import timedelta
from django.utils import timezone
from ownkey.audit.pruning import prune
prune(before=timezone.now() + timedelta(days=1), actor="operator")
"""
LENGTH = "from ownkey.audit.models import Entry; print(Entry.objects.count())"
ACCEPT = """
from ownkey.people.inviting.invitations import accept
accept(SECRET, name="Cleo", password="four unrelated words")
"""
ACCEPT_AGAIN = """
import json
from ownkey.people.errors import LinkError
from ownkey.people.models import User
try:
    exec(ACCEPT)
except LinkError as error:
    print(json.dumps([type(error).__name__, User.objects.filter(email="cleo@acme.example").count()]))
else:
    print(json.dumps(["accepted", User.objects.filter(email="cleo@acme.example").count()]))
"""
INVITE = """
from ownkey.people.inviting.invitations import invite
from ownkey.people.models import Role, User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE as HERE
ada = User.objects.get(email="ada@acme.example")
print(invite("cleo@acme.example", name="Cleo", role=Role.PERSON, actor=ada, signed_in=HERE).link)
"""
CLEOS = "from ownkey.people.models import User; print(User.objects.filter(name='Cleo').count())"
# As the gateway does: the entry is on disk, and only then the call leaves (which here is a file).
WRITE_AHEAD = """
import asyncio, os
from pathlib import Path
from ownkey.environment.process import current_environment
from django.utils import timezone
from ownkey.audit.appending import BatchAppender
from ownkey.audit.entry import NewEntry, Outcome
from ownkey.audit.writer import RecordWriter

async def calls():
    appender = BatchAppender()
    writer = RecordWriter(appender, close=appender.close, delay_s=0)
    for number in range(3):
        started = {"action": "call.started", "subject": str(number), "outcome": Outcome.STARTED}
        await writer.commit(NewEntry(at=timezone.now(), **started))
        os.mkdir(current_environment().home / f"sent-{number}")
        writer.note(NewEntry(at=timezone.now(), action="call.ended", subject=str(number)))
    await writer.stop()

asyncio.run(calls())
"""
SENT = """
import json
from ownkey.environment.process import current_environment
print(json.dumps(sorted(path.name[-1] for path in current_environment().home.glob("sent-*"))))
"""

COUNT = """
from django.utils import timezone
from ownkey.connections.client_key_usage import KeyCalls, add_usage
from ownkey.connections.models import ClientKey
key, now = ClientKey.objects.get(), timezone.now()
calls = [KeyCalls(key.pk, f"GET /{name}", "answered", 2) for name in ("one", "two", "three")]
add_usage(calls, last_used_at={key.pk: now})
"""
COUNTED = """
import json
from ownkey.connections.models import ClientKey, ClientKeyCalls
sums = sum(ClientKeyCalls.objects.values_list("calls", flat=True))
print(json.dumps([ClientKey.objects.get().calls, sums]))
"""
MAKE_KEY = """
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.models import AlmAccount
from ownkey.people.models import User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE as HERE
ada = User.objects.get(email="ada@acme.example")
issue_client_key(ada, AlmAccount.objects.get(), name="tool", expires_on=None, actor=ada, signed_in=HERE)
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("seeded") / "home")
    made.seed()
    return made


@pytest.fixture
def store(seeded: Store, tmp_path: Path) -> Store:
    return seeded.copy_to(tmp_path / "home")


def each_is_whole(lives: list[Life]) -> None:
    """Fail where the record cannot be proven afterwards; each life's last look is `VERIFY`."""
    for life in lives:
        assert life.saw[-1] is None, life


def test_entries_killed_at_any_step_are_there_or_not_and_the_chain_is_whole(store: Store) -> None:
    looks = (
        SUBJECTS,
        "from ownkey.audit.record import record\nrecord(ACTION, actor='test', subject='after')",
    )
    lives = list(lives_of(RECORD, *looks, SUBJECTS, VERIFY, store=store, ACTION="test.done"))
    each_is_whole(lives)
    for life in lives:
        before, after, _fault = life.saw
        assert before == ["0", "1", "2"][: len(before)], life
        assert after == [*before, "after"], life
    assert {len(life.saw[0]) for life in lives} == {0, 1, 2, 3}


def test_a_pruning_killed_at_any_step_has_cut_everything_or_nothing(store: Store) -> None:
    length = int(store.run(LENGTH))
    lives = list(lives_of(PRUNE, LENGTH, VERIFY, PRUNE, LENGTH, VERIFY, store=store))
    each_is_whole(lives)
    for life in lives:
        left, fault, _after, _last = life.saw
        assert fault is None, life
        assert left in {length, 1}, (life, "all, or the one entry that says what was cut")


def test_an_invitation_killed_at_any_step_is_accepted_or_can_be(store: Store) -> None:
    secret = store.run(INVITE).strip().rstrip("/").rpartition("/")[2]
    named = {"SECRET": secret, "ACCEPT": ACCEPT}
    lives = list(lives_of(ACCEPT, CLEOS, ACCEPT_AGAIN, CLEOS, VERIFY, store=store, **named))
    each_is_whole(lives)
    for life in lives:
        there, (said, _count), after, _fault = life.saw
        assert (there, said) in {(0, "accepted"), (1, "UsedLinkError")}, life
        assert after == 1, life
    assert {life.saw[0] for life in lives} == {0, 1}, "both sides of the commit"


def test_a_call_that_left_is_on_record_whenever_the_gateway_is_killed(store: Store) -> None:
    lives = list(lives_of(WRITE_AHEAD, SENT, SUBJECTS, VERIFY, store=store, ACTION="call.started"))
    each_is_whole(lives)
    for life in lives:
        sent, started, _fault = life.saw
        assert set(sent) <= set(started), (life, "what left was on record first")
        assert len(started) - len(sent) in {0, 1}, life
    assert "mkdir" in {life.name for life in lives}


def test_a_batch_of_counters_killed_at_any_step_is_counted_whole_or_not_at_all(store: Store) -> None:
    store.run(MAKE_KEY)
    lives = list(lives_of(COUNT, COUNTED, COUNT, COUNTED, VERIFY, store=store))
    each_is_whole(lives)
    for life in lives:
        (of_the_key, of_operations), after, _fault = life.saw
        assert of_the_key == of_operations, (life, "both or neither")
        assert of_the_key in {0, 6}, life
        assert after == [of_the_key + 6] * 2, (life, "the next batch goes in")
    assert {life.saw[0][0] for life in lives} == {0, 6}


def test_the_looks_would_notice(store: Store) -> None:
    """The looks do see a broken record, so that what they see above means something."""
    with closing(sqlite3.connect(store.database)) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE audit_entry SET actor = 'somebody' WHERE number = 1")
    assert "Entry 1" in json.loads(store.run(VERIFY))[0]
