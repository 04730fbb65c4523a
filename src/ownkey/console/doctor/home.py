"""The data directory: whose it is, who can look into it, and how much room there is."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.setup import obstacle_in_home, open_to_others
from ownkey.environment.values import Environment
from ownkey.obstacles import obstacle_in, obstacle_to_growing, obstacle_to_reading

MB = 1024 * 1024
TOO_LITTLE, LITTLE = 64 * MB, 512 * MB


def examine_home(environment: Environment) -> Iterator[Finding]:
    """Look at the data directory."""
    home = environment.home
    if not os.path.lexists(home) and obstacle_to_reading(home) is None:
        yield fail("home", f"There is no data directory {home}.", "Run ownkey init, or set OWNKEY_HOME.")
    else:
        yield _permissions(home)
    yield _room(environment)


def _permissions(home: Path) -> Finding:
    if obstacle := obstacle_in_home(home):
        return fail("home", f"The data directory cannot be used: {obstacle.sentence}", obstacle.next_step)
    if opened := open_to_others(home):
        key_file = home / "vault.key"
        could_read = key_file.exists() and _is_open_to_others(key_file)
        also = " Others could read vault.key: have every token replaced." if could_read else ""
        return fail("home", opened.sentence, f"{opened.next_step}{also}")
    loose = [path for path in sorted(home.iterdir()) if _is_open_to_others(path)]
    if loose:
        names = ", ".join(path.name for path in loose[:5])
        return warn(
            "home",
            f"Only its owner can look into {home}, and nothing but that protects {names}.",
            f"Run: chmod -R go= {home}",
        )
    return fine("home", f"Only its owner can look into {home}.")


def _is_open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.lstat().st_mode) & 0o077) and not path.is_symlink()


def _room(environment: Environment) -> Finding:
    file = environment.database_file
    try:
        free = shutil.disk_usage(file.parent).free
    except OSError as error:
        why = obstacle_to_reading(file) or obstacle_in(error, file)
        return fail("disk", f"The disk cannot be looked at: {why.sentence}", why.next_step)
    if obstacle := obstacle_to_growing(file):
        return fail("disk", obstacle.sentence, obstacle.next_step)
    says = f"{free // MB} MB are free where the database is."
    if free < TOO_LITTLE:
        return fail("disk", says, "Make room now: once it is full, nothing can be saved.")
    if free < LITTLE:
        return warn("disk", says, "Make room soon.")
    return fine("disk", says)
