"""Running the sandbox on Granian, in this process, until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import signal
import socket
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from ownkey.sandbox.app import build_app
from ownkey.sandbox.cloud import Cloud
from ownkey.scopes.router import load_router

_HANDLER = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
_LOG_TO_STDERR = {"handlers": {"console": _HANDLER, "access": _HANDLER}}


class AddressInUseError(OSError):
    """The address cannot be listened at: as a rule because something else does already."""


class NotLoopbackError(ValueError):
    """The address can be reached from other machines, and nobody said that it may."""


def run(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    delay_ms: int = 0,
    data_center: bool = False,
    allow_remote: bool = False,
) -> None:
    """Run the sandbox until SIGINT or SIGTERM; port 0 is any free one. Prints its address once it listens.

    Anybody may be anybody in a sandbox, so it listens on loopback unless `allow_remote` says otherwise.

    Raises:
        NotLoopbackError: `host` is reachable from elsewhere, and `allow_remote` is not set.
        AddressInUseError: the address cannot be listened at.
    """
    if not allow_remote and not _is_loopback(host):
        raise NotLoopbackError(
            f"The sandbox listens on this machine only, and {host} can be reached from others."
        )
    cloud = Cloud(delay_ms=delay_ms, data_center=data_center)
    load_router()
    with _reserved(host, port) as reserved:
        asyncio.run(_serve(cloud, host, reserved.getsockname()[1]))


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


async def _serve(cloud: Cloud, host: str, port: int) -> None:
    server = Server(
        build_app(cloud),
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
