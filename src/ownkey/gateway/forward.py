"""A call on its way out and its answer on the way back, streamed both ways."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from ownkey.atlassian.http_dates import http_date, retry_after_s
from ownkey.calls.answer_heads import STATUSES, refuse_unpassable
from ownkey.calls.breaker import Breakers, may_refuse_credential
from ownkey.calls.credential_guard import CredentialGuard
from ownkey.calls.first_call import Attempt, FirstCallGate
from ownkey.calls.grants import Grants
from ownkey.calls.headers import Headers, answer_headers, first_values, request_headers
from ownkey.calls.pieces import chained
from ownkey.calls.rate_limits import LONGEST_PAUSE_S, RateLimiter, RateLimitError
from ownkey.calls.refusals import Code, Refusal, RefusedError, retry_after
from ownkey.calls.retries import SAFE_METHODS, RetryBudget
from ownkey.calls.upstream import UnreachableError, Upstream, UpstreamAnswer, UpstreamRequest
from ownkey.gateway.answer_body import beginning_of, pass_rewritten, pass_unchanged
from ownkey.gateway.call import Call
from ownkey.gateway.for_browsers import FOR_BROWSERS
from ownkey.gateway.link_places import answer_places, request_places
from ownkey.gateway.links import LinkTable, link_table
from ownkey.gateway.open_calls import OpenCall
from ownkey.gateway.recording import Recorder
from ownkey.gateway.returned_links import lead_back
from ownkey.gateway.rewriting import rewriting_for

_PEOPLES_FILES = ("/rest/api/3/attachment/content/", "/rest/api/3/attachment/thumbnail/")
WHOLE_UP_TO = 128 * 1024
"""How large a JSON document may be to be taken whole before it is passed on."""
_PAUSE_WITHOUT_RETRY_AFTER_S = 1.0
LONGEST_PAUSE_BY_ONE_ANSWER_S = 60.0
"""How long one answer may hold an operation for everybody; only a used-up quota takes longer."""
_ABOUT_ONE_ISSUE = b"jira-per-issue"
_ABOUT_A_QUOTA = b"jira-quota"


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that Atlassian has begun to answer; whoever sent it ends it.

    Attributes:
        answer: The answer, its body still to be read.
        sending: The upstream client's context, which holds the connection.
        attempt: Tells the calls that wait whether the credential is good.
        fields: The answer's header fields, the first value of each.
        may_refuse: Whether the answer may mean that the credential was refused; its body tells.
    """

    answer: UpstreamAnswer
    sending: AbstractAsyncContextManager[UpstreamAnswer]
    attempt: Attempt
    fields: Mapping[bytes, bytes] = field(repr=False)
    may_refuse: bool

    async def end(self) -> None:
        """Give the connection back."""
        self.attempt.end()
        await self.sending.__aexit__(None, None, None)


