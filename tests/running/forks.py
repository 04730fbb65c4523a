"""Programs run in a moment: each in a process of its own, forked from one that has its imports behind it.

Starting Python and importing Django and the rest takes longer than most commands take. What depends on how
Python starts (its own options and variables, what is imported) needs a process from scratch.
"""

import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from tests.running.fork_server import LONGEST_JOB

NOT_FOR_ALL = ("OWNKEY_", "DJANGO_")
FROM_SCRATCH = ("PYTHON", "LC_", "LANG", "LD_", "TZ")
START_WITHIN_S = 120


class spent:  # noqa: N801 one number
    """The seconds that ended children have computed."""

    cpu_s = 0.0


def can_fork(variables: Mapping[str, str]) -> bool:
    """Whether these variables leave alone how Python itself starts."""
    return not any(
        name.startswith(FROM_SCRATCH) and value != os.environ.get(name) for name, value in variables.items()
    )


def run(
    *arguments: str,
    environment: Mapping[str, str],
    timeout_s: float,
    code: str | None = None,
    given: bytes = b"",
) -> "subprocess.CompletedProcess[str]":
    """Run the `ownkey` command with these arguments, or some code, to its end.

    Raises:
        TimeoutExpired: It has not ended in time, and was killed.
    """
    job: dict[str, object] = {
        "arguments": arguments,
        "code": code,
        "environment": dict(environment),
        "directory": str(Path.cwd()),
    }
    with TemporaryFile() as stdin:
        stdin.write(given)
        stdin.seek(0)
        outputs, theirs = zip(*(os.pipe() for _ in ("stdout", "stderr", "status")), strict=True)
        try:
            _send(job, [stdin.fileno(), *theirs])
        finally:
            for descriptor in theirs:
                os.close(descriptor)
    stdout, stderr, status = _read_to_the_end(outputs, timeout_s)
    returncode, cpu_s = json.loads(status.split(b"\n")[1])
    spent.cpu_s += cpu_s
    return subprocess.CompletedProcess(arguments, int(returncode), stdout.decode(), stderr.decode())


def _send(job: dict[str, object], descriptors: list[int]) -> None:
    message = json.dumps(job).encode()
    if len(message) > LONGEST_JOB:
        raise AssertionError("The program is too long to be sent.")
    socket.send_fds(_server(), [message], descriptors)


def _read_to_the_end(outputs: Sequence[int], timeout_s: float) -> list[bytes]:
    """Return what comes out of the pipes until all are closed; the last one begins with the child's id."""
    read = dict.fromkeys(outputs, b"")
    until = time.monotonic() + timeout_s
    try:
        with selectors.DefaultSelector() as selector:
            for output in outputs:
                selector.register(output, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(0.0, until - time.monotonic()))
                if not ready:
                    child = int(read[outputs[-1]].split(b"\n")[0])
                    os.kill(child, signal.SIGKILL)
                    raise subprocess.TimeoutExpired("a forked program", timeout_s)
                for key, _ in ready:
                    piece = os.read(key.fd, 65536)
                    read[key.fd] += piece
                    if not piece:
                        selector.unregister(key.fd)
    finally:
        for output in outputs:
            os.close(output)
    return [read[output] for output in outputs]


@cache
def _server() -> socket.socket:
    """Start the server of this test process; it ends with it, by its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        ours.setsockopt(socket.SOL_SOCKET, option, LONGEST_JOB)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_ALL)}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.running.fork_server", str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        env=kept,
        pass_fds=[theirs.fileno()],
        cwd=Path(__file__).parents[2],
    )
    theirs.close()
    ours.settimeout(START_WITHIN_S)
    assert ours.recv(16) == b"ready"
    ours.settimeout(None)

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours
