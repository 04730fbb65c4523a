"""The gateway beside direct calls, the bare proxies that it is made of, and what people use today.

`make bench ARGS="gateway"` takes about seven minutes and writes docs/benchmarks.md; `make bench
ARGS="gateway --quick"` takes about two and only prints.
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import gateway_streams
from bench.figure import Figure, table
from bench.gateway_load import DIRECT, Measured, measure
from bench.load import Cell, Run
from bench.peers import installed

DOCUMENT = Path(__file__).parent.parent / "docs/benchmarks.md"
LINKS = "## Links\n"
FULL = tuple(Cell(size, count, is_tls=False) for size in ("small", "large") for count in (1, 16, 64))
TLS = (Cell("small", 16, is_tls=True), Cell("large", 16, is_tls=True))
WRITES = (Cell("small", 16, is_tls=False, writes=True),)
QUICK = (Cell("small", 16, is_tls=False), Cell("large", 16, is_tls=False))
HEADLINE = Cell("small", 16, is_tls=False)

BARE = {
    "ownkey, pyreqwest": "bare Granian + pyreqwest",
    "ownkey, aiohttp": "bare Granian + aiohttp",
}
ON_ASYNCIO = "bare Granian + aiohttp on asyncio"
HEADINGS = (
    "candidate",
    "requests/s",
    "added p50",
    "added p99",
    "CPU per call",
    "of nginx",
    "of mitmproxy",
    "of its bare proxy",
)
INTRODUCTION = """\
# Benchmarks

Measured by `make bench ARGS=gateway`: every candidate is loaded in turns, back and forth, within one run on
one machine, and the median of its runs is shown. The candidate has one core, as far as the machine's other
work allows; the load (wrk) and the upstream (nginx, which answers with an issue as Jira writes it) have the
other. Compare rows of one table, never numbers of two machines.

The gateway is `ownkey gateway` as people run it, one process, with its database, its record and its counters.
It does its whole job for every call: it identifies the client key, authorises the operation, filters header
fields, rewrites links in the JSON, counts, and puts calls that write on record before they leave. One thing
differs from daily use: the pace is counted, and set so high that nothing waits. What it has loaded at its
start it leaves out of Python's garbage collection; the other candidates run as they come, and set one header.
*Bare* is the same server, the same HTTP client and the same event loop (uvloop) with nothing but forwarding
between them; *on asyncio* is the same on the loop that Granian comes with. What Ownkey costs on top of its
parts is the last column, from the CPU that each call took, which other work on the machine
disturbs least; the other ratios are of requests/s. aiohttp is what Ownkey sends with unless told otherwise.
"""


def figures(*, is_quick: bool = False) -> Iterator[Figure]:
    """Measure, write the tables down, and yield what has a goal."""
    installed.ensure_installed()
    if is_quick:
        measured = measure(QUICK, rounds=2, seconds=0.7)
    else:
        measured = measure((*FULL, *WRITES, *TLS), rounds=5, seconds=0.7)
    beside = [*_goals(measured)]
    for name in BARE:
        beside += gateway_streams.figures(name, slow_s=2.0 if is_quick else 4.0)
    document = _document(measured, beside)
    if is_quick:
        print(document)
    else:
        by_hand = DOCUMENT.read_text().partition(LINKS)  # the rows of `make bench ARGS=links`
        DOCUMENT.write_text(document.rstrip() + "\n\n" + by_hand[1] + by_hand[2])
    yield from beside


def _goals(measured: Measured) -> Iterator[Figure]:
    """Yield the goals; they are written as upper limits: 1.25 is one over 0.8, 0.1 one over ten."""
    by = measured.cells[HEADLINE]
    for name, bare in (*BARE.items(), ("ownkey, aiohttp", ON_ASYNCIO)):
        yield Figure(
            f"{name}: CPU per call, times that of {bare}", by[name].cpu_us / by[bare].cpu_us, "×", 1.25
        )
        slower = by[bare].requests_per_s / by[name].requests_per_s
        yield Figure(f"{name}: requests/s of {bare}, times ours", slower, "×", 1.25)
    if "mitmproxy" in by:
        for name in BARE:
            for cell, runs in measured.cells.items():
                share = runs["mitmproxy"].requests_per_s / runs[name].requests_per_s
                goal = 0.1 if cell == HEADLINE else None
                yield Figure(f"{name}: requests/s of mitmproxy, times ours, {cell.name}", share, "×", goal)


def _document(measured: Measured, beside: Sequence[Figure]) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    parts = [
        INTRODUCTION,
        f"{datetime.now(UTC):%d %B %Y}; {machine}; load averages at the end: {load}.\n",
        *(f"## {cell.name}\n\n{_cell_table(runs)}\n" for cell, runs in measured.cells.items()),
        f"## Memory\n\n{_memory_table(measured)}\n",
        f"## Goals, streams and memory of the gateway\n\n{table(beside)}\n",
    ]
    if measured.missing:
        parts.append(f"Not measured, because it could not be installed: {', '.join(measured.missing)}.\n")
    return "\n".join(parts)


def _cell_table(runs: Mapping[str, Run]) -> str:
    direct = runs[DIRECT]
    rows = [
        HEADINGS,
        ("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:"),
    ]
    for name, run in sorted(runs.items(), key=lambda each: -each[1].requests_per_s):
        bare = BARE.get(name)
        rows.append(
            (
                name,
                f"{run.requests_per_s:,.0f}",
                _ms(run.p50_us - direct.p50_us) if name != DIRECT else "",
                _ms(run.p99_us - direct.p99_us) if name != DIRECT else "",
                f"{run.cpu_us:.0f} µs" if name != DIRECT else "",
                _ratio(run, runs.get("nginx")),
                _ratio(run, runs.get("mitmproxy")),
                f"{runs[bare].cpu_us / run.cpu_us:.2f}" if bare else "",
            )
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _memory_table(measured: Measured) -> str:
    rows = [("candidate", "idle", "after the load"), ("---", "---:", "---:")]
    rows += [
        (name, f"{idle:.0f} MB", f"{measured.loaded_mb[name]:.0f} MB")
        for name, idle in measured.idle_mb.items()
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f} ms"


def _ratio(run: Run, other: Run | None) -> str:
    return f"{run.requests_per_s / other.requests_per_s:.2f}" if other else ""


if __name__ == "__main__":
    print(table(figures(is_quick="--quick" in sys.argv)))
