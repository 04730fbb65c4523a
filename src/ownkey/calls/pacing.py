"""When a call's turn comes, and what Jira's answers say about the pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ownkey.atlassian.http_dates import http_date, retry_after_s
from ownkey.calls.call import Call
from ownkey.calls.rate_limits import LONGEST_PAUSE_S, RateLimiter, RateLimitError
from ownkey.calls.refusals import Code, Refusal, RefusedError, retry_after

LONGEST_PAUSE_BY_ONE_ANSWER_S: Final = 60.0
"""How long one answer may hold an operation for everybody; only a used-up quota takes longer."""

_PAUSE_WITHOUT_RETRY_AFTER_S: Final = 1.0
_ABOUT_ONE_ISSUE: Final = b"jira-per-issue"
_ABOUT_A_QUOTA: Final = b"jira-quota"


@dataclass(frozen=True, slots=True)
class Pace:
    """Keeps calls to the pace that Atlassian allows, fair between people."""

    limiter: RateLimiter

    async def wait(self, call: Call) -> None:
        """Return when the call's turn has come.

        Raises:
            RefusedError: that would take too long.
        """
        key = call.rate_key
        if not self.limiter.may_pass(key):
            try:
                await self.limiter.wait(key, call.snapshot.person_id)
            except RateLimitError as error:
                raise RefusedError(too_many_calls(error.retry_after_s)) from error
        if issue := call.written_issue:
            try:
                await self.limiter.wait_for_issue(key.place, issue)
            except RateLimitError as error:
                raise RefusedError(too_many_writes(error.retry_after_s)) from error

    def note(self, call: Call, status: int, fields: Mapping[bytes, bytes]) -> None:
        """Take notice of a 429 or 503 that says when to come back."""
        now = http_date(fields.get(b"date", b"").decode("latin-1")) or datetime.now(UTC)
        seconds = retry_after_s(fields.get(b"retry-after", b"").decode("latin-1"), now=now)
        if seconds is None and status == 429:
            seconds = _PAUSE_WITHOUT_RETRY_AFTER_S
        if seconds is None:
            return
        reason = fields.get(b"ratelimit-reason", b"").strip().lower()
        if reason.startswith(_ABOUT_ONE_ISSUE):
            if issue := call.written_issue:
                self.limiter.hold_issue(call.rate_key.place, issue, seconds)
            return
        longest_s = LONGEST_PAUSE_S if reason.startswith(_ABOUT_A_QUOTA) else LONGEST_PAUSE_BY_ONE_ANSWER_S
        self.limiter.pause(call.rate_key, min(seconds, longest_s))


def too_many_calls(retry_after_s: int) -> Refusal:
    """Return the answer to a call that would have to wait too long."""
    return Refusal(Code.TOO_MANY_CALLS, headers=retry_after(retry_after_s))


def too_many_writes(retry_after_s: int) -> Refusal:
    """Return the answer to a call that writes to an issue which Atlassian wants written to more slowly."""
    return Refusal(
        Code.TOO_MANY_CALLS,
        "Atlassian asked to write to this one issue more slowly.",
        "Wait for the seconds named in Retry-After; other issues, and reading this one, go on.",
        headers=retry_after(retry_after_s),
    )
