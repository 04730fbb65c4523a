"""Sends calls that may leave, and looks at the heads of their answers."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from ownkey.calls.answer_heads import STATUSES, refuse_unpassable
from ownkey.calls.breaker import may_refuse_credential
from ownkey.calls.call import Call
from ownkey.calls.credential_guard import CredentialGuard
from ownkey.calls.first_call import Attempt
from ownkey.calls.headers import first_values, request_headers
from ownkey.calls.pacing import Pace
from ownkey.calls.recording import Recorder
from ownkey.calls.retries import SAFE_METHODS, RetryBudget
from ownkey.calls.upstream import UnreachableError, Upstream, UpstreamAnswer, UpstreamRequest


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that Atlassian has begun to answer; the code that sent it ends it.

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


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends calls that may leave, and takes the heads of their answers."""

    upstream: Upstream
    guard: CredentialGuard
    pace: Pace
    recorder: Recorder
    budget: RetryBudget = field(default_factory=RetryBudget)

    async def send(self, call: Call, request: UpstreamRequest, attempt: Attempt) -> Sent:
        """Send a call and return it with its answer; `attempt` is ended if there is none.

        Raises:
            RefusedError: what came back is no answer to this person.
            UpstreamError: Atlassian did not answer, or not in a form that can be passed on.
        """
        try:
            sending, answer = await self._ask(call, request)
        except BaseException:
            attempt.end()
            raise
        try:
            return await self._taken(call, sending, answer, attempt)
        except BaseException:
            attempt.end()
            await sending.__aexit__(None, None, None)
            raise

    async def _ask(
        self, call: Call, request: UpstreamRequest
    ) -> tuple[AbstractAsyncContextManager[UpstreamAnswer], UpstreamAnswer]:
        sending = self.upstream.send(request)
        try:
            answer = await sending.__aenter__()
        except UnreachableError:
            # A pooled connection that Atlassian had closed looks just like this.
            if call.body.failure is not None:
                raise call.body.failure from None
            if request.method not in SAFE_METHODS or request.body is not None or not self.budget.take():
                raise
            sending = self.upstream.send(request)
            answer = await sending.__aenter__()
        except Exception:
            # What broke off the request's body comes back as the upstream client's own error.
            if call.body.failure is not None:
                raise call.body.failure from None
            raise
        return sending, answer

    async def _taken(
        self,
        call: Call,
        sending: AbstractAsyncContextManager[UpstreamAnswer],
        answer: UpstreamAnswer,
        attempt: Attempt,
    ) -> Sent:
        """Take an answer's head: note what it says, and refuse what cannot be passed on."""
        status = answer.status
        fields = first_values(answer.headers)
        if status in STATUSES:
            self.recorder.answered(call, status, fields)
        refuse_unpassable(status, answer.headers)
        may_refuse = may_refuse_credential(status, fields)
        if not may_refuse and status < 500 and status != 429:
            attempt.succeed()
        self.budget.earn()
        if status in {429, 503}:
            self.pace.note(call, status, fields)
        if may_refuse and status < 400:
            await self.guard.refuse_if_for_nobody(call.credential, answer, attempt)
        return Sent(answer, sending, attempt, fields, may_refuse)


async def outgoing_of(call: Call) -> UpstreamRequest:
    """Return a call as it will leave.

    Raises:
        RefusedError: its header fields or its body cannot be sent on.
        CallerGoneError: the caller left.
    """
    headers = request_headers(call.request.headers, authorization=call.credential.authorization)
    return UpstreamRequest(call.request.method, call.url, headers, await call.body.outgoing())
