"""A call on its way out and its answer on the way back, streamed both ways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import lru_cache

from ownkey.gateway.authorise import withheld_problem
from ownkey.gateway.breaker import ENOUGH_TO_TELL, Breakers, may_refuse_credential, refuses_credential
from ownkey.gateway.call import Call
from ownkey.gateway.grants import Connected, Grants, WithheldReason
from ownkey.gateway.headers import answer_headers, header, request_headers
from ownkey.gateway.links import LinkTable, link_table
from ownkey.gateway.open_calls import OpenCall
from ownkey.gateway.pacing import PaceError, Pacer, retry_after_s
from ownkey.gateway.problems import Code, Problem, RefusedError
from ownkey.gateway.recording import Recorder
from ownkey.gateway.retries import SAFE_METHODS, RetryBudget
from ownkey.gateway.rewriting import Rewriting, rewriting_for
from ownkey.gateway.upstream import UnreachableError, Upstream, UpstreamAnswer, UpstreamRequest

_PEOPLES_FILES = ("/rest/api/3/attachment/content/", "/rest/api/3/attachment/thumbnail/")
_PAUSE_WITHOUT_RETRY_AFTER_S = 1.0


class Forwarder:
    """Sends calls to Atlassian and passes the answers on."""

    def __init__(
        self, *, upstream: Upstream, grants: Grants, pacer: Pacer, breakers: Breakers, recorder: Recorder
    ) -> None:
        self._upstream = upstream
        self._grants = grants
        self._pacer = pacer
        self._breakers = breakers
        self._recorder = recorder
        self._budget = RetryBudget()
        self._reports: set[asyncio.Task[None]] = set()

    async def forward(self, call: Call, opened: OpenCall) -> None:
        """Send a call and pass its answer on.

        Raises:
            RefusedError: Ownkey ends it with a problem; nothing has been answered.
            UpstreamError: Atlassian did not answer, or broke off.
            ClientGoneError: the client left.
        """
        sending, answer = await self.send(call)
        try:
            await self.pass_on(call, answer, opened)
        finally:
            await sending.__aexit__(None, None, None)

    async def send(self, call: Call) -> tuple[AbstractAsyncContextManager[UpstreamAnswer], UpstreamAnswer]:
        """Send a call when its turn comes; return the context to be left after its answer, and the answer.

        What the answer tells about the pace is noted.
        """
        headers = request_headers(call.request.headers, authorization=call.credential.authorization)
        body = await call.body.outgoing()
        await self._wait_for_turn(call)
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
        self._budget.earn()
        self._note_pace(call, answer)
        self._recorder.answered(call, answer.status, answer.headers)
        return sending, answer

    async def pass_on(self, call: Call, answer: UpstreamAnswer, opened: OpenCall) -> None:
        """Give an answer to the client, links leading back through the gateway."""
        pieces = answer.pieces()
        if may_refuse_credential(answer.status, answer.headers):
            pieces = await self._look_into(call, answer, pieces)
        links = links_of(call)
        is_content = call.operation is not None and call.operation.path.startswith(_PEOPLES_FILES)
        rewriting = rewriting_for(
            status=answer.status, headers=answer.headers, is_content=is_content, links=links
        )
        if rewriting is None:
            await _pass_unchanged(call, answer, pieces, opened)
        else:
            await _pass_rewritten(call, answer, pieces, opened, rewriting)

    async def _wait_for_turn(self, call: Call) -> None:
        lane = call.lane
        if not self._pacer.may_pass(lane):
            try:
                await self._pacer.wait(lane, call.snapshot.person_id)
            except PaceError as error:
                raise RefusedError(too_many_calls(error.retry_after_s)) from error
        # Before it leaves, and not before it may: a call that waits in vain is no call.
        await self._recorder.sending(call)
        # Looked at last: the credential may have been refused while the call was waiting.
        if self._breakers.is_open(call.credential):
            raise RefusedError(withheld_problem(WithheldReason.REFUSED))

    def _note_pace(self, call: Call, answer: UpstreamAnswer) -> None:
        if answer.status not in {429, 503}:
            return
        seconds = retry_after_s(header(answer.headers, b"retry-after"))
        if seconds is not None:
            self._pacer.pause(call.lane, seconds)
        elif answer.status == 429:
            self._pacer.pause(call.lane, _PAUSE_WITHOUT_RETRY_AFTER_S)

    async def _look_into(
        self, call: Call, answer: UpstreamAnswer, pieces: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """Trip the breaker if the credential was refused; return the body's pieces, those read included."""
        beginning = b""
        async for piece in pieces:
            beginning += piece
            if len(beginning) >= ENOUGH_TO_TELL:
                break
        if refuses_credential(answer.status, answer.headers, beginning):
            if self._breakers.trip(call.credential):
                self._report(call.credential)
            if answer.status < 400:
                # The site answered for nobody, with lists that look empty: that is no answer to this person.
                raise RefusedError(withheld_problem(WithheldReason.REFUSED))
        return _chained(beginning, pieces)

    def _report(self, credential: Connected) -> None:
        report = asyncio.create_task(
            self._grants.report_refused(credential.credential_id, credential.version)
        )
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)


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


def too_many_calls(retry_after_s: int) -> Problem:
    """Return the answer to a call that would have to wait too long."""
    return Problem(
        Code.TOO_MANY_CALLS,
        "More calls are waiting than Atlassian takes at the moment.",
        "Wait for the seconds named in Retry-After, then go on more slowly.",
        headers=((b"retry-after", str(retry_after_s).encode("ascii")),),
    )


async def _pass_unchanged(
    call: Call, answer: UpstreamAnswer, pieces: AsyncIterator[bytes], opened: OpenCall
) -> None:
    headers = answer_headers(answer.headers, links=links_of(call)) + own_headers(call)
    await opened.start(answer.status, headers)
    left = _length_of(answer)
    is_over = False
    async for piece in pieces:
        if left is not None:
            left -= len(piece)
            is_over = left == 0
        await opened.piece(piece, is_last=is_over)
    if not is_over:
        await opened.piece(b"", is_last=True)


async def _pass_rewritten(
    call: Call, answer: UpstreamAnswer, pieces: AsyncIterator[bytes], opened: OpenCall, rewriting: Rewriting
) -> None:
    headers = answer_headers(answer.headers, links=links_of(call), drops_length=True) + own_headers(call)
    length = _length_of(answer) if call.request.method != "HEAD" else None
    first = b""
    if length:
        # Most answers arrive in one piece: they are rewritten whole, and their new length is known.
        first = await anext(pieces)
        if len(first) == length:
            whole = rewriting.whole(first)
            headers.append((b"content-length", str(len(whole)).encode("ascii")))
            await opened.start(answer.status, headers)
            await opened.piece(whole, is_last=True)
            await anext(pieces, b"")  # reads the end, which gives the connection back
            return
    await opened.start(answer.status, headers)
    async for piece in _chained(first, pieces):
        for rewritten in rewriting.feed(piece):
            await opened.piece(rewritten)
    end = b"" if call.request.method == "HEAD" else rewriting.finish()
    await opened.piece(end, is_last=True)


async def _chained(beginning: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if beginning:
        yield beginning
    async for piece in rest:
        yield piece


def _length_of(answer: UpstreamAnswer) -> int | None:
    value = header(answer.headers, b"content-length")
    return int(value) if value is not None and value.isdigit() else None
