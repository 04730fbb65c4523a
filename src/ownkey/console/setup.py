"""Getting ready: what `ownkey init`, `serve` and every other command that needs the database call first."""

import os
import secrets
import stat
from dataclasses import replace
from pathlib import Path

from ownkey.console import first_start
from ownkey.database.files import is_gone
from ownkey.database.locks import NoLockError, tables_lock
from ownkey.environment.process import set_default, use
from ownkey.environment.reading import EnvironmentMistakesError, read_environment
from ownkey.environment.signing import SigningKeyError, ensure_signing_key, read_signing_key
from ownkey.environment.values import Environment
from ownkey.obstacles import Obstacle, name_of_user, obstacle_in, obstacle_to_growing, obstacle_to_writing
from ownkey.secret import Secret
from ownkey.vault.errors import VaultError
from ownkey.vault.key_keeper import keeper_of

LOST_FOR_GOOD = "If it is lost for good, ownkey keys replace-lost says what that would cost."


class SetupError(Exception):
    """Ownkey cannot start; the message says what to put right, a line each."""

    code = "setup"


class MissingDatabaseError(SetupError):
    """The database of an earlier start is gone; nothing was made in its place."""

    code = first_start.CODE


def prepare(*, may_be_new: bool = False) -> Environment:
    """Make what is missing (data directory, keys, tables), start Django, and return the environment.

    Doing it again changes nothing.

    Args:
        may_be_new: Whether an empty database is wanted beside the keys of an earlier one.

    Raises:
        MissingDatabaseError: There was a database, and it is gone.
        SetupError: with a sentence for each thing to put right.
    """
    environment = _make_home_and_signing_key()
    _refuse_missing_database(environment, may_be_new=may_be_new)
    _note_first_start(environment)
    try:
        _ensure_vault_key(environment)
    except VaultError as error:
        raise SetupError(with_way_out(error)) from error
    _start_django()
    _migrate(environment)
    first_start.end(environment)
    _refuse_wrong_keys()
    return environment


def prepare_without_keys() -> Environment:
    """Do as `prepare` does, but leave the vault's keys alone: for who replaces them.

    Raises:
        SetupError: with a sentence for each thing to put right.
    """
    environment = _make_home_and_signing_key()
    _refuse_missing_database(environment)
    if is_gone(environment.database_file):
        raise SetupError(f"There is no database {environment.database_file}: check OWNKEY_HOME.")
    _start_django()
    _migrate(environment)
    return environment


def start_without_changes() -> Environment:
    """Start Django and return the environment; nothing is made and no table is changed.

    For what has to work while something is broken, or before a new version has touched the tables.

    Raises:
        SetupError: with a sentence for each thing to put right.
    """
    try:
        environment = read_environment()
        _start_django()
    except (EnvironmentMistakesError, SigningKeyError) as error:
        raise SetupError(str(error)) from error
    return environment


def with_way_out(error: VaultError) -> str:
    """Return what is wrong with the keys, and what is left to do where they may be lost for good."""
    return f"{error} {LOST_FOR_GOOD}" if error.may_be_lost else str(error)


