"""Ownkey's answers to what allauth asks."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from ownkey.audit.record import Outcome, record
from ownkey.mail.letters import Letter
from ownkey.people.allauth_internals import get_authentication_records
from ownkey.people.flows import change_password
from ownkey.people.links import absolute
from ownkey.people.models import User
from ownkey.people.notices import post_notice
from ownkey.people.oidc import single_sign_on
from ownkey.people.sign_in import attempts, guard
from ownkey.people.sign_in.guard import refusing_too_many
from ownkey.people.sign_in.known_browsers import remember_browser


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves, links carry the base URL, and the record hears of it all."""

    error_messages = {  # noqa: RUF012 allauth's own shape
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail or the password is not right.",
        "too_many_login_attempts": "Too many tries that failed. Wait five minutes, or reset your password.",
        "rate_limited": "Too many tries. Wait a minute.",
        "enter_current_password": "That is not your current password.",
        "incorrect_password": "The password is not right.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 allauth names it
        """Refuse: people come by invitation."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the address in the mail, from the base URL and not from the `Host` header."""
        uid, _, token = key.partition("-")
        return absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))

    def set_password(self, user: User, password: str) -> None:
        """Set a new password and end every other session."""
        session = getattr(self.request, "session", None)
        change_password(user, password, but=session.session_key if session is not None else None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have a mail sent by the background: no page waits for the mail server."""
        message = self.render_mail(
            template_prefix, email, {**context, "request": self.request, "email": email}
        )
        post_notice(Letter(to=email, subject=message.subject, body=message.body))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:  # noqa: ANN401 allauth names it
        """Return whose e-mail and password these are; who fails again and again waits longer each time."""
        if single_sign_on.is_only_way():
            raise PermissionDenied
        counts = guard.password_counts(request, str(credentials.get("email", "")))
        with refusing_too_many(request):
            attempts.begin(*counts)
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            attempts.succeeded(*counts)
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and say so in the record."""
        said = get_authentication_records(request, user)
        super().login(request, user)
        details = {"with": [_words_for(each) for each in said]} if said else {}
        record("signed-in", actor=user, subject=user, details=details)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 allauth names it
        """Go on, and know this browser from now on."""
        response: HttpResponseBase = super().post_login(request, user, **kwargs)
        remember_browser(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and say so in the record."""
        user = request.user
        super().logout(request)
        record("signed-out", actor=user, subject=user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401
        """Record a failed sign-in, naming only people who exist: other text may be a mistyped password."""
        email = str(credentials.get("email", "")).strip().lower()
        known = User.objects.filter(email=email).first()
        until = attempts.held_until(*guard.password_counts(request, email))
        details = {"with": "password", "held_until": until.isoformat(timespec="seconds") if until else ""}
        record("sign-in.failed", actor="", subject=known or "", outcome=Outcome.REFUSED, details=details)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """Return how somebody can say once more who they are, the likeliest first, in Ownkey's words."""
        if not user.is_authenticated:
            return []
        found = _ways_of_ownkey(user, passwords_are_on=not single_sign_on.is_only_way())
        provider = single_sign_on.the_provider()
        if provider is not None and single_sign_on.binding_of(user):
            here = {
                "id": "provider",
                "description": f"Go on with {provider.name}",
                "url": reverse("people:confirm_by_provider"),
            }
            said = [each["method"] for each in get_authentication_records(self.request, user)]
            found.insert(0 if "socialaccount" in said else len(found), here)
        return found

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 allauth names it
        """Return to the page of the password."""
        return reverse("account_change_password")


def _ways_of_ownkey(user: User, *, passwords_are_on: bool) -> list[dict[str, str]]:
    """Return the ways that Ownkey has a page for; a newer allauth may know more, without a page here."""
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    ways = (
        (
            passwords_are_on and user.has_usable_password(),
            "reauthenticate",
            "account_reauthenticate",
            "Type your password",
        ),
        (
            bool(types & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}),
            "mfa_reauthenticate",
            "mfa_reauthenticate",
            "Type a code of your authenticator app, or a recovery code",
        ),
        (
            Authenticator.Type.WEBAUTHN in types,
            "mfa_reauthenticate:webauthn",
            "mfa_reauthenticate_webauthn",
            "Use a passkey",
        ),
    )
    return [
        {"id": name, "description": words, "url": reverse(view)}
        for is_there, name, view, words in ways
        if is_there
    ]


def _words_for(said: Mapping[str, Any]) -> str:
    """Return what somebody proved who they are with."""
    match said.get("method"), said.get("type"):
        case "mfa", "webauthn":
            return "passkey"
        case "mfa", "totp":
            return "authenticator app"
        case "mfa", _:
            return "recovery code"
        case "socialaccount", _:
            return "single sign-on"
        case method, _:
            return str(method)
