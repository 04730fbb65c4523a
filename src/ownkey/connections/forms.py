"""What people type about ALM accounts and credentials; a secret goes in and never comes back out."""

import re
import uuid
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from ownkey import days
from ownkey.atlassian.paste import PasteError, clean_api_token, clean_login
from ownkey.atlassian.wire import Authentication
from ownkey.connections import expiry
from ownkey.connections.flows import Pasted
from ownkey.connections.models import AlmAccount, Candidate, Credential

MISPLACED = "A token was entered here, and is not shown again: it belongs into Password/API Token."
_ATLASSIANS_TOKEN = re.compile(r"AT[A-Z]{3}3x")

_NO_HELP = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "autocorrect": "off"}


class SecretField(forms.CharField):
    """A field for a secret: not refilled, not spell-checked, not offered to a password manager."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 Django's own signature
        attributes = {
            **_NO_HELP,
            "autocomplete": "one-time-code",
            "data-1p-ignore": "",
            "data-lpignore": "true",
            "data-bwignore": "",
        }
        widget = forms.PasswordInput(attrs=attributes, render_value=False)
        super().__init__(label="Password/API Token", strip=False, widget=widget, **kwargs)


def expiry_field(label: str = "Token expires on") -> forms.DateField:
    """Return a field for the expiry date that was chosen at Atlassian."""
    return forms.DateField(
        label=label,
        required=False,
        help_text="The date chosen when the token was made; Ownkey cannot read it and warns you before it.",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the date as year-month-day, for example 2027-03-31."},
    )


def login_field(label: str, help_text: str) -> forms.CharField:
    """Return a field for an e-mail or user name at Jira."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=254,
        help_text=help_text,
        widget=forms.TextInput(attrs={**_NO_HELP, "inputmode": "email"}),
    )


class ExpiryForm(forms.Form):
    """The expiry date of a saved token, which can be corrected without the token."""

    expires_on = expiry_field()

    def __init__(self, *args: Any, authentication: Authentication, **kwargs: Any) -> None:  # noqa: ANN401 Django's own signature
        self._authentication = authentication
        super().__init__(*args, **kwargs)

    def clean_expires_on(self) -> date | None:
        """Return the date, if the token can have it."""
        day: date | None = self.cleaned_data["expires_on"]
        fault = expiry.fault_of_saved(day, authentication=self._authentication, today=days.today())
        if fault is not None:
            raise forms.ValidationError(fault)
        return day


