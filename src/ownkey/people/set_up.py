"""The first start: a one-time link that makes the first administrator."""

from django.db import transaction
from django.urls import reverse

from ownkey.audit.record import record
from ownkey.people.acts import Asks, By, act
from ownkey.people.errors import UnknownLinkError, UsedLinkError
from ownkey.people.flows import add_user
from ownkey.people.links import absolute, link_hash, link_hashes, make_link_secret
from ownkey.people.models import Role, SetUpLink, User


def needs_set_up() -> bool:
    """Whether there is no administrator yet."""
    return not User.objects.filter(role=Role.ADMINISTRATOR).exists()


@transaction.atomic
def ensure_setup_link() -> str | None:
    """Return a fresh set-up link, or None when there is an administrator already.

    Only the hash of a link is kept, so an earlier one cannot be shown again: each call
    makes a new one, and those made before stop working.
    """
    if not needs_set_up():
        return None
    secret = make_link_secret()
    SetUpLink.objects.all().delete()
    SetUpLink.objects.create(secret_hash=link_hash(secret, purpose="set-up"))
    return absolute(reverse("people:set_up", args=[secret]))


def check_setup_link(secret: str) -> None:
    """Refuse a link that does not lead to the first administrator.

    Raises:
        UsedLinkError: there is an administrator, so no set-up link works any more.
        UnknownLinkError: it is not the newest link.
    """
    if not needs_set_up():
        raise UsedLinkError("Ownkey is set up already. Sign in, or ask an administrator to invite you.")
    if not SetUpLink.objects.filter(secret_hash__in=link_hashes(secret, purpose="set-up")).exists():
        raise UnknownLinkError(
            "This is not the newest set-up link. Restart Ownkey, or run `ownkey init`, to print a new one."
        )


@act(
    to="set Ownkey up",
    by=By.HOLDER,
    asks=Asks.NEVER,
    because="The link's secret is the proof; nobody is here yet.",
)
def finish_setup(secret: str, *, email: str, name: str, password: str) -> User:
    """Make the first administrator and use the link up; return the administrator."""
    check_setup_link(secret)
    user = add_user(email, name=name, password=password, role=Role.ADMINISTRATOR, actor="set-up link")
    record("set-up.finished", actor=user, subject=user)
    return user
