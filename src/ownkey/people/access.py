"""Who may open a page, how recently they signed in, and the way to the page that asks again."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from ownkey.people.allauth_internals import (
    SUSPENDED_SESSION_KEY,
    get_authentication_records,
    serialize_request,
)
from ownkey.people.errors import RecentSignInNeededError
from ownkey.people.models import User
from ownkey.people.signed_in import Origin, SignedIn

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

CONFIRMING_SESSION_KEY: Final = "ownkey_confirming"
"""What the person is about to do, for the page that asks again."""


def user_of(request: HttpRequest) -> User:
    """Return who is signed in; every page but those marked `login_not_required` has somebody.

    Raises:
        PermissionDenied: when there is nobody, which the middleware prevents.
    """
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


def signed_in(request: HttpRequest) -> SignedIn:
    """Return how long ago the person of this session proved who they are, in whichever way.

    The password, a second factor, a passkey and the single sign-on provider all count, at the sign-in as well
    as when they were asked for again.
    """
    records = get_authentication_records(request, user_of(request))
    last_at = max((record["at"] for record in records), default=None)
    return SignedIn(origin=Origin.SESSION, ago_s=None if last_at is None else time.time() - last_at)


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
    """Return `view`, which asks before it opens: for a page that shows a secret or a form that takes one.

    It is a courtesy, so that nobody fills a form in vain. What a form does is refused by its flow.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not signed_in(request).is_recent:
            raise RecentSignInNeededError("open this page")
        return view(request, *args, **kwargs)

    return guarded


def ask_again(request: HttpRequest, *, words: str) -> HttpResponse:
    """Send somebody to confirm who they are; afterwards they come back, and what they sent is sent again.

    A secret that was typed is not kept meanwhile. A form that waits from an earlier question is forgotten:
    confirming one act never does another.
    """
    request.session.pop(SUSPENDED_SESSION_KEY, None)
    methods = get_adapter(request).get_reauthentication_methods(user_of(request))
    if not methods:
        return render(request, "people/cannot_confirm.html", status=403)
    request.session[CONFIRMING_SESSION_KEY] = words
    back = request.get_full_path()
    if request.method == "POST":
        request.POST = _without_secrets(request)  # type: ignore[assignment]
        request.session[SUSPENDED_SESSION_KEY] = {"request": serialize_request(request)}
        back = request.path  # allauth finds the form by it; the query is kept with the form
    return redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")


def _without_secrets(request: HttpRequest) -> object:
    """Return what was sent without the fields that the view has marked as sensitive."""
    named = getattr(request, "sensitive_post_parameters", ())
    sent = request.POST.copy()
    for name in list(sent) if named == "__ALL__" else named:
        sent.pop(name, None)
    return sent
