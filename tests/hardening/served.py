"""`ownkey serve` as a process between raw sockets: a bare origin behind it, bytes of a caller before it."""

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.command import PATIENCE_S, Ownkey
from tests.faults.store import ADAS, Store

MAKE_KEY = """
from ownkey.connections import client_keys
from ownkey.connections.models import AlmAccount
from ownkey.people.models import User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE as HERE
ada, account = User.objects.get(email="ada@acme.example"), AlmAccount.objects.get()
AlmAccount.objects.update(cloud_id="7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1",
    required_scopes=["read:jira-work", "write:jira-work", "read:jira-user"])
issued = client_keys.issue_client_key(ada, account, name="Tool", expires_on=None, actor=ada, signed_in=HERE)
print(issued.text)
"""
MYSELF = b"/jira/acme/rest/api/3/myself"
ISSUE = b"/jira/acme/rest/api/3/issue"


@dataclass
class Origin:
    """A server that answers everything with 200 and keeps what it was sent."""

    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    seen: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            text = b""
            while piece := _received(connection):
                text += piece
                while (end := text.find(b"\r\n\r\n")) != -1:
                    whole = _end_of_first(text, end + 4)
                    if whole is None or len(text) < whole:
                        break
                    request, text = text[:whole], text[whole:]
                    if b"user-agent: ownkey/" not in request.lower():  # that is a re-check, not a call
                        self.seen.append(request)
                    if not self.answer(connection, request):
                        return

    def answer(self, connection: socket.socket, request: bytes) -> bool:  # noqa: ARG002 others look at it
        """Answer one request; return whether the connection goes on."""
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        )
        return True


def _end_of_first(text: bytes, head_end: int) -> int | None:
    """Return where the first request ends; None while its chunks have not all come."""
    head = text[:head_end].lower()
    if b"\r\ntransfer-encoding: chunked\r\n" in head:
        last = text.find(b"0\r\n\r\n", head_end)
        return None if last == -1 else last + 5
    length = re.search(rb"\r\ncontent-length: *(\d+)", head)
    return head_end + (int(length[1]) if length else 0)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


@dataclass
class Served:
    """A running `ownkey serve`, a client key, and the origin behind it."""

    port: int
    key: bytes
    origin: Origin
    process: "subprocess.Popen[bytes]"
    store: Store
    log: Path

    def stop(self) -> None:
        """Stop the process, which writes down what it knows."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def say(self, text: bytes) -> bytes:
        """Write bytes; return all that is answered until the other side closes.

        One that was not asked to close may stay open, so a moment's silence after its first word is its end.
        """
        with closing(self.connect()) as wire:
            with suppress(OSError):  # it has heard enough
                wire.sendall(text)
            if b"Connection: close" in text:
                return answered(wire, silence_s=PATIENCE_S)
            first = answered(wire, silence_s=PATIENCE_S, most=1)
            return first + answered(wire)

    def request(self, line: bytes, *fields: bytes, body: bytes = b"", host: bytes = b"gw.example") -> bytes:
        head = b"\r\n".join([line, b"Host: " + host, b"Authorization: Bearer " + self.key, *fields])
        return self.say(head + b"\r\n\r\n" + body)


def answered(wire: socket.socket, *, silence_s: float = 1.0, most: int | None = None) -> bytes:
    """Return what comes until the other side closes or is silent, or `most` bytes of it."""
    wire.settimeout(silence_s)
    got = b""
    try:
        while (most is None or len(got) < most) and (piece := wire.recv(65536 if most is None else most)):
            got += piece
    except OSError:
        pass
    return got


def status_of(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(match[1]) if match else 0


@contextmanager
def running_served(
    directory: Path, origin: Origin, *arguments: str, limit: str = "", **variables: str
) -> Iterator[Served]:
    """Run the product in front of an origin while the block lasts.

    Args:
        directory: Where its home and its log are.
        origin: What stands for Atlassian.
        arguments: Further ones for `ownkey serve`.
        limit: What the shell's `ulimit` is given before it starts.
        variables: Further ones of its environment.
    """
    threading.Thread(target=origin.serve, daemon=True).start()
    store = Store(directory / "home")
    store.seed()
    key = store.run(MAKE_KEY).strip().encode()
    ownkey = Ownkey(
        store.home,
        {
            "OWNKEY_SECRET_KEY": "only for tests, " * 4,
            "OWNKEY_ATLASSIAN_API_URL": origin.url,
            "OWNKEY_TRUSTED_SITES": origin.url,
            **variables,
        },
    )
    log = directory / "serve.log"
    command = ownkey.command("serve", "--port", "0", *arguments)
    if limit:
        command = ["/bin/sh", "-c", f'ulimit {limit}; exec "$0" "$@"', *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=ownkey.environment()
        )
        try:
            yield Served(_port_in(log, process), key, origin, process, store, log)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
            origin.listener.close()
    assert ADAS.encode() not in log.read_bytes()


def _port_in(log: Path, process: "subprocess.Popen[bytes]") -> int:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"listening on 127.0.0.1, port (\d+)", log.read_text()):
            try:
                socket.create_connection(("127.0.0.1", int(found[1])), timeout=1).close()
            except OSError:
                continue
            return int(found[1])
    raise AssertionError(log.read_text())
