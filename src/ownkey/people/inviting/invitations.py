"""Letting people in by link: invite, send again, revoke, accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ownkey.audit.record import record
from ownkey.environment.process import current_environment
from ownkey.mail.letters import Letter
from ownkey.mail.outbox import post, reaches_people
from ownkey.people.acts import Asks, By, act
from ownkey.people.errors import EmailTakenError, ExpiredLinkError, UnknownLinkError, UsedLinkError
from ownkey.people.flows import add_user, checked_email, checked_name
from ownkey.people.links import absolute, link_hash, link_hashes, make_link_secret
from ownkey.people.models import Invitation, Role, User
from ownkey.people.signed_in import SignedIn

INVITATION_LASTS = timedelta(days=7)
KIND = "invitation"


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation with its link, which is known only now, and whether a mail takes it to the person."""

    invitation: Invitation
    link: str
    was_mailed: bool


def open_invitations() -> Sequence[Invitation]:
    """Return the invitations that nobody has accepted or revoked, the newest first."""
    return list(Invitation.objects.open().select_related("invited_by"))


def is_anybody_invited() -> bool:
    """Return whether an invitation was accepted, or is still open."""
    return Invitation.objects.filter(revoked_at=None).exists()


def is_anybody_beside(user: User) -> bool:
    """Return whether another person may sign in, whichever way they came."""
    return User.objects.exclude(pk=user.pk).exists()


def invite(email: str, *, name: str, role: Role = Role.PERSON, actor: object, signed_in: SignedIn) -> Invited:
    """Invite somebody and return the link; an open invitation for the same e-mail is replaced.

    Raises:
        EmailTakenError: the person is here already.
        PeopleError: the e-mail or the name cannot be used.
    """
    mails = reaches_people()
    invitation, link = make_invitation(
        email, name=name, role=role, actor=actor, signed_in=signed_in, mails=mails
    )
    return Invited(invitation, link, was_mailed=is_mail_set_up())


@act(
    to="invite a person",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="The link is shown or mailed, and lets in the first who opens it: as an administrator, or as a "
    "person for whom a main credential may stand in.",
)
def make_invitation(
    email: str, *, name: str, role: Role, actor: object, signed_in: SignedIn, mails: bool = True
) -> tuple[Invitation, str]:
    """Invite somebody; return the invitation and its link. A mail with it is sent by the background.

    Raises:
        EmailTakenError: the person is here already.
        PeopleError: the e-mail or the name cannot be used.
    """
    address = checked_email(email)
    person = checked_name(name)
    refuse_known(address)
    secret = make_link_secret()
    link = absolute(reverse("people:accept", args=[secret]))
    Invitation.objects.open().filter(email=address).close(revoked_at=timezone.now())
    invitation = Invitation(
        email=address,
        name=person,
        role=role,
        secret_hash=link_hash(secret, purpose="invitation"),
        invited_by=actor if isinstance(actor, User) else None,
        expires_at=timezone.now() + INVITATION_LASTS,
    )
    if mails:
        letter = letter_for(invitation, link, actor=actor)
        invitation.mail = post(letter, kind=KIND, good_until=invitation.expires_at)
    invitation.save(force_insert=True)
    record("invitation.made", actor=actor, subject=address, details={"role": role.value})
    return invitation, link


def refuse_known(address: str) -> None:
    """Refuse to invite somebody who is here.

    Raises:
        EmailTakenError: the sentence says what to do instead.
    """
    known = User.objects.filter(email=address).first()
    if known is not None:
        raise EmailTakenError(
            f"{known.name} is here already."
            if known.is_active
            else f"{known.name} is here already, but suspended. Reinstate them on the People page."
        )


def send_again(invitation: Invitation, *, actor: User, signed_in: SignedIn) -> Invited:
    """Replace an invitation by a new one with a new link and a new week; the old link stops working."""
    return invite(
        invitation.email, name=invitation.name, role=invitation.role, actor=actor, signed_in=signed_in
    )


@act(
    to="revoke an invitation",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It keeps out a person who is expected.",
)
def revoke(invitation: Invitation, *, actor: User, signed_in: SignedIn) -> None:
    """Make an invitation's link worthless."""
    changed = Invitation.objects.open().filter(pk=invitation.pk).close(revoked_at=timezone.now())
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


@act(
    to="accept an invitation",
    by=By.HOLDER,
    asks=Asks.NEVER,
    because="The link's secret is the proof; nobody is signed in yet.",
)
def accept(secret: str, *, name: str, password: str) -> User:
    """Add the invited person with the password they chose, use the link up, and return them."""
    invitation = find_invitation(secret)
    user = add_user(
        invitation.email,
        name=name,
        password=password,
        role=invitation.role,
        actor=invitation.email,
    )
    record("invitation.accepted", actor=user, subject=user)
    return user


def letter_for(invitation: Invitation, link: str, *, actor: object) -> Letter:
    """Return the mail that takes an invitation's link to its person."""
    body = render_to_string(
        "people/mail/invitation.txt", {"invitation": invitation, "link": link, "actor": actor}
    )
    return Letter(to=invitation.email, subject="You are invited to Ownkey", body=body)


def is_mail_set_up() -> bool:
    """Whether mail leaves this machine; without a mail server it is only kept in the data directory."""
    return bool(current_environment().mail.host)
