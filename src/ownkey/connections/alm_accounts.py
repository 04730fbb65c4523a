"""Adding, changing and removing ALM accounts: each function is one transaction."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from ownkey import days
from ownkey.atlassian.sites import Site
from ownkey.audit.record import OPERATOR, Detail, record
from ownkey.connections import candidates
from ownkey.connections.candidates import Choice
from ownkey.connections.checking import site_of
from ownkey.connections.errors import (
    CandidateGoneError,
    ChangedSinceTestError,
    NoListBeforeError,
    OtherJiraError,
    ReplacedMeanwhileError,
    TakenError,
    TokenNeededError,
)
from ownkey.connections.models import AlmAccount, Candidate, Kind, Policy, StoredState
from ownkey.connections.profile_choice import profile_of_scopes, scopes_in_order
from ownkey.connections.states import SITE_CHANGED
from ownkey.connections.widening import counting_for_people, grace_columns
from ownkey.people.acts import Asks, By, act
from ownkey.people.models import User
from ownkey.people.signed_in import SignedIn
from ownkey.scopes.profiles import ScopeProfile

_TOLD = (
    "name",
    "site_url",
    "policy",
    "profile_name",
    "required_scopes",
    "counts_from",
    "later_scopes",
    "main_scopes",
    "other_email_allowed",
    "passes_unknown_operations",
)
"""Whose changes the record names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An ALM account as the administrator wants it.

    Attributes:
        profile: The scopes that people's tokens must have.
        main_profile: Those that the main credential must have; None: the same.
        revision: The one that the form was filled from.
        counts_from: The day from which scopes count that are new; today or earlier: at once; None: not said,
            which is refused where a person's saved token may lack one of them.
    """

    name: str
    slug: str
    kind: Kind
    site: Site
    cloud_id: str | None
    profile: ScopeProfile
    main_profile: ScopeProfile | None = None
    policy: Policy
    other_email_allowed: bool
    passes_unknown_operations: bool = False
    revision: int = 0
    counts_from: date | None = None

    @property
    def profile_of_main(self) -> ScopeProfile:
        """The scopes that the main credential must have."""
        return self.main_profile or self.profile


@act(
    to="save an ALM account",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It decides what everybody may do in Jira, as whom, and where their tokens are sent.",
)
def save(
    wanted: Wanted,
    choice: Choice | None,
    *,
    account: AlmAccount | None,
    actor: User | None,
    signed_in: SignedIn,
) -> AlmAccount:
    """Add an ALM account (`account=None`) or change one, with a proven main credential if `choice` names one.

    Raises:
        NotSavedError: Nothing was changed; the message says why.
    """
    row = account or AlmAccount(slug=wanted.slug, version=0)
    values: dict[str, Any] = {
        "name": wanted.name,
        "kind": wanted.kind,
        "site_url": wanted.site.url,
        "profile_name": wanted.profile.name,
        "required_scopes": scopes_in_order(wanted.profile),
        "main_scopes": None if wanted.main_profile is None else scopes_in_order(wanted.main_profile),
        "policy": wanted.policy,
        "passes_unknown_operations": wanted.passes_unknown_operations,
        "other_email_allowed": wanted.other_email_allowed,
        "revision": wanted.revision + 1,
    }
    values |= _when_scopes_count(wanted, account)
    _refuse_taken_name(wanted, account)
    candidate = None
    if choice is not None:
        candidate = candidates.waiting(
            choice.candidate_id, seat=candidates.Seat(actor, account, is_main=True)
        )
        candidates.refuse_other_than_tested(candidate, choice)
        _refuse_other_place(candidate, wanted, account)
        if candidate.replaces_version != row.version:
            raise ReplacedMeanwhileError
        values |= candidates.values_from(candidate, row, choice) | {"cloud_id": candidate.cloud_id}
    elif account is None:
        raise CandidateGoneError
    elif (wanted.site.url, wanted.kind) != (account.site_url, account.kind):
        raise TokenNeededError
    moved = account is not None and not account.is_cloud and account.site_url != wanted.site.url
    changed = sorted(name for name in _TOLD if account is not None and getattr(row, name) != values[name])
    candidates.put(row, values, is_new=account is None, revision=wanted.revision)
    if moved:
        _forget_proofs(row)
    if candidate is not None:
        candidate.delete()
    details: dict[str, Detail] = {
        "name": row.name,
        "site": row.site_url,
        "policy": str(row.policy),
        "scope_profile": row.profile_name,
        "main_scope_profile": wanted.profile_of_main.name,
        "changed": changed,
    }
    if values["counts_from"] is not None:
        details |= {"new_scopes": values["later_scopes"], "counts_from": str(values["counts_from"])}
    if candidate is not None:
        details |= {"main_credential": "replaced", **candidates.told(candidate)}
    action = "alm-account.added" if account is None else "alm-account.changed"
    record(action, actor=actor or OPERATOR, subject=row.slug, alm_account=row.slug, details=details)
    return row


def _when_scopes_count(wanted: Wanted, account: AlmAccount | None) -> dict[str, Any]:
    """Return the columns that say since when scopes are required, and from when the new ones count."""
    if account is None:
        return {"later_scopes": None, "counts_from": None}
    required, now = scopes_in_order(wanted.profile), timezone.now()
    values = grace_columns(
        account,
        required,
        counts_from=wanted.counts_from,
        today=days.today(),
    )
    if account.required_scopes != required:
        values["profile_changed_at"] = now
    if account.scopes_needed != scopes_in_order(wanted.profile_of_main):
        values["main_scopes_changed_at"] = now
    return values


def with_profile(account: AlmAccount, profile: ScopeProfile, *, counts_from: date | None = None) -> Wanted:
    """Return an ALM account as it is saved, but for the scope profile of people.

    Raises:
        ownkey.atlassian.sites.SiteError: Its site may not be spoken to any more.
    """
    main = account.main_scopes
    return Wanted(
        name=account.name,
        slug=account.slug,
        kind=Kind(account.kind),
        site=site_of(account.site_url, is_cloud=account.is_cloud),
        cloud_id=account.cloud_id or None,
        profile=profile,
        main_profile=None if main is None else profile_of_scopes(main),
        policy=Policy(account.policy),
        other_email_allowed=account.other_email_allowed,
        passes_unknown_operations=account.passes_unknown_operations,
        revision=account.revision,
        counts_from=counts_from,
    )


def without_new_scopes(account: AlmAccount) -> Wanted:
    """Return an ALM account as it is saved, but for the scopes that are to count later: they are given up.

    Raises:
        NotSavedError: None are to count later, or none counts today.
    """
    counting = counting_for_people(account, days.today())
    if len(counting) == len(account.required_scopes):
        raise ReplacedMeanwhileError
    if not counting:
        raise NoListBeforeError
    return with_profile(account, profile_of_scopes(counting))


@act(
    to="move the ALM accounts of a site to its new address",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="Tokens tested at one address are sent to another. The demo alone does it, for its sandbox.",
)
def follow_moved_site(old: str, new: str, *, actor: object, signed_in: SignedIn) -> None:
    """Give the ALM accounts of a site its new address, where it is the same Jira: for the demo."""
    for account in AlmAccount.objects.filter(site_url=old):
        AlmAccount.objects.filter(pk=account.pk).update(site_url=new)
        details: dict[str, Detail] = {"name": account.name, "site": new, "changed": ["site_url"]}
        record(
            "alm-account.changed",
            actor=actor,
            subject=account.slug,
            alm_account=account.slug,
            details=details,
        )


@act(
    to="remove an ALM account",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It destroys everybody's token for it.",
)
def delete(account: AlmAccount, *, actor: object, signed_in: SignedIn) -> None:
    """Remove an ALM account with every credential for it."""
    record(
        "alm-account.deleted",
        actor=actor,
        subject=account.slug,
        alm_account=account.slug,
        details={"people": sorted(account.credentials.values_list("user__email", flat=True))},
    )
    account.delete()


def _refuse_other_place(candidate: Candidate, wanted: Wanted, account: AlmAccount | None) -> None:
    if candidate.site_url != wanted.site.url or (wanted.cloud_id and wanted.cloud_id != candidate.cloud_id):
        raise ChangedSinceTestError("The site")
    if set(candidate.required_scopes) != wanted.profile_of_main.scopes:
        raise ChangedSinceTestError("The scope profile")
    if account is not None and account.is_cloud and account.cloud_id != candidate.cloud_id:
        raise OtherJiraError


def _refuse_taken_name(wanted: Wanted, account: AlmAccount | None) -> None:
    others = AlmAccount.objects.exclude(pk=account.pk) if account else AlmAccount.objects.all()
    if others.filter(name__iexact=wanted.name).exists():
        raise TakenError("Another ALM account has this name. Choose a different account name.")
    if account is None and others.filter(slug=wanted.slug).exists():
        raise TakenError("Another ALM account has this short name. Choose a different one.")


def _forget_proofs(account: AlmAccount) -> None:
    """Mark people's credentials as unproven: they were tested at another address."""
    # Nothing else follows from these columns.
    account.credentials.exclude(state=StoredState.DISCONNECTED).update(
        state=StoredState.UNKNOWN, reason=SITE_CHANGED, since=timezone.now()
    )
