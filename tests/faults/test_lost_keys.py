"""Keys that are lost for good have a way on: what opens is not touched, the rest is let go and begins anew.

Until then nothing starts, and each sentence names the way.
"""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Ended, Ownkey
from tests.faults.dying import lives_of
from tests.faults.store import ADAS, BOS, CANDIDATE, MAIN, OPEN_ALL, SAVE, SAVED, VERIFY, Store

SECRET = {"OWNKEY_SECRET_KEY": "only for tests, " * 4}
NEW = "ATATT" + "3x-planted-new-" + "k3y" * 20
ADA, BO = "Credential ada@acme.example", "Credential bo@acme.example"
PEOPLES_LINKS_AND_KEYS = """
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.models import AlmAccount
from ownkey.people.inviting.invitations import invite
from ownkey.people.models import Role, User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE as HERE
ada, account = User.objects.get(email="ada@acme.example"), AlmAccount.objects.get()
issue_client_key(ada, account, name=f"tool {TIME}", expires_on=None, actor=ada, signed_in=HERE)
invite(f"{TIME}@acme.example", name="Cleo", role=Role.PERSON, actor=ada, signed_in=HERE)
"""
NEW_PRIMARY = """
from django.utils import timezone
from ownkey.environment.process import key_keeper
from ownkey.vault.key_ring import new_key
keeper = key_keeper()
with keeper.changing() as replace:
    replace(keeper.ring().with_new_primary(new_key(created_at=timezone.now())))
"""
LEFT = """
import json
from ownkey.connections.models import Credential
print(json.dumps(sorted(Credential.objects.exclude(envelope=b"").values_list("login", flat=True))))
"""
REPLACE_LOST = """
from ownkey.environment.process import current_environment
from ownkey.console.lost_keys import replace_lost
replace_lost(current_environment(), actor="operator")
"""


def command(store: Store, *arguments: str, **variables: str) -> Ended:
    return Ownkey(store.home, SECRET)(*arguments, **variables)


def look(store: Store, statement: str) -> list[Any]:
    with closing(sqlite3.connect(store.database)) as database:
        return database.execute(statement).fetchall()


def envelopes(store: Store) -> dict[str, bytes]:
    return dict(look(store, "SELECT login, envelope FROM connections_credential"))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store with tokens, a client key and an invitation of an older key and of the primary one.

    Ada's own token is sealed with the primary key; Bo's and the main one with the older.
    """
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    store.run(PEOPLES_LINKS_AND_KEYS, TIME="before")
    store.run(f"{NEW_PRIMARY}\n{CANDIDATE}\n{SAVE}", NEW=ADAS)
    store.run(PEOPLES_LINKS_AND_KEYS, TIME="after")
    return store


@pytest.fixture
def store(seeded: Store, tmp_path: Path) -> Store:
    return seeded.copy_to(tmp_path / "home")


def lose_all(store: Store) -> None:
    (store.home / "vault.key").unlink()


def lose_the_older(store: Store) -> None:
    file = store.home / "vault.key"
    ring = json.loads(file.read_bytes())
    ring["keys"] = [key for key in ring["keys"] if key["id"] == ring["primary"]]
    file.write_text(json.dumps(ring))


def take_those_of_another(store: Store) -> None:
    """Put the ring of another installation in the place of this one's."""
    lose_all(store)
    other = Store(store.home.with_name("other"))
    other.run("")
    (other.home / "vault.key").rename(store.home / "vault.key")


@pytest.mark.parametrize("lose", [lose_all, lose_the_older, take_those_of_another])
def test_nothing_starts_and_the_sentence_names_the_way(store: Store, lose: Callable[[Store], None]) -> None:
    lose(store)
    for arguments in (("serve", "--port", "0"), ("gateway", "--port", "0"), ("keys", "rotate"), ("doctor",)):
        ended = command(store, *arguments)
        assert ended.code == 1
        assert "ownkey keys replace-lost" in ended.stdout + ended.stderr, arguments


