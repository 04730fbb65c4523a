"""Serving an ASGI application with Granian, in this process, until a signal asks to stop."""

import asyncio
import gc
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ownkey.cli.errors import ExitCode
from ownkey.cli.output import flush

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# How long answers that are under way may take to end by themselves when Ownkey stops.
PATIENCE_S = 8.0
# Python looks for garbage in cycles after this many new objects; its own 700 are there after a few calls.
OBJECTS_BETWEEN_COLLECTIONS = 10_000
MOST_FILES = 65_536
MOST_CONNECTIONS_BESIDE = 64
STOPPING = (signal.SIGINT, signal.SIGTERM)


class Interruptible:
    """An application whose answers that are under way can be ended: Granian itself would wait for ever."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._answering: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        task = asyncio.current_task()
        if scope["type"] == "lifespan" or task is None:
            await self._application(scope, receive, send)
            return
        self._answering.add(task)
        try:
            await self._application(scope, receive, send)
        finally:
            self._answering.discard(task)

    def interrupt(self) -> None:
        """End every answer that is under way."""
        for task in self._answering:
            task.cancel()


@dataclass(frozen=True, slots=True)
class Beside:
    """An application that is served on a port of its own for as long as the main one; it has no lifespan."""

    application: Application
    host: str
    port: int


def run(serving: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    """Run what serves to its end, on uvloop: a call through the gateway takes a fifth less CPU on it."""
    import uvloop

    return uvloop.run(serving)


async def serve_until_told(
    application: Application, host: str, port: int, *, beside: Beside | None = None
) -> ExitCode:
    """Serve until SIGINT or SIGTERM; answers that are under way get a little time to end."""
    from granian.constants import Interfaces

    from ownkey.cli.listening import Listening

    interruptible = Interruptible(application)
    server = Listening(
        interruptible,
        host=host,
        port=port,
        interface=Interfaces.ASGI,
        most_connections=most_connections(),
    )
    others = []
    if beside is not None:
        others.append(
            Listening(
                beside.application,
                host=beside.host,
                port=beside.port,
                interface=Interfaces.ASGINL,
                most_connections=MOST_CONNECTIONS_BESIDE,
            )
        )
    loop = asyncio.get_running_loop()
    received: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if not received.done():
            received.set_result(number)
            for each in (server, *others):
                each.stop()  # type: ignore[no-untyped-call]
            loop.call_later(PATIENCE_S, interruptible.interrupt)

    for number in STOPPING:
        loop.add_signal_handler(number, stop, number)
    _settle_garbage_collector()
    try:
        await asyncio.gather(*(each.serve() for each in (server, *others)))
    finally:
        for number in STOPPING:
            loop.remove_signal_handler(number)
            # What is left to do is short, and another Ctrl-C must not cut it off.
            signal.signal(number, signal.SIG_IGN)
    if not received.done():
        return ExitCode.FAILED
    return ExitCode.INTERRUPTED if received.result() is signal.SIGINT else ExitCode.OK


def _settle_garbage_collector() -> None:
    """Leave what is loaded by now out of all collections: it stays, and to look through it takes long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


def most_connections() -> int:
    """Return how many connections may be open at once, having raised the limit of open files if allowed.

    Granian's own limit is 128: so many slow callers, or idle clients, would keep everybody else out. A call
    needs a second file for its connection to Atlassian.
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return max(128, files // 2 - 128)


def end_process(code: ExitCode) -> NoReturn:
    """End the process at once, everything having been put away.

    Python's own way out would stop Granian's threads in the middle of asking for the interpreter, which
    now and then aborts the process (SIGABRT) after it has ended well.
    """
    flush()
    sys.stderr.flush()
    os._exit(code)
