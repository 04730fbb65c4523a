"""What a process of Ownkey settles before anything else: its streams, and what a request to stop does to it.

It loads nothing that takes long: until a handler is there, the kernel drops what it is asked as a container's
first process.
"""

import os
import signal
import sys

# Without `Final`: `typing` alone would double the time until requests to stop are heard.
FIRST_PROCESS = 1
ENDED_BY = 128  # and the signal's number: what a shell reports, too


def begin() -> None:
    """Settle streams and signals; doing it again changes nothing."""
    heed_requests_to_stop()
    settle_streams()


def heed_requests_to_stop() -> None:
    """Let the first process of a container end at SIGTERM, as every other process does by itself.

    What serves puts a handler of its own in its place once it can end in good order.
    """
    if os.getpid() == FIRST_PROCESS and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)


def settle_streams() -> None:
    """Have standard input, output and error lead somewhere, so that no file gets their numbers later.

    A closed input is empty. What is written to a closed output fails, so that no answer is lost in silence.
    """
    for number, name, mode, way in (
        (0, "stdin", "r", os.O_RDONLY),
        (1, "stdout", "w", os.O_RDONLY),
        (2, "stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is not None:
            continue
        nowhere = os.open(os.devnull, way)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors="replace", closefd=False))


def _end(number: int, _frame: object) -> None:
    os._exit(ENDED_BY + number)


def main() -> None:
    """Begin, then run the command that the arguments name."""
    begin()
    from ownkey.cli.main import main as run_command

    run_command()