@pytest.mark.parametrize("lose", [lose_all, lose_the_older, take_those_of_another])
def test_without_yes_it_only_says_what_is_lost(store: Store, lose: Callable[[Store], None]) -> None:
    lose(store)
    rows, key_file = "SELECT * FROM connections_credential", store.home / "vault.key"
    before = look(store, rows), key_file.exists()
    ended = command(store, "keys", "replace-lost", "--json")
    assert ended.code == 0
    mine = lose is lose_the_older
    assert ended.json | {"keys": []} == {
        "done": False,
        "keys": [],
        "no_keys": lose is lose_all,
        "main_tokens": 1,
        "tokens": 1 if mine else 2,
        "tested_tokens": 0,
        "second_factors": 0,
        "mails": 0,
        "client_keys": 1 if mine else 2,
        "links": 1 if mine else 2,
    }
    assert len(ended.json["keys"]) == (1 if mine else 2)
    assert before == (look(store, rows), key_file.exists())
    assert "Nothing was changed" in command(store, "keys", "replace-lost").stderr


def test_what_opens_is_not_touched_and_the_rest_begins_anew(store: Store) -> None:
    head = command(store, "audit", "head").stdout
    before = envelopes(store)
    lose_the_older(store)
    assert command(store, "keys", "replace-lost", "--yes").code == 0
    assert store.tokens() == {ADA: ADAS}
    assert envelopes(store) == {"ada@acme.example": before["ada@acme.example"], "bo@acme.example": b""}
    assert look(store, "SELECT name FROM connections_clientkey WHERE revoked_at IS NULL") == [("tool after",)]
    assert look(store, "SELECT email FROM people_invitation WHERE revoked_at IS NULL") == [
        ("after@acme.example",)
    ]
    verified = command(store, "audit", "verify", "--head", head.strip(), "--json").json
    assert verified["whole"] is True
    assert verified["kept_head"] == "on-chain"
    assert verified["unchecked_signatures"] > 0
    again = command(store, "keys", "replace-lost", "--yes")
    assert "Nothing is lost" in again.stdout
    assert len(look(store, "SELECT 1 FROM audit_entry WHERE action = 'vault-key.lost'")) == 1


def test_after_all_keys_are_lost_people_connect_again(store: Store) -> None:
    lose_all(store)
    ended = command(store, "keys", "replace-lost", "--yes")
    assert "3 saved tokens" not in ended.stdout
    assert "2 saved tokens: deleted." in ended.stdout
    assert (store.home / "vault.key").stat().st_mode & 0o777 == 0o600
    assert store.tokens() == {}
    states = look(store, "SELECT state, reason FROM connections_credential")
    assert states == [("disconnected", "key-lost")] * 2
    listed = command(store, "doctor")
    assert "is lost, so it was deleted" in listed.stdout, "the main credential, by its cause"
    told = look(store, "SELECT subject FROM audit_entry WHERE details LIKE '%lost%'")
    subjects = {subject for (subject,) in told}
    assert {"acme", "ada@acme.example at acme", "bo@acme.example at acme"} <= subjects
    store.run(f"{CANDIDATE}\n{SAVE}", NEW=NEW)
    assert store.tokens() == {ADA: NEW}
    assert command(store, "audit", "verify").code == 0
    assert command(store, "keys", "rotate").code == 0


def test_keys_of_another_database_are_left_alone(store: Store) -> None:
    file = store.home / "vault.key"
    ring = json.loads(file.read_bytes())
    for key in ring["keys"]:
        key["key"] = "A" * 43 + "="  # the right names, and others' keys
    file.write_text(json.dumps(ring))
    before = file.read_bytes()
    ended = command(store, "keys", "replace-lost", "--yes", "--json")
    assert (ended.code, ended.json["error"]) == (1, "other-keys")
    assert "move the key file away" in ended.json["message"]
    assert file.read_bytes() == before
    assert all(envelopes(store).values())
    file.rename(file.with_name("others.key"))
    assert command(store, "keys", "replace-lost", "--yes").code == 0
    assert command(store, "user", "list").code == 0


