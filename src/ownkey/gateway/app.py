"""The gateway as an ASGI app: identify, authorise, grant, forward, in one straight line."""

import asyncio
import itertools
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ownkey.calls.breaker import Breakers, SharedRefusals
from ownkey.calls.decision import Routes
from ownkey.calls.first_call import FirstCallGate
from ownkey.calls.grants import Connected, GrantCache, Grants, GrantsUnavailableError
from ownkey.calls.rate_limits import RateLimiter
from ownkey.calls.refusals import Code, Refusal, RefusedError, retry_after
from ownkey.calls.upstream import Upstream, UpstreamError
from ownkey.calls.upstream_refusals import refusal_of
from ownkey.calls.usage import Outcome, Usage, UsageBatch
from ownkey.client_key import Recogniser
from ownkey.gateway.address import Addresses
from ownkey.gateway.asgi import Receive, Scope, Send
from ownkey.gateway.client_body import BODY_BROKEN_OFF, ClientGoneError
from ownkey.gateway.forward import Forwarder
from ownkey.gateway.meters import Meters
from ownkey.gateway.monitor import OpenCallMonitor
from ownkey.gateway.open_calls import Cut, OpenCall, OpenCalls
from ownkey.gateway.problems import send_problem
from ownkey.gateway.recording import NoRecorder, Recorder
from ownkey.gateway.rewriting import UnreadableBodyError
from ownkey.gateway.walk import Walk

