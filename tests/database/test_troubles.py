"""What SQLite, the disk and the owner of a file say is told apart; only a proven loss speaks of a backup."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ownkey.database import words
from ownkey.database.troubles import trouble_of
from ownkey.database.words import Trouble
from tests.other_users import NOBODY, as_nobody, may_mount, needs_root, open_place

BACKUP = "ownkey restore"


def make_database(file: Path, *, mode: str = "wal") -> Path:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("CREATE TABLE t (number INTEGER, words TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(n, f"words {n}" * 50) for n in range(500)])
        database.execute("CREATE INDEX i ON t (number)")
    return file


def write(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=0.1)) as database:
        database.execute("PRAGMA cache_size=4")
        database.execute("INSERT INTO t SELECT number, zeroblob(30000) FROM t")
        database.commit()


def read(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=0.1)) as database:
        database.execute("SELECT sum(length(words)) FROM t").fetchall()


def trouble_with(file: Path, use: Callable[[Path], None], *, examine: bool = True) -> Trouble:
    """Use a database that does not work; return what is said about it."""
    with pytest.raises(sqlite3.Error) as failed:
        use(file)
    trouble = trouble_of(failed.value, file=file, examine=examine)
    assert trouble is not None, failed.value
    return trouble


def error_with(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("made up")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_database(tmp_path / "ownkey.sqlite3")


# -- Nothing is lost: the file, its owner, its place ------------------------------------------------


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as directory:
        yield directory


def owned_by_nobody(place: Path) -> Path:
    home = place / "home"
    home.mkdir(mode=0o700)
    file = make_database(home / "ownkey.sqlite3")
    for path in (home, *home.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    file.chmod(0o600)
    return file


@needs_root
def test_a_database_that_belongs_to_root_names_its_owner(place: Path) -> None:
    file = owned_by_nobody(place)
    os.chown(file, 0, 0)
    with as_nobody():
        trouble = trouble_with(file, read)
    assert "belongs to root; this process runs as nobody" in trouble.sentence
    assert f"chown nobody {file}" in trouble.next_step


@needs_root
@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_file_beside_it_that_a_command_of_root_left_is_named(place: Path, suffix: str) -> None:
    file = owned_by_nobody(place)
    beside = file.with_name(file.name + suffix)
    beside.touch(mode=0o600)
    with as_nobody():
        trouble = trouble_with(file, write)
    assert f"{beside} belongs to root" in trouble.sentence


@needs_root
def test_a_directory_in_which_nothing_can_be_made_is_named(place: Path) -> None:
    file = owned_by_nobody(place)
    os.chown(file.parent, 0, 0)
    file.parent.chmod(0o755)
    with as_nobody():
        trouble = trouble_with(file, write)
    assert f"{file.parent} belongs to root" in trouble.sentence


@needs_root
def test_a_directory_that_may_not_be_entered_is_named(place: Path) -> None:
    file = owned_by_nobody(place)
    os.chown(file.parent, 0, 0)
    with as_nobody():
        trouble = trouble_with(file, read)
    assert f"{file.parent} belongs to root" in trouble.sentence


@needs_root
def test_an_owner_who_took_the_rights_away_is_told_the_mode(place: Path) -> None:
    file = owned_by_nobody(place)
    file.chmod(0o400)
    with as_nobody():
        trouble = trouble_with(file, write)
    assert "(0400)" in trouble.sentence
    assert f"chmod u+rw {file}" in trouble.next_step


def test_a_directory_in_the_place_of_the_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ownkey.sqlite3").mkdir()
    assert "is a directory" in trouble_with(tmp_path / "ownkey.sqlite3", read).sentence


def test_a_link_to_nothing_is_named_with_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "ownkey.sqlite3").symlink_to(tmp_path / "volume" / "ownkey.sqlite3")
    trouble = trouble_with(tmp_path / "ownkey.sqlite3", read)
    assert "is a link to" in trouble.sentence
    assert "Mount or bring back" in trouble.next_step


def test_a_directory_that_is_not_mounted_is_named(tmp_path: Path) -> None:
    trouble = trouble_with(tmp_path / "volume" / "ownkey.sqlite3", read)
    assert f"There is no directory {tmp_path / 'volume'}." in trouble.sentence


def test_too_many_open_files_are_named(file: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = [os.dup(0) for _ in range(200)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(held) - 20, hard))
    try:
        trouble = trouble_with(file, read)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in held:
            os.close(number)
    assert trouble.code == "too-many-files"


def test_a_limit_on_the_size_of_files_is_named(file: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 4096, hard))
    try:
        trouble = trouble_with(file, write)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in trouble.sentence


# -- Nothing is lost: disks that are full or read-only, for real ------------------------------------

ON_A_DISK = """
import json, os, subprocess, sys
from pathlib import Path
from django.conf import settings
settings.configure()
from tests.database.test_troubles import make_database, read, trouble_with, write
place = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", sys.argv[2], "tmpfs", place], check=True)
file = make_database(place / "ownkey.sqlite3")
if sys.argv[3] == "full":
    with (place / "fill").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
elif sys.argv[3] == "files":
    try:
        for number in range(10000):
            (place / f"file-{number}").touch()
    except OSError:
        pass
