"""Ownkey's answers to what allauth asks."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from ownkey.audit.record import Outcome, record
from ownkey.people.flows import end_sessions
from ownkey.people.links import absolute
from ownkey.people.models import User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves, links carry the base URL, and the record hears of it all."""

    error_messages = {  # noqa: RUF012 allauth's own shape
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail or the password is not right.",
        "too_many_login_attempts": "Too many tries that failed. Wait five minutes, or reset your password.",
        "enter_current_password": "Type your current password.",
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
        super().set_password(user, password)
        session = getattr(self.request, "session", None)
        end_sessions(user, but=session.session_key if session is not None else None)
        record("password.changed", actor=user, subject=user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send, and carry on when it fails: an error page would tell that the address is known."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.exception("Mail could not be sent.")

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and say so in the record."""
        super().login(request, user)
        record("signed-in", actor=user, subject=user)

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and say so in the record."""
        user = request.user
        super().logout(request)
        record("signed-out", actor=user, subject=user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401, ARG002
        """Record a failed sign-in, naming only people who exist: other text may be a mistyped password."""
        email = str(credentials.get("email", "")).strip().lower()
        known = User.objects.filter(email=email).first()
        record("sign-in.failed", actor="", subject=known or "", outcome=Outcome.REFUSED)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 allauth names it
        """Return to the page of the password."""
        return reverse("account_change_password")
