"""A database that is gone is never taken for a first start: it is told, and nothing is made or lost."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command import Ended, Ownkey
from tests.faults.store import SAVED, Store

OPENING = (
    ("init",),
    ("serve", "--port", "0"),
    ("user", "list"),
    ("worker", "--once"),
    ("gateway", "--port", "0"),
)
MISSING = "database-missing"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    return store


@pytest.fixture
def store(seeded: Store, tmp_path: Path) -> Store:
    """Return a store of one's own, with people and saved tokens."""
    return seeded.copy_to(tmp_path / "home")


def command(store: Store, *arguments: str, **variables: str) -> Ended:
    return Ownkey(store.home, {"OWNKEY_SECRET_KEY": "only for tests, " * 4})(*arguments, **variables)


def found_by_doctor(store: Store, check: str) -> dict[str, str]:
    ended = command(store, "doctor", "--json", OWNKEY_ATLASSIAN_API_URL="http://127.0.0.1:1")
    (finding,) = [one for one in ended.json["findings"] if one["check"] == check]
    return {**finding, "exit": str(ended.code)}


def content(home: Path) -> dict[str, bytes | None]:
    """Return what is in the data directory, but for the lock of whoever serves from it."""
    paths = [path for path in home.iterdir() if path.name != "in-use.lock"]
    return {path.name: path.read_bytes() if path.is_file() else None for path in paths}


def take_away(store: Store) -> None:
    store.database.rename(store.home.parent / "taken.sqlite3")
    for suffix in ("-wal", "-shm"):
        store.database.with_name(f"{store.database.name}{suffix}").unlink(missing_ok=True)


def empty(store: Store) -> None:
    take_away(store)
    store.database.touch(mode=0o600)


def link_to_nothing(store: Store) -> None:
    take_away(store)
    store.database.symlink_to(store.home.parent / "volume.sqlite3")


def leave_the_wal(store: Store) -> None:
    take_away(store)
    store.database.with_name("ownkey.sqlite3-wal").write_bytes(b"what was saved last")


def leave_a_journal(store: Store) -> None:
    take_away(store)
    store.database.with_name("ownkey.sqlite3-journal").write_bytes(b"what was being saved")


GONE = [
    pytest.param(take_away, "is missing", id="missing"),
    pytest.param(empty, "is empty (0 bytes)", id="empty"),
    pytest.param(link_to_nothing, "is a link to", id="link"),
    pytest.param(leave_the_wal, "holds what was saved last", id="wal"),
    pytest.param(leave_a_journal, "holds what was saved last", id="journal"),
]


@pytest.mark.parametrize(("lose", "words"), GONE)
def test_a_database_that_is_gone_is_told_and_nothing_is_made(
    store: Store, lose: Callable[[Store], None], words: str
) -> None:
    lose(store)
    before = content(store.home)
    for arguments in OPENING:
        ended = command(store, *arguments)
        assert (ended.code, ended.stdout) == (1, ""), arguments
        assert words in ended.stderr
        assert "restore a backup (ownkey restore)" in ended.stderr
    told = found_by_doctor(store, "database")
    assert (told["verdict"], told["exit"]) == ("fail", "1")
    assert words in told["says"]
    assert "restore a backup" in told["next_step"]
    assert content(store.home) == before
    assert not (store.home.parent / "volume.sqlite3").exists()


@pytest.mark.parametrize(("lose", "words"), GONE)
def test_no_backup_is_made_of_a_database_that_is_gone(
    store: Store, lose: Callable[[Store], None], words: str
) -> None:
    lose(store)
    ended = command(store, "backup", str(store.home.parent / "a.backup"), "--json")
    assert (ended.code, ended.json["error"]) == (1, MISSING)
    assert words in ended.json["message"]
    assert not (store.home.parent / "a.backup").exists()


def test_lost_keys_are_not_spoken_of_where_the_database_is_gone(store: Store) -> None:
    take_away(store)
    ended = command(store, "keys", "replace-lost", "--json")
    assert (ended.code, ended.json["error"]) == (1, MISSING)


def test_its_lock_alone_proves_that_a_database_was_there(store: Store) -> None:
    """Where the keys come from the environment, there is no key file to tell."""
    keys = command(store, "keys", "generate").stdout.strip()
    home = Store(store.home.parent / "another")
    assert command(home, "init", OWNKEY_KEYS=keys).code == 0
    home.database.unlink()
    ended = command(home, "init", "--json", OWNKEY_KEYS=keys)
    assert (ended.code, ended.json["error"]) == (1, MISSING)
    assert "ownkey.sqlite3.lock is there" in ended.json["message"]


