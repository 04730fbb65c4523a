"""What can be done about people: add, suspend, reinstate, make and unmake administrators and auditors."""

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ownkey.audit.record import record
from ownkey.people.acts import Asks, By, act, refuse_other_than_owner
from ownkey.people.errors import (
    EmailTakenError,
    LastAdministratorError,
    NoSuchPersonError,
    OwnAccountError,
    PeopleError,
    TwoRolesError,
    WeakPasswordError,
)
from ownkey.people.models import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    Invitation,
    Role,
    SetUpLink,
    User,
    normalise_email,
)
from ownkey.people.names import problem_with
from ownkey.people.signed_in import SignedIn
from ownkey.unseen import turning_in, without_unseen

OUTSIDE_ASCII = (
    "Ownkey cannot mail an address with letters outside ASCII before the @. Use another address of this "
    "person."
)


@transaction.atomic
def add_user(
    email: str,
    *,
    name: str,
    password: str | None,
    role: Role = Role.PERSON,
    actor: object,
) -> User:
    """Add somebody who can sign in at once, and return them.

    Args:
        email: The login, in any case.
        name: How the pages call the person.
        password: In plain text; kept as a slow hash. None for who signs in another way.
        role: What the person may do in Ownkey.
        actor: Who adds them, for the record.

    Raises:
        PeopleError: with a sentence that says what to put right.
    """
    user = User(email=checked_email(email), name=checked_name(name), role=role)
    if User.objects.filter(email=user.email).exists():
        raise EmailTakenError(f"There is somebody with the e-mail {user.email} already.")
    if password is not None:
        check_password(password, user=user)
    user.set_password(password)
    user.save()
    # allauth looks here when it asks for the password again; somebody vouched for the address.
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Invitation.objects.open().filter(email=user.email).close(accepted_at=user.joined_at)
    if user.is_administrator:
        SetUpLink.objects.all().delete()
    record("person.added", actor=actor, subject=user, details={"role": user.role.value})
    return user


def checked_email(email: str) -> str:
    """Return the e-mail as it is kept, or refuse what is none."""
    if hidden := turning_in(email):
        raise PeopleError(
            f"The e-mail address holds a character that cannot be seen ({hidden}). Type it anew."
        )
    address = without_unseen(email)
    local, _, domain = address.rpartition("@")
    try:
        validate_email(address)
    except ValidationError:
        if domain and local and not local.isascii() and local.isprintable():
            raise PeopleError(OUTSIDE_ASCII) from None
        raise PeopleError("That is not an e-mail address.") from None
    if not address.isprintable():
        # Django lets them pass in a domain. Half a letter, of an argument that is no text, fits no database.
        raise PeopleError("The e-mail address has characters that cannot be shown. Type it anew.")
    if len(address) > LONGEST_EMAIL:
        raise PeopleError(f"The e-mail address is longer than {LONGEST_EMAIL} characters.")
    return normalise_email(address)


def checked_name(name: str) -> str:
    """Return the name trimmed, or refuse an empty or endless one."""
    tidy = " ".join(name.split())
    if not tidy:
        raise PeopleError("A name is needed: it is how the pages call the person.")
    if len(tidy) > LONGEST_NAME:
        raise PeopleError(f"The name is longer than {LONGEST_NAME} characters.")
    if problem := problem_with(tidy):
        raise PeopleError(problem)
    return tidy


