"""The data directory: whose it is, who can look into it, and how much room there is."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.environment import Environment

MB = 1024 * 1024
TOO_LITTLE, LITTLE = 64 * MB, 512 * MB


def examine_home(environment: Environment) -> Iterator[Finding]:
    """Look at the data directory."""
    home = environment.home
    if not home.is_dir():
        yield fail("home", f"There is no data directory {home}.", "Run ownkey init, or set OWNKEY_HOME.")
        return
    yield _permissions(home)
    yield _room(environment)


def _permissions(home: Path) -> Finding:
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return fail("home", f"This user cannot use {home}.", "Run this as the user that Ownkey runs as.")
    open_ones = [path for path in (home, *sorted(home.iterdir())) if _is_open_to_others(path)]
    if open_ones:
        names = ", ".join(str(path) for path in open_ones[:5])
        return fail(
            "home",
            f"Others can look into {names}.",
            f"Run chmod -R go= {home}; if others could have read vault.key, have every token replaced.",
        )
    return fine("home", f"Only its owner can look into {home}.")


def _is_open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077) and not path.is_symlink()


def _room(environment: Environment) -> Finding:
    try:
        free = shutil.disk_usage(environment.database_file.parent).free
    except OSError as error:
        return fail("disk", f"The disk cannot be looked at: {error.strerror}.", "Check OWNKEY_DATABASE_URL.")
    says = f"{free // MB} MB are free where the database is."
    if free < TOO_LITTLE:
        return fail("disk", says, "Make room now: once it is full, nothing can be saved.")
    if free < LITTLE:
        return warn("disk", says, "Make room soon.")
    return fine("disk", says)
