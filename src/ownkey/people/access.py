"""Who may open a page."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from ownkey.people.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def user_of(request: HttpRequest) -> User:
    """Return who is signed in; every page but those marked `login_not_required` has somebody.

    Raises:
        PermissionDenied: when there is nobody, which the middleware prevents.
    """
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


def administrators_only(view: View[P]) -> View[P]:
    """Return `view`, open to administrators alone; others get the page for 403."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not user_of(request).is_administrator:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def record_readers_only(view: View[P]) -> View[P]:
    """Return `view`, open to administrators and auditors: for what is read, never for what changes."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not user_of(request).reads_the_record:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def recent_sign_in_required(view: View[P]) -> View[P]:
    """Return `view`; who signed in a while ago says once more who they are, and comes back here then.

    Never on the POST of a form that carries a token: allauth keeps what was sent in the session meanwhile.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        ask_unless_recent(request)
        return view(request, *args, **kwargs)

    return guarded


def ask_unless_recent(request: HttpRequest) -> None:
    """Send whoever signed in a while ago to say once more who they are.

    The password, a second factor, a passkey and the single sign-on provider are all good for that. Unlike
    allauth's own rule, this one is content with somebody who has signed in a moment ago.

    Raises:
        ReauthenticationRequired: allauth's middleware answers with the page that asks.
        ImmediateHttpResponse: There is nothing to ask for; the page says to sign in again.
    """
    user = user_of(request)
    records = get_authentication_records(request, user)
    last_at = max((record["at"] for record in records), default=0.0)
    # A moment that is still to come was written by a clock that was ahead.
    if 0 <= time.time() - last_at < app_settings.REAUTHENTICATION_TIMEOUT:
        return
    if not get_adapter(request).get_reauthentication_methods(user):
        raise ImmediateHttpResponse(render(request, "people/cannot_confirm.html", status=403))
    raise ReauthenticationRequired
