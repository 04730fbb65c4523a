"""Listening for callers: the socket of a port, and how long a connection may be of no use to anybody.

Every limit here is on the connection, whatever has been sent on it: nothing at all, a byte, half a head, or a
whole request whose answer nobody reads. Granian counts the time until a request's head is whole only for
HTTP/1.1, so that is all that the ports speak; what it does not count, the system does for it.
"""

import socket
from collections.abc import Callable
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

HEAD_S: Final = 10
"""How long a connection may stay without a whole head: from the start, and after each answer."""
UNREAD_S: Final = 120
"""How long a caller may take no byte of an answer that waits for it."""
BACKLOG: Final = 1024


def listener(host: str, port: int) -> socket.socket:
    """Return the socket that a port is listened on; connections take its limits over."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A caller whose machine has vanished is noticed, and so is one that reads nothing any more.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)
        if hasattr(socket, "TCP_DEFER_ACCEPT"):
            # Who connects and says nothing waits in the system, not in this process.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, HEAD_S)
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


class Listening(Server):
    """Granian on a socket of `listener`, speaking HTTP/1.1 alone.

    No more connections wait to be let in than may be open at once: whoever comes after so many useless ones
    is let in when the limits have ended two such sets, however many there were.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        *,
        host: str,
        port: int,
        interface: Interfaces,
        most_connections: int,
    ) -> None:
        self._waiting = min(BACKLOG, most_connections)
        super().__init__(
            application,
            address=host,
            port=port,
            interface=interface,
            log_enabled=False,
            # Neither Jira nor the pages speak it: who asks for it is answered as if they had not.
            websockets=False,
            http=HTTPModes.http1,
            backpressure=most_connections,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_S * 1000),
        )

    def _init_shared_socket(self) -> None:
        """Listen on a socket with limits of its own, in place of Granian's."""
        listening = listener(self.bind_addr, self.bind_port)
        holder: Any = SocketHolder  # its stub names no arguments
        self._shd = holder(listening.detach(), False, self._waiting)  # noqa: FBT003 as Granian has it
