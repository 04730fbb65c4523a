"""Ports: whether one is free, and which one to take instead."""

import errno
import ipaddress
import socket

from ownkey.cli.errors import FailedError, MisuseError


def require_free_port(host: str, port: int) -> int:
    """Return `port`, or a free one for 0; end the command with a sentence when it cannot be listened on.

    Asked before a server starts, because Granian shares a port that is taken instead of refusing it.
    """
    try:
        return _bind(host, port)
    except PermissionError:
        raise FailedError(
            "port-not-allowed", f"Only root may listen on port {port}. Choose one from 1024 up with --port."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise FailedError(
                "port-taken",
                f"Port {port} is taken by another program. Stop that one, or choose another with --port.",
            ) from None
        raise MisuseError(
            "host-not-here", f"{host} is not an address of this machine. Choose another with --host."
        ) from None


def free_port_near(host: str, port: int) -> int:
    """Return `port` if it is free, otherwise one that is."""
    try:
        return _bind(host, port)
    except OSError:
        return _bind(host, 0)


def _bind(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # As servers do: a port whose last connections are still winding down counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        bound: int = listener.getsockname()[1]
        return bound


def address_for_people(host: str, port: int) -> str:
    """Return the URL that a browser on this machine reaches a server at."""
    if is_all_addresses(host):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_all_addresses(host: str) -> bool:
    """Return whether a server that listens there can be reached at every address of this machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host in {"", "0"}  # as the system reads them, too


def listening_words(host: str, port: int) -> str:
    """Return where a server listens, which is not always where people find it."""
    where = f"all addresses of this machine, {host}" if is_all_addresses(host) else host
    return f"listening on {where}, port {port}"
