"""Tested tokens that wait, sealed, for *Save*; and how a proven one becomes the credential of a row."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ownkey.atlassian.check import Report
from ownkey.atlassian.wire import Authentication
from ownkey.audit.record import Detail
from ownkey.connections import derived
from ownkey.connections.checking import Trial
from ownkey.connections.errors import (
    CandidateGoneError,
    ChangedSinceTestError,
    GapsNotAcceptedError,
    ReplacedMeanwhileError,
)
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.profile_choice import scopes_in_order
from ownkey.connections.reports import report_of
from ownkey.connections.sealing import open_in, seal_for
from ownkey.connections.stored_report import StoredIdentity, StoredReport
from ownkey.people.models import User

CANDIDATE_WAITS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What *Save* says about a tested token; it must be what was tested."""

    candidate_id: uuid.UUID
    authentication: Authentication
    login: str
    expires_on: date | None
    accept_gaps: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """What a token was tested for, and by whom; only there can it be saved.

    Attributes:
        user: The person whose credential it is to be, or the administrator; None for the command line.
        account: The ALM account, or None for one that is being added.
        is_main: Whether it is to be the main credential.
    """

    user: User | None
    account: AlmAccount | None
    is_main: bool


@transaction.atomic
def keep(
    trial: Trial,
    report: Report,
    *,
    seat: Seat,
    replaces: AlmAccount | Credential | None,
) -> Candidate:
    """Seal a proven token so that it waits for *Save*, and drop whatever waited too long."""
    now = timezone.now()
    destroy_overdue(now)
    candidate = Candidate(
        user=seat.user,
        alm_account=seat.account,
        is_main=seat.is_main,
        authentication=trial.authentication,
        login=trial.login,
        replaces_version=replaces.version if replaces else 0,
        site_url=trial.site.url,
        cloud_id=report.cloud_id or "",
        required_scopes=scopes_in_order(trial.profile),
        report=StoredReport.of(report).as_json(),
        expires_on=trial.expires_on,
        tested_at=now,
        waits_until=now + CANDIDATE_WAITS,
    )
    candidate.envelope = seal_for(candidate, trial.secret, version=0)
    candidate.save(force_insert=True)
    return candidate


def waiting(candidate_id: uuid.UUID, *, seat: Seat) -> Candidate:
    """Return the candidate that was tested for this very seat.

    Raises:
        CandidateGoneError: There is none, it is somebody else's, or it waited too long.
    """
    found = _waiting_for(seat).filter(pk=candidate_id).first()
    if found is None:
        raise CandidateGoneError
    return found


def newest_waiting(*, seat: Seat, replaces: AlmAccount | Credential | None) -> Candidate | None:
    """Return the candidate that can still be saved in this seat, so that a page can offer it again."""
    still_fits = _waiting_for(seat).filter(replaces_version=replaces.version if replaces else 0)
    return still_fits.order_by("-tested_at").first()


def destroy_overdue(now: datetime) -> None:
    """Destroy every tested token that can no longer be saved: too late, or its person is suspended."""
    too_late = Q(waits_until__lte=now)
    # One from a time to come was tested before the clock was set back: it would wait until then.
    unbelievable = Q(waits_until__gt=now + 2 * CANDIDATE_WAITS)
    Candidate.objects.filter(too_late | unbelievable | Q(user__is_active=False)).delete()


def forget_waiting(*, seat: Seat) -> None:
    """Destroy what waits in a seat: its person does not want it."""
    _of_seat(seat).delete()


def _of_seat(seat: Seat) -> QuerySet[Candidate]:
    return Candidate.objects.filter(user=seat.user, alm_account=seat.account, is_main=seat.is_main)


def _waiting_for(seat: Seat) -> QuerySet[Candidate]:
    now = timezone.now()
    # One from a time to come was tested before the clock was set back: it would wait until then.
    return _of_seat(seat).filter(waits_until__gt=now, waits_until__lte=now + 2 * CANDIDATE_WAITS)


def refuse_other_than_tested(candidate: Candidate, choice: Choice) -> None:
    """Raise unless *Save* asks for exactly what was tested, gaps included."""
    if candidate.authentication != choice.authentication:
        raise ChangedSinceTestError("The way to sign in")
    if candidate.login != choice.login:
        raise ChangedSinceTestError("The Jira login")
    if candidate.has_gaps and not choice.accept_gaps:
        raise GapsNotAcceptedError


def values_from(candidate: Candidate, row: AlmAccount | Credential, choice: Choice) -> dict[str, Any]:
    """Return the columns that a proven candidate fills, the secret sealed anew for its row."""
    version, report = row.version + 1, report_of(candidate)
    return {
        "authentication": candidate.authentication,
        "login": candidate.login,
        "envelope": seal_for(row, open_in(candidate), version=version),
        "version": version,
        "proven_count": row.proven_count + 1,
        "state": StoredState.GAPS if candidate.has_gaps else StoredState.CONNECTED,
        "reason": report.reason,
        "since": candidate.tested_at,
        "report": candidate.report,
        "expires_on": choice.expires_on,
        "checked_at": candidate.tested_at,
        **ANSWERED,
        **identity_values(report),
    }


ANSWERED: Final[dict[str, None]] = {"unanswered_since": None, "unanswered_times": None}
"""The columns that say that Atlassian does not answer, when it has."""


def identity_values(report: StoredReport) -> dict[str, str]:
    """Return the columns that a report's identity fills."""
    identity = report.identity or StoredIdentity("", "")
    return {
        "atlassian_account_id": identity.account_id,
        "display_name": identity.display_name,
        "email": identity.email,
    }


def put(
    row: AlmAccount | Credential, values: dict[str, Any], *, is_new: bool, revision: int | None = None
) -> None:
    """Insert the row, or update it if it is still the one that was read: compare and swap."""
    read = {"version": row.version} | ({} if revision is None else {"revision": revision})
    if is_new:
        for name, value in values.items():
            setattr(row, name, value)
        try:
            derived.insert(row)
        except IntegrityError as error:
            raise ReplacedMeanwhileError from error
    elif not derived.change(row, values, **read):
        raise ReplacedMeanwhileError


def told(candidate: Candidate) -> dict[str, Detail]:
    """Return what the record keeps of a candidate that was saved."""
    report = report_of(candidate)
    return {
        "authentication": candidate.authentication,
        "verdict": report.verdict,
        "missing": list(report.missing),
    }
