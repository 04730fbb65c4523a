"""The pages for what went wrong: each says what happened and what to do."""

import sys
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from ownkey.console.database_trouble import trouble_of
from ownkey.console.database_words import Trouble


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


def _show(request: HttpRequest, page: ErrorPage) -> HttpResponse:
    return render(request, "console/error.html", {"page": page}, status=page.status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Show the page for 400."""
    return _bare(request, BAD_REQUEST)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django names it
    """Show the page for 403."""
    return _show(request, FORBIDDEN)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 Django names it
    """Show the page for a form that could not be trusted."""
    return _show(request, CSRF_FAILURE)


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
