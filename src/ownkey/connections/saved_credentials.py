"""Saving, correcting, re-checking and destroying people's credentials: each function is one transaction."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ownkey import days
from ownkey.atlassian.check import Report, Verdict
from ownkey.audit.record import Outcome, record
from ownkey.connections import candidates, derived
from ownkey.connections.candidates import Choice
from ownkey.connections.cause_table import TEST_AGAIN
from ownkey.connections.errors import (
    ChangedSinceTestError,
    NothingSavedError,
    ReplacedMeanwhileError,
    TakenError,
)
from ownkey.connections.lifecycle.outbox import owe_breakage
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.reports import REFUSED_IN_USE, refusal_after, report_of
from ownkey.connections.stored_report import StoredReport
from ownkey.people.acts import Asks, By, act, refuse_other_than_owner
from ownkey.people.models import User
from ownkey.people.signed_in import SignedIn

WITH_TOKEN = tuple(state for state in StoredState if state is not StoredState.DISCONNECTED)


@act(
    to="connect",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="It takes the token itself, and only one of the person's own Atlassian account is accepted.",
)
def save(
    choice: Choice, *, user: User, account: AlmAccount, actor: object, signed_in: SignedIn
) -> Credential:
    """Make a person's candidate their credential; the old one is gone only when the new one is there.

    Raises:
        NotSavedError: Nothing was changed; the message says why.
    """
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=save)
    candidate = candidates.waiting(choice.candidate_id, seat=candidates.Seat(user, account, is_main=False))
    candidates.refuse_other_than_tested(candidate, choice)
    account = AlmAccount.objects.get(pk=account.pk)
    if (candidate.site_url, candidate.cloud_id) != (account.site_url, account.cloud_id):
        raise ChangedSinceTestError("The ALM account’s address")
    old = Credential.objects.filter(user=user, alm_account=account).first()
    row = old or Credential(user=user, alm_account=account, version=0)
    if candidate.replaces_version != row.version:
        raise ReplacedMeanwhileError
    _refuse_shared_account(candidate, user=user, account=account)
    values = candidates.values_from(candidate, row, choice)
    values["connected_at"] = (row.connected_at if row.is_sealed else None) or candidate.tested_at
    if not values["atlassian_account_id"]:
        del values["atlassian_account_id"]  # it could not be read; the bound one stays
    candidates.put(row, values, is_new=old is None)
    candidate.delete()
    record(
        "credential.replaced" if old is not None and old.is_sealed else "credential.connected",
        actor=actor,
        subject=f"{user.email} at {account.slug}",
        alm_account=account.slug,
        details=candidates.told(candidate),
    )
    return row


@act(
    to="correct an expiry date",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="It changes when reminders are sent and nothing else; Atlassian decides when a token ends.",
)
def change_expiry(
    credential: Credential, expires_on: date | None, *, actor: object, signed_in: SignedIn
) -> None:
    """Correct the expiry date that its owner gave for a saved token."""
    refuse_other_than_owner(credential.user, actor=actor, signed_in=signed_in, flow=change_expiry)
    derived.change(credential, {"expires_on": expires_on})
    record(
        "credential.expiry-changed",
        actor=actor,
        subject=subject_of(credential),
        alm_account=slug_of(credential),
        details={"expires_on": str(expires_on or "")},
    )


@act(
    to="disconnect",
    by=By.OWNER_OR_ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It destroys a token that only its person can replace, and every tool that uses it stops.",
)
def disconnect(credential: Credential, *, actor: object, signed_in: SignedIn) -> None:
    """Destroy a person's secret at once; which Atlassian account they are stays bound.

    Raises:
        NothingSavedError: There is no secret.
    """
    refuse_other_than_owner(credential.user, actor=actor, signed_in=signed_in, flow=disconnect)
    values = {**disconnected_columns("disconnected", now=timezone.now()), "connected_at": None}
    if not derived.change(credential, values, state__in=WITH_TOKEN):
        raise NothingSavedError
    Candidate.objects.filter(user=credential.user_id, alm_account=credential.alm_account_id).delete()
    record(
        "credential.disconnected",
        actor=actor,
        subject=subject_of(credential),
        alm_account=slug_of(credential),
    )


@act(
    to="disconnect a person",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It destroys another person's token, and lets their Atlassian account be bound to somebody else.",
)
def release(credential: Credential, *, actor: object, signed_in: SignedIn) -> None:
    """Remove a person's credential and the binding to their Atlassian account: an administrator's act."""
    Candidate.objects.filter(user=credential.user_id, alm_account=credential.alm_account_id).delete()
    record(
        "credential.released", actor=actor, subject=subject_of(credential), alm_account=slug_of(credential)
    )
    credential.delete()


@transaction.atomic
def record_check(row: AlmAccount | Credential, report: Report, *, actor: object) -> None:
    """Keep what a check of the saved credential taught; an unreachable Atlassian teaches nothing."""
    if report.verdict is Verdict.UNREACHABLE:
        record_checked(row, report, actor=actor)
        return
    now = timezone.now()
    values: dict[str, Any] = {
        "state": StoredState(report.verdict.value),
        "reason": report.reason,
        "report": StoredReport.of(report).as_json(),
        "checked_at": now,
        **candidates.ANSWERED,
    }
    if row.state != values["state"]:
        values["since"] = now
    if report.verdict is Verdict.REFUSED:
        values["report"] = refusal_after(row, StoredReport.of(report)).as_json()
    elif report.identity is not None:
        values |= candidates.identity_values(StoredReport.of(report))
    proven = 0 if report.verdict is Verdict.REFUSED else 1
    # A row that was replaced while the check ran is another credential: the check says nothing about it.
    was = row.state
    if derived.change(row, {**values, "proven_count": F("proven_count") + proven}, version=row.version):
        record_checked(row, report, actor=actor)
        if row.state != was:
            owe_breakage(row, today=days.today(), but=actor)


def record_checked(row: AlmAccount | Credential, report: Report, *, actor: object) -> None:
    """Put on record that a saved credential was checked, and what came of it."""
    _record_verdict("credential.checked", report, actor=actor, subject=subject_of(row), slug=slug_of(row))


def record_trial(report: Report, *, actor: object, subject: str, slug: str = "") -> None:
    """Put on record that a token was tested before it was saved, and what came of it.

    `slug` names the ALM account, if it has been added already.
    """
    _record_verdict("credential.tested", report, actor=actor, subject=subject, slug=slug)


def _record_verdict(action: str, report: Report, *, actor: object, subject: str, slug: str) -> None:
    outcomes = {Verdict.REFUSED: Outcome.REFUSED, Verdict.UNREACHABLE: Outcome.FAILED}
    record(
        action,
        actor=actor,
        subject=subject,
        alm_account=slug,
        outcome=outcomes.get(report.verdict, Outcome.DONE),
        details={"verdict": report.verdict.value, "reason": report.reason},
    )


@transaction.atomic
def record_refused_in_use(credential_id: uuid.UUID, *, proven_count: int) -> bool:
    """Keep that Atlassian refused a credential while a tool used it; return whether that is news.

    Args:
        credential_id: A person's credential, or an ALM account's own.
        proven_count: What was current when it was sent; one that was proven since is not touched.
    """
    for table in (Credential, AlmAccount):
        row = (
            table.objects.filter(pk=credential_id, proven_count=proven_count)
            .exclude(state__in=(StoredState.DISCONNECTED, StoredState.REFUSED))
            .first()
        )
        if row is not None:
            break
    else:
        return False
    refusal = StoredReport(
        verdict=Verdict.REFUSED.value,
        reason=REFUSED_IN_USE,
        next_step=TEST_AGAIN,
        cloud_id=report_of(row).cloud_id,
    )
    derived.change(
        row,
        {
            "state": StoredState.REFUSED,
            "reason": REFUSED_IN_USE,
            "since": timezone.now(),
            "report": refusal_after(row, refusal).as_json(),
        },
    )
    owe_breakage(row, today=days.today())
    record(
        "credential.refused",
        actor="gateway",
        subject=subject_of(row),
        alm_account=slug_of(row),
        details={"reason": REFUSED_IN_USE},
    )
    return True


def disconnected_columns(reason: str, *, now: datetime) -> dict[str, Any]:
    """Return the columns of a credential whose secret is destroyed; whose it was stays known."""
    return {
        "envelope": b"",
        "version": F("version") + 1,
        "state": StoredState.DISCONNECTED,
        "reason": reason,
        "since": now,
        "report": {},
        "expires_on": None,
        **candidates.ANSWERED,
    }


def last_accepted_at(row: AlmAccount | Credential) -> datetime | None:
    """Return when Atlassian last accepted this very token, if it is not refused now."""
    return None if row.state == StoredState.REFUSED else row.checked_at


def _refuse_shared_account(candidate: Candidate, *, user: User, account: AlmAccount) -> None:
    """Refuse an Atlassian account that another person is connected as: one name would stand for two."""
    identity = report_of(candidate).identity
    if identity is None:
        return
    others = Credential.objects.filter(alm_account=account, atlassian_account_id=identity.account_id).exclude(
        user=user
    )
    if others.exclude(state=StoredState.DISCONNECTED).exists():
        raise TakenError(
            "Another person is already connected as this Atlassian account. Make a token with your own "
            "account; if this one is yours, ask an administrator to disconnect the other."
        )


def slug_of(row: AlmAccount | Credential) -> str:
    """Return the short name of the ALM account that a credential is for."""
    return row.slug if isinstance(row, AlmAccount) else row.alm_account.slug


def subject_of(row: AlmAccount | Credential) -> str:
    """Return what the record calls a credential."""
    return row.slug if isinstance(row, AlmAccount) else f"{row.user.email} at {row.alm_account.slug}"
