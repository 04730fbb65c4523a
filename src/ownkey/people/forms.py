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
from django.http import HttpRequest

from ownkey.people.errors import PeopleError
from ownkey.people.fields import AddressInput, LoginInput, NameInput
from ownkey.people.flows import checked_email
from ownkey.people.inviting.people_list import LARGEST_LIST, MOST_LINES, ListError, decode_list
from ownkey.people.models import LONGEST_NAME, Role, normalise_email
from ownkey.people.password_reset import ask_for_reset

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
        widget=NameInput(attrs={"autocomplete": "name"}),
    )


class EmailAddressField(forms.CharField):
    """A new person's e-mail address; what is wrong with one is said as the command line and lists say it."""

    def clean(self, value: object) -> str:
        """Return the address as it is kept."""
        try:
            return checked_email(str(super().clean(value)))
        except PeopleError as error:
            raise forms.ValidationError(str(error)) from None


def email_field(**attributes: str) -> EmailAddressField:
    """Return a field for a new person's e-mail address."""
    return EmailAddressField(
        label="E-mail",
        widget=AddressInput(
            attrs={"autocomplete": "username", "inputmode": "email", "spellcheck": "false", **attributes}
        ),
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
        widget=NameInput(attrs={"autocomplete": "off"}),
    )
    email = email_field(autocomplete="off")
    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        initial=Role.PERSON,
        help_text="Administrators set up ALM accounts and look after people. Auditors read the record and "
        "the coverage, and change nothing. Nobody acts in Jira as another person.",
    )

    def clean_role(self) -> Role:
        """Return the role."""
        return Role(self.cleaned_data["role"])


class InviteManyForm(forms.Form):
    """A list of people whom an administrator invites: pasted, uploaded, or both."""

    people = forms.CharField(
        label="People",
        required=False,
        max_length=LARGEST_LIST,
        help_text=f"One person a line, {MOST_LINES} lines at most: a name and an e-mail address in either "
        "order, with a comma, semicolon or tab between them, or Name <address>. Headings are not needed.",
        widget=forms.Textarea(
            attrs={
                "rows": 10,
                "spellcheck": "false",
                "autocomplete": "off",
                "placeholder": "Ada Lovelace, ada@acme.example\nBo Diddley <bo@acme.example>",
            }
        ),
    )
    file = forms.FileField(
        label="CSV file",
        required=False,
        allow_empty_file=True,
        help_text="As a spreadsheet saves it, 1 MB at most. It is read once and not kept.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )

    def clean_file(self) -> str:
        """Return the text of the file, or "" without one."""
        file = self.cleaned_data["file"]
        if not file:
            return ""
        try:
            return decode_list(file.read(LARGEST_LIST + 1))
        except ListError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        """Refuse to invite nobody."""
        data = super().clean() or {}
        if not self.errors and not self.listed():
            self.add_error("people", "Paste a list of people, or choose a file.")
        return data

    def listed(self) -> str:
        """Return everything that was given, as one list."""
        parts = (self.cleaned_data.get("people") or "", self.cleaned_data.get("file") or "")
        return "\n".join(part.removeprefix("\ufeff") for part in parts if part.strip())


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

    def clean_email(self) -> str:
        """Return the address; who has it is not looked up while the browser waits."""
        return normalise_email(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **_kwargs: Any) -> str:  # noqa: ANN401, ARG002 allauth's own signature
        """Have the link mailed, if anybody has this address."""
        email: str = self.cleaned_data["email"]
        ask_for_reset(email)
        return email


class PasswordResetKeyForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """allauth's page behind a reset link; the new password is typed once and can be looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 allauth's own signature
        super().__init__(*args, **kwargs)
        _tell_new_password(self.fields["password1"])
        del self.fields["password2"]


def _tell_login(field: forms.Field) -> None:
    field.label = "E-mail"
    field.widget = LoginInput(attrs={"autocomplete": "username", "spellcheck": "false"})
    field.widget.is_required = field.required


def _tell_password(field: forms.Field, label: str, *, autocomplete: str) -> None:
    field.label, field.help_text = label, ""
    field.widget.attrs = {"autocomplete": autocomplete, "spellcheck": "false"}


def _tell_new_password(field: forms.Field) -> None:
    field.label, field.help_text = "New password", CHOOSING_HELP
    field.widget.attrs = CHOOSING_ATTRIBUTES
