"""How long it takes to load the catalogue and to build its router, in a fresh process."""

import statistics
import subprocess
import sys
from collections.abc import Iterator

from bench.figure import Figure

TIMES = 10
GOAL_MS = 50

# Imports are made before, so that what is measured is the catalogue and not Python.
CODE = """
import time
from ownkey.scopes import catalogue, router
begin = time.perf_counter()
catalogue.load_catalogue()
loaded = time.perf_counter()
router.load_router()
print((loaded - begin) * 1000, (time.perf_counter() - loaded) * 1000)
"""


def figures() -> Iterator[Figure]:
    """Yield milliseconds for the catalogue and for the router."""
    runs = [measure() for _ in range(TIMES)]
    loaded, routed = (statistics.median(run[place] for run in runs) for place in (0, 1))
    yield Figure("catalogue loaded, fresh process", loaded, "ms", GOAL_MS)
    yield Figure("router built, fresh process", routed, "ms")


def measure() -> tuple[float, float]:
    """Return the milliseconds of one fresh process."""
    ended = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    loaded, routed = map(float, ended.stdout.split())
    return loaded, routed


if __name__ == "__main__":
    from bench.figure import table

    print(table(figures()))
