"""The gateway put together for this installation: its store, its client for Atlassian, its counters."""

from typing import Protocol

from ownkey.audit.appending import BatchAppender
from ownkey.audit.writer import RecordWriter
from ownkey.calls.in_process import put_to_use, take_out_of_use
from ownkey.calls.recording import CallRecorder
from ownkey.calls.upstream import Upstream
from ownkey.calls.way import CallWay, utc_now
from ownkey.connections.client_keys import RingHasher
from ownkey.environment.logs import configure_structlog
from ownkey.environment.process import current_environment
from ownkey.environment.values import Environment, HttpClient
from ownkey.gateway.address import Addresses
from ownkey.gateway.app import Gateway
from ownkey.gateway.asgi import Application, Receive, Scope, Send
from ownkey.gateway.status_app import build_status_app
from ownkey.gateway.store.refused_file import RefusedFile
from ownkey.gateway.store.stored_grants import StoredGrants
from ownkey.gateway.store.usage_writer import UsageWriter
from ownkey.gateway.unknown_addresses import API_LIKE
from ownkey.scopes.router import load_router
from ownkey.vault.key_keeper import keeper_of
from ownkey.workspace.live.writing import LogAppender, WriteLog

LAST_WORDS_S = 2.0
REFUSALS = "gateway.refused"


class DataPlane:
    """The gateway and what runs beside it, as an ASGI app that can be started and stopped."""

    def __init__(self, environment: Environment, *, only_account: str | None = None) -> None:
        configure_structlog(environment.logs)
        self._grants = StoredGrants(environment.database_file)
        self._refusals = RefusedFile(
            environment.home / REFUSALS, database=lambda: self._grants.database_identity
        )
        appender = BatchAppender()
        self._record = RecordWriter(appender, close=appender.close)
        self._recorder = CallRecorder(self._record, clock=utc_now)
        log_appender = LogAppender()
        self._writes = WriteLog(append=log_appender, close=log_appender.close)
        self.way = CallWay(
            grants=self._grants,
            upstream=_upstream_of(environment),
            routes=load_router(),
            recorder=self._recorder,
            refusals=self._refusals,
            writes=self._writes,
        )
        self._gateway = Gateway(
            self.way,
            hasher=RingHasher(keeper_of(environment.keys)),
            addresses=Addresses(
                # A port of its own is not where the gateway's URL leads.
                public_url=environment.account_url if only_account else environment.gateway_url,
                wildcard_host=environment.account_host,
                only_account=only_account,
                is_https=environment.is_https or environment.gateway_url.startswith("https://"),
            ),
        )
        self._usage = UsageWriter(self._gateway)

    @property
    def status_app(self) -> Application:
        """Health and metrics, for a port that is not public."""
        return build_status_app(self._gateway)

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for the gateway rather than for the pages.

        What looks like a call to an API is too, although it lacks the ALM account: tools read no pages.
        """
        path: str = scope["path"]
        is_call = path.startswith("/jira/") or API_LIKE.match(scope.get("raw_path") or b"") is not None
        return self._gateway.serves(scope) or is_call

    async def start(self) -> None:
        """Begin to look after calls and to write down what is counted."""
        await self.way.start()
        put_to_use(self.way)
        self._usage.start()

    async def stop(self) -> None:
        """End all of it, with everything counted written down.

        The server stops when its connections are over; a call is counted a moment after its last byte.
        """
        take_out_of_use(self.way)
        await self.way.finish(within_s=LAST_WORDS_S)
        await self.way.stop()
        self._recorder.stop()
        await self._record.stop()
        await self._usage.stop()
        await self._writes.stop()
        await self._grants.stop()
        self._refusals.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, or the server's own start and end."""
        if scope["type"] == "lifespan":
            await live(self, receive, send)
        else:
            await self._gateway(scope, receive, send)


def build_data_plane(*, only_account: str | None = None) -> DataPlane:
    """Return the gateway as the settings have it; with `only_account` every path is that ALM account's."""
    return DataPlane(current_environment(), only_account=only_account)


class Living(Protocol):
    """What has a start and an end."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""


async def live(data_plane: Living, receive: Receive, send: Send) -> None:
    """Take part in the server's start and end: the server ends last what it began first."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await data_plane.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await data_plane.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


def _upstream_of(environment: Environment) -> Upstream:
    """Return the client for Atlassian; only the one that is used is loaded."""
    if environment.gateway_client is HttpClient.AIOHTTP:
        from ownkey.calls.upstream.aiohttp import AiohttpUpstream  # noqa: PLC0415 see above

        return AiohttpUpstream(addresses=current_environment().addresses)
    from ownkey.calls.upstream.pyreqwest import PyreqwestUpstream  # noqa: PLC0415 see above

    return PyreqwestUpstream()
