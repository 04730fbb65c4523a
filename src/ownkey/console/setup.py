"""Getting ready: what `ownkey init`, `serve` and every other command that needs the database call first."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ownkey.console.environment import Environment, EnvironmentMistakesError, read_environment
from ownkey.console.signing import SigningKeyError, ensure_signing_key
from ownkey.vault.errors import ExposedKeyFileError, KeyFileBusyError, ProviderAwayError, VaultError
from ownkey.vault.key_keeper import keeper_of

LOST_FOR_GOOD = "If it is lost for good, ownkey keys replace-lost shows the way on."


class SetupError(Exception):
    """Ownkey cannot start; the message says what to put right, a line each."""

    code = "setup"


def prepare() -> Environment:
    """Make what is missing (data directory, keys, tables), start Django, and return the environment.

    Doing it again changes nothing.

    Raises:
        SetupError: with a sentence for each thing to put right.
    """
    environment = _make_home_and_signing_key()
    try:
        _ensure_vault_key(environment)
    except VaultError as error:
        raise SetupError(with_way_out(error)) from error
    _start_django()
    _migrate(environment)
    _refuse_wrong_keys()
    return environment


def prepare_without_keys() -> Environment:
    """Do as `prepare` does, but leave the vault's keys alone: for who replaces them.

    Raises:
        SetupError: with a sentence for each thing to put right.
    """
    environment = _make_home_and_signing_key()
    if not environment.database_file.exists():
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
    """Return what is wrong with the keys, and what is left to do where they are lost for good."""
    if isinstance(error, ExposedKeyFileError | KeyFileBusyError | ProviderAwayError):
        return str(error)  # they are there
    return f"{error} {LOST_FOR_GOOD}"


def ensure_home(home: Path) -> None:
    """Make the data directory for its owner alone, or refuse one that others may look into."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(home.stat().st_mode)
    except OSError as error:
        raise SetupError(f"The data directory {home} cannot be made or used: {error.strerror}.") from error
    if mode & 0o077:
        raise SetupError(f"Others may look into the data directory {home}. Run: chmod 700 {home}")
    if not os.access(home, os.W_OK | os.X_OK):
        raise SetupError(f"The data directory {home} cannot be written to by this user.")


def _make_home_and_signing_key() -> Environment:
    try:
        environment = read_environment()
        ensure_home(environment.home)
        ensure_signing_key(environment)
    except (EnvironmentMistakesError, SigningKeyError) as error:
        raise SetupError(str(error)) from error
    return environment


def _ensure_vault_key(environment: Environment) -> None:
    """Make the vault's key on the first start; a key that was lost later is noticed and not replaced."""
    keeper_of(environment.keys).ensure(may_create=not environment.database_file.exists())


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


def _start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ownkey.console.settings")
    import django  # noqa: PLC0415 the settings read keys that are made above

    django.setup()


def _migrate(environment: Environment) -> None:
    from django.core.management import call_command  # noqa: PLC0415 Django is ready only now
    from django.db import DatabaseError, connection  # noqa: PLC0415

    from ownkey.console import tables  # noqa: PLC0415 see above
    from ownkey.console.database_trouble import trouble_of  # noqa: PLC0415 see above

    # Every file that SQLite makes beside the database is its owner's alone, too.
    before = os.umask(0o077)
    try:
        with _one_at_a_time(environment.database_file):
            tables.bring_up_to_date()
        call_command("clearsessions")
    except DatabaseError as error:
        trouble = trouble_of(error)
        why = f"{error}." if trouble is None else f"{trouble.sentence} {trouble.next_step}"
        raise SetupError(f"The database {environment.database_file} cannot be used: {why}") from error
    finally:
        connection.close()
        os.umask(before)


@contextmanager
def _one_at_a_time(database: Path) -> Iterator[None]:
    """Let nobody else change the tables while the block lasts; whoever comes second waits and finds them.

    Pages, gateway and worker are often started in the same moment, and after an upgrade.
    """
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(
            database.with_name(f"{database.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise SetupError(
            f"No lock can be made beside the database {database} ({error.strerror}): give Ownkey's user a "
            "directory that it can write to, on a disk with room."
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # it ends with its process
        yield
    finally:
        os.close(descriptor)