def ensure_home(home: Path) -> None:
    """Make the data directory for its owner alone, or refuse one that cannot be used or is open to others.

    Raises:
        SetupError: It cannot be used; the message says why and what to do.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = obstacle_in_home(home) or obstacle_to_growing(home) or obstacle_in(error, home)
        raise SetupError(
            f"The data directory {home} cannot be made. {why} Or set OWNKEY_HOME to a directory of "
            "Ownkey's own."
        ) from None
    if obstacle := obstacle_in_home(home):
        raise SetupError(f"The data directory {home} cannot be used. {obstacle}")
    if opened := open_to_others(home):
        raise SetupError(str(opened))


def obstacle_in_home(home: Path) -> Obstacle | None:
    """Return what keeps this process from making the data directory, or from writing into it."""
    nearest = next(path for path in (home, *home.parents) if os.path.lexists(path) or path == path.parent)
    return obstacle_to_writing(nearest / "a-file")


def open_to_others(home: Path) -> Obstacle | None:
    """Return what to do about a data directory that other users may look into; None if they may not."""
    found = home.stat()
    if not stat.S_IMODE(found.st_mode) & 0o077:
        return None
    if found.st_uid == os.geteuid():
        return Obstacle(
            "home-open", f"Others may look into the data directory {home}.", f"Run: chmod 700 {home}"
        )
    # A volume that was made for this user by giving its group rights: whoever owns it could shut us out.
    return Obstacle(
        "home-open",
        f"The data directory {home} belongs to {name_of_user(found.st_uid)}, and others may look into it.",
        f"Set OWNKEY_HOME to a directory inside it, such as {home / 'ownkey'}: Ownkey makes that for "
        "itself alone.",
    )


def _make_home_and_signing_key() -> Environment:
    try:
        environment = read_environment()
        ensure_home(environment.home)
        ensure_signing_key(environment)
    except (EnvironmentMistakesError, SigningKeyError) as error:
        raise SetupError(str(error)) from error
    return environment


def _refuse_missing_database(environment: Environment, *, may_be_new: bool = False) -> None:
    if missing := first_start.missing_database(environment, may_be_new=may_be_new):
        raise MissingDatabaseError(str(missing))


def _note_first_start(environment: Environment) -> None:
    try:
        first_start.begin(environment)
    except OSError as error:
        mark = environment.home / first_start.MARK
        why = obstacle_to_growing(mark) or obstacle_in(error, mark)
        raise SetupError(f"The first start cannot be noted in {environment.home}. {why}") from None


def _ensure_vault_key(environment: Environment) -> None:
    """Make the vault's key on the first start; a key that was lost later is noticed and not replaced."""
    keeper_of(environment.keys).ensure(may_create=is_gone(environment.database_file))


def _refuse_wrong_keys() -> None:
    """Refuse keys that do not open what is stored, before anything is sealed with them."""
    from django.db import connection  # noqa: PLC0415 Django is ready only now

    from ownkey.connections.key_uses import refuse_wrong_keys  # noqa: PLC0415 see above

    try:
        refuse_wrong_keys()
    except VaultError as error:
        raise SetupError(with_way_out(error)) from error
    finally:
        connection.close()


def start_for_examination(environment: Environment) -> None:
    """Start Django for who looks at what is wrong, even where the signing key cannot be read.

    Nothing is signed by it: sessions and links need the true one, which only pages and commands use.
    """
    try:
        read_signing_key(environment)
    except SigningKeyError:
        environment = replace(environment, secret_key=Secret(secrets.token_urlsafe(64)))
    use(environment)
    _start_django()


def _start_django() -> None:
    # What Ownkey makes (mail in files, what SQLite keeps beside the database) is its owner's alone.
    os.umask(0o077)
    set_default("DJANGO_SETTINGS_MODULE", "ownkey.console.settings")
    import django  # noqa: PLC0415 the settings read keys that are made above

    django.setup()


def _migrate(environment: Environment) -> None:
    from django.core.management import call_command  # noqa: PLC0415 Django is ready only now
    from django.db import DatabaseError, connection  # noqa: PLC0415

    from ownkey.console import tables  # noqa: PLC0415 see above
    from ownkey.database.troubles import trouble_of  # noqa: PLC0415 see above

    try:
        with tables_lock(environment.database_file):
            tables.bring_up_to_date()
        call_command("clearsessions")
    except DatabaseError as error:
        trouble = trouble_of(error, examine=True)
        why = f"{error}." if trouble is None else f"{trouble.sentence} {trouble.next_step}"
        raise SetupError(f"The database {environment.database_file} cannot be used: {why}") from error
    except (tables.NewerTablesError, NoLockError) as error:
        raise SetupError(str(error)) from None
    finally:
        connection.close()
