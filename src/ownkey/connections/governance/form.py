"""The form that the coverage is narrowed and sorted by; it is read from the address, and changes nothing."""

from urllib.parse import urlencode

from django import forms

from ownkey.connections.governance.coverage_search import ATTENTION, COLUMNS, STATE_WORDS, Wanted, Whom
from ownkey.connections.models import AlmAccount


class CoverageForm(forms.Form):
    """What the page is narrowed to, and what it is sorted by."""

    text = forms.CharField(
        label="Name or e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    account = forms.ChoiceField(label="ALM account", required=False)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "Any state"),
            (ATTENTION, "Needs attention"),
            *((state.value, word) for state, word in STATE_WORDS.items()),
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

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        accounts = AlmAccount.objects.values_list("slug", "name")
        field = self.fields["account"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Any ALM account"), *accounts]

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

    def query(self, **changes: str) -> str:
        """Return the query of the page as it is, or with something changed; "" takes a field out."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode({name: value for name, value in (given | changes).items() if value})