class Forwarder:
    """Sends calls to Atlassian and passes the answers on."""

    def __init__(  # noqa: PLR0913 — what a call needs on its way out
        self,
        *,
        upstream: Upstream,
        grants: Grants,
        limiter: RateLimiter,
        breakers: Breakers,
        gate: FirstCallGate,
        recorder: Recorder,
    ) -> None:
        self.guard = CredentialGuard(upstream=upstream, grants=grants, breakers=breakers, gate=gate)
        self._upstream = upstream
        self._limiter = limiter
        self._recorder = recorder
        self._budget = RetryBudget()

    async def forward(self, call: Call, opened: OpenCall) -> None:
        """Send a call and pass its answer on.

        Raises:
            RefusedError: Ownkey ends it with a refusal; nothing has been answered.
            UpstreamError: Atlassian did not answer, or broke off.
            ClientGoneError: the client left.
        """
        sent = await self.send(call)
        try:
            await self.pass_on(call, sent, opened)
        finally:
            await sent.end()

    async def send(self, call: Call) -> Sent:
        """Send a call when its turn comes; return it with its answer, to be ended by the caller.

        What the answer tells about the pace is noted.
        """
        headers = request_headers(call.request.headers, authorization=call.credential.authorization)
        body = await _outgoing(call)
        if isinstance(body, bytes):
            headers, body = lead_back(headers, body, operation=call.operation, links=links_of(call))
        attempt = await self._wait_for_turn(call)
        try:
            sending, answer = await self._ask(call, headers, body)
        except BaseException:
            attempt.end()
            raise
        try:
            return await self._taken(call, sending, answer, attempt)
        except BaseException:
            attempt.end()
            await sending.__aexit__(None, None, None)
            raise

    async def _taken(
        self,
        call: Call,
        sending: AbstractAsyncContextManager[UpstreamAnswer],
        answer: UpstreamAnswer,
        attempt: Attempt,
    ) -> Sent:
        """Take an answer's head: note what it tells, and refuse what cannot be passed on."""
        status = answer.status
        fields = first_values(answer.headers)
        if status in STATUSES:
            self._recorder.answered(call, status, fields)
        refuse_unpassable(status, answer.headers)
        may_refuse = may_refuse_credential(status, fields)
        if not may_refuse and status < 500 and status != 429:
            attempt.succeed()
        self._budget.earn()
        if status in {429, 503}:
            self._note_pace(call, status, fields)
        if may_refuse and status < 400:
            await self.guard.refuse_if_for_nobody(call.credential, answer, attempt)
        return Sent(answer, sending, attempt, fields, may_refuse)

    async def _ask(
        self, call: Call, headers: Headers, body: bytes | AsyncIterator[bytes] | None
    ) -> tuple[AbstractAsyncContextManager[UpstreamAnswer], UpstreamAnswer]:
        request = UpstreamRequest(call.request.method, call.url, headers, body)
        sending = self._upstream.send(request)
        try:
            answer = await sending.__aenter__()
        except UnreachableError:
            # A pooled connection that Atlassian had closed looks just like this.
            if call.body.failure is not None:
                raise call.body.failure from None
            if call.request.method not in SAFE_METHODS or body is not None or not self._budget.take():
                raise
            sending = self._upstream.send(request)
            answer = await sending.__aenter__()
        except Exception:
            # What broke off the request's body comes back as the upstream client's own error.
            if call.body.failure is not None:
                raise call.body.failure from None
            raise
        return sending, answer

    async def pass_on(self, call: Call, sent: Sent, opened: OpenCall) -> None:
        """Give an answer to the client, links leading back through the gateway."""
        answer = sent.answer
        pieces = answer.pieces()
        if sent.may_refuse:
            pieces = await self.guard.look_into(call.credential, answer, sent.attempt, pieces)
        links = links_of(call)
        is_content = call.operation is not None and call.operation.path.startswith(_PEOPLES_FILES)
        places = answer_places(call.operation)
        rewriting = rewriting_for(
            status=answer.status,
            fields=sent.fields,
            is_content=is_content,
            links=links.in_answers(places) if places is not None else None,
        )
        headers = answer_headers(answer.headers, links=links, drops_length=rewriting is not None)
        headers += FOR_BROWSERS
        headers += own_headers(call)
        length = _length_of(sent.fields) if call.request.method != "HEAD" else None
        if rewriting is None:
            opened.start(answer.status, headers)
            await pass_unchanged(pieces, length, opened)
            return
        beginning = b""
        if length and length <= WHOLE_UP_TO:
            beginning = await beginning_of(pieces, length)
            if len(beginning) == length:
                # Nearly every document: its links are rewritten at once, and its new length is known.
                body = rewriting.whole(beginning)
                headers.append((b"content-length", str(len(body)).encode("ascii")))
                await opened.whole(answer.status, headers, body)
                return
        opened.start(answer.status, headers)
        pieces = chained(beginning, pieces)
        await pass_rewritten(pieces, rewriting, opened, has_body=call.request.method != "HEAD")

    async def _wait_for_turn(self, call: Call) -> Attempt:
        key = call.rate_key
        if not self._limiter.may_pass(key):
            try:
                await self._limiter.wait(key, call.snapshot.person_id)
            except RateLimitError as error:
                raise RefusedError(too_many_calls(error.retry_after_s)) from error
        if issue := call.written_issue:
            try:
                await self._limiter.wait_for_issue(key.place, issue)
            except RateLimitError as error:
                raise RefusedError(too_many_writes(error.retry_after_s)) from error
        attempt = await self.guard.start(call.credential)
        try:
            # Before it leaves, and not before it may: a call that waits in vain is no call.
            self.guard.refuse_held(call.credential)
            if not call.reads:
                await self._recorder.sending(call)
                # Looked at last as well: the credential may have been refused while this was written.
                self.guard.refuse_held(call.credential)
        except BaseException:
            attempt.end()
            raise
        return attempt

    def _note_pace(self, call: Call, status: int, fields: Mapping[bytes, bytes]) -> None:
        now = http_date(fields.get(b"date", b"").decode("latin-1")) or datetime.now(UTC)
        seconds = retry_after_s(fields.get(b"retry-after", b"").decode("latin-1"), now=now)
        if seconds is None and status == 429:
            seconds = _PAUSE_WITHOUT_RETRY_AFTER_S
        if seconds is None:
            return
        reason = fields.get(b"ratelimit-reason", b"").strip().lower()
        if reason.startswith(_ABOUT_ONE_ISSUE):
            if issue := call.written_issue:
                self._limiter.hold_issue(call.rate_key.place, issue, seconds)
            return
        longest_s = LONGEST_PAUSE_S if reason.startswith(_ABOUT_A_QUOTA) else LONGEST_PAUSE_BY_ONE_ANSWER_S
        self._limiter.pause(call.rate_key, min(seconds, longest_s))


