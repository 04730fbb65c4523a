"""The pages for what went wrong: each says what happened and what to do."""

import logging
import sys
from dataclasses import dataclass

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from ownkey.database.troubles import trouble_of
from ownkey.database.words import Trouble
from ownkey.environment.process import current_environment

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The words of one error page."""

    status: int
    title: str
    sentence: str
    next_step: str


BAD_REQUEST = ErrorPage(
    400,
    "That request did not make sense",
    "The browser sent something that Ownkey cannot read.",
    "Go back and try again. If it happens again, tell your administrator which page it was.",
)
FORBIDDEN = ErrorPage(
    403,
    "This page is for administrators",
    "You are signed in, but what you asked for is not open to you.",
    "Ask an administrator of Ownkey if you need it.",
)
CSRF_FAILURE = ErrorPage(
    403,
    "The form had gone stale",
    "Ownkey could not make sure that this form was sent by you: it may have been open for too long, "
    "or cookies are switched off.",
    "Go back, reload the page, and send it again. Nothing was changed.",
)
NOT_FOUND = ErrorPage(
    404,
    "There is nothing here",
    "The address is wrong, or what it showed has been removed.",
    "Check the address, or start again from the home page.",
)
TOO_MANY_REQUESTS = ErrorPage(
    429,
    "Too many tries",
    "There were many tries in a short time, so Ownkey is taking a break from answering.",
    "Wait five minutes and try again. If you have forgotten your password, reset it instead.",
)
SERVER_ERROR = ErrorPage(
    500,
    "Something went wrong in Ownkey",
    "It is not your fault, and nothing that was saved before is lost.",
    "Try again in a moment. If it happens again, tell your administrator: the log says more.",
)
PAGES = (BAD_REQUEST, FORBIDDEN, CSRF_FAILURE, NOT_FOUND, TOO_MANY_REQUESTS, SERVER_ERROR)


_OF_THE_ORIGIN = ("Origin checking failed", "Referer checking failed")
_warned: set[str] = set()


def warn_once(sentence: str) -> None:
    """Log a sentence for the operator once in a process: anybody can bring these pages about."""
    if sentence not in _warned:
        _warned.add(sentence)
        logger.warning(sentence)


def wrong_name() -> ErrorPage:
    """Return the page for who came by a name that is not Ownkey's."""
    url = current_environment().base_url
    return ErrorPage(
        400,
        "Ownkey has another address",
        f"Ownkey is reached at {url}, and this page was asked for by another name.",
        f"Open {url} instead. If this one is right, the administrator who runs Ownkey sets OWNKEY_BASE_URL "
        "to it.",
    )


def wrong_origin() -> ErrorPage:
    """Return the page for a form that did not say that it is from Ownkey's own address."""
    url = current_environment().base_url
    return ErrorPage(
        403,
        "The form did not come from Ownkey’s address",
        f"Ownkey is reached at {url}, and your browser named another address for this form, or none. "
        "Nothing was changed.",
        f"Open {url} and try again. If that is where you are, tell the administrator who runs Ownkey: a "
        "proxy changes what the browser sends, or OWNKEY_BASE_URL is another address.",
    )


def _show(request: HttpRequest, page: ErrorPage) -> HttpResponse:
    return render(request, "console/error.html", {"page": page}, status=page.status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for 400; who came by a wrong name is told the right one, the log what decides."""
    if not isinstance(exception, DisallowedHost):
        return _bare(request, BAD_REQUEST)
    warn_once("A page was asked for by a name that is not the one in OWNKEY_BASE_URL, which decides.")
    return _bare(request, wrong_name())


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Show the page for 403."""
    return _show(request, FORBIDDEN)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the page for a form that could not be trusted, or that does not say where it is from."""
    if not reason.startswith(_OF_THE_ORIGIN):
        return _show(request, CSRF_FAILURE)
    warn_once(
        "Forms are refused: the browser named another origin than the one in OWNKEY_BASE_URL, or none. A "
        "proxy has to hand on the Host header, and must not set Referrer-Policy: no-referrer."
    )
    return _show(request, wrong_origin())


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Show the page for 404."""
    return _show(request, NOT_FOUND)


@requires_csrf_token
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Show the page for 429."""
    response = _show(request, TOO_MANY_REQUESTS)
    response["Retry-After"] = "300"
    return response


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Show the page for 500; or for 503, where the database is in trouble that its operator can end."""
    # Django calls this while it handles the error.
    trouble = trouble_of(sys.exc_info()[1])
    return _bare(request, SERVER_ERROR if trouble is None else _page_of(trouble))


def _page_of(trouble: Trouble) -> ErrorPage:
    sentence, step = trouble.page_sentence or trouble.sentence, trouble.page_step or trouble.next_step
    kept = "" if trouble.is_about_damage else " Nothing that was saved before is lost."
    return ErrorPage(
        503,
        "Ownkey cannot save anything at the moment",
        f"{sentence}{kept}",
        f"Tell the administrator who runs Ownkey: {step[0].lower()}{step[1:]} Then try again.",
    )


def _bare(_request: HttpRequest, page: ErrorPage) -> HttpResponse:
    """Show an error page without asking who is signed in: the database may be what failed."""
    return HttpResponse(render_to_string("console/error.html", {"page": page}), status=page.status)
