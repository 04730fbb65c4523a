"""*Administration → Coverage*: who is connected to what; for administrators and auditors, to read."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.audit.csv_answer import CsvAnswer
from ownkey.connections.client_key_states import key_standing
from ownkey.connections.governance import coverage, coverage_search
from ownkey.connections.governance.coverage_columns import COLUMNS, csv_lines
from ownkey.connections.governance.coverage_form import CoverageForm
from ownkey.connections.governance.coverage_search import ATTENTION, Found
from ownkey.connections.models import AlmAccount, ClientKey
from ownkey.connections.state_table import STATES
from ownkey.people.access import record_readers_only, signed_in, user_of
from ownkey.people.exports import note_export
from ownkey.people.models import User
from ownkey.people.narrowing import Count

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: a link that sorts by it, or turns the order around."""

    title: str
    query: str
    order: str


@never_cache
@require_safe
@record_readers_only
def coverage_list(request: HttpRequest) -> HttpResponse:
    """Show a page of the coverage."""
    form = CoverageForm(request.GET)
    is_valid = form.is_valid()
    found = coverage_search.find(coverage.read_coverage(), form.wanted())
    rows = coverage_search.sort(found.rows, by=form.sorted_by, descending=form.is_descending)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "found": found,
        "page": page,
        "headings": _headings(form),
        "columns": COLUMNS,
        "counts": _counts(form, found),
        "days": coverage.THROUGH_MAIN_DAYS,
        "is_narrowed": bool(form.query(sort="")),
        "to_remind": len(coverage_search.to_remind(found, by=user_of(request))),
        **form.queries(page),
    }
    return render(request, "connections/coverage.html", context, status=200 if is_valid else 422)


@never_cache
@require_safe
@record_readers_only
def coverage_csv(request: HttpRequest) -> HttpResponseBase:
    """Return what the page shows, all pages of it, as a CSV file; and have that on record."""
    form = CoverageForm(request.GET)
    if not form.is_valid():
        return coverage_list(request)
    wanted = form.wanted()
    found = coverage_search.find(coverage.read_coverage(), wanted)
    rows = coverage_search.sort(found.rows, by=form.sorted_by, descending=form.is_descending)
    note_export(
        "coverage.exported",
        actor=user_of(request),
        signed_in=signed_in(request),
        alm_account=wanted.alm_account,
        details={
            "rows": len(rows),
            "text": wanted.text,
            "state": wanted.state,
            "people": wanted.people.value,
        },
    )
    return CsvAnswer(csv_lines(rows), file_name="ownkey-coverage.csv")


@never_cache
@require_safe
@record_readers_only
def coverage_details(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Show all that is known of one person and one ALM account, and the client keys that open it."""
    person = get_object_or_404(User, pk=user_id)
    account = get_object_or_404(AlmAccount, slug=slug)
    row = coverage.coverage_of(person, account)
    now = timezone.now()
    keys = ClientKey.objects.filter(user=person, alm_account=account).select_related("user", "alm_account")
    context = {
        "row": row,
        "keys": [key_standing(key, row.credential, now=now) for key in keys],
        "operations": coverage.through_main_by_operation(person, account) if row.through_main else (),
        "days": coverage.THROUGH_MAIN_DAYS,
        "may_suspend": person.is_active and person != user_of(request),
    }
    return render(request, "connections/coverage_details.html", context)


def _headings(form: CoverageForm) -> list[Heading]:
    headings = []
    for column in COLUMNS:
        order = "none"
        if column.name == form.sorted_by:
            order = "descending" if form.is_descending else "ascending"
        turned = f"-{column.name}" if order == "ascending" else column.name
        headings.append(Heading(column.title, form.query(sort=turned), order))
    return headings


def _counts(form: CoverageForm, found: Found) -> list[Count]:
    counted = [(ATTENTION, "Needs attention", found.attention)]
    counted += [(state.value, row.word, found.states[state]) for state, row in STATES.items()]
    return form.counts(counted)
