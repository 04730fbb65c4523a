"""Between ASGI and plain values: reading a request and sending a response, broken where a fault says so."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ownkey.sandbox.content import Writer
from ownkey.sandbox.exchange import Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from ownkey.sandbox.faults import Fault

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Scope = MutableMapping[str, Any]

LARGEST_BODY = 20 * 1024 * 1024
LARGEST_UPLOAD = 1024 * 1024 * 1024
SMALLEST_COMPRESSED = 1024
_COMPRESSIBLE = ("application/json", "text/", "image/svg+xml")
_WITHOUT_LENGTH = (204, 304)
_CHUNK = b"x" * 65_536


class BodyTooLargeError(Exception):
    """A request's body is larger than the sandbox reads."""


class ConnectionCutError(ConnectionError):
    """The connection ends here, in the middle of the body, because a fault says so."""


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Return the whole request; a form with files is written to disk as it comes, where it is large."""
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
    )
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    client = scope.get("client") or ("", 0)
    request = Request(
        method=scope["method"],
        path=raw_path.decode("latin-1").partition("?")[0],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        client_host=client[0],
    )
    is_form = (request.header("content-type") or "").lower().startswith("multipart/")
    body = await _read_body(receive, limit=LARGEST_UPLOAD if is_form else LARGEST_BODY)
    return (
        replace(request, upload=body.content()) if is_form else replace(request, body=body.content().read())
    )


async def _read_body(receive: Receive, *, limit: int) -> Writer:
    body = Writer()
    while True:
        message = await receive()
        body.write(message.get("body", b""))
        if body.size > limit:
            body.discard()
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return body


def compressed(response: Response, accepted: str | None) -> Response:
    """Return a response compressed, where its client takes that and it is worth it."""
    codings = {part.partition(";")[0].strip().lower() for part in (accepted or "").split(",")}
    kind = response.header("content-type") or ""
    if not kind.startswith(_COMPRESSIBLE) or response.header("content-encoding") is not None:
        return response
    varying = response.with_headers(("vary", "Accept-Encoding"))
    if "gzip" not in codings or len(response.body) < SMALLEST_COMPRESSED:
        return varying
    return replace(varying.with_headers(("content-encoding", "gzip")), body=gzip.compress(response.body, 1))


async def deliver(
    response: Response, faults: Iterable[Fault], send: Send, *, without_body: bool = False
) -> None:
    """Send a response, as late, slow, huge or broken as the faults in force demand.

    `without_body` is for HEAD: the headers are those of the answer to GET.
    """
    struck = tuple(faults)
    huge_bytes = max((fault.huge_bytes for fault in struck), default=0)
    drip_s = max((fault.drip_ms for fault in struck), default=0) / 1000
    is_cut = any(fault.cut for fault in struck)
    size = len(response.body) if response.file is None else response.file.size
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.status not in _WITHOUT_LENGTH:
        length = size + (1000 if is_cut else huge_bytes)
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if without_body:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    if is_cut:
        await send(_piece(response.body[: len(response.body) // 2]))
        raise ConnectionCutError("A fault cuts this connection.")
    if drip_s:
        for byte in response.body:
            await send(_piece(bytes((byte,))))
            await asyncio.sleep(drip_s)
    elif huge_bytes:
        await send(_piece(response.body))
        for start in range(0, huge_bytes, len(_CHUNK)):
            await send(_piece(_CHUNK[: huge_bytes - start]))
    elif response.file is not None:
        for data in response.file.pieces():
            await send(_piece(data))
    last = b"" if drip_s or huge_bytes else response.body
    await send({"type": "http.response.body", "body": last, "more_body": False})


def _piece(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}
