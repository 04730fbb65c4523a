"""Who has to wait after failed sign-ins, and the page that says until when.

Three counts stop a guesser: one for the account from one address, one for the account from anywhere, and one
for the address with whatever account. A browser that the person has signed in with before has a count of its
own instead of all three.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ownkey.people.allauth_internals import get_ip
from ownkey.people.errors import TooManyAttemptsError
from ownkey.people.models import User, normalise_email
from ownkey.people.sign_in import attempts
from ownkey.people.sign_in.attempts import Counted, Patience
from ownkey.people.sign_in.known_browsers import known_browser

PASSWORD_IN_BROWSER = Patience("password, known browser", free=5)
PASSWORD_FROM_ADDRESS = Patience("password, account and address", free=5)
PASSWORD = Patience("password, account", free=20)
ADDRESS = Patience(
    "password, address", free=30, forgotten_after=timedelta(hours=1), is_cleared_by_success=False
)
CODE_IN_BROWSER = Patience("code, known browser", free=5)
CODE_FROM_ADDRESS = Patience("code, account and address", free=5)
CODE = Patience("code, account", free=20)
LINK = Patience("link, address", free=30, forgotten_after=timedelta(hours=1))


def password_counts(request: HttpRequest, email: str) -> tuple[Counted, ...]:
    """Return what a sign-in with a password counts for."""
    address, account = get_ip(request), normalise_email(email)
    user = User.objects.filter(email=account).first()
    browser = known_browser(request, user) if user else None
    if browser:
        return (Counted(PASSWORD_IN_BROWSER, browser),)
    return (
        Counted(PASSWORD_FROM_ADDRESS, f"{account} {address}"),
        Counted(PASSWORD, account),
        Counted(ADDRESS, address),
    )


def code_counts(request: HttpRequest, user: User) -> tuple[Counted, ...]:
    """Return what a code of an authenticator app, or a recovery code, counts for."""
    browser = known_browser(request, user)
    if browser:
        return (Counted(CODE_IN_BROWSER, browser),)
    return Counted(CODE_FROM_ADDRESS, f"{user.pk} {get_ip(request)}"), Counted(CODE, str(user.pk))


def link_counts(request: HttpRequest) -> tuple[Counted, ...]:
    """Return what an unknown link counts for."""
    return (Counted(LINK, get_ip(request)),)


def forget_failures(request: HttpRequest, user: User) -> None:
    """Forget all failures of a person who has just proven to be it by mail."""
    attempts.forget(
        Counted(PASSWORD_FROM_ADDRESS, f"{user.email} {get_ip(request)}"),
        Counted(PASSWORD, user.email),
        Counted(PASSWORD_IN_BROWSER, known_browser(request, user) or ""),
    )


@contextmanager
def refusing_too_many(request: HttpRequest) -> Iterator[None]:
    """Answer with the page that says when to try again, where the block finds that it is too early."""
    try:
        yield
    except TooManyAttemptsError as error:
        raise ImmediateHttpResponse(say_when(request, error)) from None


def say_when(request: HttpRequest, error: TooManyAttemptsError) -> HttpResponse:
    """Return the page that says when to try again."""
    response = render(request, "people/too_many_attempts.html", {"error": error}, status=429)
    response["Retry-After"] = str(error.seconds)
    return response
