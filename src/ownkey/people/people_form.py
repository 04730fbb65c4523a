"""The form that *Administration → People* is narrowed with, and the way back to the list after an act."""

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from ownkey.people.models import Role
from ownkey.people.narrowing import NarrowingForm
from ownkey.people.people_search import STANDING_WORDS, Standing, Wanted


class PeopleForm(NarrowingForm):
    """Who is looked for; read from the address, and changes nothing."""

    text = forms.CharField(
        label="Name or e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(
        label="Role",
        required=False,
        choices=[("", "Any role"), *Role.choices],
        error_messages={"invalid_choice": "There is no such role. Choose one of the list."},
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any state"), *((standing.value, word) for standing, word in STANDING_WORDS.items())],
        error_messages={"invalid_choice": "There is no such state. Choose one of the list."},
    )

    def wanted(self) -> Wanted:
        """Return who is looked for; a field that makes no sense is left out, as the page says beside it."""
        data = self.cleaned_data
        return Wanted(
            text=data.get("text") or "",
            role=Role(data["role"]) if data.get("role") else None,
            standing=Standing(data["state"]) if data.get("state") else None,
        )


def way_back(request: HttpRequest) -> str:
    """Return the query of the list that an act was done from, "" if there is none.

    It travels in the act's form as `list` and not in its address, because allauth keeps what was sent while
    somebody says once more who they are, but loses an address with a query. Only what the list understands
    comes through, so it never leads elsewhere.
    """
    given = QueryDict(request.POST.get("list") or request.GET.get("list") or "")
    form = PeopleForm(given)
    form.is_valid()
    page = given.get("page", "")
    return form.query(page=page if page.isascii() and page.isdecimal() else "")


def back_to_people(request: HttpRequest) -> HttpResponse:
    """Lead back to the list as it was when the act was chosen: the same page, narrowed in the same way."""
    query = way_back(request)
    address = reverse("people:people")
    return redirect(f"{address}?{query}" if query else address)
