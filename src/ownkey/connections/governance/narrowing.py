"""What the forms share that coverage and use are narrowed with: one ALM account among other things."""

from collections.abc import Iterable

from django import forms

from ownkey.connections.models import AlmAccount
from ownkey.people.narrowing import NarrowingForm


class AccountNarrowingForm(NarrowingForm):
    """What a list is narrowed to, one ALM account among other things."""

    account = forms.ChoiceField(label="ALM account", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self.fields["account"], "Any ALM account", AlmAccount.objects.values_list("slug", "name"))


def offer(field: forms.Field, anything: str, choices: Iterable[tuple[str, str]]) -> None:
    """Let one of these be chosen in a field, or `anything`, which leaves it empty."""
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", anything), *choices]
