"""Who runs on a data directory: any number of servers together, or one demo alone.

A lock that the system keeps for the process (`flock`) says so; it ends with the process, however
that ends, and a file that is left behind holds nobody up.
"""

import errno
import fcntl
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ownkey.cli.errors import FailedError
from ownkey.obstacles import obstacle_in, obstacle_to_writing

LOCK_FILE = "in-use.lock"
# Some network file systems know no locks; there nothing can be said about who runs.
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


@dataclass(frozen=True, slots=True)
class HomeInUse:
    """A data directory that this process uses, until it ends."""

    _number: int

    def tell(self, address: str) -> None:
        """Write down where this process is, for whom it keeps out."""
        told = json.dumps({"process": os.getpid(), "address": address}).encode()
        with suppress(OSError):  # a full disk: only a sentence gets shorter
            os.ftruncate(self._number, 0)
            os.pwrite(self._number, told, 0)

    def leave(self) -> None:
        """Let others in."""
        os.close(self._number)


def share_home(home: Path, address: str) -> HomeInUse:
    """Use a data directory beside other servers.

    Raises:
        FailedError: A demo runs on it.
    """
    in_use = _take(home, fcntl.LOCK_SH)
    in_use.tell(address)
    return in_use


def take_home_alone(home: Path) -> HomeInUse:
    """Use a data directory alone, as a demo does.

    Raises:
        FailedError: Another demo runs on it, or a server does.
    """
    in_use = _take(home, fcntl.LOCK_EX)
    in_use.tell("")
    return in_use


def _take(home: Path, kind: int) -> HomeInUse:
    try:
        number = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        why = obstacle_to_writing(home / LOCK_FILE) or obstacle_in(error, home / LOCK_FILE)
        raise FailedError(why.code, f"The data directory {home} cannot be used. {why}") from None
    try:
        fcntl.flock(number, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        by = _holder(number)
        os.close(number)
        raise FailedError(
            "home-in-use", f"This home is in use by {by}. Stop that one first, or choose another home."
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return HomeInUse(number)


def _holder(number: int) -> str:
    """Return who said last that it uses the directory, if that one is still there."""
    try:
        told = json.loads(os.pread(number, 1000, 0))
        process, address = int(told["process"]), str(told["address"])
        os.kill(process, 0)
    except PermissionError:
        pass  # it is there, and somebody else's
    except (ValueError, KeyError, TypeError, OSError):
        return "another process of Ownkey"
    return f"process {process}" + (f" at {address}" if address.isprintable() and address else "")
