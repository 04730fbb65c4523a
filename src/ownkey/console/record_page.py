"""*Administration → Record*: who did what, the newest first, with filters; and the same as a CSV file."""

from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.audit import words
from ownkey.audit.csv_answer import CsvAnswer
from ownkey.audit.entry import Outcome
from ownkey.audit.exporting import csv_lines
from ownkey.audit.models import Entry
from ownkey.audit.search import Search, page_of, stored_entries
from ownkey.connections.governance.narrowing import offer
from ownkey.connections.models import AlmAccount
from ownkey.people.access import record_readers_only, signed_in, user_of
from ownkey.people.exports import note_export
from ownkey.people.flows import list_people


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words."""

    entry: Entry

    @property
    def who(self) -> str:
        """Who did it."""
        return words.actor_words(self.entry.actor)

    @property
    def what(self) -> str:
        """What was done."""
        return words.action_words(self.entry.action)

    @property
    def subject(self) -> str:
        """What it was done to, unless that is who did it."""
        return "" if self.entry.subject == self.entry.actor else self.entry.subject

    @property
    def outcome(self) -> str:
        """How it ended."""
        return words.outcome_words(self.entry.outcome)

    @property
    def badge(self) -> str:
        """The outcome's `data-state`."""
        return "current" if self.entry.outcome == Outcome.STARTED else self.entry.outcome

    @property
    def details(self) -> list[tuple[str, str]]:
        """What else is known."""
        return words.details_words(self.entry.details)


class FilterForm(forms.Form):
    """What the page is narrowed to."""

    person = forms.CharField(
        label="Person",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off", "spellcheck": "false"}),
    )
    action = forms.ChoiceField(label="Action", required=False)
    outcome = forms.ChoiceField(label="Outcome", required=False)
    account = forms.ChoiceField(label="ALM account", required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        actions = sorted(words.ACTIONS.items(), key=lambda pair: pair[1])
        accounts = AlmAccount.objects.values_list("slug", "name")
        offer(self.fields["action"], "Any action", actions)
        offer(
            self.fields["outcome"],
            "Any outcome",
            [(each.value, told) for each, told in words.OUTCOMES.items()],
        )
        offer(self.fields["account"], "Any ALM account", accounts)

    def search(self) -> Search:
        """Return what is looked for; a field that makes no sense is left out, as the page says beside it."""
        data = self.cleaned_data
        return Search(
            person=(data.get("person") or "").strip(),
            action=data.get("action") or "",
            outcome=data.get("outcome") or "",
            alm_account=data.get("account") or "",
            since=data.get("since"),
            until=data.get("until"),
        )


class PlaceForm(forms.Form):
    """Which page of the list is shown."""

    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)


@never_cache
@require_safe
@record_readers_only
def record_list(request: HttpRequest) -> HttpResponse:
    """Show a page of the record."""
    form, place = FilterForm(request.GET), PlaceForm(request.GET)
    is_valid = form.is_valid()
    place.is_valid()
    search = form.search()
    at = place.cleaned_data
    page = page_of(search, before=at.get("before"), after=at.get("after"))
    narrowed = {name: value for name, value in form.data.items() if name in form.fields and value}
    context = {
        "form": form,
        "lines": [Line(entry) for entry in page.entries],
        "is_narrowed": search != Search(),
        "is_open": bool(narrowed),
        "people": [person.email for person in list_people()],
        "query": urlencode(narrowed),
        "newer": _query(narrowed, after=page.newer_after),
        "older": _query(narrowed, before=page.older_before),
    }
    return render(request, "console/record.html", context, status=200 if is_valid else 422)


@never_cache
@require_safe
@record_readers_only
def record_csv(request: HttpRequest) -> HttpResponse | CsvAnswer:
    """Return what the page shows, all pages of it, as a CSV file; and have that on record."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return record_list(request)  # type: ignore[return-value]
    search = form.search()
    note_export(
        "record.exported",
        details={"format": "csv"} | {name: str(value or "") for name, value in asdict(search).items()},
        actor=user_of(request),
        signed_in=signed_in(request),
    )
    return CsvAnswer(csv_lines(stored_entries(search)), file_name="ownkey-record.csv")


def _query(narrowed: dict[str, str], **place: int | None) -> str:
    """Return the query of another page; "" if there is none."""
    (number,) = place.values()
    return "" if number is None else urlencode({**narrowed, **place})
