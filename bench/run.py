"""Runs the benchmarks named, or all, and prints one table: `python bench/run.py [NAME …] [--quick]`.

Every benchmark is a module with a function `figures()`. What they say depends on the machine and on what else
it does, so they are no tests; the exit code is 1 when a goal is missed, for whoever wants to know.
"""

import importlib
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.figure import Figure, table

BENCHMARKS = (
    "startup",
    "catalogue",
    "router",
    "links",
    "check",
    "memory",
    "changes",
    "operations",
    "boards",
    "live",
    "gateway",
)


def main(wanted: list[str]) -> int:
    """Measure, print, and return the exit code."""
    measured: list[Figure] = []
    is_quick = "--quick" in wanted
    for name in [name for name in wanted if name != "--quick"] or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures = importlib.import_module(f"bench.{name}").figures
        measured += figures(is_quick=is_quick) if name == "gateway" else figures()
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}\n")
    print(table(measured))
    return 0 if all(figure.is_met for figure in measured) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
