"""The whole way of a call: every face of Ownkey that acts in Jira as a person goes it."""

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ownkey.calls.answers import LARGEST_ANSWER, Answer, read_answer
from ownkey.calls.breaker import Breakers, SharedRefusals
from ownkey.calls.call import Body, Call, Request, WholeBody
from ownkey.calls.credential_guard import CredentialGuard
from ownkey.calls.decision import Refused, Routes, decide
from ownkey.calls.ending import Ending, Endings
from ownkey.calls.first_call import FirstCallGate
from ownkey.calls.grant_cache import GrantCache
from ownkey.calls.grants import Grants, Snapshot, Withheld
from ownkey.calls.headers import Headers
from ownkey.calls.holding import Hold, NoHold
from ownkey.calls.means import Means
from ownkey.calls.meters import Meters
from ownkey.calls.monitor import OpenCallMonitor, gone_refusal
from ownkey.calls.open_calls import OpenCall, OpenCalls
from ownkey.calls.pacing import Pace
from ownkey.calls.rate_limits import RateLimiter
from ownkey.calls.recording import NoRecorder, Recorder
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.calls.sending import Sender, Sent, outgoing_of
from ownkey.calls.upstream import Upstream
from ownkey.calls.usage import Usage
from ownkey.calls.writes import NoWrites, Writes, written_by


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a call.

    Attributes:
        body_pause_s: How long a caller may pause within its request's body.
        open_calls_per_means: How many calls by one client key or session may be open at once.
        place_wait_s: How long a call waits for one of them to end.
    """

    body_pause_s: float = 30.0
    open_calls_per_means: int = 64
    place_wait_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page or a program asks of Jira.

    Attributes:
        method: The HTTP method.
        path: The raw path of Jira's API, percent-encoded.
        query: The raw query.
        headers: Header fields, names in lower case.
        body: The whole body, if there is one.
    """

    method: str
    path: str
    query: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes | None = field(default=None, repr=False)


def utc_now() -> datetime:
    """Return the time now, aware."""
    return datetime.now(UTC)


