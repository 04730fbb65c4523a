"""Processes pinned to a core, and load on them: what one run of wrk found out."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.peers import installed

LIKE_A_CLIENT = (
    "User-Agent: python-requests/2.32.5",
    "Accept: application/json",
    "Accept-Encoding: gzip, deflate",
    "Content-Type: application/json",
)
SCRIPT = Path(__file__).parent / "peers/load.lua"


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of load: how large the answers are, how many connections, and whether the upstream has TLS.

    With `writes` an issue is created instead, in 2 KB, which is answered without a body.
    """

    size: str
    connections: int
    is_tls: bool
    writes: bool = False

    @property
    def name(self) -> str:
        """What a heading says of it."""
        kilobytes = "POST of 2 KB" if self.writes else {"small": "2 KB", "large": "64 KB"}[self.size]
        tls = ", TLS upstream" if self.is_tls else ""
        plural = "s" if self.connections > 1 else ""
        return f"{kilobytes}, {self.connections} connection{plural}{tls}"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run showed."""

    requests_per_s: float
    p50_us: float
    p99_us: float
    cpu_us: float
    """CPU of the candidate's processes for each call, in user and kernel."""


def cores() -> tuple[int, int]:
    """Return the core for what is measured, and the one for the rest; the same one if there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[0]


@contextmanager
def running(
    command: Sequence[str | Path], *, core: int, ports: Sequence[int], log: Path, **variables: str
) -> Iterator[psutil.Process]:
    """Run a program on one core until the context ends; ready when it listens on its ports."""
    with log.open("ab") as written:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", str(core), *command],
            stdout=written,
            stderr=written,
            stdin=subprocess.DEVNULL,
            env=os.environ | variables,
        )
    try:
        for port in ports:
            _wait_for(port, process, log=log)
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def load(url: str, cell: Cell, *, key: str, seconds: float, of: psutil.Process | None) -> Run:
    """Load an address and return what was seen."""
    return run_wrk(
        url,
        SCRIPT,
        "POST" if cell.writes else "GET",
        fields=(f"Authorization: Bearer {key}", f"X-Bench-Size: {cell.size}"),
        connections=cell.connections,
        seconds=seconds,
        of=of,
    )


def run_wrk(  # noqa: PLR0913 — what wrk is told
    url: str,
    script: Path,
    argument: str,
    *,
    fields: Sequence[str] = (),
    connections: int,
    seconds: float,
    of: psutil.Process | None,
) -> Run:
    """Load an address as a script has it, and return what was seen.

    Raises:
        RuntimeError: some requests failed.
    """
    wrk = installed.wrk()
    assert wrk is not None
    command = [wrk, "--threads", "1", "--connections", str(connections)]
    # wrk takes whole seconds only; it is told to stop early, as it still prints what it has.
    command += ["--duration", "60", "--timeout", "20", "--script", str(script)]
    command += [word for field in (*LIKE_A_CLIENT, *fields) for word in ("--header", field)]
    command += [url, "--", argument]
    before = _cpu_s(of)
    loading = subprocess.Popen(
        ["taskset", "--cpu-list", str(cores()[1]), *command], stdout=subprocess.PIPE, text=True
    )
    time.sleep(seconds)
    loading.send_signal(2)
    printed, _ = loading.communicate(timeout=60)
    used = _cpu_s(of) - before
    seen = json.loads(printed.splitlines()[-1])
    if seen["failed"] or not seen["requests"]:
        raise RuntimeError(f"{seen['failed']} of {seen['requests']} requests failed.")
    return Run(
        seen["requests"] / seen["seconds"], seen["p50_us"], seen["p99_us"], used / seen["requests"] * 1e6
    )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def resident_mb(process: psutil.Process) -> float:
    """Return the memory that a program holds."""
    return float(process.memory_info().rss) / 1e6


def _cpu_s(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", *, log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text()[-2000:]) from None
            time.sleep(0.05)
        else:
            return


Table = Mapping[Cell, Mapping[str, Sequence[Run]]]
