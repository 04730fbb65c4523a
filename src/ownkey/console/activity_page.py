"""*Profile → Activity*: what was done in one's own name, by which tool, and what was refused and why."""

from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.audit.csv_answer import CsvAnswer
from ownkey.connections.governance.narrowing import offer
from ownkey.console.activity_reading import (
    PAGES,
    REFUSALS,
    WRITES,
    Wanted,
    csv_lines,
    days_of,
    page_of,
    tools_of,
)
from ownkey.people.access import user_of
from ownkey.people.models import User


class FilterForm(forms.Form):
    """What the page is narrowed to."""

    kind = forms.ChoiceField(label="Show", required=False)
    by = forms.ChoiceField(label="Made with", required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, person: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(
            self.fields["kind"], "Changes and refusals", [(WRITES, "Changes in Jira"), (REFUSALS, "Refusals")]
        )
        tools = [(tool.id, tool.name) for tool in tools_of(person)]
        offer(self.fields["by"], "Any tool", [(PAGES, "Ownkey’s pages"), *tools])

    def wanted(self) -> Wanted:
        """Return what is looked for; a field that makes no sense is left out, as the page says beside it."""
        data = self.cleaned_data
        return Wanted(kind=data.get("kind") or "", by=data.get("by") or "", before=data.get("before"))


@never_cache
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Show what was done in the person's name, the newest first."""
    person = user_of(request)
    form = FilterForm(person, request.GET)
    is_valid = form.is_valid()
    wanted = form.wanted()
    page = page_of(person, wanted)
    narrowed = {name: form.data[name] for name in ("kind", "by") if form.data.get(name)}
    older = {**narrowed, "before": page.older_before}
    context = {
        "form": form,
        "lines": page.lines,
        "days": days_of(person, by=wanted.by),
        "is_narrowed": bool(narrowed),
        "is_first": wanted.before is None,
        "query": urlencode(narrowed),
        "older": urlencode(older) if page.older_before is not None else "",
    }
    return render(request, "console/activity.html", context, status=200 if is_valid else 422)


@never_cache
@require_safe
def activity_csv(request: HttpRequest) -> HttpResponse | CsvAnswer:
    """Return what the page shows, all pages of it, as a CSV file."""
    person = user_of(request)
    form = FilterForm(person, request.GET)
    if not form.is_valid():
        return activity(request)
    return CsvAnswer(csv_lines(person, form.wanted()), file_name="ownkey-activity.csv")
