"""The ASGI application that Granian runs: the pages, and the gateway at the addresses of its own."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from django.conf import settings
from django.core.asgi import get_asgi_application

from ownkey.console.request_body import BoundedBody, announced_refusal
from ownkey.environment.origins import ascii_host
from ownkey.environment.process import current_environment, set_default
from ownkey.environment.values import WorkerPlace
from ownkey.gateway.asgi import Application
from ownkey.gateway.for_browsers import FOR_BROWSERS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class OwnkeyApplication:
    """Pages and gateway in one process; what is the gateway's never comes near Django."""

    def __init__(self) -> None:
        """Put the two together.

        Raises:
            ImproperlyConfigured: when there is no signing key; `ownkey init` makes one.
        """
        assert settings.SECRET_KEY  # noqa: S101 Django raises by itself when the key is empty
        self._pages = cast("App", get_asgi_application())
        # Models can be imported only after Django has started.
        from ownkey.console.background import BackgroundWork  # noqa: PLC0415
        from ownkey.console.data_plane import build_data_plane, live  # noqa: PLC0415
        from ownkey.console.live_pages import LivePages  # noqa: PLC0415

        self._data_plane = build_data_plane()
        is_in_process = current_environment().worker is WorkerPlace.IN_PROCESS
        self._background = BackgroundWork() if is_in_process else None
        self._live = live
        self._pages_read_again = LivePages()
        self._scheme = "https" if current_environment().is_https else "http"

    @property
    def status_app(self) -> Application:
        """Health and metrics of the gateway, for a port that is not public."""
        return self._data_plane.status_app

    async def start(self) -> None:
        """Begin what runs for as long as the server does: the gateway, and the schedule if it runs here."""
        await self._data_plane.start()
        self._pages_read_again.start()
        if self._background is not None:
            self._background.start()

    async def stop(self) -> None:
        """End it."""
        if self._background is not None:
            await asyncio.to_thread(self._background.stop)
        await self._pages_read_again.stop()
        await self._data_plane.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(self, receive, send)
            return
        if scope["type"] != "http":
            return
        scope = with_ascii_host(scope)
        if self._data_plane.serves(scope):
            await self._data_plane(scope, receive, send)
            return
        if self._pages_read_again.streams.serves(scope):
            await self._pages_read_again.streams(scope, receive, send)
            return
        if scope["path"] == "/healthz":
            await _answer(send, b"ok\n")
            return
        refusal = announced_refusal(scope["headers"])
        if refusal is None:
            body = BoundedBody(receive)
            # Whoever stands before Ownkey ends TLS; the base URL says how people reach us, and no
            # header that anybody could send is needed to know it.
            await self._pages({**scope, "scheme": self._scheme}, body.receive, send)
            refusal = body.refusal
        if refusal is not None:
            await _answer(send, f"{refusal.sentence}\n".encode(), status=refusal.status)


def with_ascii_host(scope: Scope) -> Scope:
    """Return a request whose host is spelt as DNS knows it; some clients send letters outside ASCII."""
    if all(value.isascii() for name, value in scope["headers"] if name == b"host"):
        return scope
    return {**scope, "headers": [(n, _in_ascii(v) if n == b"host" else v) for n, v in scope["headers"]]}


def _in_ascii(host: bytes) -> bytes:
    try:
        name, colon, port = host.decode("utf-8").partition(":")
    except UnicodeDecodeError:
        return host
    spelt = ascii_host(name)
    return host if spelt is None else f"{spelt}{colon}{port}".encode()


async def _answer(send: Send, body: bytes, *, status: int = 200) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *FOR_BROWSERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def build_application() -> OwnkeyApplication:
    """Return Ownkey's pages and its gateway as one ASGI application."""
    set_default("DJANGO_SETTINGS_MODULE", "ownkey.console.settings")
    return OwnkeyApplication()


application = build_application()
