"""The ways through: from a pasted token to a saved credential. Pages and the command line walk the same ones.

A token is tried first (`try_personal`, `try_main`); what was proven waits sealed as a `Candidate`;
saving turns it into the credential. `connect` and `save_main` do all of it in one go.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from asgiref.sync import sync_to_async

from ownkey.atlassian.check import CheckFinished, Event, Report
from ownkey.atlassian.sites import Site, SiteError
from ownkey.atlassian.wire import Authentication
from ownkey.audit.record import OPERATOR
from ownkey.connections import alm_accounts, candidates, checking, ownership, saved_credentials
from ownkey.connections.errors import NothingSavedError, SiteUnusableError
from ownkey.connections.grace import report_today
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.connections.profile_choice import profile_for, profile_for_people
from ownkey.connections.queries import credential_of
from ownkey.connections.reports import SAVEABLE
from ownkey.connections.sealing import open_in
from ownkey.people.models import User
from ownkey.people.signed_in import SignedIn
from ownkey.scopes.profiles import ScopeProfile
from ownkey.secret import Secret

disconnect = saved_credentials.disconnect
record_trial = saved_credentials.record_trial

Row = TypeVar("Row", AlmAccount, Credential)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pasted:
    """A credential as its owner entered it: cleaned of paste mistakes, not yet proven."""

    authentication: Authentication
    login: str
    secret: Secret = field(repr=False)
    expires_on: date | None = None
    looks_cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The Jira that a main credential is for, as the administrator typed it, and what it must have there."""

    site: Site
    cloud_id: str | None
    profile: ScopeProfile


@dataclass(frozen=True, slots=True)
class TokenWaits:
    """The tested token is sealed and waits for *Save*."""

    candidate: Candidate


Step = Event | TokenWaits
Listener = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Row]):
    """How a walk ended: the check's report, what waits if it was proven, and the row if it was saved."""

    report: Report
    candidate: Candidate | None = None
    saved: Row | None = None


async def try_personal(
    user: User, account: AlmAccount, pasted: Pasted, *, actor: object = None
) -> AsyncGenerator[Step, None]:
    """Test a person's token; yield what happens, and at the end where it waits if it may be saved.

    It goes on record as done by `actor`, or by the person.
    """
    bound = await sync_to_async(credential_of)(user, account)
    owner = ownership.expected_of(user, account, bound)
    trial = checking.Trial(
        site=_site_of(account),
        cloud_id=account.cloud_id or None,
        authentication=pasted.authentication,
        login=pasted.login,
        secret=pasted.secret,
        profile=profile_for_people(account),
        expected_account_id=owner.account_id,
        expected_email=owner.email,
        expires_on=pasted.expires_on,
        looks_cut_off=pasted.looks_cut_off,
    )
    async with aclosing(checking.events_of(trial)) as events:
        async for event in events:
            if not isinstance(event, CheckFinished):
                yield event
                continue
            report = ownership.report_for(owner, event.report, login=pasted.login)
            report = report_today(bound or Credential(alm_account=account), report)
            subject = f"{user.email} at {account.slug}"
            await sync_to_async(record_trial)(report, actor=actor or user, subject=subject, slug=account.slug)
            yield CheckFinished(report)
            if report.verdict in SAVEABLE:
                yield TokenWaits(
                    await sync_to_async(candidates.keep)(
                        trial, report, seat=candidates.Seat(user, account, is_main=False), replaces=bound
                    )
                )


async def try_main(
    place: Place, pasted: Pasted, *, account: AlmAccount | None, actor: User | None
) -> AsyncGenerator[Step, None]:
    """Test the main credential of an ALM account that there is, or (`account=None`) that is being added."""
    seat = candidates.Seat(actor, account, is_main=True)
    trial = checking.Trial(
        site=place.site,
        cloud_id=place.cloud_id,
        authentication=pasted.authentication,
        login=pasted.login,
        secret=pasted.secret,
        profile=place.profile,
        expires_on=pasted.expires_on,
        looks_cut_off=pasted.looks_cut_off,
    )
    async with aclosing(checking.events_of(trial)) as events:
        async for event in events:
            if isinstance(event, CheckFinished):
                if account is not None and place.profile.scopes == {*account.scopes_needed}:
                    event = CheckFinished(report_today(account, event.report))  # noqa: PLW2901 by today's list
                subject = account.slug if account else place.site.url
                await sync_to_async(record_trial)(
                    event.report,
                    actor=actor or OPERATOR,
                    subject=subject,
                    slug=account.slug if account else "",
                )
            yield event
            if isinstance(event, CheckFinished) and event.report.verdict in SAVEABLE:
                yield TokenWaits(
                    await sync_to_async(candidates.keep)(
                        trial,
                        event.report,
                        seat=seat,
                        replaces=account,
                    )
                )


