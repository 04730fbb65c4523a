"""Letting people in by link: invite, send again, revoke, accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ownkey.audit.record import record
from ownkey.people.errors import EmailTakenError, ExpiredLinkError, UnknownLinkError, UsedLinkError
from ownkey.people.flows import add_user, checked_email, checked_name
from ownkey.people.links import absolute, link_hash, link_hashes, make_link_secret
from ownkey.people.models import Invitation, User

INVITATION_LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation with its link, which is known only now, and whether mail took it away."""

    invitation: Invitation
    link: str
    was_mailed: bool


def open_invitations() -> Sequence[Invitation]:
    """Return the invitations that nobody has accepted or revoked, the newest first."""
    return list(Invitation.objects.filter(accepted_at=None, revoked_at=None).select_related("invited_by"))


def invite(email: str, *, name: str, is_administrator: bool, actor: User) -> Invited:
    """Invite somebody and return the link; an open invitation for the same e-mail is replaced.

    Raises:
        EmailTakenError: the person is here already.
        PeopleError: the e-mail or the name cannot be used.
    """
    address = checked_email(email)
    person = checked_name(name)
    known = User.objects.filter(email=address).first()
    if known is not None:
        raise EmailTakenError(
            f"{known.name} is here already."
            if known.is_active
            else f"{known.name} is here already, but suspended. Reinstate them on the People page."
        )
    secret = make_link_secret()
    with transaction.atomic():
        Invitation.objects.filter(email=address, accepted_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        invitation = Invitation.objects.create(
            email=address,
            name=person,
            is_administrator=is_administrator,
            secret_hash=link_hash(secret, purpose="invitation"),
            invited_by=actor,
            expires_at=timezone.now() + INVITATION_LASTS,
        )
        record("invitation.made", actor=actor, subject=address, details={"administrator": is_administrator})
    link = absolute(reverse("people:accept", args=[secret]))
    return Invited(invitation, link, _mail(invitation, link, actor=actor))


def send_again(invitation: Invitation, *, actor: User) -> Invited:
    """Replace an invitation by a new one with a new link and a new week; the old link stops working."""
    return invite(
        invitation.email, name=invitation.name, is_administrator=invitation.is_administrator, actor=actor
    )


@transaction.atomic
def revoke(invitation: Invitation, *, actor: User) -> None:
    """Make an invitation's link worthless."""
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if changed:
        record("invitation.revoked", actor=actor, subject=invitation.email)


def find_invitation(secret: str) -> Invitation:
    """Return the open invitation that a link's secret belongs to.

    Raises:
        LinkError: the link is unknown, revoked, used or too old; the sentence says what to do.
    """
    invitation = Invitation.objects.filter(secret_hash__in=link_hashes(secret, purpose="invitation")).first()
    if invitation is None or invitation.revoked_at is not None:
        raise UnknownLinkError("This invitation is not valid any more. Ask an administrator for a new one.")
    if invitation.accepted_at is not None:
        raise UsedLinkError("This invitation has been used. Sign in with the password that was chosen then.")
    if invitation.has_expired():
        raise ExpiredLinkError("This invitation was good for a week. Ask an administrator to send it again.")
    return invitation


@transaction.atomic
def accept(secret: str, *, name: str, password: str) -> User:
    """Add the invited person with the password they chose, use the link up, and return them."""
    invitation = find_invitation(secret)
    user = add_user(
        invitation.email,
        name=name,
        password=password,
        is_administrator=invitation.is_administrator,
        actor=invitation.email,
    )
    record("invitation.accepted", actor=user, subject=user)
    return user


def _mail(invitation: Invitation, link: str, *, actor: User) -> bool:
    """Mail the link and return whether that worked; the administrator can copy it in any case."""
    body = render_to_string(
        "people/mail/invitation.txt", {"invitation": invitation, "link": link, "actor": actor}
    )
    message = EmailMessage(subject="You are invited to Ownkey", body=body, to=[invitation.email])
    try:
        return bool(message.send())
    except (OSError, SMTPException):
        return False
