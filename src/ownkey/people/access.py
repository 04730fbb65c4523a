"""Who may open a page."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

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


def recent_sign_in_required(view: View[P]) -> View[P]:
    """Return `view`; who signed in a while ago gives the password first, and comes back here then.

    Unlike allauth's own rule, this one is content with somebody who has signed in a moment ago.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        records = get_authentication_records(request, user_of(request))
        last_at = max((record["at"] for record in records), default=0.0)
        if time.time() - last_at >= app_settings.REAUTHENTICATION_TIMEOUT:
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return guarded
