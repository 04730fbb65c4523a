"""The gateway as an ASGI app: the HTTP face of the way of a call."""

from ownkey.calls.meters import Meters
from ownkey.calls.open_calls import OpenCall
from ownkey.calls.refusals import Refusal
from ownkey.calls.usage import UsageBatch
from ownkey.calls.way import CallWay
from ownkey.client_key import Recogniser
from ownkey.gateway.address import Addresses
from ownkey.gateway.asgi import Receive, Scope, Send
from ownkey.gateway.handler import CallHandler
from ownkey.gateway.problems import send_problem
from ownkey.gateway.reply import Reply


class Gateway:
    """The ASGI app, and what its process may ask of it."""

    def __init__(self, way: CallWay, *, hasher: Recogniser, addresses: Addresses) -> None:
        self.way = way
        self._addresses = addresses
        self._meters = Meters("ownkey_gateway")
        self._handler = CallHandler(addresses=addresses, hasher=hasher, way=way)

    def serves(self, scope: Scope) -> bool:
        """Whether a request's address is one of the gateway's; an app in front may serve pages as well."""
        return scope["type"] == "http" and self._addresses.target_of(scope) is not None

    def drain_usage(self) -> UsageBatch:
        """Return what was counted since the last time, to be written down."""
        return self.way.usage.drain()

    def give_back_usage(self, batch: UsageBatch) -> None:
        """Take back what could not be written down."""
        self.way.usage.give_back(batch)

    def metrics(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        open_calls = self.way.open_calls
        by_session = sum(call.is_by_session for call in open_calls)
        return self._meters.text(open_calls=len(open_calls) - by_session) + self.way.session_meters.text(
            open_calls=by_session
        )

    def is_ready(self) -> bool:
        """Whether calls can be decided; raises `GrantsUnavailableError` if not."""
        return self.way.grants.version is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's own start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.way.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.way.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        opened = self.way.begin()
        reply = Reply(send, opened)

        async def answer(refusal: Refusal) -> None:
            await send_problem(scope, send, refusal, request_id=opened.request_id)

        async def work(opened: OpenCall) -> None:
            await self._handler.handle(scope, receive, opened, reply)

        await self.way.account_for(opened, work, meters=self._meters, answer=answer)
