"""Whom an identity provider's word lets in: people who are here or were invited, and nobody else.

A person is bound to the provider's own name for them (issuer and subject) once; from then on that decides,
and not an address that the provider may give to somebody else one day.
"""

from allauth.socialaccount.models import SocialAccount

from ownkey.audit.record import record
from ownkey.environment.process import current_environment
from ownkey.environment.values import SingleSignOn
from ownkey.people.acts import Asks, By, act, refuse_other_than_owner
from ownkey.people.errors import SingleSignOnError
from ownkey.people.flows import add_user
from ownkey.people.models import Invitation, User
from ownkey.people.notices import send_notice
from ownkey.people.oidc.id_token import Identity
from ownkey.people.signed_in import SignedIn


def the_provider() -> SingleSignOn | None:
    """Return the provider that the operator has named, None without one."""
    return current_environment().single_sign_on


def is_only_way() -> bool:
    """Whether passwords and passkeys are switched off."""
    provider = the_provider()
    return provider is not None and provider.is_only_way


def binding_of(user: User) -> SocialAccount | None:
    """Return how the provider knows a person, None if it does not."""
    provider = the_provider()
    if provider is None:
        return None
    return SocialAccount.objects.filter(user=user, provider=provider.issuer).first()


@act(
    to="come in on the provider's word",
    by=By.HOLDER,
    asks=Asks.NEVER,
    because="The provider's signed word is the proof; nobody is signed in yet.",
)
def admit(identity: Identity, *, invitation_id: int | None) -> User:
    """Return who comes in on the provider's word; whoever is new is bound to it.

    Args:
        identity: Whom the provider vouches for.
        invitation_id: The invitation whose link the person has opened in this browser.

    Raises:
        SingleSignOnError: Nobody who may come in; the sentence says what to do.
    """
    bound = _bound(identity)
    if bound is not None:
        return _whose(bound)
    invitation = Invitation.objects.usable().filter(pk=invitation_id).first() if invitation_id else None
    if invitation is None:
        _refuse_unverified(identity)
        user = User.objects.filter(email=identity.email).first()
        if user is not None:
            _refuse_other_binding(user)
            if user.is_active:  # else the sign-in says that they are suspended, and nothing is bound
                _bind(user, identity)
            return user
        invitation = Invitation.objects.usable().filter(email=identity.email).first()
    if invitation is None:
        raise SingleSignOnError(
            f"{_name()} knows you, but nobody has invited {identity.email} to Ownkey. Ask an administrator "
            "for an invitation."
        )
    user = add_user(
        invitation.email,
        name=invitation.name,
        password=None,
        role=invitation.role,
        actor=invitation.email,
    )
    record("invitation.accepted", actor=user, subject=user)
    _bind(user, identity)
    return user


@act(
    to="connect the single sign-on provider",
    by=By.OWNER,
    asks=Asks.ALWAYS,
    because="It is a way in that lasts, for whoever has the account at the provider.",
)
def connect(user: User, identity: Identity, *, actor: object, signed_in: SignedIn) -> None:
    """Bind somebody who is signed in.

    Raises:
        SingleSignOnError: They are bound to another identity, or this one is somebody else's.
    """
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=connect)
    bound = _bound(identity)
    if bound is not None and bound.user == user:
        return
    if bound is not None:
        raise SingleSignOnError(
            f"This account of {_name()} belongs to another person here. Sign in there with your own, and try "
            "again."
        )
    _refuse_other_binding(user)
    _bind(user, identity)


@act(
    to="disconnect the single sign-on provider",
    by=By.OWNER,
    asks=Asks.ALWAYS,
    because="It takes a way in, and leaves the password alone.",
)
def disconnect(user: User, *, actor: object, signed_in: SignedIn) -> None:
    """Take a person's binding away.

    Raises:
        SingleSignOnError: It is the only way in.
    """
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=disconnect)
    binding = binding_of(user)
    if binding is None:
        raise SingleSignOnError("You are not connected.")
    if is_only_way() or not user.has_usable_password():
        raise SingleSignOnError(
            f"{_name()} is your only way in. Choose a password first: “Forgot your password?” on the "
            "sign-in page."
        )
    binding.delete()
    record("single-sign-on.disconnected", actor=user, subject=user)
    _tell(user, is_new=False)


def refuse_other(user: User, identity: Identity) -> None:
    """Refuse when somebody comes back from the provider as anybody but `user`.

    Raises:
        SingleSignOnError: It is somebody else.
    """
    bound = _bound(identity)
    if bound is None or bound.user != user:
        raise SingleSignOnError(f"You signed in at {_name()} as somebody else. Try again as yourself.")


def _bind(user: User, identity: Identity) -> None:
    SocialAccount.objects.create(user=user, provider=identity.issuer, uid=identity.subject, extra_data={})
    record(
        "single-sign-on.connected",
        actor=user,
        subject=user,
        details={"issuer": identity.issuer, "identity": identity.subject},
    )
    _tell(user, is_new=True)


def _bound(identity: Identity) -> SocialAccount | None:
    found = SocialAccount.objects.filter(provider=identity.issuer, uid=identity.subject)
    return found.select_related("user").first()


def _whose(bound: SocialAccount) -> User:
    user: User = bound.user
    return user


def _refuse_unverified(identity: Identity) -> None:
    if not (identity.email and identity.is_email_verified):
        raise SingleSignOnError(
            f"{_name()} does not vouch for your e-mail address, so it cannot tell who you are here. Open the "
            f"link of your invitation and go on with {_name()} there; or sign in with your password and "
            f"connect {_name()} under Security in the profile menu."
        )


def _refuse_other_binding(user: User) -> None:
    if binding_of(user) is not None:
        raise SingleSignOnError(
            f"{user.email} belongs to somebody here whom {_name()} knows by another account. If that was "
            "yours, ask an administrator for help."
        )


def _name() -> str:
    provider = the_provider()
    return provider.name if provider else "The provider"


def _tell(user: User, *, is_new: bool) -> None:
    words = "can be used" if is_new else "can no longer be used"
    send_notice(
        user,
        subject=f"{_name()} {words} to sign in to Ownkey",
        template="people/mail/single_sign_on.txt",
        context={"name": _name(), "words": words},
    )
