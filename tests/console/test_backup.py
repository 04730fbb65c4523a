"""A backup is one consistent moment, proven and for its owner alone; a restore overwrites nothing."""

import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command import Ended, Ownkey
from tests.faults.store import CANDIDATE, SAVED, Store

WRITE_PAIRS = """
import itertools, sys
from django.db import transaction
from ownkey.audit.record import record
for number in itertools.count():
    with transaction.atomic():
        record("test.left", actor="test", subject=str(number))
        record("test.right", actor="test", subject=str(number))
    if number == 20:
        print("writing", flush=True)
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    return store


@pytest.fixture(scope="module")
def whole(seeded: Store, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a whole backup, keys included."""
    place = tmp_path_factory.mktemp("whole")
    backup = place / "a.backup"
    assert command(seeded.copy_to(place / "home"), "backup", str(backup), "--with-keys").code == 0
    return backup.read_bytes()


@pytest.fixture
def store(seeded: Store, tmp_path: Path) -> Store:
    """Return a store of one's own, with three saved tokens."""
    return seeded.copy_to(tmp_path / "home")


@pytest.fixture
def writing(store: Store) -> Iterator[None]:
    """Have another process write pairs of rows, each pair in a transaction, while the test runs."""
    program = f"from ownkey.console.setup import prepare\nprepare()\n{WRITE_PAIRS}"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, **store.environment},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield
        process.kill()


def command(store: Store, *arguments: str, **variables: str) -> Ended:
    return Ownkey(store.home, {"OWNKEY_SECRET_KEY": "only for tests, " * 4})(*arguments, **variables)


def unpacked(backup: Path) -> dict[str, bytes]:
    """Return what is in a backup."""
    with tarfile.open(backup, "r:gz") as archive:
        found = {}
        for entry in archive:
            member = archive.extractfile(entry)
            assert member is not None
            found[entry.name] = member.read()
        return found


def restore(backup: Path, home: Path, *more: str) -> tuple[Ended, Store]:
    restored = Store(home)
    return command(restored, "restore", str(backup), "--json", *more), restored


