"""A full disk and a database that takes no writes: refused in a sentence, and nothing that was saved is lost.

A full database is SQLite's own: `PRAGMA max_page_count` at its present size answers every growth with
SQLITE_FULL, as a full disk does. For other files a limit on the size of files (RLIMIT_FSIZE) lets each write
fail where a full disk would. A database that takes no writes is one with `PRAGMA query_only`, which answers
as SQLite does for a file that it may not write (SQLITE_READONLY).
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.store import ADAS, CANDIDATE, SAVE, SAVED, Store

ADA = "ada@acme.example"
NEW = "ATATT" + "3x-planted-new-" + "k3y" * 20
FULL = """
from django.db import connection
pages = connection.cursor().execute("PRAGMA page_count").fetchone()[0]
connection.cursor().execute(f"PRAGMA max_page_count={pages}")
for number in range(20_000):  # what free pages there are, are used up
    from ownkey.audit.record import record
    from django.db import DatabaseError
    try:
        record("test.filler", actor="test", subject="x" * 250)
    except DatabaseError as error:
        assert "full" in str(error), error
        break
else:
    raise AssertionError("it never filled")
"""
READ_ONLY = "from django.db import connection; connection.cursor().execute('PRAGMA query_only=ON')\n"
ROTATE = "from ownkey.console.key_rotation import rotate; rotate(actor='operator')\n"
REFUSED = """
from django.db import DatabaseError
try:
    exec(WHAT)
except DatabaseError as error:
    print("refused:", error)
else:
    print("done")
"""
CHECK_STILL_READS = """
from ownkey.connections.models import Credential
from ownkey.connections.sealing import open_in
assert open_in(Credential.objects.get(login="ada@acme.example")).reveal() == ADAS
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    store.run(CANDIDATE, NEW=NEW)
    return store


@pytest.fixture
def store(seeded: Store, tmp_path: Path) -> Store:
    """Return a store in which Ada's tested token waits."""
    return seeded.copy_to(tmp_path / "home")


WAITS = {**SAVED, f"Candidate {ADA}": NEW}


@pytest.mark.parametrize("what", [SAVE, ROTATE], ids=["save", "rotate"])
@pytest.mark.parametrize("state", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_a_database_without_room_refuses_and_keeps_everything(store: Store, what: str, state: str) -> None:
    said = store.run(state + REFUSED + CHECK_STILL_READS, WHAT=what, ADAS=ADAS)
    assert "refused:" in said
    assert store.tokens() == WAITS
    store.run(what)
    after = store.tokens()
    assert after[f"Credential {ADA}"] == (NEW if what == SAVE else ADAS), "with room again, it goes on"


def limited(store: Store, *arguments: str, most_bytes: int) -> "subprocess.CompletedProcess[str]":
    """Run the command where no file can grow beyond a size."""
    return subprocess.run(
        [sys.executable, "-m", "ownkey.cli.main", *arguments, "--json"],
        env={**os.environ, **store.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )


@pytest.mark.parametrize("most_bytes", [0, 100_000])
def test_a_backup_without_room_is_not_there_and_says_so(
    store: Store, tmp_path: Path, most_bytes: int
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    ended = limited(store, "backup", str(place / "a.backup"), most_bytes=most_bytes)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert json.loads(ended.stdout)["error"] == "backup"
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("most_bytes", [0, 100_000])
def test_a_restore_without_room_puts_nothing_in_place_and_can_be_repeated(
    store: Store, tmp_path: Path, most_bytes: int
) -> None:
    backup, there = tmp_path / "a.backup", Store(tmp_path / "there")
    program = f"""
from pathlib import Path
from ownkey.environment.process import current_environment
from ownkey.console.backups.making import make_backup
make_backup(current_environment(), Path({str(backup)!r}), with_keys=True, actor="operator")
"""
    store.run(program)
    ended = limited(there, "restore", str(backup), most_bytes=most_bytes)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert json.loads(ended.stdout)["error"] in {"backup", "backup-damaged"}
    assert "File too large" in json.loads(ended.stdout)["message"]
    assert not there.database.exists()
    assert not (there.home / "vault.key").exists()
    assert limited(there, "restore", str(backup), most_bytes=resource.RLIM_INFINITY).returncode == 0
    assert there.tokens() == SAVED, "a token that waits to be saved is in no backup"


def test_a_key_file_without_room_is_left_as_it_was(store: Store) -> None:
    before = (store.home / "vault.key").read_bytes()
    program = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (50, resource.RLIM_INFINITY))
from ownkey.vault.errors import UnusableKeyFileError
from ownkey.environment.process import key_keeper
from ownkey.vault.key_ring import new_key
from django.utils import timezone
keeper = key_keeper()
try:
    with keeper.changing() as replace:
        replace(keeper.ring().with_new_primary(new_key(created_at=timezone.now())))
except UnusableKeyFileError as error:
    print(error)
"""
    assert "left as it was" in store.run(program)
    assert (store.home / "vault.key").read_bytes() == before
    assert sorted(path.name for path in store.home.glob(".vault.key*")) == []
    assert store.tokens() == WAITS


def test_a_database_that_takes_no_writes_can_be_backed_up(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "a.backup"
    program = f"""
from pathlib import Path
from ownkey.environment.process import current_environment
from ownkey.console.backups.making import make_backup
made = make_backup(current_environment(), Path({str(target)!r}), with_keys=False, actor="operator")
print(made.was_recorded)
"""
    assert store.run(READ_ONLY + program).strip() == "False"
    assert target.exists()
