"""The pages for somebody who comes with a link: set-up and invitations."""

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ownkey.people import invitations
from ownkey.people.errors import LinkError, PeopleError, WeakPasswordError
from ownkey.people.forms import AcceptForm, SetUpForm
from ownkey.people.models import User
from ownkey.people.set_up import check_setup_link, finish_setup


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Make the first administrator."""
    try:
        check_setup_link(secret)
    except LinkError as error:
        return _dead_link(request, error)
    form = SetUpForm(request.POST or None, initial=_demo_prefill(request))
    if request.method == "POST" and form.is_valid():
        try:
            user = finish_setup(secret, **form.cleaned_data)
        except PeopleError as error:
            add_error(form, error)
        else:
            return _sign_in(request, user)
    return render(request, "people/set_up.html", {"form": form}, status=_status(form))


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Let an invited person choose a password."""
    try:
        invitation = invitations.find_invitation(secret)
    except LinkError as error:
        return _dead_link(request, error)
    form = AcceptForm(request.POST or None, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept(secret, **form.cleaned_data)
        except PeopleError as error:
            add_error(form, error)
        else:
            return _sign_in(request, user)
    context = {"form": form, "invitation": invitation}
    return render(request, "people/accept.html", context, status=_status(form))


def add_error(form: Form, error: PeopleError) -> None:
    """Put a refusal where the person will look for it."""
    if isinstance(error, WeakPasswordError):
        for reason in error.reasons:
            form.add_error("password", reason)
    else:
        form.add_error(None, str(error))


def _status(form: Form) -> int:
    return 422 if form.is_bound and form.errors else 200


def _dead_link(request: HttpRequest, error: LinkError) -> HttpResponse:
    return render(request, "people/dead_link.html", {"error": error}, status=410)


def _sign_in(request: HttpRequest, user: User) -> HttpResponseBase:
    """Sign the new person in; whoever was signed in in this browser is signed out by it."""
    response: HttpResponseBase = perform_login(request, Login(user=user))
    return response


def _demo_prefill(request: HttpRequest) -> dict[str, str]:
    """Return what the demo's link puts into the form; outside the demo nothing is taken from a link."""
    if not settings.OWNKEY.is_demo:
        return {}
    return {field: request.GET[field] for field in ("name", "email") if field in request.GET}
