"""Health, readiness and metrics of the gateway, as an ASGI app of its own for a port that is not public."""

from ownkey.calls.grants import GrantsUnavailableError
from ownkey.gateway.app import Gateway
from ownkey.gateway.asgi import Application, Receive, Scope, Send
from ownkey.gateway.for_browsers import FOR_BROWSERS


def build_status_app(gateway: Gateway) -> Application:
    """Return the app: `/healthz` (it answers), `/readyz` (it can decide who may do what), `/metrics`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 — as ASGI has it
        if scope["type"] != "http":
            return
        match scope["path"]:
            case "/healthz":
                await _send_text(send, 200, b"ok\n")
            case "/readyz":
                is_ready = _is_ready(gateway)
                await _send_text(send, 200 if is_ready else 503, b"ready\n" if is_ready else b"not ready\n")
            case "/metrics":
                await _send_text(send, 200, gateway.metrics())
            case _:
                await _send_text(send, 404, b"Ask for /healthz, /readyz or /metrics.\n")

    return app


def _is_ready(gateway: Gateway) -> bool:
    try:
        return gateway.is_ready()
    except GrantsUnavailableError:
        return False


async def _send_text(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
        (b"content-length", str(len(body)).encode("ascii")),
        *FOR_BROWSERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