else:
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
trouble = trouble_with(file, read if sys.argv[3] == "files" else write)
print(json.dumps([trouble.code, trouble.sentence, trouble.next_step]))
"""


@pytest.mark.parametrize(
    ("how", "options", "code", "said"),
    [
        ("full", "size=6m", "disk-full", "is full"),
        ("files", "size=8m,nr_inodes=20", "disk-full", "takes no more files (no inodes are left)"),
        ("read-only", "size=8m", "disk-read-only", "is mounted read-only"),
    ],
)
def test_a_disk_that_takes_no_writes_is_named(
    how: str, options: str, code: str, said: str, tmp_path: Path
) -> None:
    if not may_mount():
        pytest.skip("no disk can be mounted here")
    ended = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", ON_A_DISK, str(tmp_path), options, how],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    found, sentence, next_step = json.loads(ended.stdout)
    assert found == code
    assert said in sentence
    assert BACKUP not in next_step


# -- Nothing is lost: what SQLite itself says --------------------------------------------------------


def locked(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        write(file)


def limited(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA max_page_count=1")
        database.execute("INSERT INTO t VALUES (1, zeroblob(1000000))")


def query_only(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA query_only=1")
        database.execute("INSERT INTO t VALUES (1, 'x')")


def too_large(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO t VALUES (1, zeroblob(2000000000))")


@pytest.mark.parametrize(
    ("use", "trouble"),
    [
        (locked, words.BUSY),
        (limited, words.LIMITED),
        (query_only, words.READ_ONLY),
        (too_large, words.TOO_LARGE),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_sqlite_says_is_told_apart(file: Path, use: Callable[[Path], None], trouble: Trouble) -> None:
    assert trouble_with(file, use) == trouble


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (sqlite3.SQLITE_IOERR_READ, words.FAILING),
        (sqlite3.SQLITE_IOERR_FSYNC, words.FAILING),
        (sqlite3.SQLITE_CANTOPEN, words.UNOPENED),
        (sqlite3.SQLITE_PERM, words.READ_ONLY),
        (sqlite3.SQLITE_LOCKED, words.BUSY),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, words.BUSY),
        (sqlite3.SQLITE_PROTOCOL, words.NO_LOCKS),
        (sqlite3.SQLITE_IOERR_SHMLOCK, words.NO_LOCKS),
        (sqlite3.SQLITE_READONLY_DBMOVED, words.MOVED),
        (sqlite3.SQLITE_CANTOPEN_NOTEMPDIR, words.NO_TEMPORARY),
    ],
)
def test_codes_that_nothing_here_brings_about_have_words_of_their_own(
    file: Path, code: int, trouble: Trouble
) -> None:
    assert trouble_of(error_with(code), file=file, examine=True) == trouble


def test_a_mistake_in_a_statement_is_no_trouble_of_the_database(file: Path) -> None:
    with pytest.raises(sqlite3.Error) as failed, closing(sqlite3.connect(file)) as database:
        database.execute("SELECT nothing FROM nowhere")
    assert trouble_of(failed.value, file=file) is None


# -- Something may be lost: only an examination of all of it says so ---------------------------------


def overwrite(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:40960] = bytes(32768)
    file.write_bytes(content)


def test_proven_damage_speaks_of_a_backup_and_keeps_what_is_there(file: Path) -> None:
    overwrite(file)
    trouble = trouble_with(file, read)
    assert BACKUP in trouble.next_step
    assert "keep them" in trouble.next_step


def test_damage_that_nobody_has_looked_into_does_not(file: Path) -> None:
    overwrite(file)
    trouble = trouble_with(file, read, examine=False)
    assert trouble == words.SUSPECTED
    assert BACKUP not in trouble.next_step


def test_damage_that_an_examination_does_not_find_is_denied(file: Path) -> None:
    trouble = trouble_of(error_with(sqlite3.SQLITE_CORRUPT), file=file, examine=True)
    assert trouble == words.NOT_CONFIRMED


def test_a_file_that_is_no_database_asks_first_whether_it_is_the_right_one(file: Path) -> None:
    file.write_text("OWNKEY_HOME=/srv/ownkey\n" * 200)
    for left in file.parent.glob("*-*"):
        left.unlink()
    trouble = trouble_with(file, read)
    assert trouble.next_step.startswith("Check that OWNKEY_HOME and OWNKEY_DATABASE_URL")
    assert BACKUP in trouble.next_step


def test_indexes_alone_are_made_anew_without_a_backup(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        row = database.execute("SELECT * FROM sqlite_schema WHERE name = 'i'").fetchone()
        database.execute("PRAGMA writable_schema=1")
        database.execute("DELETE FROM sqlite_schema WHERE name = 'i'")
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("INSERT INTO t VALUES (1, 'not in the index')")
        database.execute("PRAGMA writable_schema=1")
        database.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)
    trouble = trouble_of(error_with(sqlite3.SQLITE_CORRUPT), file=file, examine=True)
    assert trouble is not None
    assert "nothing is lost" in trouble.sentence
    assert "REINDEX" in trouble.next_step
    assert BACKUP not in trouble.next_step
    with closing(sqlite3.connect(file)) as database:
        database.execute("REINDEX")
    assert trouble_of(error_with(sqlite3.SQLITE_CORRUPT), file=file, examine=True) == words.NOT_CONFIRMED


def test_an_examination_that_something_stands_in_the_way_of_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    trouble = trouble_of(error_with(sqlite3.SQLITE_CORRUPT), file=tmp_path / "gone", examine=True)
    assert trouble is not None
    assert "is a link to" in trouble.sentence
    assert BACKUP not in trouble.next_step


# -- Pages -------------------------------------------------------------------------------------------


@needs_root
def test_a_page_names_no_path_and_no_user(place: Path) -> None:
    file = owned_by_nobody(place)
    os.chown(file, 0, 0)
    with as_nobody():
        trouble = trouble_with(file, read, examine=False)
    for said in (trouble.page_sentence, trouble.page_step):
        assert said
        assert str(place) not in said
        assert "root" not in said
