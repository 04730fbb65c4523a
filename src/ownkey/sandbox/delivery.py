"""Between ASGI and plain values: reading a request and sending a response, broken where a fault says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ownkey.sandbox.exchange import Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from ownkey.sandbox.faults import Fault

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Scope = MutableMapping[str, Any]

LARGEST_BODY = 20 * 1024 * 1024
_CHUNK = b"x" * 65_536


class BodyTooLargeError(Exception):
    """A request's body is larger than the sandbox reads."""


class ConnectionCutError(ConnectionError):
    """The connection ends here, in the middle of the body, because a fault says so."""


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Return the whole request."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            break
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    client = scope.get("client") or ("", 0)
    return Request(
        method=scope["method"],
        path=raw_path.decode("latin-1").partition("?")[0],
        query_string=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=bytes(body),
        client_host=client[0],
    )


async def deliver(response: Response, faults: Iterable[Fault], send: Send) -> None:
    """Send a response, as late, slow, huge or broken as the faults in force demand."""
    struck = tuple(faults)
    huge_bytes = max((fault.huge_bytes for fault in struck), default=0)
    drip_s = max((fault.drip_ms for fault in struck), default=0) / 1000
    is_cut = any(fault.cut for fault in struck)
    length = len(response.body) + (1000 if is_cut else huge_bytes)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if is_cut:
        await send(
            {
                "type": "http.response.body",
                "body": response.body[: len(response.body) // 2],
                "more_body": True,
            }
        )
        raise ConnectionCutError("A fault cuts this connection.")
    if drip_s:
        for byte in response.body:
            await send({"type": "http.response.body", "body": bytes((byte,)), "more_body": True})
            await asyncio.sleep(drip_s)
    elif huge_bytes:
        await send({"type": "http.response.body", "body": response.body, "more_body": True})
        for start in range(0, huge_bytes, len(_CHUNK)):
            chunk = _CHUNK[: huge_bytes - start]
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    last = b"" if drip_s or huge_bytes else response.body
    await send({"type": "http.response.body", "body": last, "more_body": False})
