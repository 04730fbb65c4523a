"""A process that has imported what Ownkey imports, and forks a child for each program that tests run.

`forks.py` starts it as a program and talks to it over a socket. A child has an environment, a working
directory and standard streams of its own, and starts Django by itself: only the imports are shared, of which
none reads the environment. A child is a process like any other: it can be killed, and ends with an exit code.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import traceback
from typing import Any

# Django's settings are made of the environment, so each child makes its own.
NEVER = ("__main__", "__mp_main__", "ownkey.console.settings")
STREAMS = 3
LONGEST_JOB = 4 * 1024 * 1024

SCOUT = """
import os, tempfile
with tempfile.TemporaryDirectory() as home:
    os.environ["OWNKEY_HOME"] = home + "/home"
    from ownkey.cli.main import build_app
    from ownkey.console.setup import prepare
    build_app()
    prepare()
    import ownkey.console.urls
    from django.db import connection
    connection.close()
"""


def import_all() -> None:
    """Import what a child imported that prepared a store; what needs the settings is left to each child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        exec(SCOUT, {"__name__": "__scout__"})  # noqa: S102 our own
        names = json.dumps([name for name in sys.modules if name not in NEVER])
        with os.fdopen(writing, "w") as answer:
            answer.write(names)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        names = json.load(answer)
    os.waitpid(child, 0)
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    conf = importlib.import_module("django.conf")
    if conf.settings.configured or NEVER[-1] in sys.modules:
        raise SystemExit("An import reads Django's settings: children would share them.")


def run(job: dict[str, Any]) -> int:
    """Run what a job asks for, as Python runs a program, and return the exit code."""
    try:
        if job["code"] is None:
            sys.argv = ["ownkey", *job["arguments"]]
            from ownkey.cli.main import main  # noqa: PLC0415 imported long ago, so that nothing is loaded

            main()
        else:
            sys.argv = ["-c"]
            exec(compile(job["code"], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 a test's own
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        sys.stderr.write(f"{ended.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 as Python itself does
        traceback.print_exc()
        return 1
    return 0


def open_streams() -> None:
    """Open the standard streams as Python does at its start: what they lead to has changed."""
    old = (sys.stdin, sys.stdout, sys.stderr)
    atexit.register(old.__len__)  # nothing is closed that the new ones use as well
    sys.stdin = open(0, encoding=old[0].encoding, closefd=False)  # noqa: SIM115 a descriptor, till the end
    sys.stdout = open(1, "w", encoding=old[1].encoding, closefd=False)  # noqa: SIM115 see above
    sys.stderr = open(  # noqa: SIM115 see above
        2, "w", encoding=old[2].encoding, errors="backslashreplace", buffering=1, closefd=False
    )


def become(job: dict[str, Any], streams: list[int]) -> None:
    """Be the child: take over streams, directory and environment, run, and end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    open_streams()
    os.environ.clear()
    os.environ.update(job["environment"])
    os.chdir(job["directory"])
    code = 1
    try:
        code = run(job)
        end()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)


def end() -> None:
    """Do what Python does at the end of a program: threads end, databases are closed, all is written."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if "django.db" in sys.modules:
        sys.modules["django.db"].connections.close_all()
    gc.collect()
    sys.stdout.flush()


class Server:
    """Takes jobs from one socket, and tells how each ended."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.selector = selectors.DefaultSelector()
        self.selector.register(client, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until the client is gone."""
        while True:
            for key, _ in self.selector.select():
                if key.data is not None:
                    self._tell_the_end(key.fd, *key.data)
                elif not self._start():
                    return

    def _start(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.client, LONGEST_JOB, STREAMS + 1)
        if not message:
            return False
        job = json.loads(message)
        *streams, status = descriptors
        child = os.fork()
        if child == 0:
            self.selector.close()
            self.client.close()
            os.close(status)
            become(job, streams)
        for stream in streams:
            os.close(stream)
        os.write(status, f"{child}\n".encode())
        self.selector.register(os.pidfd_open(child), selectors.EVENT_READ, (child, status))
        return True

    def _tell_the_end(self, watched: int, child: int, status: int) -> None:
        self.selector.unregister(watched)
        os.close(watched)
        _, ended, used = os.wait4(child, 0)
        told = [os.waitstatus_to_exitcode(ended), used.ru_utime + used.ru_stime]
        with contextlib.suppress(BrokenPipeError):
            os.write(status, f"{json.dumps(told)}\n".encode())
        os.close(status)


def main() -> None:
    """Serve the socket whose number is the argument."""
    client = socket.socket(fileno=int(sys.argv[1]))
    import_all()
    gc.collect()
    gc.freeze()
    client.send(b"ready")
    Server(client).serve()


if __name__ == "__main__":
    main()
