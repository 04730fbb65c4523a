"""Being another user, and a disk of one's own, for tests of what the operating system forbids."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be the user `nobody` while the block lasts."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextmanager
def open_place() -> Iterator[Path]:
    """Make a directory that every user may enter, which is gone after the block."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


def may_mount() -> bool:
    """Return whether a disk in memory can be mounted in a namespace of its own."""
    try:
        ended = subprocess.run(
            ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"],
            capture_output=True,
            check=False,
            timeout=60,
        )
    except OSError:
        return False
    return ended.returncode == 0
