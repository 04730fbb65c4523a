"""Second factors: who has one, who has to, and taking them from somebody who lost them."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest

from ownkey.audit.record import OPERATOR, Detail, record
from ownkey.environment.process import current_environment
from ownkey.environment.values import SecondFactorFor
from ownkey.people.acts import Asks, By, act, refuse_other_than_owner
from ownkey.people.allauth_internals import get_authentication_records
from ownkey.people.errors import OwnAccountError, PeopleError
from ownkey.people.flows import end_sessions
from ownkey.people.models import FactorSecret, User
from ownkey.people.notices import send_notice
from ownkey.people.second_factors.sealing import factors_checked_with, factors_of, forget_unused
from ownkey.people.signed_in import SignedIn

T = TypeVar("T")

KINDS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user: User) -> bool:
    """Whether a second factor is asked of somebody who signs in with a password."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def with_ways_in(people: Collection[User]) -> Collection[int]:
    """Return the ids of those who have a second factor, or sign in through the provider."""
    factors = Authenticator.objects.filter(user__in=people).values_list("user", flat=True)
    return {*factors, *SocialAccount.objects.filter(user__in=people).values_list("user", flat=True)}


def describe_factors(user: User) -> list[str]:
    """Return what somebody has, in words: "authenticator app", "2 passkeys"."""
    types = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    counts = [(KINDS[kind], types.count(kind)) for kind in KINDS]
    return [f"{count} {kind}s" if count > 1 else kind for kind, count in counts if count]


def must_have_factor(user: User) -> bool:
    """Whether the operator asks a second factor of this person."""
    match current_environment().second_factor_for:
        case SecondFactorFor.EVERYONE:
            return True
        case SecondFactorFor.ADMINISTRATORS:
            return user.is_administrator
    return False


def lacks_factor(request: HttpRequest, user: User) -> bool:
    """Whether this person has to set up a second factor before anything else.

    A session that the single sign-on provider began is its to protect: it asks for second factors of its own.
    """
    if not must_have_factor(user):
        return False
    by_provider = any(
        record["method"] == "socialaccount" for record in get_authentication_records(request, user)
    )
    return not by_provider and not has_factor(user)


@act(
    to="reset a person's second factors",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It leaves a password alone between a stranger and another person's account.",
)
def reset_factors(
    user: User, *, forgets_provider: bool = False, actor: object, signed_in: SignedIn
) -> list[str]:
    """Remove every second factor of somebody who lost them, end their sessions, and tell them by mail.

    Args:
        user: Whose.
        forgets_provider: Whether it is forgotten, too, how the single sign-on provider knows the person.
        actor: Who does it.
        signed_in: How recently the actor signed in.

    Returns:
        What was removed, in words.

    Raises:
        OwnAccountError: Nobody does this to themselves.
        PeopleError: There is nothing to remove.
    """
    if user == actor:
        raise OwnAccountError("You change your own second factors under Security in the profile menu.")
    removed = describe_factors(user)
    if forgets_provider and SocialAccount.objects.filter(user=user).delete()[0]:
        removed.append("single sign-on")
    if not removed:
        raise PeopleError(f"{user.name} has no second factor.")
    Authenticator.objects.filter(user=user).delete()
    FactorSecret.objects.filter(user=user).delete()
    end_sessions(user)
    record("factors.reset", actor=actor, subject=user, details={"factors": removed})
    _tell(user, removed, actor=actor)
    return removed


@act(
    to="change one's own second factors",
    by=By.OWNER,
    asks=Asks.ALWAYS,
    because="A new factor or new codes are a way in that lasts; a factor that is gone protects nobody.",
)
def change_own_factors(
    user: User,
    change: Callable[[], T],
    *,
    action: str,
    details: Mapping[str, Detail],
    actor: object,
    signed_in: SignedIn,
) -> T:
    """Carry out a change of somebody's own factors, sealed as theirs, and put it on record.

    Args:
        user: Whose.
        change: What changes them.
        action: What the record calls it.
        details: What it says besides.
        actor: Who does it, which is the person.
        signed_in: How recently the actor signed in.
    """
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=change_own_factors)
    with factors_of(user):
        had_codes = has_recovery_codes(user)
        done = change()
        forget_unused(user)
        record(action, actor=actor, subject=user, details=details)
        if not had_codes and has_recovery_codes(user):
            record("recovery-codes.made", actor=actor, subject=user)
    return done


def has_recovery_codes(user: User) -> bool:
    """Whether somebody has recovery codes."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).exists())


@transaction.atomic
def let_go_of_factors(secrets: Sequence[uuid.UUID], *, reason: str, actor: object) -> None:
    """Remove the factors that are checked with these secrets, which do not open any more."""
    for factor in list(factors_checked_with(secrets)):
        factor.delete()
        record(
            "factor.removed",
            actor=actor,
            subject=factor.user,
            details={"factor": KINDS[factor.type], "reason": reason},
        )
    FactorSecret.objects.filter(pk__in=secrets).delete()


def _tell(user: User, removed: list[str], *, actor: object) -> None:
    by = "the operator of Ownkey" if actor == OPERATOR else str(actor)
    send_notice(
        user,
        subject="Your second factors for Ownkey were removed",
        template="people/mail/factors_reset.txt",
        context={"by": by, "removed": removed},
    )
