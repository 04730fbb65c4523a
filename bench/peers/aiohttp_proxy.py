"""A proxy as one would write it with aiohttp alone, server and client.

Run as `aiohttp_proxy.py AUTHORIZATION CERTIFICATE PORT URL [PORT URL]`.
"""

import asyncio
import ssl
import sys
from functools import partial

import aiohttp
from aiohttp import web
from yarl import URL

DROPPED = {"host", "connection", "keep-alive", "transfer-encoding", "te", "upgrade", "authorization"}


async def passed_on(
    request: web.Request, *, session: aiohttp.ClientSession, url: str, authorization: str
) -> web.StreamResponse:
    """Pass one call on."""
    headers = [(name, value) for name, value in request.headers.items() if name.lower() not in DROPPED]
    headers.append(("Authorization", authorization))
    async with session.request(
        request.method,
        URL(url + request.raw_path, encoded=True),
        headers=headers,
        data=request.content if request.body_exists else None,
        allow_redirects=False,
    ) as answer:
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in DROPPED]
        response = web.StreamResponse(status=answer.status, headers=kept)
        await response.prepare(request)
        async for piece in answer.content.iter_any():
            await response.write(piece)
        await response.write_eof()
        return response


async def main(authorization: str, certificate: str, *routes: str) -> None:
    """Serve until killed."""
    tls = ssl.create_default_context(cafile=certificate)
    connector = aiohttp.TCPConnector(limit=0, ssl=tls)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        for port, url in zip(routes[::2], routes[1::2], strict=True):
            app = web.Application(client_max_size=0)
            handler = partial(passed_on, session=session, url=url, authorization=authorization)
            app.router.add_route("*", "/{path:.*}", handler)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", int(port)).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
