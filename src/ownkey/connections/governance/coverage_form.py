"""The form that the coverage is narrowed and sorted by; it is read from the address, and changes nothing."""

from django import forms

from ownkey.connections.governance.coverage_columns import COLUMNS
from ownkey.connections.governance.coverage_search import ATTENTION, Wanted, Whom
from ownkey.connections.governance.narrowing import AccountNarrowingForm
from ownkey.connections.state_table import STATES


class CoverageForm(AccountNarrowingForm):
    """What the page is narrowed to, and what it is sorted by."""

    field_order = ("text", "account")  # as they stand on the page; the others follow

    text = forms.CharField(
        label="Name or e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "Any state"),
            (ATTENTION, "Needs attention"),
            *((state.value, row.word) for state, row in STATES.items()),
        ],
    )
    people = forms.ChoiceField(
        label="People",
        required=False,
        choices=[
            ("", "Active"),
            (Whom.SUSPENDED.value, "Suspended"),
            (Whom.EVERYBODY.value, "Active and suspended"),
        ],
    )
    sort = forms.ChoiceField(
        label="Sorted by",
        required=False,
        choices=[
            choice
            for column in COLUMNS
            for choice in ((column.name, column.title), (f"-{column.name}", f"{column.title}, reversed"))
        ],
    )

    def wanted(self) -> Wanted:
        """Return what is looked for; a field that makes no sense is left out, as the page says beside it."""
        data = self.cleaned_data
        return Wanted(
            text=(data.get("text") or "").strip(),
            alm_account=data.get("account") or "",
            state=data.get("state") or "",
            people=Whom(data.get("people") or Whom.ACTIVE),
        )

    @property
    def sorted_by(self) -> str:
        """The column's name."""
        return (self.cleaned_data.get("sort") or COLUMNS[0].name).removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether the last comes first."""
        return (self.cleaned_data.get("sort") or "").startswith("-")