async def _outgoing(call: Call) -> bytes | AsyncIterator[bytes] | None:
    """Return a call's body to send on: the whole of a small one, however framed, that may hold links."""
    if request_places(call.operation) is not None:
        whole = await call.body.whole()
        if whole is not None:
            return whole or None
    return await call.body.outgoing()


def links_of(call: Call) -> LinkTable:
    """Return how links are rewritten in the answers to a call."""
    return link_table(call.credential.base_url, call.snapshot.account.site_url, call.request.target.base_url)


def own_headers(call: Call) -> list[tuple[bytes, bytes]]:
    """Return the header fields that Ownkey puts on every answer of Jira's."""
    return [
        (b"ownkey-request-id", call.request.request_id.encode("ascii")),
        (b"ownkey-acting-as", _acting_as(call.credential.acting_as, call.credential.is_main)),
    ]


@lru_cache(maxsize=4096)
def _acting_as(login: str, is_main: bool) -> bytes:  # noqa: FBT001 — cached by place
    return f"{login}; identity={'main' if is_main else 'own'}".encode("ascii", "replace")


def too_many_calls(retry_after_s: int) -> Refusal:
    """Return the answer to a call that would have to wait too long."""
    return Refusal(Code.TOO_MANY_CALLS, headers=retry_after(retry_after_s))


def too_many_writes(retry_after_s: int) -> Refusal:
    """Return the answer to a call that writes to an issue which Atlassian wants written to more slowly."""
    return Refusal(
        Code.TOO_MANY_CALLS,
        "Atlassian asked to write to this one issue more slowly.",
        "Wait for the seconds named in Retry-After; other issues, and reading this one, go on.",
        headers=((b"retry-after", str(retry_after_s).encode("ascii")),),
    )


def _length_of(fields: Mapping[bytes, bytes]) -> int | None:
    value = fields.get(b"content-length")
    return int(value) if value is not None and value.isdigit() else None
