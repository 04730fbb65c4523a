"""Running the sandbox on Granian, in this process, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from ownkey.sandbox.app import build_app
from ownkey.sandbox.cloud import Cloud
from ownkey.sandbox.jira.seeds.many import count_of_many
from ownkey.sandbox.keeping.file import WorldFile
from ownkey.sandbox.keeping.keeper import Keeper, open_world
from ownkey.scopes.router import load_router

if TYPE_CHECKING:
    from pathlib import Path

_HANDLER = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
_LOG_TO_STDERR = {"handlers": {"console": _HANDLER, "access": _HANDLER}}


class AddressInUseError(OSError):
    """The address cannot be listened at: as a rule because something else does already."""


class NotLoopbackError(ValueError):
    """The address can be reached from other machines, and nobody said that it may."""


def run(  # noqa: PLR0913 each is an option of the command
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    delay_ms: int = 0,
    search_lag_s: float = 0,
    issues: int = 0,
    data_center: bool = False,
    allow_remote: bool = False,
    keep: Path | None = None,
    while_stdin_is_open: bool = False,
) -> None:
    """Run the sandbox until SIGINT or SIGTERM; port 0 is any free one. Prints its address once it listens.

    Anybody may be anybody in a sandbox, so it listens on loopback unless `allow_remote` says otherwise. With
    `keep`, its world is kept in that file. With `issues`, the project MANY has at least so many. With
    `while_stdin_is_open`, it also ends with the program that has the other end of its standard input, however
    that one ends.

    Raises:
        FileInUseError: another sandbox keeps its world in that file.
        OSError: the file cannot be read or written.
        NotLoopbackError: `host` is reachable from elsewhere, and `allow_remote` is not set.
        AddressInUseError: the address cannot be listened at.
    """
    if not allow_remote and not _is_loopback(host):
        raise NotLoopbackError(
            f"The sandbox listens on this machine only, and {host} can be reached from others."
        )
    cloud = Cloud(delay_ms=delay_ms, data_center=data_center, search_lag_s=search_lag_s, issues=issues)
    load_router()
    file = None if keep is None else WorldFile(keep)
    with contextlib.ExitStack() as stack:
        if file is not None:
            stack.enter_context(file.held())
            if sentence := open_world(cloud, file).sentence:
                sys.stderr.write(f"{sentence}\n")
        if (missing := issues - count_of_many(cloud.world)) > 0:
            cloud.add_issues(missing)
        reserved = stack.enter_context(_reserved(host, port))
        asyncio.run(_serve(cloud, file, host, reserved.getsockname()[1], with_stdin=while_stdin_is_open))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reserved(host: str, port: int) -> socket.socket:
    """Return a socket that holds a port without listening: Granian shares it, nobody else gets it by chance.

    Granian binds so that two servers could share a port unnoticed; the first, plain bind finds that out.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise AddressInUseError(
                    f"Port {port} of {host} is taken; choose another, or 0 for any."
                ) from error
            raise AddressInUseError(
                f"Nothing can listen at {host}, port {port}: {error.strerror}."
            ) from error
        port = probe.getsockname()[1]
    holder = socket.socket(family)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((host, port))
    return holder


async def _serve(cloud: Cloud, file: WorldFile | None, host: str, port: int, *, with_stdin: bool) -> None:
    keeper = None if file is None else Keeper(cloud, file)
    server = Server(
        build_app(cloud, keeper),
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=_LOG_TO_STDERR,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    if with_stdin:
        threading.Thread(target=_stop_after_stdin, args=(loop, server), daemon=True).start()
    keeping = None if keeper is None else asyncio.create_task(keeper.run())
    serving = asyncio.create_task(server.serve())
    shown = f"[{host}]" if ":" in host else host
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.close()
        sys.stdout.write(f"Sandbox listens at http://{shown}:{port}\n")
        sys.stdout.flush()
        break
    await serving
    if keeper is not None and keeping is not None:
        keeping.cancel()
        await keeper.close()


def _stop_after_stdin(loop: asyncio.AbstractEventLoop, server: Server) -> None:
    """Stop the server once whoever started this program has closed its end, or is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
        loop.call_soon_threadsafe(server.stop)
