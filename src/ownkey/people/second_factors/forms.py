"""What people type about second factors."""

from typing import Any

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.cache import cache

from ownkey.audit.record import Outcome, record
from ownkey.people.allauth_internals import (
    TOTP_SECRET_SESSION_KEY,
    generate_totp_secret,
    normalize_user_code,
)
from ownkey.people.fields import refuse_unfit_name
from ownkey.people.models import User
from ownkey.people.second_factors.adapter import INCORRECT
from ownkey.people.second_factors.sealing import (
    FactorUnreadableError,
    factors_of,
    open_from_session,
    seal_for_session,
)
from ownkey.people.sign_in import attempts, guard
from ownkey.people.sign_in.guard import refusing_too_many

LONGEST_PASSKEY_NAME = 60
PASSKEY_REFUSED = "The browser’s answer did not fit. Press the button again."
UNREADABLE = (
    "Your codes cannot be checked any more, for their key is lost. Use a passkey, or ask an administrator to "
    "reset your second factors."
)
NOT_THE_CODE = (
    "That is not the code of this moment. Type the newest one; if it is refused again, check the clock of "
    "the phone."
)


def _tell_code(field: forms.Field, label: str, help_text: str = "") -> None:
    field.label, field.help_text = label, help_text
    field.widget.attrs = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}


class _CodeForm(forms.Form):
    """What both code forms do more than allauth's: make guessers wait, and let no code work twice."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Return the code if it is right."""
        request = context.request
        counts = guard.code_counts(request, self.user)
        with refusing_too_many(request):
            attempts.begin(*counts)
        try:
            with factors_of(self.user):
                code: str = super().clean_code()  # type: ignore[misc]  # allauth's form is mixed in
        except FactorUnreadableError:
            raise forms.ValidationError(UNREADABLE) from None
        except forms.ValidationError:
            self._record_failure(counts)
            raise
        if not _is_first_use(self.authenticator, code):
            self._record_failure(counts)
            raise forms.ValidationError(INCORRECT)
        attempts.succeeded(*counts)
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            record("recovery-code.used", actor=self.user, subject=self.user)
        return code

    def _record_failure(self, counts: tuple[attempts.Counted, ...]) -> None:
        until = attempts.held_until(*counts)
        record(
            "sign-in.failed",
            actor="",
            subject=self.user,
            outcome=Outcome.REFUSED,
            details={"with": "code", "held_until": until.isoformat(timespec="seconds") if until else ""},
        )


class CodeForm(_CodeForm, AuthenticateForm):  # type: ignore[misc]
    """The code that is asked for after the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_code(self.fields["code"], "Code", "From your authenticator app, or one of your recovery codes.")


class ConfirmCodeForm(_CodeForm, ReauthenticateForm):  # type: ignore[misc]
    """The code that is asked for before a dangerous act."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_code(self.fields["code"], "Code", "From your authenticator app, or one of your recovery codes.")


class AddAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Proof that an authenticator app has the secret; until then that waits, sealed, in the session."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)  # allauth's own would leave the secret unsealed
        self.secret = self._secret(is_new=not self.is_bound)
        _tell_code(self.fields["code"], "Code", "The six digits that the app shows now.")

    def _secret(self, *, is_new: bool) -> str:
        session = context.request.session
        with factors_of(self.user):
            waiting = None if is_new else open_from_session(session.get(TOTP_SECRET_SESSION_KEY, ""))
            if waiting is not None:
                return waiting
            secret: str = generate_totp_secret()
            session[TOTP_SECRET_SESSION_KEY] = seal_for_session(secret)
            return secret

    def clean_code(self) -> str:
        """Return the code if it is right."""
        try:
            code: str = super().clean_code()
        except forms.ValidationError:
            raise forms.ValidationError(NOT_THE_CODE) from None
        return code


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey's name, and what the browser made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_passkey_name(self.fields["name"])
        # Every passkey of Ownkey's is one that can sign in alone.
        self.fields.pop("passwordless", None)

    def clean(self) -> dict[str, Any]:
        """Refuse what the browser did not make just now."""
        try:
            return super().clean() or {}
        except (KeyError, ValueError):
            raise forms.ValidationError(PASSKEY_REFUSED) from None


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """A passkey's new name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_passkey_name(self.fields["name"])


def _tell_passkey_name(field: forms.Field) -> None:
    field.label, field.help_text = "Name", "Such as the device that keeps it."
    field.widget.attrs = {"autocomplete": "off", "maxlength": str(LONGEST_PASSKEY_NAME)}
    if isinstance(field, forms.CharField):
        field.max_length = LONGEST_PASSKEY_NAME
        field.validators.append(refuse_unfit_name)


def _is_first_use(factor: Authenticator, code: str) -> bool:
    """Return whether an app's code is used for the first time; allauth forgets before it ends to be right."""
    if factor.type != Authenticator.Type.TOTP:
        return True
    lasts_s = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    return bool(cache.add(f"ownkey.totp.{factor.user_id}.{normalize_user_code(code)}", 1, timeout=lasts_s))