class CallWay:
    """Takes calls all the way; one for a process, in one event loop."""

    def __init__(  # noqa: PLR0913 — the parts that it is put together from
        self,
        *,
        grants: Grants,
        upstream: Upstream,
        routes: Routes,
        clock: Callable[[], datetime] = utc_now,
        limiter: RateLimiter | None = None,
        gate: FirstCallGate | None = None,
        limits: Limits | None = None,
        hold: Hold | None = None,
        recorder: Recorder | None = None,
        refusals: SharedRefusals | None = None,
        writes: Writes | None = None,
    ) -> None:
        self.grants = grants
        self.cache = GrantCache(grants)
        self.routes = routes
        self.limits = limits or Limits()
        self.open_calls = OpenCalls()
        self.usage = Usage()
        self.session_meters = Meters("ownkey_pages")
        self.clock = clock
        self._upstream = upstream
        self._breakers = Breakers(refusals)
        self.guard = CredentialGuard(
            upstream=upstream,
            grants=grants,
            breakers=self._breakers,
            gate=gate or FirstCallGate(monotonic=time.monotonic),
        )
        self._pace = Pace(limiter or RateLimiter(monotonic=time.monotonic))
        self._hold = hold or NoHold()
        self._recorder = recorder or NoRecorder()
        self._writes = writes or NoWrites()
        self._sender = Sender(upstream, self.guard, self._pace, self._recorder)
        self._endings = Endings(usage=self.usage, recorder=self._recorder, clock=clock)
        self.monitor = OpenCallMonitor(calls=self.open_calls, cache=self.cache, clock=clock)
        self._request_ids = _request_ids()

    async def make(self, means: Means, asked: Asked, *, largest: int = LARGEST_ANSWER) -> Answer | Refusal:
        """Make one call by a session or a program, and return Jira's whole answer or why there is none."""
        # A task of its own: a cut ends this call and nothing else of the page.
        return await asyncio.create_task(self._make(means, asked, largest=largest))

    async def _make(self, means: Means, asked: Asked, *, largest: int) -> Answer | Refusal:
        answers: list[Answer] = []

        async def work(opened: OpenCall) -> None:
            who = await self.recognised(means, opened)
            request = Request(opened.request_id, asked.method, asked.path, asked.query, asked.headers)
            call = await self.admit(opened, who, request, WholeBody(asked.body))
            async with self.sent(call) as sent:
                pieces = await self.body_of(call, sent)
                answers.append(await read_answer(sent, pieces, call, largest=largest))
            opened.status = answers[0].status

        ending = await self.account_for(self.begin(), work, meters=self.session_meters)
        return ending.refusal or answers[0]

    async def recognised(self, means: Means, opened: OpenCall) -> Snapshot:
        """Return what a means grants now.

        Raises:
            RefusedError: it grants nothing: the session has ended.
        """
        who = await self.cache.snapshot(means)
        if who is None or who.has_expired(self.clock()):
            raise RefusedError(gone_refusal(means))
        opened.means = means
        opened.snapshot = who
        return who

    async def admit(self, opened: OpenCall, who: Snapshot, request: Request, body: Body | WholeBody) -> Call:
        """Let a call in: decided, watched from here on, and with a place beside its means' others.

        Raises:
            RefusedError: it may not be made, or there is no place.
        """
        call = self._decided(opened, who, request, body)
        self._watch(opened, call)
        most, within_s = self.limits.open_calls_per_means, self.limits.place_wait_s
        await self.open_calls.take_place(opened, who.means, most=most, within_s=within_s)
        return call

    async def send(self, call: Call) -> Sent:
        """Send a call that was let in; return it with its answer, to be ended by the caller.

        Raises:
            RefusedError: Ownkey ends it with a refusal.
            UpstreamError: Atlassian did not answer.
            CallerGoneError: the caller left.
        """
        outgoing = await outgoing_of(call)
        await self._pace.wait(call)
        await self._hold.wait(call)
        attempt = await self.guard.start(call.credential)
        try:
            await self._leave(call)
        except BaseException:
            attempt.end()
            raise
        status = 0
        try:
            sent = await self._sender.send(call, outgoing, attempt)
            status = sent.answer.status
            return sent
        finally:
            # Without an answer, or after an error of Jira's, it may have been done all the same.
            if not call.reads and not 400 <= status < 500:
                self._writes.ended(written_by(call, self.clock()))

    async def _leave(self, call: Call) -> None:
        """Have a call that writes on record, as the last thing before it leaves."""
        # Before it leaves, and not before it may: a call that waits in vain is no call.
        self.guard.refuse_held(call.credential)
        if not call.reads:
            await self._recorder.sending(call)
            # Looked at last as well: the credential may have been refused while this was written.
            self.guard.refuse_held(call.credential)

    @asynccontextmanager
    async def sent(self, call: Call) -> AsyncIterator[Sent]:
        """Send a call, and end it when its answer has been read."""
        sent = await self.send(call)
        try:
            yield sent
        finally:
            await sent.end()

    async def body_of(self, call: Call, sent: Sent) -> AsyncIterator[bytes]:
        """Return an answer's body, looked into where it may say that the credential was refused."""
        pieces = sent.answer.pieces()
        if sent.may_refuse:
            return await self.guard.look_into(call.credential, sent.answer, sent.attempt, pieces)
        return pieces

    def begin(self) -> OpenCall:
        """Return a new call of the running task, with an id of its own."""
        self.monitor.ensure_running()
        return OpenCall(next(self._request_ids))

    async def account_for(
        self,
        opened: OpenCall,
        work: Callable[[OpenCall], Awaitable[None]],
        *,
        meters: Meters,
        answer: Callable[[Refusal], Awaitable[None]] | None = None,
    ) -> Ending:
        """Do the work of a call, and return how it ended; `answer` gives the caller a refusal.

        An answer that has begun already is left without its end, which the server turns into a broken
        connection: the caller must not take half an answer for a whole one.
        """
        began = time.perf_counter()
        refusal: Refusal | None = None
        self.open_calls.add(opened)
        try:
            ending = await self._endings.of(opened, work(opened))
            refusal = ending.refusal
            if refusal is not None and not opened.has_started:
                opened.status = refusal.status
                if answer is not None:
                    await answer(refusal)
        finally:
            self.open_calls.remove(opened)
            self._recorder.ended(opened, refusal)
        self._endings.account_for(opened, ending, meters=meters, seconds=time.perf_counter() - began)
        return ending

    async def start(self) -> None:
        """Begin to look after open calls; the first call does so too."""
        self.monitor.ensure_running()

    async def finish(self, *, within_s: float) -> None:
        """Wait for the calls that are open to end, for a while at most."""
        if tasks := self.open_calls.tasks():
            await asyncio.wait(tasks, timeout=within_s)

    async def stop(self) -> None:
        """Stop looking after open calls and close the connections to Atlassian."""
        await self.monitor.stop()
        await self.guard.stop()
        await self._upstream.close()

    def _decided(self, opened: OpenCall, who: Snapshot, request: Request, body: Body | WholeBody) -> Call:
        """Return the call that a request becomes if it may be made."""
        decision = decide(who, request.method, request.path, request.query, routes=self.routes)
        if decision.operation is not None:
            opened.operation_name = decision.operation.signature
        if isinstance(decision, Refused):
            raise RefusedError(decision.refusal)
        credential = decision.credential
        if self._breakers.is_open(credential):
            # The process that saw it refused may have ended before that was written down.
            self.guard.hold_back(credential)
            raise RefusedError(Refusal(Code.CREDENTIAL_REFUSED))
        return Call(request, body, who, credential, decision.operation)

    def _watch(self, opened: OpenCall, call: Call) -> None:
        opened.operation_name = call.operation_name
        opened.allowed_by = call.snapshot
        opened.objection = lambda fresh: objection_to_going_on(call, fresh, self.routes)
        opened.gone = getattr(call.body, "gone", None)


def objection_to_going_on(call: Call, fresh: Snapshot, routes: Routes) -> Refusal | None:
    """Return why a call that is under way must not go on under a new snapshot, or None.

    What is out while its credential is refused may come back: only nothing new is sent.
    """
    credential = fresh.credential
    if isinstance(credential, Withheld):
        is_refused = credential.reason is Code.CREDENTIAL_REFUSED or (
            credential.reason is Code.MAIN_CREDENTIAL_UNUSABLE and call.credential.is_main
        )
        return None if is_refused else Refusal(credential.reason)
    if credential.credential_id != call.credential.credential_id:
        return Refusal(Code.NOT_CONNECTED)
    decision = decide(fresh, call.request.method, call.request.path, routes=routes)
    return decision.refusal if isinstance(decision, Refused) else None


def _request_ids() -> Iterator[str]:
    prefix = secrets.token_hex(6)
    return (f"{prefix}{n:08x}" for n in itertools.count())