UNSURE = Refusal(Code.UNSURE, headers=retry_after(5))
FAULT = Refusal(Code.FAULT)


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a call.

    Attributes:
        body_pause_s: How long a client may pause within its request's body.
        open_calls_per_key: How many calls of one client key may be open at once.
        place_wait_s: How long a call waits for one of them to end.
    """

    body_pause_s: float = 30.0
    open_calls_per_key: int = 64
    place_wait_s: float = 10.0


def utc_now() -> datetime:
    """Return the time now, aware."""
    return datetime.now(UTC)


class Gateway:
    """The ASGI app, and what its process may ask of it."""

    def __init__(  # noqa: PLR0913 — the parts that it is put together from
        self,
        *,
        grants: Grants,
        hasher: Recogniser,
        upstream: Upstream,
        routes: Routes,
        addresses: Addresses,
        clock: Callable[[], datetime] = utc_now,
        limiter: RateLimiter | None = None,
        gate: FirstCallGate | None = None,
        limits: Limits | None = None,
        recorder: Recorder | None = None,
        refusals: SharedRefusals | None = None,
    ) -> None:
        self._grants = grants
        self._upstream = upstream
        self._clock = clock
        self._calls = OpenCalls()
        self._usage = Usage()
        self._meters = Meters()
        self._recorder = recorder or NoRecorder()
        self._log = structlog.get_logger("ownkey.gateway").bind()
        cache = GrantCache(grants)
        breakers = Breakers(refusals)
        self._monitor = OpenCallMonitor(calls=self._calls, grants=grants, cache=cache, clock=clock)
        self._walk = Walk(
            addresses=addresses,
            grants=grants,
            cache=cache,
            hasher=hasher,
            routes=routes,
            clock=clock,
            calls=self._calls,
            breakers=breakers,
            forwarder=Forwarder(
                upstream=upstream,
                grants=grants,
                limiter=limiter or RateLimiter(monotonic=time.monotonic),
                breakers=breakers,
                gate=gate or FirstCallGate(monotonic=time.monotonic),
                recorder=self._recorder,
            ),
            limits=limits or Limits(),
        )
        self._addresses = addresses
        self._request_ids = (
            f"{prefix}{n:08x}" for prefix in [secrets.token_hex(6)] for n in itertools.count()
        )

    def serves(self, scope: Scope) -> bool:
        """Whether a request's address is one of the gateway's; an app in front may serve pages as well."""
        return scope["type"] == "http" and self._addresses.target_of(scope) is not None

    def drain_usage(self) -> UsageBatch:
        """Return what was counted since the last time, for somebody to write down."""
        return self._usage.drain()

    def give_back_usage(self, batch: UsageBatch) -> None:
        """Take back what could not be written down."""
        self._usage.give_back(batch)

    def metrics(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return self._meters.text(open_calls=len(self._calls))

    def is_ready(self) -> bool:
        """Whether calls can be decided; raises `GrantsUnavailableError` if not."""
        return self._grants.version is not None

    async def start(self) -> None:
        """Begin to look after open calls; the first call does so too."""
        self._monitor.ensure_running()

    async def stop(self) -> None:
        """Stop looking after open calls and close the connections to Atlassian."""
        await self._monitor.stop()
        await self._walk.forwarder.guard.stop()
        await self._upstream.close()

    async def finish(self, *, within_s: float) -> None:
        """Wait for the calls that are open to end, for a while at most."""
        if tasks := self._calls.tasks():
            await asyncio.wait(tasks, timeout=within_s)

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
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request_id = next(self._request_ids)
        self._monitor.ensure_running()
        opened = self._calls.add(send)
        refusal: Refusal | None = None
        try:
            refusal, outcome = await self._outcome(scope, receive, opened, request_id)
            if refusal is not None and not opened.has_started:
                opened.status = refusal.status
                await send_problem(scope, send, refusal, request_id=request_id)
        finally:
            self._calls.remove(opened)
            self._recorder.ended(opened, refusal, request_id=request_id)
        self._note(opened, refusal, outcome, request_id=request_id, seconds=time.perf_counter() - began)

    async def _outcome(  # noqa: PLR0911 — one for each way to end
        self, scope: Scope, receive: Receive, opened: OpenCall, request_id: str
    ) -> tuple[Refusal | None, Outcome]:
        """Serve a request; return the refusal that ended it, if one did.

        An answer that has begun already is left without its end, which the server turns into a broken
        connection: the client must not take half an answer for a whole one.
        """
        try:
            await self._walk.take(scope, receive, opened, request_id)
        except RefusedError as refused:
            return refused.refusal, Outcome.REFUSED
        except GrantsUnavailableError:
            return UNSURE, Outcome.REFUSED
        except (UpstreamError, UnreadableBodyError) as error:
            return refusal_of(error), Outcome.FAILED
        except ClientGoneError:
            # Servers tell a body that cannot be read in the same words as a client that has left.
            return BODY_BROKEN_OFF, Outcome.FAILED
        except asyncio.CancelledError:
            # A cut arrives as the task's cancellation; every other one is the server's, and goes on.
            if opened.cut_because is None:
                raise
            opened.uncancel()
            if opened.cut_because is Cut.CLIENT_GONE:
                opened.has_started = True
                return None, Outcome.FAILED
            return opened.refusal, Outcome.REFUSED
        except Exception as error:  # noqa: BLE001 — the outermost edge
            # Its kind and place, never its words: they may hold what was being worked on.
            place = traceback.extract_tb(error.__traceback__)[-1]
            at = f"{place.filename}:{place.lineno}"
            self._log.error("call_failed", request_id=request_id, error=type(error).__name__, at=at)
            return FAULT, Outcome.FAILED
        return None, Outcome.ANSWERED

    def _note(
        self, opened: OpenCall, refusal: Refusal | None, outcome: Outcome, *, request_id: str, seconds: float
    ) -> None:
        code = refusal.code.value if refusal is not None else None
        self._meters.ended(outcome=outcome.value, status=opened.status, code=code, seconds=seconds)
        if opened.key_id:
            self._usage.record(
                key_id=opened.key_id,
                operation=opened.operation_name,
                outcome=outcome,
                through_main=_went_through_main(opened, outcome),
                at=self._clock(),
            )
        if outcome is not Outcome.ANSWERED:
            self._log.info(
                "call_not_answered",
                request_id=request_id,
                key_id=opened.key_id or None,
                operation=opened.operation_name,
                outcome=outcome.value,
                code=code,
                cut=opened.cut_because.value if opened.cut_because else None,
                status=opened.status,
                seconds=round(seconds, 4),
            )
        elif self._log.is_enabled_for(logging.DEBUG):
            self._log.debug(
                "call_answered",
                request_id=request_id,
                key_id=opened.key_id,
                operation=opened.operation_name,
                status=opened.status,
                seconds=round(seconds, 4),
            )


def _went_through_main(opened: OpenCall, outcome: Outcome) -> bool:
    """Return whether Jira was asked as the main credential; whom Ownkey refused asked nobody."""
    if opened.snapshot is None or opened.objection is None:
        return False  # nobody, or a question that Ownkey answered by itself
    if outcome is Outcome.REFUSED and not opened.has_started:
        return False
    credential = opened.snapshot.credential
    return isinstance(credential, Connected) and credential.is_main
