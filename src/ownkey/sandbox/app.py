"""The sandbox as an ASGI app.

One origin plays all of Atlassian's hosts:

| Path | Plays | Module |
|---|---|---|
| `/ex/jira/{cloudId}/…` | `api.atlassian.com`, the API gateway | `gateway` |
| `/_edge/tenant_info`, `/rest/…`, `/jsm/…` | `acme.atlassian.net`, the site | `site`, or `data_center` |
| `/file/{id}/binary` | `api.media.atlassian.com`, where attachments are downloaded from | `media` |
| `/manage-profile/…`, `/login`, `/` | `id.atlassian.com`, the account pages | `account` |
| `/jira…`, `/browse/…` | `acme.atlassian.net`, as people see it in a browser | `account` |
| `/_sandbox/…` | nobody: the control API of tests and benchmarks | `control` |

A request becomes a plain `exchange.Request`; each module above is a function from it and the state
(`cloud`) to a plain `exchange.Response`, without I/O. Behind the gateway and the site lives one Jira:
`jira/dispatch.py` has the table of the operations that it performs; every other operation of the catalogue
gets an honest answer from `jira/unmodelled.py`. To make Jira do more, add data to `jira/world.py` and a
handler to a table.
Faults (`faults`) strike between the two worlds, in `delivery`; no module above knows of them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ownkey.sandbox import control, data_center, gateway, media, site
from ownkey.sandbox.account import views
from ownkey.sandbox.delivery import BodyTooLargeError, ConnectionCutError, compressed, deliver, read_request
from ownkey.sandbox.exchange import Request, Response, text_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.delivery import Receive, Scope, Send
    from ownkey.sandbox.keeping.keeper import Keeper


_READING = frozenset(("GET", "HEAD", "OPTIONS"))


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the answer of whichever host a request is for."""
    path = request.path
    if path.startswith(gateway.PREFIX) and not cloud.data_center:
        return gateway.answer(cloud, request)
    if path == "/_edge/tenant_info" and not cloud.data_center:
        return site.tenant_info(cloud)
    if path.startswith(("/rest/", "/jsm/")):
        return data_center.answer(cloud, request) if cloud.data_center else site.answer(cloud, request)
    if path.startswith(media.PREFIX):
        return media.answer(cloud, request)
    return views.answer(cloud, request)


def build_app(
    cloud: Cloud, keeper: Keeper | None = None
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the ASGI app that shows this cloud; its state is the cloud's, and the app's alone.

    With a keeper, what changes is written down, and the answer to a request that may change something waits
    for that.
    """
    in_flight = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal in_flight
        if scope["type"] != "http":
            raise RuntimeError("The sandbox speaks HTTP only.")
        in_flight += 1
        try:
            await _converse(cloud, keeper, scope, receive, send, in_flight=in_flight)
        except ConnectionCutError:
            return  # The body is shorter than was announced, so the server drops the connection.
        finally:
            in_flight -= 1

    return app


async def _converse(  # noqa: PLR0913 what one conversation takes
    cloud: Cloud, keeper: Keeper | None, scope: Scope, receive: Receive, send: Send, *, in_flight: int
) -> None:
    try:
        request = await read_request(scope, receive)
    except BodyTooLargeError:
        await deliver(text_response(413, "Payload Too Large"), (), send)
        return
    if request.path.startswith(control.PREFIX):
        controlled = control.answer(cloud, request)
        await _keep(keeper, request)
        await deliver(controlled, (), send)
        return
    faults = cloud.faults.striking(request)
    if cloud.delay_ms:
        await asyncio.sleep(cloud.delay_ms / 1000)
    for fault in faults:
        await fault.wait()
    replaced = next((response for fault in faults if (response := fault.answer()) is not None), None)
    response = answer(cloud, request) if replaced is None else replaced.with_headers(*gateway.edge_headers())
    await _keep(keeper, request)
    cloud.requests.add(request, response, known=cloud.people, in_flight=in_flight)
    if not faults:
        response = compressed(response, request.header("accept-encoding"))
    await deliver(response, faults, send, without_body=request.method == "HEAD")


async def _keep(keeper: Keeper | None, request: Request) -> None:
    """Have what a request changed written down; one that only reads waits for nothing."""
    if keeper is None:
        return
    if request.method in _READING:
        keeper.note()
    else:
        await keeper.settle()
