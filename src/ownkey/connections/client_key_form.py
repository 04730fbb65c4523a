"""The form of a new client key."""

from datetime import date
from typing import Any

from django import forms

from ownkey import days
from ownkey.connections.checklist_lines import grouped
from ownkey.connections.client_keys import LONGEST_NAME, OVER, USUAL_LIFE, Allowance
from ownkey.connections.models import AlmAccount
from ownkey.connections.profile_choice import profile_for_people
from ownkey.people.fields import NameInput
from ownkey.scopes.profiles import RequiredScope


class ClientKeyForm(forms.Form):
    """What a person decides about a new client key for one ALM account."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="Which tool gets the key, for example “Sprint report”.",
        widget=NameInput(attrs={"autocomplete": "off"}),
    )
    expires_on = forms.DateField(
        label="Works until",
        required=False,
        help_text="The last day (UTC) on which the key works. Without a date it works until you revoke it.",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the date as year-month-day, for example 2027-03-31."},
    )
    read_only = forms.BooleanField(
        label="Only reading",
        required=False,
        help_text="The tool can look at everything that it may, and change nothing.",
    )
    scopes = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "One of the scopes is not in the scope profile."}
    )

    def __init__(self, account: AlmAccount, data: Any = None) -> None:  # noqa: ANN401 a QueryDict
        super().__init__(data, initial={"expires_on": days.today() + USUAL_LIFE})
        self.account = account
        self.profile = profile_for_people(account)
        self.fields["scopes"].choices = [(scope, scope) for scope in account.required_scopes]  # type: ignore[attr-defined]

    @property
    def groups(self) -> list[tuple[str, list[RequiredScope]]]:
        """The scopes that can be ticked, in the groups of the guide."""
        return grouped(self.profile.required)

    @property
    def ticked(self) -> list[str]:
        """The scopes that are ticked."""
        return list(self["scopes"].value() or ())

    def clean_expires_on(self) -> date | None:
        """Return the last day, which is not over."""
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < days.today():
            raise forms.ValidationError(OVER)
        return day

    def allowance(self) -> Allowance:
        """Return what the key is narrowed to; no tick means all of the profile."""
        ticked = self.cleaned_data["scopes"]
        return Allowance(
            scopes=frozenset(ticked) if ticked else None, read_only=self.cleaned_data["read_only"]
        )
