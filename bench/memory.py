"""How much memory `ownkey serve` holds while it has nothing to do, all its processes together."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator

import psutil

from bench.figure import Figure
from bench.ownkey_command import command, environment

SETTLES_S = 2.0


def figures() -> Iterator[Figure]:
    """Yield the resident memory after the first pages were served."""
    with environment() as variables:
        serving = subprocess.Popen(
            command("serve", "--port", "0"),
            env=variables,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            url = _address(serving)
            started = _resident_mb(serving.pid)
            for _ in range(20):
                with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310 our own address
                    page.read()
            time.sleep(SETTLES_S)
            used = _resident_mb(serving.pid)
        finally:
            serving.terminate()
            serving.wait(20)
    yield Figure("ownkey serve, idle after its start", started, "MB", 150)
    yield Figure("ownkey serve, idle after serving pages", used, "MB", 150)


def _address(serving: "subprocess.Popen[str]") -> str:
    assert serving.stderr is not None
    for line in serving.stderr:
        if line.startswith("Ownkey is at "):
            url = line.split()[3]
            break
    else:
        raise RuntimeError("ownkey serve ended before it served.")
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()  # noqa: S310 our own address
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return url


def _resident_mb(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 1e6
