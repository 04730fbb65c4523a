"""The operator's way back in: a link from the command line that signs an administrator in, once.

It is for when the identity provider is away, or nobody knows a password. It asks for the second factor all
the same. The link is signed and not stored; that it was used is stored, in the step that uses it. A sign-in
makes every earlier link worthless.
"""

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from ownkey.audit.record import record
from ownkey.people.acts import Asks, By, act
from ownkey.people.errors import ExpiredLinkError, PeopleError, UnknownLinkError, UsedLinkError
from ownkey.people.links import absolute
from ownkey.people.models import Role, User
from ownkey.people.sign_in import attempts
from ownkey.people.sign_in.attempts import Counted, Patience

LASTS_S = 15 * 60
SALT = "ownkey.people.sign-in-link"
USED = Patience("sign-in link, used", free=0)
AGAIN = "Run `ownkey user sign-in-link` again for a new one."


def make_sign_in_link(user: User, *, actor: object) -> str:
    """Return a link that signs `user` in, once, within a quarter of an hour.

    Raises:
        PeopleError: They are no administrator, or suspended.
    """
    if not (user.is_administrator and user.is_active):
        raise PeopleError(
            "A sign-in link is for an administrator who is not suspended, to get Ownkey going again."
        )
    record("sign-in-link.made", actor=actor, subject=user)
    token = signing.dumps([user.pk, _state_of(user)], salt=SALT)
    return absolute(reverse("people:sign_in_link", args=[token]))


def find_linked_person(token: str) -> User:
    """Return whom a link signs in.

    Raises:
        LinkError: It is too old, used, or was never made.
    """
    try:
        pk, state = signing.loads(token, salt=SALT, max_age=LASTS_S)
    except signing.SignatureExpired:
        raise ExpiredLinkError(f"This link was good for a quarter of an hour. {AGAIN}") from None
    except signing.BadSignature:
        raise UnknownLinkError(
            f"This link was not made by Ownkey, or not all of it was copied. {AGAIN}"
        ) from None
    user = User.objects.filter(pk=pk, role=Role.ADMINISTRATOR, is_active=True).first()
    if user is None or state != _state_of(user):
        raise UsedLinkError(f"This link was used, or somebody signed in since it was made. {AGAIN}")
    return user


@act(
    to="sign in by the operator's link",
    by=By.HOLDER,
    asks=Asks.NEVER,
    because="The signed link is the proof; nobody is signed in yet.",
)
def use_sign_in_link(token: str) -> User:
    """Use a link up, and return whom it signs in: however many browsers try at once, one gets an answer.

    Raises:
        LinkError: It is too old, used, or was never made.
    """
    user = find_linked_person(token)
    if not attempts.is_within(Counted(USED, token), most=1, window=timedelta(seconds=2 * LASTS_S)):
        raise UsedLinkError(f"This link was used already. {AGAIN}")
    return user


def _state_of(user: User) -> str:
    """Return what changes with each sign-in, and with the password."""
    last = user.last_login.isoformat() if user.last_login else ""
    return f"{last} {user.get_session_auth_hash()[:16]}"