async def test_saved(row: AlmAccount | Credential, *, actor: object) -> AsyncGenerator[Event, None]:
    """Test a saved credential once more, and keep what is learned; also one that Atlassian refused before.

    Raises:
        NotSavedError: There is no secret, or it does not open.
    """
    trial = await sync_to_async(trial_of_saved)(row)
    async with aclosing(checking.events_of(trial)) as events:
        async for event in events:
            if isinstance(event, CheckFinished):
                event = CheckFinished(report_today(row, event.report))  # noqa: PLW2901 by today's list
                await sync_to_async(saved_credentials.record_check)(row, event.report, actor=actor)
            yield event


def trial_of_saved(row: AlmAccount | Credential) -> checking.Trial:
    """Return a test of a saved credential.

    Raises:
        NotSavedError: There is no secret, it does not open, or its site may not be spoken to.
    """
    if not row.is_sealed:
        raise NothingSavedError
    secret = open_in(row)
    account = row if isinstance(row, AlmAccount) else row.alm_account
    return checking.Trial(
        site=_site_of(account),
        cloud_id=account.cloud_id or None,
        authentication=row.signs_in_by,
        login=row.login,
        secret=secret,
        profile=profile_for(row),
        expected_account_id=None if row is account else row.atlassian_account_id or None,
        expires_on=row.expires_on,
        last_accepted_at=saved_credentials.last_accepted_at(row),
    )


async def connect(  # noqa: PLR0913 the walk's whole input, most of it by name
    user: User,
    account: AlmAccount,
    pasted: Pasted,
    *,
    accept_gaps: bool,
    actor: object,
    signed_in: SignedIn,
    listen: Listener = lambda _: None,
) -> Outcome[Credential]:
    """Test a person's token and save it if it is proven; with gaps only if they are accepted.

    Raises:
        NotSavedError: It was proven, yet could not be saved.
    """
    report, candidate = await _walk(try_personal(user, account, pasted, actor=actor), listen)
    if candidate is None or (candidate.has_gaps and not accept_gaps):
        return Outcome(report, candidate)
    saved = await sync_to_async(saved_credentials.save)(
        candidates.Choice(
            candidate_id=candidate.pk,
            authentication=pasted.authentication,
            login=pasted.login,
            expires_on=pasted.expires_on,
            accept_gaps=accept_gaps,
        ),
        user=user,
        account=account,
        actor=actor,
        signed_in=signed_in,
    )
    return Outcome(report, candidate, saved)


async def save_main(  # noqa: PLR0913 the walk's whole input, most of it by name
    wanted: alm_accounts.Wanted,
    pasted: Pasted,
    *,
    account: AlmAccount | None,
    accept_gaps: bool,
    actor: User | None,
    signed_in: SignedIn,
    listen: Listener = lambda _: None,
) -> Outcome[AlmAccount]:
    """Test a main credential and save the ALM account with it if it is proven.

    Raises:
        NotSavedError: It was proven, yet could not be saved.
    """
    place = Place(wanted.site, wanted.cloud_id, wanted.profile_of_main)
    report, candidate = await _walk(try_main(place, pasted, account=account, actor=actor), listen)
    if candidate is None or (candidate.has_gaps and not accept_gaps):
        return Outcome(report, candidate)
    choice = candidates.Choice(
        candidate_id=candidate.pk,
        authentication=pasted.authentication,
        login=pasted.login,
        expires_on=pasted.expires_on,
        accept_gaps=accept_gaps,
    )
    saved = await sync_to_async(alm_accounts.save)(
        wanted, choice, account=account, actor=actor, signed_in=signed_in
    )
    return Outcome(report, candidate, saved)


async def _walk(steps: AsyncGenerator[Step, None], listen: Listener) -> tuple[Report, Candidate | None]:
    report: Report | None = None
    candidate: Candidate | None = None
    async with aclosing(steps):
        async for step in steps:
            listen(step)
            if isinstance(step, CheckFinished):
                report = step.report
            elif isinstance(step, TokenWaits):
                candidate = step.candidate
    if report is None:
        raise RuntimeError("A check always ends in CheckFinished.")
    return report, candidate


def _site_of(account: AlmAccount) -> Site:
    try:
        return checking.site_of(account.site_url, is_cloud=account.is_cloud)
    except SiteError as error:
        raise SiteUnusableError(error.message) from error
