"""The gateway beside other proxies: the same load in turns, within one run."""

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.certificate import write_certificate
from bench.load import Cell, Run, cores, free_port, load, resident_mb, running
from bench.peers import installed, nginx
from bench.peers.candidates import CANDIDATES, KEY, Setting

DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Running:
    """A program that runs, and where it leads to one upstream; None is the upstream itself."""

    port: int
    process: psutil.Process | None = None
    idle_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is measured: one process before the plain upstream, and another before the one with TLS."""

    name: str
    plain: Running
    tls: Running | None

    def load(self, cell: Cell, *, seconds: float) -> Run:
        """Load it and return what was seen."""
        running = self.tls if cell.is_tls else self.plain
        assert running is not None
        # The upstream itself is asked as a candidate would ask it; candidates are always asked without TLS.
        scheme = "https" if cell.is_tls and running.process is None else "http"
        url = f"{scheme}://127.0.0.1:{running.port}"
        try:
            return load(url, cell, key=KEY, seconds=seconds, of=running.process)
        except RuntimeError as error:
            raise RuntimeError(f"{self.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one run of the benchmark showed, by candidate."""

    cells: Mapping[Cell, Mapping[str, Run]]
    idle_mb: Mapping[str, float]
    loaded_mb: Mapping[str, float]
    missing: Sequence[str]


def measure(cells: Sequence[Cell], *, rounds: int, seconds: float, only: Sequence[str] = ()) -> Measured:
    """Load every candidate with every cell, in turns, and return the medians of all rounds."""
    with tempfile.TemporaryDirectory(prefix="ownkey-bench-") as folder, ExitStack() as stack:
        candidates, missing = _start(
            Path(folder), stack, only or tuple(CANDIDATES), with_tls=any(cell.is_tls for cell in cells)
        )
        runs: dict[Cell, dict[str, list[Run]]] = {cell: {c.name: [] for c in candidates} for cell in cells}
        for candidate in candidates:  # connections to the upstream are made and code is warm
            for cell in cells:
                candidate.load(cell, seconds=0.5)
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            for cell in cells:
                # Back and forth: whoever is first in one round is last in the next.
                for candidate in candidates[:: 1 if number % 2 == 0 else -1]:
                    runs[cell][candidate.name].append(candidate.load(cell, seconds=seconds))
        return Measured(
            {cell: {name: _median(seen) for name, seen in by.items()} for cell, by in runs.items()},
            {c.name: c.plain.idle_mb for c in candidates if c.plain.process},
            {c.name: resident_mb(c.plain.process) for c in candidates if c.plain.process},
            missing,
        )


def _median(runs: Sequence[Run]) -> Run:
    def of(name: str) -> float:
        return float(statistics.median(getattr(run, name) for run in runs))

    return Run(of("requests_per_s"), of("p50_us"), of("p99_us"), of("cpu_us"))


def _start(
    place: Path, stack: ExitStack, wanted: Sequence[str], *, with_tls: bool
) -> tuple[list[Candidate], list[str]]:
    """Start everything; return what runs, and what could not be had."""
    binary = installed.nginx()
    if binary is None or installed.wrk() is None:
        raise SystemExit("The gateway's benchmark needs wrk and nginx, and they could not be installed.")
    other_core = cores()[1]
    certificate = write_certificate(place)
    plain, tls = free_port(), free_port()
    configuration = nginx.upstream_configuration(place, plain=plain, tls=tls)
    upstream: list[str | Path] = [binary, "-p", place, "-c", configuration]
    stack.enter_context(running(upstream, core=other_core, ports=[plain, tls], log=place / "upstream.log"))
    candidates = [Candidate(DIRECT, Running(plain), Running(tls))]
    missing = []
    for name in wanted:
        before = {"plain": f"http://127.0.0.1:{plain}"}
        if with_tls:
            before["tls"] = f"https://127.0.0.1:{tls}"
        started = {}
        for kind, url in before.items():
            own = place / f"{name.replace(' ', '-')}-{kind}"
            own.mkdir()
            found = _started(name, Setting(free_port(), url, certificate, own), stack)
            if found is not None:
                started[kind] = found
        if started:
            candidates.append(Candidate(name, started["plain"], started.get("tls")))
        else:
            missing.append(name)
    return candidates, missing


def _started(name: str, setting: Setting, stack: ExitStack) -> Running | None:
    command = CANDIDATES[name](setting)
    if command is None:
        return None
    log = setting.place / "log"
    process = stack.enter_context(running(command, core=cores()[0], ports=[setting.port], log=log))
    return Running(setting.port, process, resident_mb(process))
