"""*Administration → Use*: how often which operation was called; for administrators and auditors, to read."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.audit.csv_answer import CsvAnswer
from ownkey.connections.client_key_usage import KEPT_FOR
from ownkey.connections.governance.use import csv_lines, read_use, total_of
from ownkey.connections.governance.use_form import UseForm
from ownkey.people.access import record_readers_only, signed_in, user_of
from ownkey.people.exports import note_export

PAGE_SIZE = 100


@never_cache
@require_safe
@record_readers_only
def use_list(request: HttpRequest) -> HttpResponse:
    """Show a page of what was called."""
    form = UseForm(request.GET)
    is_valid = form.is_valid()
    span = form.span()
    rows = read_use(span)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "span": span,
        "page": page,
        "total": total_of(rows),
        "kept_days": KEPT_FOR // timedelta(days=1),
        **form.queries(page),
    }
    return render(request, "connections/use.html", context, status=200 if is_valid else 422)


@never_cache
@require_safe
@record_readers_only
def use_csv(request: HttpRequest) -> HttpResponseBase:
    """Return what the page shows, all pages of it, as a CSV file; and have that on record."""
    form = UseForm(request.GET)
    if not form.is_valid():
        return use_list(request)
    span = form.span()
    note_export(
        "use.exported",
        actor=user_of(request),
        signed_in=signed_in(request),
        subject=span.person,
        alm_account=span.alm_account,
        details={"since": str(span.since), "until": str(span.until), "by_day": span.by_day},
    )
    return CsvAnswer(csv_lines(read_use(span), by_day=span.by_day), file_name="ownkey-use.csv")