@pytest.mark.parametrize("spoil", ["cut off", "open to others", "wrapped by a provider that is away"])
def test_keys_that_are_there_but_cannot_be_read_are_not_lost(store: Store, spoil: str) -> None:
    file = store.home / "vault.key"
    variables = {}
    match spoil:
        case "cut off":
            file.write_bytes(file.read_bytes()[:-20])
        case "open to others":
            file.chmod(0o644)
        case _:
            ring = json.loads(file.read_bytes())
            for key in ring["keys"]:
                key["wrapped"] = key.pop("key")
            file.write_text(json.dumps(ring | {"format": 2, "provider": "openbao"}))
            variables = {
                "OWNKEY_KEY_PROVIDER": "openbao",
                "OWNKEY_OPENBAO_ADDRESS": "http://127.0.0.1:1",
                "OWNKEY_OPENBAO_TOKEN": "s.made-up",
            }
    content = file.read_bytes()
    ended = command(store, "keys", "replace-lost", "--yes", "--json", **variables)
    assert ended.code == 1
    assert "Nothing was changed" in ended.json["message"]
    assert file.read_bytes() == content
    assert all(envelopes(store).values())


def test_keys_of_the_environment_are_replaced_by_their_operator(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    old, new = (command(store, "keys", "generate").stdout.strip() for _ in range(2))
    with_old = {"OWNKEY_KEYS": old}
    made = command(store, "init", **with_old)
    assert "OWNKEY_KEYS" in made.stderr
    assert "vault.key" not in made.stderr, "there is no such file"
    refused = command(store, "user", "list", OWNKEY_KEYS=new)
    assert refused.code == 0, "nothing is sealed yet"
    assert command(store, "keys", "replace-lost", "--yes", "--json", OWNKEY_KEYS=new).json["links"] == 1
    assert not (store.home / "vault.key").exists()


def test_a_damaged_envelope_is_let_go_and_its_neighbours_are_not(store: Store) -> None:
    with closing(sqlite3.connect(store.database)) as database, database:
        database.execute(
            "UPDATE connections_credential SET envelope = CAST(substr(envelope, 1, 60) AS BLOB) "
            "WHERE login LIKE 'bo@%'"
        )
    assert command(store, "keys", "replace-lost", "--yes", "--json").json["tokens"] == 1
    assert store.tokens() == {"AlmAccount acme": MAIN, ADA: ADAS}


@pytest.mark.parametrize("lose", [lose_all, lose_the_older])
def test_giving_up_keys_killed_at_any_step_touches_nothing_that_opens(
    store: Store, lose: Callable[[Store], None]
) -> None:
    lose(store)
    looks, starts = (LEFT, REPLACE_LOST, OPEN_ALL, VERIFY), "start_without_changes"
    lives = lives_of(REPLACE_LOST, *looks, store=store, start=starts, restart=starts)
    opens = [] if lose is lose_all else ["ada@acme.example"]
    met = []
    for life in lives:
        left, after, fault = life.saw
        assert left in (["ada@acme.example", "bo@acme.example"], opens), (life, "all of it, or nothing")
        assert after == ({ADA: ADAS} if opens else {}), life
        assert fault is None, life
        met.append(life.name)
    assert "COMMIT" in met


def test_a_backup_without_its_keys_restores_all_but_the_tokens(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "a.backup"
    assert command(store, "backup", str(backup)).code == 0
    there = Store(tmp_path / "there")
    refused = command(there, "restore", str(backup))
    assert refused.code == 1
    assert "--keys-lost" in refused.stderr
    restored = command(there, "restore", str(backup), "--keys-lost")
    assert restored.code == 0, restored.stderr
    assert there.tokens() == {}
    assert command(there, "audit", "verify").code == 0
    assert len(command(there, "user", "list", "--json").json) == 2


def test_the_store_is_as_it_is_meant_to_be(seeded: Store) -> None:
    assert seeded.tokens() == SAVED | {BO: BOS}
    assert [seals for _id, _primary, _known, seals, _hashes in seeded.keys()] == [1, 2]  # noqa: SIM118
