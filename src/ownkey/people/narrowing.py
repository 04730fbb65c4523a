"""What the forms share that a list is narrowed with: the query of the list, and those of its pages."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms

if TYPE_CHECKING:
    from django.core.paginator import Page


class NarrowingForm(forms.Form):
    """What a list is narrowed to; it is read from the address, and changes nothing."""

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