def test_a_round_trip_with_keys_brings_every_token_back(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "with-keys.backup"
    made = command(store, "backup", str(backup), "--with-keys", "--json")
    assert (made.code, made.json["with_keys"], made.json["unreadable_tokens"]) == (0, True, 0), made.stderr
    assert "Lock it away" in made.stderr
    assert backup.stat().st_mode & 0o777 == 0o600

    ended, restored = restore(backup, tmp_path / "elsewhere" / "home")

    assert ended.code == 0, ended.stderr
    assert restored.tokens() == SAVED
    assert all(path.stat().st_mode & 0o077 == 0 for path in [restored.home, *restored.home.iterdir()])
    assert {path.name for path in restored.home.iterdir()} <= {
        "ownkey.sqlite3",
        "ownkey.sqlite3.lock",
        "vault.key",
    }


def test_a_backup_without_keys_needs_the_key_file(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "no-keys.backup"
    made = command(store, "backup", str(backup), "--json")
    assert made.json["keys"][0] in made.stderr
    assert "vault.key" not in unpacked(backup)

    refused, _ = restore(backup, tmp_path / "one")
    assert (refused.code, refused.json["error"]) == (1, "backup-keys-needed")
    assert not (tmp_path / "one" / "ownkey.sqlite3").exists()
    assert not (tmp_path / "one" / "vault.key").exists(), "and none is made"

    key_file = str(store.home / "vault.key")
    ended, restored = restore(backup, tmp_path / "two", "--key-file", key_file)
    assert ended.code == 0, ended.stderr
    assert restored.tokens() == SAVED


def test_keys_that_only_client_keys_still_need_are_named_too(store: Store, tmp_path: Path) -> None:
    command(store, "key", "create", "--user", "ada@acme.example", "--account", "acme", "--name", "Tool")
    assert command(store, "keys", "rotate").code == 0
    made = command(store, "backup", str(tmp_path / "a.backup"), "--json")
    listed = store.keys()
    assert sorted(made.json["keys"]) == sorted(key[0] for key in listed)
    assert len(listed) == 2


def test_the_keys_of_another_installation_are_refused(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "a.backup"
    command(store, "backup", str(backup))
    other = Store(tmp_path / "other")
    other.run("pass")

    ended, restored = restore(backup, tmp_path / "new", "--key-file", str(other.home / "vault.key"))

    assert (ended.code, ended.json["error"]) == (1, "backup-keys-needed")
    assert not restored.database.exists()


def test_no_token_is_in_a_backup_in_the_clear(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "a.backup"
    command(store, "backup", str(backup), "--with-keys")
    kept = backup.read_bytes() + b"".join(unpacked(backup).values())
    for token in SAVED.values():
        assert token.encode() not in kept
        assert token.encode().hex().encode() not in kept
    planted = SAVED["AlmAccount acme"].encode()
    assert planted in gzip.decompress(gzip.compress(b"x" + planted)), "the search finds what is there"


@pytest.mark.usefixtures("writing")
def test_a_backup_made_while_another_process_writes_is_one_moment(store: Store, tmp_path: Path) -> None:
    for number in range(3):
        backup = tmp_path / f"{number}.backup"
        made = command(store, "backup", str(backup), "--json")
        assert (made.code, made.json["recorded"]) == (0, True), made.stderr
        copy = tmp_path / f"{number}.sqlite3"
        copy.write_bytes(unpacked(backup)["database.sqlite3"])
        with closing(sqlite3.connect(copy)) as database:
            counts = dict(
                database.execute(
                    "SELECT action, count(*) FROM audit_entry WHERE action LIKE 'test.%' GROUP BY action"
                ).fetchall()
            )
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert counts["test.left"] == counts["test.right"] > 20


def test_a_backup_overwrites_nothing_and_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "a.backup").write_text("mine")

    ended = command(store, "backup", str(place / "a.backup"), "--json")

    assert (ended.code, ended.json["error"]) == (1, "backup-in-the-way")
    assert [path.name for path in place.iterdir()] == ["a.backup"]
    assert (place / "a.backup").read_text() == "mine"
    assert command(store, "backup", str(place / "nowhere" / "b.backup")).code == 1


@pytest.mark.parametrize("there", ["ownkey.sqlite3", "ownkey.sqlite3-wal", "vault.key"])
def test_a_restore_overwrites_nothing(whole: bytes, tmp_path: Path, there: str) -> None:
    backup = tmp_path / "a.backup"
    backup.write_bytes(whole)
    home = tmp_path / "taken"
    home.mkdir(mode=0o700)
    (home / there).write_text("mine")
    (home / there).chmod(0o600)

    ended, _ = restore(backup, home)

    assert (ended.code, ended.json["error"]) == (1, "backup-in-the-way")
    assert {path.name: path.read_text() for path in home.iterdir()} == {there: "mine"}


def _cut(content: bytes, part: float) -> bytes:
    return content[: int(len(content) * part)]


def _with_a_bit_flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def _with_another_manifest(content: bytes, **changes: object) -> bytes:
    members = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for entry in archive:
            member = archive.extractfile(entry)
            assert member is not None
            members[entry.name] = member.read()
    members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **changes}).encode()
    return _packed(members)


def _packed(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return target.getvalue()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _content: b"",
    "cut-early": lambda content: _cut(content, 0.01),
    "cut-in-the-middle": lambda content: _cut(content, 0.5),
    "cut-late": lambda content: _cut(content, 0.97),
    "one-bit": lambda content: _with_a_bit_flipped(content, len(content) // 2),
    "another-thing": lambda _content: b"SQLite format 3\x00",
    "another-tar": lambda _content: _packed({"../evil": b"evil"}),
    "path-in-manifest": lambda content: _with_another_manifest(content, files={"../evil": {}}),
    "newer-format": lambda content: _with_another_manifest(content, format=2),
    "another-database": lambda content: _with_another_manifest(content, database="postgresql"),
    "no-files": lambda content: _with_another_manifest(content, files={}),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_backup_is_refused_and_nothing_is_put_in_place(
    whole: bytes, tmp_path: Path, kind: str
) -> None:
    backup = tmp_path / "a.backup"
    backup.write_bytes(DAMAGE[kind](whole))

    ended, restored = restore(backup, tmp_path / "new" / "home")

    assert (ended.code, ended.json["error"]) == (1, "backup-damaged"), ended.stderr
    assert list(restored.home.iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_a_backup_of_a_newer_version_is_refused(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(store.database)) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_later', '2030-01-01')"
        )
        database.commit()
    backup = tmp_path / "a.backup"
    command(store, "backup", str(backup), "--with-keys")

    ended, _ = restore(backup, tmp_path / "new")

    assert (ended.code, ended.json["error"]) == (1, "backup-damaged")
    assert "newer version" in ended.stderr


def test_a_damaged_database_is_not_backed_up(store: Store, tmp_path: Path) -> None:
    content = bytearray(store.database.read_bytes())
    content[8192:24576] = os.urandom(16384)
    store.database.write_bytes(content)

    ended = command(store, "backup", str(tmp_path / "a.backup"), "--json")

    assert ended.code == 1
    assert not (tmp_path / "a.backup").exists()


def a_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def text(file: Path) -> None:
    file.write_bytes(b"hello\n" * 5000)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (a_directory, "is a directory, where a file has to be. Correct the path"),
        (a_pipe, "is a device, a pipe or a socket, where a file has to be. Correct the path"),
        (half, "is damaged (PRAGMA integrity_check says so). Stop Ownkey, move the database"),
        (text, "is not a database of SQLite, or its beginning was overwritten. Check that OWNKEY_HOME"),
    ],
)
def test_what_keeps_a_database_from_being_copied_is_said_as_everywhere(
    harm: Callable[[Path], None], words: str, store: Store, tmp_path: Path
) -> None:
    for beside in ("-wal", "-shm"):
        (store.home / f"ownkey.sqlite3{beside}").unlink(missing_ok=True)
    harm(store.home / "ownkey.sqlite3")
    ended = command(store, "backup", str(tmp_path / "a.backup"))
    assert ended.code == 1
    assert words in ended.stderr
    assert not list(tmp_path.glob("*.backup*"))


def test_backup_and_restore_stand_in_the_record_as_the_operators(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "a.backup"
    command(store, "backup", str(backup), "--with-keys")
    _, restored = restore(backup, tmp_path / "new")
    for place, action in ((store, "backup.made"), (restored, "backup.restored")):
        with closing(sqlite3.connect(place.database)) as database:
            rows = database.execute(
                "SELECT actor, subject FROM audit_entry WHERE action=?", [action]
            ).fetchall()
        assert rows == [("operator", "a.backup")]


def test_a_tested_token_that_waits_is_in_no_backup(store: Store, tmp_path: Path) -> None:
    store.run(CANDIDATE, NEW="ATATT" + "3x-waits-" + "k3y" * 20)
    models = "from ownkey.connections.models import Candidate"
    envelope = f"{models}; print(bytes(Candidate.objects.get().envelope).hex())"
    sealed = bytes.fromhex(store.run(envelope).strip())
    backup = tmp_path / "a.backup"
    assert command(store, "backup", str(backup), "--with-keys").code == 0
    database = next(body for name, body in unpacked(backup).items() if name.endswith("sqlite3"))
    assert sealed not in database
    assert store.run(envelope).strip(), "it still waits where it was made"


LINK_ONLY = """
from ownkey.people.set_up import ensure_setup_link
ensure_setup_link()
"""


def ring_of_another(place: Path) -> Path:
    """Return the key file of another installation."""
    other = Store(place / "other")
    other.run("")
    return other.home / "vault.key"


@pytest.mark.parametrize("has", ["a record", "a link alone"])
def test_keys_of_another_home_are_refused_where_no_token_tells(has: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.run(LINK_ONLY)
    if has == "a record":
        store.run('from ownkey.audit.record import record\nrecord("test.made", actor="test", subject="x")')
    backup = tmp_path / "a.backup"
    assert command(store, "backup", str(backup)).code == 0
    new, foreign = Store(tmp_path / "new"), ring_of_another(tmp_path)
    refused = command(new, "restore", str(backup), "--key-file", str(foreign), "--json")
    assert (refused.code, refused.json["error"]) == (1, "backup-keys-needed")
    assert "not those of the backup" in refused.json["message"]
    assert not new.database.exists()
    assert not (new.home / "vault.key").exists()
    right = command(new, "restore", str(backup), "--key-file", str(store.home / "vault.key"))
    assert right.code == 0, right.stderr


def test_a_ring_from_before_a_rotation_is_refused_and_one_from_after_it_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.run('from ownkey.audit.record import record\nrecord("test.made", actor="test", subject="x")')
    before = tmp_path / "before.key"
    before.write_bytes((store.home / "vault.key").read_bytes())
    before.chmod(0o600)
    early = tmp_path / "early.backup"
    assert command(store, "backup", str(early)).code == 0
    assert command(store, "keys", "rotate").code == 0
    late = tmp_path / "late.backup"
    assert command(store, "backup", str(late)).code == 0
    after = store.home / "vault.key"
    assert command(Store(tmp_path / "a"), "restore", str(late), "--key-file", str(before)).code == 1
    assert command(Store(tmp_path / "b"), "restore", str(late), "--key-file", str(after)).code == 0
    assert command(Store(tmp_path / "c"), "restore", str(early), "--key-file", str(after)).code == 0
