"""Browsers in which somebody has signed in before: nobody elsewhere can make them wait.

Whoever guesses at a person's password makes every stranger's browser wait, and not the person's own. A
browser is known by a signed cookie that says whose it is; it lets nobody in, and has a count of failures of
its own.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from ownkey.environment.process import current_environment
from ownkey.people.models import User

SALT = "ownkey.people.known-browser"
LASTS_S = 60 * 60 * 24 * 180


def cookie_name() -> str:
    """Return the cookie's name; behind https no other host can plant one of it."""
    return "__Host-ownkey_browser" if current_environment().is_https else "ownkey_browser"


def known_browser(request: HttpRequest, user: User) -> str | None:
    """Return the id of this browser if `user` has signed in here before."""
    try:
        said = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=LASTS_S)
    except signing.BadSignature:
        return None
    whose, browser = said
    return str(browser) if whose == user.pk else None


def remember_browser(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Let this browser be known as one of `user`'s."""
    browser = known_browser(request, user) or secrets.token_urlsafe(16)
    response.set_cookie(
        cookie_name(),
        signing.dumps([user.pk, browser], salt=SALT),
        max_age=LASTS_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