class PastedForm(forms.Form):
    """What every form for a credential has: a login, a secret, an expiry date, perhaps a candidate."""

    candidate = forms.UUIDField(required=False, widget=forms.HiddenInput)
    send_anyway = forms.BooleanField(required=False)
    may_send_anyway = False

    def __init__(self, data: QueryDict | dict[str, Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401 Django's
        self._misplaced = () if data is None else self._fields_with_a_token(data)
        if data is not None and self._misplaced:
            data = data.copy()
            for name in self._misplaced:
                data[name] = ""
        super().__init__(data, **kwargs)

    @classmethod
    def _fields_with_a_token(cls, data: QueryDict | dict[str, Any]) -> tuple[str, ...]:
        """Return the fields that would be refilled with a secret: somebody pasted it into the wrong one."""
        others = [name for name, field in cls.base_fields.items() if not isinstance(field, SecretField)]
        return tuple(name for name in others if _ATLASSIANS_TOKEN.search(str(data.get(name, ""))))

    def chosen_authentication(self) -> Authentication:
        """Return how the credential signs in."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Check login and secret together, and put the secret out of reach."""
        cleaned = super().clean() or self.cleaned_data
        text = cleaned.pop("token", "")
        cleaned["pasted"] = None
        for name in self._misplaced:
            self.add_error(name, MISPLACED)
        if self._misplaced:
            return cleaned
        authentication = self.chosen_authentication()
        self._clean_expiry(cleaned, authentication=authentication)
        try:
            cleaned["login"] = clean_login(cleaned.get("login", ""), authentication=authentication)
        except PasteError as error:
            self.add_error("login", error.message)
            return cleaned
        if text:
            try:
                cleaned["pasted"] = clean_api_token(
                    text,
                    authentication=authentication,
                    login=cleaned["login"],
                    send_anyway=cleaned.get("send_anyway", False),
                )
            except PasteError as error:
                self.add_error("token", error.message)
                self.may_send_anyway = error.can_be_overridden
        return cleaned

    def _clean_expiry(self, cleaned: dict[str, Any], *, authentication: Authentication) -> None:
        if self.fields["expires_on"].disabled:  # the saved token stays, and its date with it
            return
        fault = expiry.fault_of_new(
            cleaned.get("expires_on"), authentication=authentication, today=days.today()
        )
        if fault is not None:
            self.add_error("expires_on", fault)

    def pasted(self) -> Pasted | None:
        """Return the credential as it was entered, or None if no secret was."""
        found = self.cleaned_data.get("pasted")
        if found is None:
            return None
        return Pasted(
            authentication=self.chosen_authentication(),
            login=self.cleaned_data["login"],
            secret=found.secret,
            expires_on=self.cleaned_data.get("expires_on"),
            looks_cut_off=found.guess is not None,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken away from what was pasted; a sentence for each."""
        found = self.cleaned_data.get("pasted") if self.is_bound and hasattr(self, "cleaned_data") else None
        return found.notes if found is not None else ()

    @property
    def candidate_id(self) -> uuid.UUID | None:
        """The tested token that the form wants saved."""
        found: uuid.UUID | None = self.cleaned_data.get("candidate")
        return found


class CloudCredentialForm(PastedForm):
    """A person's credential for Jira Cloud."""

    using_scope_api = forms.BooleanField(
        label="Using Scope API",
        required=False,
        help_text="Ticked: the token was made with “Create API token with scopes”.",
    )
    login = login_field("Jira login", "The e-mail address of your Atlassian account.")
    token = SecretField(required=False)
    expires_on = expiry_field()

    def chosen_authentication(self) -> Authentication:
        """Return a scoped or an unscoped API token, as ticked."""
        if self.cleaned_data.get("using_scope_api"):
            return Authentication.SCOPED_API_TOKEN
        return Authentication.UNSCOPED_API_TOKEN


class DataCenterCredentialForm(PastedForm):
    """A person's credential for Jira Data Center."""

    authentication = forms.ChoiceField(
        label="Sign in with",
        choices=[(each.value, each.kind.title) for each in Authentication if not each.is_cloud],
        widget=forms.RadioSelect,
    )
    login = login_field("Jira login", "Your Jira user name; a personal access token needs none.")
    token = SecretField(required=False)
    expires_on = expiry_field()

    def chosen_authentication(self) -> Authentication:
        """Return what was chosen."""
        chosen = self.cleaned_data.get("authentication")
        return Authentication(chosen or Authentication.PERSONAL_ACCESS_TOKEN)


def credential_form(
    account: AlmAccount,
    *,
    credential: Credential | None,
    waiting: Candidate | None = None,
    email: str,
    data: Any = None,  # noqa: ANN401 a QueryDict
) -> PastedForm:
    """Return the form for a person's credential, filled with what is known, never with the secret.

    What is known is what the token that waits was tested with, or else what is saved.
    """
    if waiting is not None:
        initial = {
            "login": waiting.login,
            "expires_on": waiting.expires_on,
            "using_scope_api": waiting.signs_in_by.uses_gateway,
            "authentication": waiting.authentication,
        }
        form = CloudCredentialForm if account.is_cloud else DataCenterCredentialForm
        return form(data, initial=initial)
    is_sealed = credential is not None and credential.is_sealed
    initial = {
        "login": credential.login if credential is not None and is_sealed else email,
        "expires_on": expiry.default_expiry(days.today()),
    }
    if account.is_cloud:
        is_scoped = credential is None or not is_sealed or credential.signs_in_by.uses_gateway
        return CloudCredentialForm(data, initial={**initial, "using_scope_api": is_scoped})
    kind = credential.authentication if credential is not None and is_sealed else "personal-access-token"
    login = initial["login"] if is_sealed else ""
    return DataCenterCredentialForm(data, initial={**initial, "login": login, "authentication": kind})