def test_a_database_address_that_leads_elsewhere_is_told(store: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "not-mounted" / "ownkey.sqlite3"
    ended = command(store, "user", "list", OWNKEY_DATABASE_URL=f"sqlite:///{elsewhere}")
    assert ended.code == 1
    assert f"There is no directory {elsewhere.parent}." in ended.stderr
    assert "OWNKEY_DATABASE_URL" in ended.stderr
    assert not elsewhere.parent.exists()


def test_an_empty_database_is_made_only_where_that_is_asked_for(store: Store) -> None:
    take_away(store)
    key_file = (store.home / "vault.key").read_bytes()
    made = command(store, "init", "--new-database", "--json")
    assert (made.code, "/set-up/" in made.json["set_up_link"]) == (0, True), made.stderr
    assert (store.home / "vault.key").read_bytes() == key_file
    assert command(store, "user", "list").code == 0
    assert not (store.home / "first-start").exists()


def test_a_new_database_replaces_none_that_is_there(store: Store) -> None:
    assert command(store, "init", "--new-database").code == 0
    assert store.tokens() == SAVED


def test_not_even_a_new_database_is_made_over_what_was_saved_last(store: Store) -> None:
    leave_the_wal(store)
    before = content(store.home)
    ended = command(store, "init", "--new-database", "--json")
    assert (ended.code, ended.json["error"]) == (1, MISSING)
    assert content(store.home) == before


def test_a_backup_is_restored_beside_the_key_file(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "a.backup"
    assert command(store, "backup", str(backup)).code == 0
    take_away(store)
    ended = command(store, "restore", str(backup))
    assert ended.code == 0, ended.stderr
    assert store.tokens() == SAVED


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_what_stands_in_the_place_of_the_database_is_named(store: Store, kind: str) -> None:
    take_away(store)
    make = Path.mkdir if kind == "directory" else os.mkfifo
    make(store.database, mode=0o700)
    word = "a directory, where a file has to be" if kind == "directory" else "where a file has to be"
    for arguments in (*OPENING, ("backup", str(store.home.parent / "a.backup"))):
        ended = command(store, *arguments)
        assert ended.code == 1, arguments
        assert word in ended.stderr
        assert "ownkey restore" not in ended.stderr
    assert word in found_by_doctor(store, "database")["says"]


def test_a_database_that_lost_its_people_is_told(store: Store) -> None:
    with closing(sqlite3.connect(store.database)) as database, database:
        for (table,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'audit%' "
            "AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'django_migrations'"
        ).fetchall():
            database.execute(f'DELETE FROM "{table}"')  # noqa: S608 its own tables' names
    told = found_by_doctor(store, "people")
    assert told["verdict"] == "warn"
    assert "its record names people" in told["says"]
    assert "its record names people" in command(store, "init").stderr
    ended = command(store, "backup", str(store.home.parent / "a.backup"), "--json")
    assert (ended.code, ended.json["error"]) == (1, "backup-of-nothing")
    assert not (store.home.parent / "a.backup").exists()


def test_a_database_that_is_younger_than_its_keys_is_told(store: Store) -> None:
    """As an older version left it, which made an empty one by itself."""
    key_file = store.home / "vault.key"
    document = json.loads(key_file.read_bytes())
    for key in document["keys"]:
        key["created_at"] = "2026-01-01T00:00:00+00:00"
    key_file.write_text(json.dumps(document))
    take_away(store)
    said = command(store, "init", "--new-database").stderr
    assert "the key file is older than its tables" in said
    assert "keep every earlier backup" in said
    assert found_by_doctor(store, "people")["verdict"] == "warn"
    ended = command(store, "backup", str(store.home.parent / "a.backup"), "--json")
    assert (ended.code, ended.json["error"]) == (1, "backup-of-nothing")


def test_an_empty_database_of_another_installation_is_told(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    assert command(other, "init").code == 0
    take_away(store)
    store.database.write_bytes(other.database.read_bytes())
    store.database.chmod(0o600)
    assert "made with other keys" in found_by_doctor(store, "people")["says"]
    ended = command(store, "backup", str(tmp_path / "a.backup"), "--json")
    assert (ended.code, ended.json["error"]) == (1, "backup-of-nothing")


def test_an_installation_that_nobody_used_yet_can_be_backed_up(tmp_path: Path) -> None:
    store = Store(tmp_path / "fresh")
    assert command(store, "init").code == 0
    assert command(store, "backup", str(tmp_path / "a.backup")).code == 0


def test_a_fresh_store_lacks_nobody(tmp_path: Path) -> None:
    store = Store(tmp_path / "fresh")
    made = command(store, "init")
    assert "Nobody is in the database" not in made.stderr
    ended = command(store, "doctor", "--json", OWNKEY_ATLASSIAN_API_URL="http://127.0.0.1:1")
    assert "people" not in {one["check"] for one in ended.json["findings"]}
