"""*Settings → Use*: how often which operation was called; for administrators and auditors, to read."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.audit.csv_answer import CsvAnswer
from ownkey.audit.record import record
from ownkey.connections.client_key_usage import KEPT_FOR
from ownkey.connections.governance.use import Span, csv_lines, read_use, total_of
from ownkey.connections.models import AlmAccount
from ownkey.people.access import recent_sign_in_required, record_readers_only, user_of
from ownkey.people.models import normalise_email

PAGE_SIZE = 100
USUAL_DAYS = 30


class UseForm(forms.Form):
    """Which calls are looked at."""

    account = forms.ChoiceField(label="ALM account", required=False)
    person = forms.CharField(
        label="Person’s e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(
        label="A row for each",
        required=False,
        choices=[("", "Operation"), ("day", "Day and operation")],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        accounts = AlmAccount.objects.values_list("slug", "name")
        field = self.fields["account"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Any ALM account"), *accounts]

    def span(self) -> Span:
        """Return what is looked at: the last `USUAL_DAYS` days unless something else is asked for."""
        data = self.cleaned_data
        until: date = data.get("until") or timezone.localdate()
        # The calendar begins somewhere.
        usual = max(until.toordinal() - USUAL_DAYS + 1, 1)
        return Span(
            since=data.get("since") or date.fromordinal(usual),
            until=until,
            alm_account=data.get("account") or "",
            person=normalise_email(data.get("person") or ""),
            by_day=data.get("by") == "day",
        )

    def query(self, **changes: str) -> str:
        """Return the query of the page as it is, or with something changed."""
        given = {name: str(value) for name, value in self.cleaned_data.items() if value}
        return urlencode(given | changes)


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
        "query": form.query(),
        "newer": form.query(page=str(page.previous_page_number())) if page.has_previous() else "",
        "older": form.query(page=str(page.next_page_number())) if page.has_next() else "",
    }
    return render(request, "connections/use.html", context, status=200 if is_valid else 422)


@never_cache
@require_safe
@record_readers_only
@recent_sign_in_required
def use_csv(request: HttpRequest) -> HttpResponseBase:
    """Return what the page shows, all pages of it, as a CSV file; and have that on record."""
    form = UseForm(request.GET)
    if not form.is_valid():
        return use_list(request)
    span = form.span()
    record(
        "use.exported",
        actor=user_of(request),
        subject=span.person,
        alm_account=span.alm_account,
        details={"since": str(span.since), "until": str(span.until), "by_day": span.by_day},
    )
    return CsvAnswer(csv_lines(read_use(span), by_day=span.by_day), file_name="ownkey-use.csv")
