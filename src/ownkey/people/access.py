"""Who may open a page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

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
