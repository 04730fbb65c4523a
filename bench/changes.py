"""The gateway while people are changed, beside itself while nobody is: what a change costs all the others.

`make bench ARGS="changes"` takes about a minute. The load calls with the client keys of many people in turn;
ten times a second the credential of one of them is changed, as a test of it does. Both rates are of one run,
in turns, back and forth.
"""

import os
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

from bench.certificate import write_certificate
from bench.figure import Figure
from bench.load import Run, cores, free_port, run_wrk, running
from bench.peers import installed, nginx
from bench.peers.candidates import AUTHORIZATION

PEOPLE = 500
CHANGES_A_SECOND = 10
CONNECTIONS = 16
ROUNDS = 6
SECONDS = 4.0
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
SCRIPT = Path(__file__).parent / "peers/many_keys.lua"
CHANGE = "UPDATE connections_credential SET proven_count = proven_count + 1 WHERE user_id = ?"
REVOKE = "UPDATE connections_clientkey SET revoked_at = CURRENT_TIMESTAMP WHERE id = ?"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def key_of(number: int) -> str:
    """Return a client key that nobody uses for anything else."""
    name = "".join(ALPHABET[number // 32**place % 32] for place in range(4))
    return "ok_" + f"benchmrk{name}_" + "b" * 32


def figures() -> Iterator[Figure]:
    """Yield what changes of single people cost everybody, and how soon one is in force."""
    installed.ensure_installed()
    with tempfile.TemporaryDirectory(prefix="ownkey-bench-") as folder, ExitStack() as stack:
        place = Path(folder)
        gateway = Gateway(place, stack)
        gateway.load()  # every key has been read, and code is warm
        steady: list[Run] = []
        changing: list[Run] = []
        for number in range(ROUNDS):
            print(f"  round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            for is_changing in (False, True) if number % 2 else (True, False):
                with gateway.changing() if is_changing else nullcontext():
                    (changing if is_changing else steady).append(gateway.load())
        with gateway.changing():
            in_force_s = max(gateway.revoked_after_s(number) for number in range(5))
    rates = [statistics.median(run.requests_per_s for run in runs) for runs in (steady, changing)]
    cpu = [statistics.median(run.cpu_us for run in runs) for runs in (steady, changing)]
    name = f"{PEOPLE} people, {CHANGES_A_SECOND} of them changed a second"
    yield Figure(f"{name}: calls/s of nobody changed, times ours", rates[0] / rates[1], "×", 1 / 0.9)
    yield Figure(f"{name}: CPU per call, times that of nobody changed", cpu[1] / cpu[0], "×", 1 / 0.9)
    yield Figure(f"{name}: calls/s", rates[1], "calls/s", compared_with=("nobody changed", rates[0]))
    yield Figure(f"{name}: a revoked key is refused after", in_force_s, "s", 1)


class Gateway:
    """The gateway with its store, before an upstream, and what is done to both."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        binary = installed.nginx()
        if binary is None or installed.wrk() is None:
            raise SystemExit("This benchmark needs wrk and nginx, and they could not be installed.")
        certificate = write_certificate(place)
        plain, tls, self._port = free_port(), free_port(), free_port()
        configuration = nginx.upstream_configuration(place, plain=plain, tls=tls)
        upstream = [binary, "-p", place, "-c", configuration]
        stack.enter_context(
            running(upstream, core=cores()[1], ports=[plain, tls], log=place / "upstream.log")
        )
        keys = [key_of(number) for number in range(PEOPLE)]
        self._keys = place / "keys"
        self._keys.write_text("\n".join(keys) + "\n")
        arguments = ("aiohttp", AUTHORIZATION, certificate, ",".join(keys), place)
        command = [sys.executable, "-m", "bench.peers.ownkey_gateway", *arguments, str(self._port)]
        self._process: psutil.Process = stack.enter_context(
            running(
                [*command, f"http://127.0.0.1:{plain}"],
                core=cores()[0],
                ports=[self._port],
                log=place / "gateway.log",
            )
        )
        self._database = place / "home/ownkey.sqlite3"

    def load(self) -> Run:
        """Call with every key in turn for a while."""
        return run_wrk(
            f"http://127.0.0.1:{self._port}",
            SCRIPT,
            str(self._keys),
            connections=CONNECTIONS,
            seconds=SECONDS,
            of=self._process,
        )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change one person after the other while the block lasts."""
        is_over = threading.Event()
        changer = threading.Thread(target=self._change, args=(is_over,))
        changer.start()
        try:
            yield
        finally:
            is_over.set()
            changer.join()

    def _change(self, is_over: threading.Event) -> None:
        os.sched_setaffinity(threading.get_native_id(), {cores()[1]})
        with closing(sqlite3.connect(self._database, timeout=30, isolation_level=None)) as database:
            people = [row[0] for row in database.execute("SELECT user_id FROM connections_credential")]
            while not is_over.wait(1 / CHANGES_A_SECOND):
                database.execute(CHANGE, [random.choice(people)])  # noqa: S311 no secret

    def revoked_after_s(self, number: int) -> float:
        """Revoke a client key that is in use, and return how long it still opens anything."""
        key = key_of(number)
        assert self._status(key) == 200
        with closing(sqlite3.connect(self._database, timeout=30, isolation_level=None)) as database:
            database.execute(REVOKE, [key.split("_")[1]])
        began = time.perf_counter()
        while self._status(key) == 200:
            time.sleep(0.001)
        return time.perf_counter() - began

    def _status(self, key: str) -> int:
        url = f"http://127.0.0.1:{self._port}/jira/acme/rest/api/3/issue/ACME-1"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
        try:
            with _OPENER.open(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
