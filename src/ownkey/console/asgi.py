"""The ASGI application that Granian runs: the pages, and two answers for whoever watches over them."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ownkey.console.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def build_application() -> App:
    """Return Ownkey's pages as an ASGI application.

    Raises:
        ImproperlyConfigured: when there is no signing key; `ownkey init` makes one.
    """
    assert settings.SECRET_KEY  # noqa: S101 Django raises by itself when the key is empty
    pages = cast("App", get_asgi_application())
    scheme = "https" if settings.OWNKEY.is_https else "http"

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            return
        if scope["path"] == "/healthz":
            await _answer(send, b"ok\n")
            return
        # Whoever stands before Ownkey ends TLS; the base URL says how people reach us, and no
        # header that anybody could send is needed to know it.
        await pages({**scope, "scheme": scheme}, receive, send)

    return application


async def _live(receive: Receive, send: Send) -> None:
    """Take part in the server's start and end, with nothing to do at either."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = build_application()