def check_password(password: str, *, user: User) -> None:
    """Refuse a password that is too easy to guess."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPasswordError(tuple(error.messages)) from None


def list_people() -> Sequence[User]:
    """Return everybody, by name."""
    return list(User.objects.all())


def find_person(email: str) -> User:
    """Return who has this e-mail.

    Raises:
        NoSuchPersonError: when nobody has it.
    """
    try:
        return User.objects.get(email=normalise_email(email))
    except User.DoesNotExist:
        raise NoSuchPersonError("Nobody has this e-mail. `ownkey user list` shows who is here.") from None


@act(
    to="suspend a person",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It takes another person's access away.",
)
def suspend_user(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Keep somebody out, and end every session they have, at once."""
    if user == actor:
        raise OwnAccountError("You cannot suspend yourself. Ask another administrator.")
    _keep_an_administrator(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    end_sessions(user)
    record("person.suspended", actor=actor, subject=user)


@act(
    to="let a person back in",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It gives a person back the access that was taken.",
)
def reinstate_user(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Let somebody back in who was suspended."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    record("person.reinstated", actor=actor, subject=user)


@act(
    to="make a person an administrator",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It gives every right that there is.",
)
def make_administrator(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Let somebody look after Ownkey; an auditor stops being one."""
    _end_audit(user, actor=actor)
    _give_role(user, Role.ADMINISTRATOR, actor=actor, action="person.made-administrator")


@act(
    to="take an administrator's rights",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It takes another person's rights, and with them perhaps the only one who would notice.",
)
def unmake_administrator(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Take the administrator's rights from somebody, unless nobody else has them."""
    _keep_an_administrator(user)
    if User.objects.filter(pk=user.pk, role=Role.ADMINISTRATOR).exists():
        _give_role(user, Role.PERSON, actor=actor, action="person.unmade-administrator")


@act(
    to="make a person an auditor",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It opens the record and everybody's coverage.",
)
def make_auditor(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Let somebody read the record and the coverage, and change nothing."""
    if User.objects.filter(pk=user.pk, role=Role.ADMINISTRATOR).exists():
        raise TwoRolesError(
            f"{user.name} is an administrator, and an auditor changes nothing. "
            "Take the administrator’s rights first."
        )
    _give_role(user, Role.AUDITOR, actor=actor, action="person.made-auditor")


@act(
    to="take an auditor's rights",
    by=By.ADMINISTRATOR,
    asks=Asks.ALWAYS,
    because="It ends the review of what administrators do.",
)
def unmake_auditor(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Take the auditor's rights from somebody who has them."""
    _end_audit(user, actor=actor)


def _end_audit(user: User, *, actor: object) -> None:
    if User.objects.filter(pk=user.pk, role=Role.AUDITOR).exists():
        _give_role(user, Role.PERSON, actor=actor, action="person.unmade-auditor")


@act(
    to="change a name",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="A name gives no right. The e-mail stays, which is the login and what the record says.",
)
def rename_user(user: User, *, name: str, actor: object, signed_in: SignedIn) -> None:
    """Give somebody another name, by their own hand."""
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=rename_user)
    user.name = checked_name(name)
    user.save(update_fields=["name"])
    record("person.renamed", actor=actor, subject=user)


@act(
    to="change a password",
    by=By.HOLDER,
    asks=Asks.NEVER,
    because="The form asks for the current password, or was opened by a mailed link. Either is proof.",
)
def change_password(user: User, password: str, *, but: str | None) -> None:
    """Set a password that its person chose, and end every session but the one with the key `but`."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user, but=but)
    record("password.changed", actor=user, subject=user)


@act(
    to="end a session",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="It only closes, and who sees a stranger's session must be able to end it at once.",
)
def end_own_session(session: UserSession, *, actor: object, signed_in: SignedIn) -> None:
    """End one session of the person who asks."""
    refuse_other_than_owner(session.user, actor=actor, signed_in=signed_in, flow=end_own_session)
    session.end()
    record("session.ended", actor=actor, subject=session.user)


@act(
    to="end all other sessions",
    by=By.OWNER,
    asks=Asks.NEVER,
    because="As ending one session.",
)
def end_other_sessions(user: User, *, but: str | None, actor: object, signed_in: SignedIn) -> None:
    """End every session of the person who asks, except the one with the key `but`."""
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=end_other_sessions)
    count = end_sessions(user, but=but)
    record("session.others-ended", actor=actor, subject=user, details={"count": count})


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End the sessions of `user` except the one with the key `but`; return how many ended."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=but)
    for session in sessions:
        session.end()
    return len(sessions)


def _give_role(user: User, role: Role, *, actor: object, action: str) -> None:
    """Change somebody's role and put that on record, unless it is theirs already."""
    user.role = role
    if User.objects.filter(pk=user.pk).exclude(role=role).update(role=role):
        record(action, actor=actor, subject=user, details={"role": role.value})


def _keep_an_administrator(user: User) -> None:
    """Refuse to go on when `user` is the only administrator who can sign in.

    It asks the database and not `user`, which may have been read before somebody else's change.
    """
    able = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    if able.filter(pk=user.pk).exists() and not able.exclude(pk=user.pk).exists():
        raise LastAdministratorError(
            f"{user.name} is the only administrator. Make another person an administrator first."
        )
