"""*Tools*: a person's own keys, and nobody else's."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ownkey import days
from ownkey.connections import client_keys, queries
from ownkey.connections.acting import acting_for
from ownkey.connections.client_key_form import ClientKeyForm
from ownkey.connections.client_key_states import key_standing, key_standings
from ownkey.connections.client_keys import Issued, KeyState
from ownkey.connections.client_settings import settings_for
from ownkey.connections.errors import ClientKeyError
from ownkey.connections.models import AlmAccount, ClientKey
from ownkey.connections.required_scopes import proved_missing
from ownkey.environment.process import current_environment
from ownkey.people.access import recent_sign_in_required, signed_in, user_of
from ownkey.people.shown_once import keep_to_show, take_to_show

ENDED: Final = frozenset({KeyState.EXPIRED, KeyState.REVOKED})
"""The states of a client key that never works again."""

PLACEHOLDER = "YOUR-CLIENT-KEY"
"""What stands in the settings for tools once the key is not shown any more."""


@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    """Show the signed-in person's client keys: those that work, then those that do not any more."""
    rows = key_standings(client_keys.list_client_keys(user_of(request)), now=timezone.now())
    context = {
        "active": [row for row in rows if row.state not in ENDED],
        "ended": [row for row in rows if row.state in ENDED],
        "has_accounts": AlmAccount.objects.exists(),
    }
    return render(request, "connections/client_key_list.html", context)


@require_safe
def key_choose(request: HttpRequest) -> HttpResponse:
    """Ask which ALM account a new key is for, unless there is only one."""
    rows = queries.credential_rows(user_of(request))
    if len(rows) == 1:
        return redirect("client_keys:new", rows[0].account.slug)
    return render(request, "connections/client_key_choose.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in_required
def key_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a client key, and lead to its page, which shows it once: it is known nowhere else."""
    user = user_of(request)
    account = get_object_or_404(AlmAccount, slug=slug)
    form = ClientKeyForm(account, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            issued = client_keys.issue_client_key(
                user,
                account,
                name=form.cleaned_data["name"],
                allowance=form.allowance(),
                expires_on=form.cleaned_data["expires_on"],
                actor=user,
                signed_in=signed_in(request),
            )
        except ClientKeyError as error:
            form.add_error(None, error.message)
        else:
            return lead_to(request, issued)
    credential = queries.credential_of(user, account)
    context = {
        "account": account,
        "form": form,
        "standing": queries.standing_of(user, account, credential),
        "acting": acting_for(account, credential, today=days.today()),
        "lacking": proved_missing(credential) if credential is not None else (),
    }
    status = 422 if form.is_bound else 200
    return render(request, "connections/client_key_new.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: HttpRequest, key_id: str) -> HttpResponse:
    """Ask first, then revoke one of the person's own keys at once."""
    user = user_of(request)
    keys = ClientKey.objects.select_related("alm_account")
    key = get_object_or_404(keys, pk=key_id, user=user, revoked_at=None)
    if request.method != "POST":
        return render(request, "connections/client_key_revoke.html", {"key": key})
    try:
        client_keys.revoke_client_key(key.pk, actor=user, signed_in=signed_in(request), owner=user)
    except ClientKeyError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The client key “{key.name}” is revoked. It opens nothing any more.")
    return redirect("client_keys:list")


@never_cache
@require_safe
def key_page(request: HttpRequest, key_id: str) -> HttpResponse:
    """Show one of the person's own keys, with settings for tools; its text only right after it was made."""
    user = user_of(request)
    keys = ClientKey.objects.select_related("alm_account", "user")
    key = get_object_or_404(keys, pk=key_id, user=user)
    text = take_to_show(request, about=_about(key))
    row = key_standing(key, queries.credential_of(user, key.alm_account), now=timezone.now())
    address = f"{current_environment().gateway_url}/jira/{key.alm_account.slug}"
    context = {
        "key": key,
        "text": text,
        "row": row,
        "has_ended": row.state in ENDED,
        "address": address,
        "clients": settings_for(address=address, key=text or PLACEHOLDER, email=key.user.email),
        "placeholder": PLACEHOLDER,
    }
    return render(request, "connections/client_key.html", context)


def lead_to(request: HttpRequest, issued: Issued) -> HttpResponse:
    """Lead to the page of a new client key, which shows it once; no other page ever has it."""
    keep_to_show(request, about=_about(issued.row), text=issued.text)
    return redirect("client_keys:key", issued.row.pk)


def _about(key: ClientKey) -> str:
    return f"client key {key.pk}"
