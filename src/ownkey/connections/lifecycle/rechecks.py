"""Re-checks: what the schedule asks Atlassian about a saved credential, and what it does with the answer.

A re-check asks who is signed in and sends those probes that only read: enough to notice that a token was
revoked, has expired or has lost a scope. It never sends a credential that Atlassian refused, that has
expired, or whose ALM account was moved: those are for their owner to test.
"""

import asyncio
import uuid
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.utils import timezone

from ownkey import days
from ownkey.atlassian.check import CheckFinished, Report, Verdict
from ownkey.audit.record import SCHEDULE, Outcome, record
from ownkey.connections import candidates, checking, derived, flows
from ownkey.connections.errors import NotSavedError
from ownkey.connections.grace import report_today
from ownkey.connections.lifecycle.merging import news_in
from ownkey.connections.lifecycle.outbox import owe_breakage
from ownkey.connections.lifecycle.pauses import pause, paused_places, place_of
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.reports import refusal_after, report_of
from ownkey.connections.required_scopes import later_scopes
from ownkey.connections.saved_credentials import record_checked, slug_of, subject_of
from ownkey.connections.states import State, state_of
from ownkey.connections.stored_report import StoredReport

LONGEST_S: Final = 60.0
_NOT_FOR_THE_SCHEDULE: Final = (StoredState.DISCONNECTED, StoredState.REFUSED, StoredState.UNKNOWN)


class Ended(StrEnum):
    """How a re-check ended."""

    CONNECTED = "connected"
    GAPS = "gaps"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    NOT_OPENED = "not-opened"
    """The saved token does not open, or its site may not be spoken to: the operator's to put right."""
    PAUSED = "paused"
    NOT_NEEDED = "not-needed"
    """The credential is gone, replaced, or not the schedule's to send."""


@dataclass(frozen=True, slots=True)
class Which:
    """A credential as it was when its turn came."""

    id: uuid.UUID
    version: int


def find(which: Which) -> AlmAccount | Credential | None:
    """Return the credential if it is still the same and its ALM account or owner still has a use for it."""
    credentials = Credential.objects.select_related("user", "alm_account").filter(user__is_active=True)
    return (
        credentials.filter(pk=which.id, version=which.version).first()
        or AlmAccount.objects.filter(pk=which.id, version=which.version).first()
    )


def is_for_the_schedule(row: AlmAccount | Credential, today: date) -> bool:
    """Return whether the schedule may send a credential."""
    return (
        row.is_sealed
        and row.state not in _NOT_FOR_THE_SCHEDULE
        and state_of(row, today).state is not State.EXPIRED
    )


def recheck(which: Which) -> Ended:
    """Check a saved credential, keep what that taught, and return how it ended."""
    row = find(which)
    now = timezone.now()
    if row is None or not is_for_the_schedule(row, days.today()):
        return Ended.NOT_NEEDED
    account = row if isinstance(row, AlmAccount) else row.alm_account
    if place_of(account) in paused_places(now):
        # As if it had not been taken up: it has its turn when the pause is over.
        type(row).objects.filter(pk=row.pk).update(tried_at=None)
        return Ended.PAUSED
    try:
        report = async_to_sync(_report_of)(row)
    except NotSavedError as error:
        _record_failed(row, reason=error.code)
        return Ended.NOT_OPENED
    except TimeoutError:
        report = None
    if report is None or report.verdict is Verdict.UNREACHABLE:
        _keep_silence(row, report, account=account)
        return Ended.UNANSWERED
    return _keep_answer(row, report)


async def _report_of(row: AlmAccount | Credential) -> Report:
    trial = replace(
        await sync_to_async(flows.trial_of_saved)(row), allow_write_probes=False, confirms_refusal=True
    )
    async with asyncio.timeout(LONGEST_S), aclosing(checking.events_of(trial)) as events:
        async for event in events:
            if isinstance(event, CheckFinished):
                return report_today(row, event.report)
    raise RuntimeError("A check always ends in CheckFinished.")


@transaction.atomic
def _keep_silence(row: AlmAccount | Credential, report: Report | None, *, account: AlmAccount) -> None:
    """Keep that there was no answer: the state stays as it was proven, until it has been so for long."""
    now = timezone.now()
    values = {
        "unanswered_since": row.unanswered_since or now,
        "unanswered_times": (row.unanswered_times or 0) + 1,
        "tried_at": now,
    }
    derived.change(row, values, version=row.version)
    pause(account, reason=report.reason if report else "", now=now)
    if report is not None:
        record_checked(row, report, actor=SCHEDULE)
        return
    _record_failed(row, reason="timed_out")


def _record_failed(row: AlmAccount | Credential, *, reason: str) -> None:
    """Put on record that a check could not be made, or had no answer in time."""
    record(
        "credential.checked",
        actor=SCHEDULE,
        subject=subject_of(row),
        alm_account=slug_of(row),
        outcome=Outcome.FAILED,
        details={"reason": reason},
    )


@transaction.atomic
def _keep_answer(row: AlmAccount | Credential, report: Report) -> Ended:
    now = timezone.now()
    values: dict[str, object] = {"checked_at": now, "tried_at": now, **candidates.ANSWERED}
    stored = StoredReport.of(report)
    ended = Ended.CONNECTED
    if report.verdict is Verdict.REFUSED:
        ended = Ended.REFUSED
        values |= {"state": StoredState.REFUSED, "reason": report.reason}
        values["report"] = refusal_after(row, stored).as_json()
    elif news := news_in(stored, before=report_of(row), later=later_scopes(row, days.today())):
        found = StoredState.GAPS if news.has_gaps else StoredState.CONNECTED
        values |= {"state": found, "reason": news.report.reason, "report": news.report.as_json()}
        if report.identity is not None:
            values |= candidates.identity_values(stored)
    was, state = row.state, values.get("state", row.state)
    if state != was:
        values["since"] = now
    # What its owner, or a call, found out meanwhile is newer: then this check says nothing.
    if not derived.change(row, values, version=row.version, proven_count=row.proven_count, state=was):
        return Ended.NOT_NEEDED
    record_checked(row, report, actor=SCHEDULE)
    if state != was:
        owe_breakage(row, today=days.today())
    return Ended.GAPS if row.state == StoredState.GAPS and ended is not Ended.REFUSED else ended


def claim(row_id: uuid.UUID, version: int, *, seen: datetime | None, now: datetime) -> bool:
    """Take a credential up, unless somebody else has since it was looked at: compare and swap."""
    mine = {"pk": row_id, "version": version, "tried_at": seen}
    return bool(
        Credential.objects.filter(**mine).update(tried_at=now)
        or AlmAccount.objects.filter(**mine).update(tried_at=now)
    )
