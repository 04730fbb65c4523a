"""`ownkey worker`: the schedule and its tasks, in a process of their own."""

import signal
import threading
from typing import Annotated

import typer

from ownkey.cli.errors import ExitCode
from ownkey.cli.output import flush, say
from ownkey.cli.serving import STOPPING, end_process
from ownkey.cli.store import open_store_to_serve

EXAMPLE = """\b
Examples:
  ownkey worker
  ownkey worker --once
"""


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, and end: for a timer of your own.")
    ] = False,
) -> None:
    """Re-check saved credentials and send reminders, apart from ownkey serve.

    ownkey serve does both by itself, unless OWNKEY_WORKER=separate. Any number may run: one of them
    works, and another follows when it ends.
    """
    environment = open_store_to_serve("")
    from ownkey.console.background import BackgroundWork
    from ownkey.environment.logs import configure_structlog

    configure_structlog(environment.logs)
    work = BackgroundWork()
    if once:
        if not work.run_once():
            say("Another process runs the schedule, so there is nothing to do here.")
        return
    received: list[int] = []
    stopping = threading.Event()

    def stop(number: int, _frame: object) -> None:
        received.append(number)
        stopping.set()

    for number in STOPPING:
        signal.signal(number, stop)
    work.start()
    say("The worker runs: it re-checks credentials and sends reminders. Ctrl-C stops it.")
    flush()
    stopping.wait()
    work.stop()
    end_process(ExitCode.INTERRUPTED if received[0] == signal.SIGINT else ExitCode.OK)
