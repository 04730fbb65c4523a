"""Starts Ownkey once and forks a process for each moment at which one is to be killed.

Run as a program (`python -m tests.faults.nursery`) by `dying.py`, with the job as JSON on standard input. A
step is whatever changes a file or the database: a statement that writes, a commit, fsync, rename, link,
unlink, mkdir. The process counts them itself and kills itself, so each moment is met exactly, not by luck.
"""

import contextlib
import io
import json
import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.backends.utils import CursorWrapper

from ownkey.console import setup
from ownkey.vault.key_keeper import keeper_of

WATCHED = ("fsync", "rename", "replace", "link", "unlink", "mkdir")
READING = ("SELECT", "PRAGMA", "BEGIN")


class Steps:
    """Counts steps, and kills the process at one of them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.is_armed = False
        self.die_at = 0
        self.dies_after = False

    def take(self, name: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401 whatever is watched returns
        """Do a step, and die right before or right after it if it is the one."""
        if not self.is_armed:
            return do()
        self.names.append(name)
        is_the_one = len(self.names) == self.die_at
        if is_the_one and not self.dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return do()
        finally:
            if is_the_one:
                os.kill(os.getpid(), signal.SIGKILL)


def watch(steps: Steps) -> None:
    """Have everything that leaves a trace counted, in every thread."""
    for name in WATCHED:
        original = getattr(os, name)

        def watched(*args: Any, _name: str = name, _original: Any = original, **named: Any) -> Any:  # noqa: ANN401
            return steps.take(_name, lambda: _original(*args, **named))

        setattr(os, name, watched)
    run: Any = CursorWrapper._execute_with_wrappers  # type: ignore[attr-defined]
    commit: Any = DatabaseWrapper._commit  # type: ignore[attr-defined]

    def execute(self: Any, sql: str, params: Any, many: bool, executor: Any) -> Any:  # noqa: ANN401, FBT001
        verb = sql.lstrip().split(" ", 1)[0].upper()
        if verb in READING:
            return run(self, sql, params, many, executor)
        return steps.take(verb, lambda: run(self, sql, params, many, executor))

    CursorWrapper._execute_with_wrappers = execute  # type: ignore[attr-defined]
    DatabaseWrapper._commit = lambda self: steps.take("COMMIT", lambda: commit(self))  # type: ignore[attr-defined]


def in_a_child(work: Callable[[], object]) -> tuple[int, Any]:
    """Fork; return how the child ended (as `subprocess` has it) and what its work returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "w") as answer:
                json.dump(work(), answer)
            code = 0
        except BaseException:  # noqa: BLE001 the parent tells it
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else None


def tell(**facts: Any) -> None:  # noqa: ANN401 plain JSON
    """Print one line for `dying.py`."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


Moment = tuple[int, str, bool]


def moments_of(names: list[str]) -> list[Moment]:
    """Return the moments at which to kill, as number and name of the step, and whether right after it.

    Right before a step, the disk and the database are as right after the one before it.
    """
    return [(1, names[0], False), *((number, name, True) for number, name in enumerate(names, 1))]


def chosen_of(moments: list[Moment], *, seed: int, most: int | None) -> list[Moment]:
    """Return all moments, or where that is too many a random sample, in order.

    The first and the last moment, those right after a commit, and one of each kind are always among them.
    """
    if most is None or len(moments) <= most:
        return moments
    chance = random.Random(seed)  # noqa: S311 no secret
    shuffled = chance.sample(moments, len(moments))
    of_each_kind = {name: moment for moment in shuffled for name in [moment[1]]}
    chosen = {moments[0], moments[-1], *of_each_kind.values()}
    chosen |= {moment for moment in moments if moment[1] == "COMMIT"}
    chosen |= set(shuffled[: max(0, most - len(chosen))])
    return sorted(chosen)


def main() -> None:
    """Do the job: run it whole once, then once for each moment, each time on a fresh copy of the store."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ownkey.console.settings")
    job = json.load(sys.stdin)
    home = Path(job["home"])
    kept = home.with_name(f"{home.name}.kept")
    shutil.copytree(home, kept)
    getattr(setup, job["start"])()
    steps = Steps()
    watch(steps)

    def live(die_at: int, *, after: bool) -> list[str]:
        steps.die_at, steps.dies_after, steps.is_armed = die_at, after, True
        exec(job["what"], {"__name__": "__job__"})  # noqa: S102 that is what it is for
        steps.is_armed = False
        return steps.names

    def look() -> list[Any]:
        """Start again, as after a kill, and return what each look printed."""
        said = []
        getattr(setup, job["restart"])()
        for code in job["looks"]:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(code, {"__name__": "__look__"})  # noqa: S102 see above
            said += [json.loads(line) for line in printed.getvalue().splitlines()]
        return said

    def start_anew() -> None:
        connections.close_all()
        keeper_of.cache_clear()
        shutil.rmtree(home)
        shutil.copytree(kept, home)

    def seen() -> list[Any]:
        code, said = in_a_child(look)
        if code != 0:
            raise SystemExit("A look failed.")
        return list(said)

    start_anew()
    code, names = in_a_child(lambda: live(0, after=False))
    if code != 0:
        raise SystemExit("It does not even run to its end.")
    tell(number=0, name="", saw=seen())
    moments = moments_of(names)
    chosen = chosen_of(moments, seed=job["seed"], most=job["most"])
    tell(moments=len(moments), chosen=len(chosen))
    for number, name, after in chosen:
        start_anew()
        code, _ = in_a_child(lambda number=number, after=after: live(number, after=after))  # type: ignore[misc]
        if code != -signal.SIGKILL:
            raise SystemExit(f"It was not killed at step {number}, {name}: {code}")
        tell(number=number, name=name, is_after=after, saw=seen())


if __name__ == "__main__":
    main()
