"""Watches over the credentials in use: which may leave, which is in doubt, which is held back.

An answer to one call is no verdict on its credential. One that reads like a refusal has the credential
confirmed, by one question for all calls that meet such an answer together; only that can hold it back.
"""

import asyncio
from collections.abc import AsyncIterator

from ownkey.calls.breaker import ENOUGH_TO_TELL, Breakers
from ownkey.calls.confirming import Confirmation, Verdict, confirm, is_doubtful
from ownkey.calls.first_call import Attempt, FirstCallGate, InDoubtError
from ownkey.calls.grants import Connected, Grants
from ownkey.calls.pieces import chained
from ownkey.calls.refusals import Code, Refusal, RefusedError, retry_after
from ownkey.calls.upstream import Upstream, UpstreamAnswer, UpstreamError

ANSWERED_FOR_NOBODY = Refusal(Code.ANSWERED_FOR_NOBODY)


class CredentialGuard:
    """Lets calls leave with a credential and looks at what their answers say about it."""

    def __init__(
        self, *, upstream: Upstream, grants: Grants, breakers: Breakers, gate: FirstCallGate
    ) -> None:
        self._upstream = upstream
        self._grants = grants
        self._breakers = breakers
        self._gate = gate
        self._reports: set[asyncio.Task[None]] = set()

    async def start(self, credential: Connected) -> Attempt:
        """Let a call leave when its turn comes.

        Raises:
            RefusedError: The credential is in doubt, and that will not be settled soon.
        """
        attempt = self._gate.start(credential)
        if attempt is not None:
            return attempt
        try:
            return await self._gate.wait(credential, is_held=lambda: self._breakers.is_open(credential))
        except InDoubtError as error:
            raise RefusedError(
                Refusal(Code.CREDENTIAL_IN_DOUBT, headers=retry_after(error.retry_after_s))
            ) from error

    def refuse_held(self, credential: Connected) -> None:
        """Raise `RefusedError` if the credential must not be sent."""
        if self._breakers.is_open(credential):
            raise RefusedError(Refusal(Code.CREDENTIAL_REFUSED))

    async def look_into(
        self, credential: Connected, answer: UpstreamAnswer, attempt: Attempt, pieces: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """Have the credential confirmed if an answer puts it in doubt; return its body, from the beginning.

        The answer goes to the client as it is, and at once.
        """
        beginning = b""
        try:
            async for piece in pieces:
                beginning += piece
                if len(beginning) >= ENOUGH_TO_TELL:
                    break
        except UpstreamError:
            self._note(credential, answer, attempt, beginning)
            raise
        self._note(credential, answer, attempt, beginning)
        return chained(beginning, pieces)

    async def refuse_if_for_nobody(
        self, credential: Connected, answer: UpstreamAnswer, attempt: Attempt
    ) -> None:
        """Raise `RefusedError` if Jira served a call as if nobody had signed in; its header says so.

        Lists that look empty are no answer to this person, whatever comes of the credential.
        """
        if not is_doubtful(credential, status=answer.status, headers=answer.headers, body=b""):
            attempt.succeed()
            return
        question = attempt.doubt(lambda: self._confirm(credential))
        verdict = await asyncio.shield(question) if question is not None else Verdict.ACCEPTED
        if verdict is Verdict.REFUSED:
            raise RefusedError(Refusal(Code.CREDENTIAL_REFUSED))
        raise RefusedError(ANSWERED_FOR_NOBODY)

    def hold_back(self, credential: Connected) -> None:
        """Do not send a refused credential again, here and in every other process, and report it once."""
        if not self._breakers.trip(credential):
            return
        report = asyncio.create_task(
            self._grants.report_refused(credential.credential_id, credential.version)
        )
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)

    async def stop(self) -> None:
        """Give up the questions that are being asked."""
        questions = self._gate.questions()
        for question in questions:
            question.cancel()
        await asyncio.gather(*questions, return_exceptions=True)

    def _note(self, credential: Connected, answer: UpstreamAnswer, attempt: Attempt, body: bytes) -> None:
        if is_doubtful(credential, status=answer.status, headers=answer.headers, body=body):
            attempt.doubt(lambda: self._confirm(credential))
        else:
            attempt.succeed()

    async def _confirm(self, credential: Connected) -> Confirmation:
        """Ask once whether Atlassian still takes a credential, and hold it back if not."""
        if self._breakers.is_open(credential):  # another process has asked meanwhile
            return Confirmation(Verdict.REFUSED)
        confirmation = await confirm(credential, self._upstream)
        if confirmation.verdict is Verdict.REFUSED:
            self.hold_back(credential)
        return confirmation
