"""What people type about themselves and others."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms

from ownkey.people.models import LONGEST_NAME

CHOOSING_HELP = "At least 10 characters. A few unrelated words make a good one."
CHOOSING_ATTRIBUTES = {"autocomplete": "new-password", "spellcheck": "false", "data-reveal": ""}


def new_password_field(label: str = "Password") -> forms.CharField:
    """Return a field for choosing a password; it is never refilled."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=1024,
        help_text=CHOOSING_HELP,
        widget=forms.PasswordInput(attrs=CHOOSING_ATTRIBUTES),
    )


def name_field() -> forms.CharField:
    """Return a field for a person's name."""
    return forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


def email_field(**attributes: str) -> forms.EmailField:
    """Return a field for an e-mail address."""
    return forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false", **attributes}),
    )


class SetUpForm(forms.Form):
    """The first administrator's name, e-mail and password."""

    name = name_field()
    email = email_field()
    password = new_password_field()


class AcceptForm(forms.Form):
    """What an invited person chooses: a password, and how they are called."""

    name = name_field()
    password = new_password_field()


class DetailsForm(forms.Form):
    """What people may change about themselves."""

    name = name_field()


class InviteForm(forms.Form):
    """Whom an administrator invites."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = email_field(autocomplete="off")
    is_administrator = forms.BooleanField(
        label="Administrator",
        required=False,
        help_text="Administrators set up ALM accounts and look after people. "
        "They never act in Jira as somebody else.",
    )


class SignInForm(LoginForm):  # type: ignore[misc]
    """allauth's sign-in, in Ownkey's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_login(self.fields["login"])
        _tell_password(self.fields["password"], "Password", autocomplete="current-password")


class ConfirmPasswordForm(ReauthenticateForm):  # type: ignore[misc]
    """allauth's question for the password before a dangerous act."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_password(self.fields["password"], "Password", autocomplete="current-password")


class PasswordChangeForm(ChangePasswordForm):  # type: ignore[misc]
    """allauth's password change; the new password is typed once and can be looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_password(self.fields["oldpassword"], "Current password", autocomplete="current-password")
        _tell_new_password(self.fields["password1"])
        del self.fields["password2"]


class PasswordResetForm(ResetPasswordForm):  # type: ignore[misc]
    """allauth's password reset, in Ownkey's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_login(self.fields["email"])


class PasswordResetKeyForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """allauth's page behind a reset link; the new password is typed once and can be looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_new_password(self.fields["password1"])
        del self.fields["password2"]


def _tell_login(field: forms.Field) -> None:
    field.label = "E-mail"
    field.widget.attrs = {"autocomplete": "username", "spellcheck": "false"}


def _tell_password(field: forms.Field, label: str, *, autocomplete: str) -> None:
    field.label, field.help_text = label, ""
    field.widget.attrs = {"autocomplete": autocomplete, "spellcheck": "false"}


def _tell_new_password(field: forms.Field) -> None:
    field.label, field.help_text = "New password", CHOOSING_HELP
    field.widget.attrs = CHOOSING_ATTRIBUTES
