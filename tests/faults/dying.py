"""Processes that are killed (SIGKILL) right after, or before, each of their steps that leaves a trace.

`lives_of` runs some code once for each moment at which it could be killed, each time on a fresh copy of a
store, and yields what a process that starts afterwards sees there. `nursery.py` is the process that does it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.store import Store

PATIENCE_S = 900


@dataclass(slots=True)
class Sampling:
    """How many of the moments are tried: the options of the test run say so.

    Attributes:
        seed: Where the choice begins; the end of a test run prints it.
        most: About how many of each program's moments are tried; None is all of them.
    """

    seed: int = 0
    most: int | None = None


sampling = Sampling()
tried: list[tuple[int, int]] = []
"""How many moments were tried and how many there are, for each program so far."""


@dataclass(frozen=True, slots=True)
class Life:
    """One run that was killed, or the one that was not.

    Attributes:
        number: Which of its steps it was killed at; 0 for the run that went to its end.
        name: What that step was.
        is_after: Whether it was killed right after that step, and not before.
        saw: What the looks printed afterwards, a value for each line.
    """

    number: int
    name: str
    is_after: bool
    saw: list[Any]

    def __str__(self) -> str:
        return f"{'after' if self.is_after else 'before'} step {self.number}, {self.name}"


def lives_of(
    what: str, *looks: str, store: Store, start: str = "prepare", restart: str = "prepare", **values: str
) -> Iterator[Life]:
    """Run code whole, then have it killed at each moment, or a sample of them, and yield what is seen after.

    Args:
        what: The code.
        looks: Code that a process runs that starts afterwards; each line that it prints is JSON.
        store: On copies of which it runs; it is changed.
        start: The function of `console.setup` that opens the store.
        restart: The one that opens it afterwards.
        values: Names that `what` and `looks` know.
    """
    named = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    job = {
        "what": named + what,
        "looks": [named + look for look in looks],
        "home": str(store.home),
        "start": start,
        "restart": restart,
        "seed": sampling.seed,
        "most": sampling.most,
    }
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.nursery"],
        env={**os.environ, **store.environment},
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    for line in ended.stdout.splitlines():
        found = json.loads(line)
        if "moments" in found:
            tried.append((found["chosen"], found["moments"]))
            continue
        yield Life(found["number"], found["name"], found.get("is_after", False), found["saw"])
