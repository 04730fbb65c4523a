"""What the forms share that a list is narrowed with: its queries and its counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms

if TYPE_CHECKING:
    from django.core.paginator import Page


@dataclass(frozen=True, slots=True)
class Count:
    """How many are in a state, and the query that shows them alone."""

    state: str
    word: str
    number: int
    query: str
    is_chosen: bool


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

    def counts(self, counted: Iterable[tuple[str, str, int]]) -> list[Count]:
        """Return the states that there are, and the one that the field `state` narrows to even if nobody is.

        Args:
            counted: Each state, its word, and how many are in it.
        """
        chosen = self.cleaned_data.get("state")
        return [
            Count(state, word, number, self.query(state=state), state == chosen)
            for state, word, number in counted
            if number or state == chosen
        ]
