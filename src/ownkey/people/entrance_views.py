"""The pages for somebody who is not in yet: sign-in, and the links of set-up, invitation and operator."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.account.views import LoginView, PasswordResetFromKeyView
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ownkey.environment.process import current_environment
from ownkey.people.allauth_internals import perform_login, record_authentication
from ownkey.people.errors import LinkError, PeopleError, WeakPasswordError
from ownkey.people.forms import AcceptForm, SetUpForm
from ownkey.people.inviting import invitations
from ownkey.people.models import User
from ownkey.people.oidc import single_sign_on
from ownkey.people.second_factors.views import passkeys_work_here
from ownkey.people.set_up import check_setup_link, finish_setup
from ownkey.people.sign_in import attempts, guard
from ownkey.people.sign_in.guard import refusing_too_many
from ownkey.people.sign_in.known_browsers import remember_browser
from ownkey.people.sign_in.links import find_linked_person, use_sign_in_link


class SignIn(LoginView):  # type: ignore[misc]
    """allauth's sign-in, with the other ways in beside the password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 allauth's own signature
        """Return allauth's context, and which ways there are."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        passwords_are_on = not single_sign_on.is_only_way()
        return found | {
            "provider": single_sign_on.the_provider(),
            "passwords_are_on": passwords_are_on,
            "passkeys_work_here": passwords_are_on and passkeys_work_here(self.request),
        }


class ResetFromKey(PasswordResetFromKeyView):  # type: ignore[misc]
    """allauth's new password by mail; it opens the way for whom somebody else's guesses made wait."""

    def form_valid(self, form: Form) -> HttpResponseBase:
        """Save the password, forget the failures, and know this browser."""
        response: HttpResponseBase = super().form_valid(form)
        guard.forget_failures(self.request, self.reset_user)
        remember_browser(self.request, response, self.reset_user)
        return response


def passwords_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return a view for passwords; where single sign-on is the only way it says so instead."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 as wide as what it replaces
        if single_sign_on.is_only_way():
            context = {"provider": single_sign_on.the_provider()}
            return render(request, "people/no_passwords.html", context, status=403)
        return view(request, *args, **kwargs)

    return guarded


_sign_in_view = SignIn.as_view()
_post_sign_in = passwords_only(_sign_in_view)
reset_from_key = ResetFromKey.as_view()


@wraps(_sign_in_view)
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Show the ways in, and take a password where they are on."""
    return (_post_sign_in if request.method == "POST" else _sign_in_view)(request)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Sign an administrator in by the operator's link; the button does, no program that follows links."""
    try:
        user = use_sign_in_link(token) if request.method == "POST" else find_linked_person(token)
    except LinkError as error:
        return _dead_link(request, error)
    if request.method == "POST":
        return _sign_in(request, user, method="link")
    return render(request, "people/sign_in_link.html", {"person": user})


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
    """Let an invited person choose a password, or go to the single sign-on provider."""
    try:
        invitation = invitations.find_invitation(secret)
    except LinkError as error:
        return _dead_link(request, error)
    passwords_are_on = not single_sign_on.is_only_way()
    if request.method == "POST" and not passwords_are_on:
        raise PermissionDenied
    form = AcceptForm(request.POST or None, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept(secret, **form.cleaned_data)
        except PeopleError as error:
            add_error(form, error)
        else:
            return _sign_in(request, user)
    context = {
        "form": form,
        "invitation": invitation,
        "secret": secret,
        "provider": single_sign_on.the_provider(),
        "passwords_are_on": passwords_are_on,
    }
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
    """Say why a link does not lead in. Many such make an address wait; a link that leads in never waits."""
    with refusing_too_many(request):
        attempts.begin(*guard.link_counts(request))
    return render(request, "people/dead_link.html", {"error": error}, status=410)


def _sign_in(request: HttpRequest, user: User, *, method: str = "password") -> HttpResponseBase:
    """Sign somebody in; whoever was signed in in this browser is signed out by it."""
    if request.user.is_authenticated and request.user != user:
        get_adapter(request).logout(request)
    record_authentication(request, user, method=method)
    response: HttpResponseBase = perform_login(request, Login(user=user))
    return response


def _demo_prefill(request: HttpRequest) -> dict[str, str]:
    """Return what the demo's link puts into the form; outside the demo nothing is taken from a link."""
    if not current_environment().is_demo:
        return {}
    return {field: request.GET[field] for field in ("name", "email") if field in request.GET}
