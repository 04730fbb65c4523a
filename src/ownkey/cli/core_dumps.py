"""Keeping memory that holds keys and tokens out of core files and other processes' reach."""

import ctypes
import resource
from typing import Final

# From <linux/prctl.h>.
PR_SET_DUMPABLE: Final = 4


def forbid_core_dumps() -> None:
    """Let this process leave no core file, and let no other of the same user read its memory.

    It is a second line: where the system knows no such call, Ownkey runs without.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
