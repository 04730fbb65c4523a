"""Making a backup: copied as of one moment, proven, recorded, and only then put where it was asked for."""

import fcntl
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.db import DatabaseError
from django.utils import timezone

from ownkey.audit.record import record
from ownkey.connections import key_uses
from ownkey.connections.models import AlmAccount, Candidate
from ownkey.console.backups.archive import DATABASE, KEYS, Manifest, digest_of, read_archive, write_archive
from ownkey.console.backups.errors import (
    BackupError,
    DatabaseMissingError,
    InTheWayError,
    NothingSavedError,
    errors_of_copies,
)
from ownkey.console.first_start import missing_database
from ownkey.console.nobody_here import successor_without_people
from ownkey.database.copies import (
    KIND,
    copy_database,
    count_rows,
    destroy_rows,
    migrations_of,
    opened_beside,
    refuse_damaged,
)
from ownkey.environment.values import Environment
from ownkey.people.models import User
from ownkey.vault.errors import KeyFileError
from ownkey.vault.key_file import read_key_file
from ownkey.vault.key_keeper import keeper_of

WORKSHOP = ".ownkey-backup-"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made.

    Attributes:
        size: Its size in bytes.
        key_ids: The keys that open what is in it, and recognise the client keys.
        has_keys: Whether those are in it.
        unreadable: How many saved tokens no key at hand opens, by key id; they were lost before.
        was_recorded: Whether the record says that it was made; not if the database takes no writes.
    """

    size: int
    key_ids: tuple[str, ...]
    has_keys: bool
    unreadable: Counter[str]
    was_recorded: bool


def make_backup(environment: Environment, target: Path, *, with_keys: bool, actor: object) -> Backup:
    """Make a backup while Ownkey runs, or not.

    Args:
        environment: Whose database.
        target: The file to make; it must not be there.
        with_keys: Whether the key file goes into it, so that the backup alone opens every token.
        actor: Who makes it, for the record.

    Raises:
        BackupError: It was not made; nothing is left behind.
        VaultError: The keys cannot be read.
    """
    if missing := missing_database(environment):
        raise DatabaseMissingError(str(missing))
    ring = keeper_of(environment.keys).ring()
    if with_keys and environment.key_ring is not None:
        raise BackupError("The keys are in OWNKEY_KEYS and in no file: back them up where they are kept.")
    if target.exists() or target.is_symlink():
        raise InTheWayError(f"{target} is there already. A backup overwrites nothing: choose another name.")
    try:
        with workshop(target.parent) as directory, errors_of_copies():
            members = {DATABASE: directory / DATABASE}
            copy_database(environment.database_file, members[DATABASE])
            refuse_damaged(members[DATABASE])
            _refuse_nothing(members[DATABASE], environment.database_file)
            # Tested tokens wait for minutes, and a backup is kept for years.
            destroy_rows(members[DATABASE], Candidate._meta.db_table)  # noqa: SLF001 Django's public name
            with opened_beside(members[DATABASE]) as alias:
                unreadable = key_uses.keys_that_open_nothing(ring, using=alias)
                sealed_with = tuple(sorted(key_uses.envelopes_by_key(using=alias)))
                # Client keys that were hashed before a rotation work with the older key alone.
                hashed_with = {key_id for key_id in key_uses.client_keys_by_key(using=alias) if key_id}
                migrations = migrations_of(alias)
            _refuse_other_keys(unreadable, sealed_with)
            if with_keys:
                members[KEYS] = _copy_of_key_file(environment, directory)
            draft = directory / "backup"
            write_archive(draft, _manifest(members, migrations), members)
            (directory / "again").mkdir(mode=0o700)
            read_archive(draft, directory / "again")
            was_recorded = _recorded(target, with_keys=with_keys, actor=actor)
            put_in_place(draft, target)
            size = target.stat().st_size
    except OSError as error:
        raise BackupError(
            f"The backup cannot be written ({error.strerror or error}): check that {target.parent} is there, "
            "has room, and can be written to."
        ) from None
    key_ids = tuple(sorted({*sealed_with, *hashed_with}))
    return Backup(size, key_ids, with_keys, unreadable, was_recorded)


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """Make a directory for its owner alone, to work in while the block lasts; sweep up after kills."""
    for left_over in parent.glob(f"{WORKSHOP}*"):
        with _lock_on(left_over) as is_mine:
            if is_mine:
                shutil.rmtree(left_over, ignore_errors=True)
    directory = Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=parent))
    try:
        with _lock_on(directory):
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def put_in_place(draft: Path, target: Path) -> None:
    """Give a finished file its name, at once, and only if nothing has that name."""
    try:
        # A link, unlike a rename, refuses to replace what another process put there meanwhile.
        os.link(draft, target)
    except FileExistsError:
        raise InTheWayError(f"{target} is there already, so nothing was overwritten.") from None
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _lock_on(directory: Path) -> Iterator[bool]:
    """Hold a directory while the block lasts; yields whether nobody else does."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_mine = True
    except BlockingIOError:
        is_mine = False
    try:
        yield is_mine
    finally:
        os.close(descriptor)


def _refuse_nothing(copy: Path, database: Path) -> None:
    """Refuse a copy that holds nothing where something was: it would push good backups out of a rotation."""
    tables = (User._meta.db_table, AlmAccount._meta.db_table)  # noqa: SLF001 Django's public name
    rows = [count_rows(copy, table) for table in tables]
    if any(rows) or (why := _why_nothing_is_there(copy, has_tables=None not in rows)) is None:
        return
    raise NothingSavedError(
        f"The database {database} holds nothing to back up. {why} Keep every earlier backup, and check "
        "OWNKEY_HOME and OWNKEY_DATABASE_URL."
    )


def _why_nothing_is_there(copy: Path, *, has_tables: bool) -> str | None:
    """Return what shows that something was there before; None for an installation that nobody used yet."""
    if not has_tables:
        return "It has no tables."
    with opened_beside(copy) as alias:
        found = successor_without_people(using=alias)
    return None if found is None else found.sentence


def _refuse_other_keys(unreadable: Counter[str], key_ids: tuple[str, ...]) -> None:
    if key_ids and len(unreadable) == len(key_ids):
        raise BackupError(
            "Not one saved token opens with the keys at hand, so the backup could not be proven and was not "
            "made: restore the key file that belongs to this database. ownkey doctor says more."
        )


def _copy_of_key_file(environment: Environment, directory: Path) -> Path:
    copy = directory / KEYS
    try:
        content = read_key_file(environment.key_file)
    except KeyFileError as error:
        raise BackupError(str(error)) from None
    copy.touch(mode=0o600)
    copy.write_bytes(content)
    return copy


def _manifest(members: dict[str, Path], migrations: tuple[str, ...]) -> Manifest:
    return Manifest(
        made_at=timezone.now().isoformat(timespec="seconds"),
        version=version("ownkey"),
        database=KIND,
        migrations=migrations,
        files={name: digest_of(path) for name, path in members.items()},
    )


def _recorded(target: Path, *, with_keys: bool, actor: object) -> bool:
    """Write down that a backup leaves; where the database takes no writes, a backup matters all the more."""
    try:
        record("backup.made", actor=actor, subject=target.name, details={"with_keys": with_keys})
    except DatabaseError:
        return False
    return True
