"""The form that the use is narrowed with; it is read from the address, and changes nothing."""

from datetime import date

from django import forms

from ownkey import days
from ownkey.connections.governance.narrowing import AccountNarrowingForm
from ownkey.connections.governance.use import Span
from ownkey.people.models import normalise_email

USUAL_DAYS = 30


class UseForm(AccountNarrowingForm):
    """Which calls are looked at."""

    person = forms.CharField(
        label="Person’s e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(
        label="A row for each",
        required=False,
        choices=[("", "Operation"), ("day", "Day and operation")],
    )

    def span(self) -> Span:
        """Return what is looked at: the last `USUAL_DAYS` days unless something else is asked for."""
        data = self.cleaned_data
        until: date = data.get("until") or days.today()
        # The calendar begins somewhere.
        usual = max(until.toordinal() - USUAL_DAYS + 1, 1)
        return Span(
            since=data.get("since") or date.fromordinal(usual),
            until=until,
            alm_account=data.get("account") or "",
            person=normalise_email(data.get("person") or ""),
            by_day=data.get("by") == "day",
        )
