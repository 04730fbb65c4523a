"""Restoring a backup: unpacked beside, proven whole and openable, and only then put in place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ownkey.audit.keys import Signature
from ownkey.audit.vouching import newest_signature
from ownkey.connections import key_uses
from ownkey.console.backups.archive import DATABASE, KEYS, Manifest, read_archive
from ownkey.console.backups.errors import (
    BackupError,
    InTheWayError,
    KeysNeededError,
    NotABackupError,
    errors_of_copies,
)
from ownkey.console.backups.making import put_in_place, workshop
from ownkey.console.setup import SetupError, ensure_home
from ownkey.console.tables import table_changes
from ownkey.database.copies import KIND, KIND_NAME, opened_beside, refuse_damaged
from ownkey.database.files import files_of
from ownkey.environment.values import Environment
from ownkey.people.links import live_links_by_key
from ownkey.vault.errors import VaultError
from ownkey.vault.key_file import read_key_file
from ownkey.vault.key_keeper import keeper_of
from ownkey.vault.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored: what it said about itself, and how many tokens no key at hand opens."""

    manifest: Manifest
    unreadable: int


def restore_backup(
    environment: Environment, source: Path, *, key_file: Path | None, without_keys: bool = False
) -> Restored:
    """Put a backup's database, and its keys, where there are none.

    Args:
        environment: Where to.
        source: The backup.
        key_file: The key file to take, if neither the backup nor the data directory has it.
        without_keys: Whether the keys are lost for good: then no token is opened and no key is put in place.

    Raises:
        BackupError: Nothing was put in place; the message says why.
    """
    _refuse_overwriting(environment)
    try:
        ensure_home(environment.home)
        environment.database_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In the database's own directory, so that putting it in place is one step.
        with workshop(environment.database_file.parent) as directory, errors_of_copies():
            manifest = read_archive(source, directory)
            if manifest.database != KIND:
                raise NotABackupError(f"It is a backup of another kind of database than {KIND_NAME}.")
            refuse_damaged(directory / DATABASE)
            _refuse_newer(directory / DATABASE)
            unreadable = 0
            if not without_keys:
                keys = _keys_to_take(environment, directory, key_file, manifest)
                with _key_errors():
                    ring = keeper_of(replace(environment.keys, file=keys)).ring()
                unreadable = _prove(directory / DATABASE, ring)
                if environment.key_ring is None and not environment.key_file.exists():
                    _put_keys(keys, environment.key_file)
            # The database last: once it is there, all is there.
            put_in_place(directory / DATABASE, environment.database_file)
    except OSError as error:
        raise BackupError(f"The backup cannot be restored ({error.strerror or error}).") from None
    except SetupError as error:
        raise BackupError(str(error)) from None
    return Restored(manifest, unreadable)


def _refuse_overwriting(environment: Environment) -> None:
    for path in files_of(environment.database_file):
        if path.exists() or path.is_symlink():
            raise InTheWayError(
                f"{path} is there already, and a restore overwrites nothing. Stop Ownkey, and move it away, "
                "or restore into another OWNKEY_HOME."
            )


def _keys_to_take(
    environment: Environment, directory: Path, key_file: Path | None, manifest: Manifest
) -> Path:
    """Return the key file that the restored database is to be opened with."""
    there, packed = environment.key_file, directory / KEYS
    if environment.key_ring is not None:
        return there  # and is not looked at: the ring is in the environment
    offered = key_file or (packed if manifest.has_keys else None)
    if not there.exists():
        if offered is None:
            raise KeysNeededError(
                f"The backup holds no keys, and there are none at {there}: put the key file that belongs to "
                "it there (chmod 600), or name it with --key-file. If it is lost for good, --keys-lost "
                "restores everything but what it had sealed."
            )
        return offered
    with _key_errors():
        if offered is not None and read_key_file(offered) != read_key_file(there):
            raise InTheWayError(
                f"{there} is there already and differs from the key file to restore. Move it away first."
            )
    return there


def _refuse_newer(database: Path) -> None:
    """Refuse a database that this version does not know."""
    with opened_beside(database) as alias:
        if table_changes(using=alias).from_the_future:
            raise NotABackupError(
                "A newer version of Ownkey made this backup: install that version, or a later one, and "
                "restore it with that."
            )


def _prove(database: Path, ring: KeyRing) -> int:
    """Refuse a database that these keys cannot open; return how many tokens stay shut."""
    with opened_beside(database) as alias:
        shut = key_uses.keys_that_open_nothing(ring, using=alias)
        if any(key_id != key_uses.DAMAGED for key_id in shut):
            named = ", ".join(key_id for key_id in shut if key_id)
            raise KeysNeededError(
                f"Saved tokens in the backup are sealed with the key {named}, which the keys at hand do not "
                "hold, or hold another of that name. Use the key file of the time of the backup."
            )
        if _are_of_another(ring, using=alias):
            raise KeysNeededError(
                "The keys at hand are not those of the backup: client keys and links in it would not work, "
                "and nothing would vouch for its record. Use the key file of the time of the backup."
            )
        return shut.total()


def _are_of_another(ring: KeyRing, *, using: str) -> bool:
    """Return whether keys belong to another database: the newest entry of the record was signed with others.

    Where nothing is on record yet, what client keys and links were hashed with decides.
    """
    signature = newest_signature(ring, using=using)
    if signature is not None:
        return signature is not Signature.GOOD
    hashed_with = key_uses.client_keys_by_key(using=using).keys() | live_links_by_key(using=using).keys()
    named = {key_id for key_id in hashed_with if key_id}
    return bool(named) and not named & {key.id for key in ring.keys}


def _put_keys(keys: Path, target: Path) -> None:
    """Copy the key file for its owner alone and give it its name."""
    with workshop(target.parent) as beside:
        draft = beside / KEYS
        draft.touch(mode=0o600)
        with draft.open("r+b") as file:
            file.write(read_key_file(keys))
            file.flush()
            os.fsync(file.fileno())
        put_in_place(draft, target)


@contextmanager
def _key_errors() -> Iterator[None]:
    try:
        yield
    except VaultError as error:
        raise KeysNeededError(str(error)) from None
