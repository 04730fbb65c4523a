"""The bare proxy: the gateway's server and one of its upstream clients, and nothing but forwarding.

Run as `granian_proxy.py CLIENT LOOP AUTHORIZATION CERTIFICATE PORT URL [PORT URL]`; LOOP is `uvloop`, as the
gateway has it, or `asyncio`, as Granian comes. It is the least that a proxy
in Python can do without holding answers back: hop-by-hop fields dropped, Authorization set, bytes passed on.
"""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from multidict import CIMultiDict
from pyreqwest.client import ClientBuilder
from yarl import URL

DROPPED = {b"host", b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade", b"authorization"}

Fields = list[tuple[bytes, bytes]]
Passed = Callable[[int, Fields, AsyncIterator[bytes]], Awaitable[None]]


class WithPyreqwest:
    """Sends with pyreqwest, used as it is."""

    def __init__(self, authorization: str, certificate: bytes) -> None:
        self._authorization = ("authorization", authorization)
        self._client = (
            ClientBuilder()
            .follow_redirects(enable=False)
            .gzip(enable=False)
            .brotli(enable=False)
            .zstd(enable=False)
            .deflate(enable=False)
            .no_proxy()
            .add_root_certificate_pem(certificate)
            .build()
        )

    async def send(
        self, method: str, url: str, fields: Fields, body: AsyncIterator[bytes] | None, passed: Passed
    ) -> None:
        """Send a request and hand its answer on."""
        headers = [(name.decode(), value.decode()) for name, value in fields]
        headers.append(self._authorization)
        builder = self._client.request(method, url).headers(headers).streamed_read_buffer_limit(0)
        if body is not None:
            builder = builder.body_stream(body)
        async with builder.build_streamed() as response:
            kept = [
                (name.encode(), value.encode())
                for name, value in response.headers.items()
                if name.encode() not in DROPPED
            ]
            await passed(response.status, kept, _pieces(response.body_reader))


async def _pieces(reader: Any) -> AsyncIterator[bytes]:  # noqa: ANN401
    while (piece := await reader.read_chunk()) is not None:
        yield piece.to_bytes()


class WithAiohttp:
    """Sends with aiohttp, used as it is."""

    def __init__(self, authorization: str, certificate: bytes) -> None:
        self._authorization = authorization
        self._tls = ssl.create_default_context(cadata=certificate.decode())
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, method: str, url: str, fields: Fields, body: AsyncIterator[bytes] | None, passed: Passed
    ) -> None:
        """Send a request and hand its answer on."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        headers = CIMultiDict((name.decode(), value.decode()) for name, value in fields)
        headers["authorization"] = self._authorization
        async with self._session.request(
            method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
        ) as response:
            kept = [(n.lower(), v) for n, v in response.raw_headers if n.lower() not in DROPPED]
            await passed(response.status, kept, response.content.iter_any())


class Bare:
    """The ASGI app for one upstream."""

    def __init__(self, client: WithPyreqwest | WithAiohttp, upstream_url: str) -> None:
        self._client = client
        self._upstream_url = upstream_url

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        """Pass one call on."""

        async def body() -> AsyncIterator[bytes]:
            while (message := await receive())["type"] == "http.request":
                yield message["body"]
                if not message["more_body"]:
                    return

        async def passed(status: int, fields: Fields, pieces: AsyncIterator[bytes]) -> None:
            await send({"type": "http.response.start", "status": status, "headers": fields})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        fields = [(name, value) for name, value in scope["headers"] if name not in DROPPED]
        has_body = any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])
        path = scope["raw_path"].decode()
        query = "?" + scope["query_string"].decode() if scope["query_string"] else ""
        url = f"{self._upstream_url}{path}{query}"
        await self._client.send(scope["method"], url, fields, body() if has_body else None, passed)


async def main(client: str, authorization: str, certificate: bytes, *routes: str) -> None:
    """Serve until killed."""
    made = (WithAiohttp if client == "aiohttp" else WithPyreqwest)(authorization, certificate)
    await asyncio.gather(
        *(
            Server(Bare(made, url), port=int(port), interface=Interfaces.ASGINL, log_enabled=False).serve()
            for port, url in zip(routes[::2], routes[1::2], strict=True)
        )
    )


if __name__ == "__main__":
    run = {"uvloop": uvloop.run, "asyncio": asyncio.run}[sys.argv[2]]
    run(main(sys.argv[1], sys.argv[3], Path(sys.argv[4]).read_bytes(), *sys.argv[5:]))
