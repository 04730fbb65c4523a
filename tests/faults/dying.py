"""Processes that are killed (SIGKILL) right after, or before, their n-th step that leaves a trace.

A step is whatever changes a file or the database: a statement that writes, a commit, fsync, rename, link,
unlink, mkdir. The process counts them itself and kills itself, so each moment is met exactly, not by luck.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PATIENCE_S = 60

_PROGRAM = """
import json, os, signal, sys
from pathlib import Path

what, die_at, after = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "after"
steps = []
armed = False

def step(name, do):
    if not armed:
        return do()
    steps.append(name)
    if len(steps) == die_at and not after:
        os.kill(os.getpid(), signal.SIGKILL)
    number = len(steps)
    try:
        return do()
    finally:
        if number == die_at and after:
            os.kill(os.getpid(), signal.SIGKILL)

def watch(module, name):
    original = getattr(module, name)
    setattr(module, name, lambda *args, **kw: step(name, lambda: original(*args, **kw)))

for name in ("fsync", "rename", "replace", "link", "unlink", "mkdir"):
    watch(os, name)

from ownkey.console.setup import prepare
prepare()
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

def execute(original, sql, params, many, context):
    verb = sql.lstrip().split(" ", 1)[0].upper()
    if verb in ("SELECT", "PRAGMA", "BEGIN"):
        return original(sql, params, many, context)
    return step(verb, lambda: original(sql, params, many, context))

connection.execute_wrappers.append(execute)
commit = DatabaseWrapper._commit
DatabaseWrapper._commit = lambda self: step("COMMIT", lambda: commit(self))
armed = True
exec(what)
armed = False
print(json.dumps(steps))
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a process is killed: at which of its steps, and on which side of it."""

    number: int
    name: str
    is_after: bool

    def __str__(self) -> str:
        return f"{'after' if self.is_after else 'before'} step {self.number}, {self.name}"


def moments_of(what: str, environment: Mapping[str, str]) -> Iterator[Moment]:
    """Run `what` to its end once, and yield every moment at which it could be killed."""
    ended = _run(what, 0, "before", environment)
    assert ended.returncode == 0, ended.stderr
    names = json.loads(ended.stdout.splitlines()[-1])
    yield Moment(1, names[0], is_after=False)
    # Right before a step, the disk and the database are as right after the one before it.
    for number, name in enumerate(names, 1):
        yield Moment(number, name, is_after=True)


def die(what: str, moment: Moment, environment: Mapping[str, str]) -> None:
    """Run `what` and have it killed at a moment."""
    ended = _run(what, moment.number, "after" if moment.is_after else "before", environment)
    assert ended.returncode == -signal.SIGKILL, (str(moment), ended.stderr)


def _run(
    what: str, die_at: int, side: str, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM, what, str(die_at), side],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
