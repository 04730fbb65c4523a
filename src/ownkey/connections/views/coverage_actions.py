"""What administrators, and nobody else, do about the coverage: remind, suspend, disconnect, revoke a key."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ownkey.connections import client_keys, saved_credentials
from ownkey.connections.errors import ClientKeyError, NotSavedError
from ownkey.connections.governance import coverage, coverage_search
from ownkey.connections.governance.coverage import CoverageRow
from ownkey.connections.governance.coverage_form import CoverageForm
from ownkey.connections.models import AlmAccount, ClientKey, Credential
from ownkey.connections.reminders import remind_now
from ownkey.people.access import administrators_only, signed_in, user_of
from ownkey.people.errors import PeopleError
from ownkey.people.flows import suspend_user
from ownkey.people.inviting.invitations import is_mail_set_up
from ownkey.people.models import User
from ownkey.people.signed_in import SignedIn

AT_ONCE = 25
"""How many are reminded in one transaction: calls that write wait for the database meanwhile."""


@require_POST
@administrators_only
def remind(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Remind one person of one ALM account."""
    person = get_object_or_404(User, pk=user_id)
    account = get_object_or_404(AlmAccount, slug=slug)
    if remind_now(person, account, actor=user_of(request), signed_in=signed_in(request)):
        messages.success(request, f"{person.name} gets a mail about {account.name} in a moment.")
    else:
        messages.info(
            request,
            f"{person.name} was not reminded: there is nothing to do for them, or a mail about "
            f"{account.name} went out less than an hour ago.",
        )
    return redirect("coverage:details", slug, user_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def remind_all(request: HttpRequest) -> HttpResponse:
    """Say who will be reminded, ask, and remind everybody of the narrowed list who has something to do."""
    form = CoverageForm(request.GET)
    if not form.is_valid():
        return redirect("coverage:list")
    found = coverage_search.find(coverage.read_coverage(), form.wanted())
    rows = coverage_search.to_remind(found, by=user_of(request))
    back = f"{reverse('coverage:list')}?{form.query()}"
    if request.method != "POST":
        context = {"rows": rows, "query": form.query(), "is_mail_set_up": is_mail_set_up()}
        return render(request, "connections/coverage_remind.html", context)
    reminded = _remind_each(rows, actor=user_of(request), signed_in=signed_in(request))
    left = len(rows) - reminded
    words = "1 reminder goes" if reminded == 1 else f"{reminded} reminders go"
    already = f" {left} got a mail less than an hour ago, or had nothing to do any more." if left else ""
    messages.success(request, f"{words} out in a moment.{already}")
    return redirect(back)


def _remind_each(rows: list[CoverageRow], *, actor: User, signed_in: SignedIn) -> int:
    reminded = 0
    for start in range(0, len(rows), AT_ONCE):
        with transaction.atomic():
            for row in rows[start : start + AT_ONCE]:
                reminded += remind_now(row.person, row.account, actor=actor, signed_in=signed_in)
    return reminded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def suspend(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Ask first, then keep somebody out at once, in Ownkey and through their client keys."""
    person = get_object_or_404(User, pk=user_id, is_active=True)
    account = get_object_or_404(AlmAccount, slug=slug)
    if request.method != "POST":
        context = {"person": person, "account": account}
        return render(request, "connections/coverage_suspend.html", context)
    try:
        suspend_user(person, actor=user_of(request), signed_in=signed_in(request))
    except PeopleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{person.name} is suspended and signed out everywhere.")
    return redirect("coverage:details", slug, user_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def disconnect(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Ask first, then destroy a person's secret at once; which Atlassian account they are stays bound."""
    owned = Credential.objects.select_related("user", "alm_account")
    credential = get_object_or_404(owned, alm_account__slug=slug, user_id=user_id)
    if request.method != "POST":
        return render(request, "connections/coverage_disconnect.html", {"credential": credential})
    try:
        saved_credentials.disconnect(credential, actor=user_of(request), signed_in=signed_in(request))
    except NotSavedError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            f"{credential.user.name} is disconnected from {credential.alm_account.name}, and the token is "
            "deleted here.",
        )
    return redirect("coverage:details", slug, user_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def revoke_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """Ask first, then revoke somebody's client key at once and for good."""
    keys = ClientKey.objects.select_related("alm_account", "user")
    key = get_object_or_404(keys, pk=key_id, revoked_at=None)
    if request.method != "POST":
        return render(request, "connections/coverage_revoke_key.html", {"key": key})
    try:
        client_keys.revoke_client_key(key.pk, actor=user_of(request), signed_in=signed_in(request))
    except ClientKeyError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{key.user.name}’s client key “{key.name}” is revoked.")
    return redirect("coverage:details", key.alm_account.slug, key.user_id)
