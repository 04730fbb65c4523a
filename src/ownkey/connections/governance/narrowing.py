"""What the forms share that a list is narrowed with: a choice of anything, and the queries of its pages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms

from ownkey.connections.models import AlmAccount

if TYPE_CHECKING:
    from django.core.paginator import Page


class NarrowingForm(forms.Form):
    """What a list is narrowed to, one ALM account among other things; it is read from the address."""

    account = forms.ChoiceField(label="ALM account", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self.fields["account"], "Any ALM account", AlmAccount.objects.values_list("slug", "name"))

    def query(self, **changes: str) -> str:
        """Return the query of the page as it is, or with something changed; "" takes a field out."""
        given = {name: str(value) for name, value in self.cleaned_data.items() if value}
        return urlencode({name: value for name, value in (given | changes).items() if value})

    def queries(self, page: "Page[Any]") -> dict[str, str]:
        """Return the queries of the list and of the pages before and after one of it; "" if there is none."""
        return {
            "query": self.query(),
            "newer": self.query(page=str(page.previous_page_number())) if page.has_previous() else "",
            "older": self.query(page=str(page.next_page_number())) if page.has_next() else "",
        }


def offer(field: forms.Field, anything: str, choices: Iterable[tuple[str, str]]) -> None:
    """Let one of these be chosen in a field, or `anything`, which leaves it empty."""
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", anything), *choices]
