"""Sign-in and security: the pages of a person's own second factors, and of using them.

allauth's views do the work. Here each change needs a recent sign-in, becomes part of one transaction with its
entry in the record, and seals for the person at work.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ownkey.people.access import View, administrators_only, recent_sign_in_required, signed_in, user_of
from ownkey.people.allauth_internals import begin_registration, get_pending_stage
from ownkey.people.errors import PeopleError
from ownkey.people.models import User
from ownkey.people.oidc import single_sign_on
from ownkey.people.people_form import back_to_people, way_back
from ownkey.people.second_factors import factors
from ownkey.people.second_factors.sealing import FactorUnreadableError, factors_of

OVERVIEW = reverse_lazy("mfa_index")


def passkeys_work_here(request: HttpRequest) -> bool:
    """Whether browsers make passkeys here: they want a host name, and https unless it is this machine."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


class _Changing:
    """What every page that changes a factor does: one transaction, sealed as the person's, recorded."""

    request: HttpRequest
    action = ""
    kind = Authenticator.Type.TOTP

    def form_valid(self, form: Form) -> HttpResponseBase:
        """Make the change and say so in the record."""
        user = user_of(self.request)
        change = super().form_valid  # type: ignore[misc]  # allauth's view is mixed in
        response: HttpResponseBase = factors.change_own_factors(
            user,
            lambda: change(form),
            action=self.action,
            details=self.details(),
            actor=user,
            signed_in=signed_in(self.request),
        )
        return response

    def details(self) -> dict[str, str]:
        """Return what the record says beside the action."""
        return {"factor": factors.KINDS[self.kind]}


class Overview(IndexView):  # type: ignore[misc]
    """What somebody signs in with."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 allauth's own signature
        """Return allauth's context, how many codes are left, and how the provider knows the person."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        user = user_of(self.request)
        codes = found["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        if codes is not None:
            try:
                with factors_of(user):
                    found["codes_left"] = len(codes.get_unused_codes())
            except FactorUnreadableError:
                found["codes_left"] = 0
        return found | {
            "passkeys_work_here": passkeys_work_here(self.request),
            "must_add_factor": factors.lacks_factor(self.request, user),
            "provider": single_sign_on.the_provider(),
            "binding": single_sign_on.binding_of(user),
        }


class AddApp(_Changing, ActivateTOTPView):  # type: ignore[misc]
    """A new authenticator app."""

    action = "factor.added"


class RemoveApp(_Changing, DeactivateTOTPView):  # type: ignore[misc]
    """The authenticator app is taken away."""

    action = "factor.removed"


class MakeRecoveryCodes(_Changing, GenerateRecoveryCodesView):  # type: ignore[misc]
    """New recovery codes; those from before stop working."""

    action = "recovery-codes.made"

    def details(self) -> dict[str, str]:
        """Return nothing: the action says it all."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 allauth's own signature
        """Return allauth's context."""
        try:
            with factors_of(user_of(self.request)):
                found: dict[str, Any] = super().get_context_data(**kwargs)
        except FactorUnreadableError:
            return {"form": self.get_form(), "unused_code_count": 0}
        return found


class ShowRecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes, the first time; afterwards how many are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 allauth's own signature
        """Return allauth's context."""
        try:
            with factors_of(user_of(self.request)):
                found: dict[str, Any] = super().get_context_data(**kwargs)
        except FactorUnreadableError:
            raise Http404 from None
        return found


class AddPasskey(_Changing, AddWebAuthnView):  # type: ignore[misc]
    """A new passkey: always one that signs in alone, so the browser has to verify who is there."""

    action = "factor.added"
    kind = Authenticator.Type.WEBAUTHN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 allauth's own signature
        """Return allauth's context, with the options of a passkey."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        options = begin_registration(user_of(self.request), passwordless=True)
        found["js_data"] = {"creation_options": options}
        found["passkeys_work_here"] = passkeys_work_here(self.request)
        return found


class RenamePasskey(_Changing, EditWebAuthnView):  # type: ignore[misc]
    """A passkey gets another name."""

    action = "factor.renamed"
    kind = Authenticator.Type.WEBAUTHN
    success_url = OVERVIEW


class RemovePasskey(_Changing, RemoveWebAuthnView):  # type: ignore[misc]
    """A passkey is taken away."""

    action = "factor.removed"
    kind = Authenticator.Type.WEBAUTHN
    success_url = OVERVIEW


class AskCode(AuthenticateView):  # type: ignore[misc]
    """The second factor, after the password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 allauth's own signature
        """Return allauth's context, and which factors the person has."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        types = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return found | {
            "has_passkey": Authenticator.Type.WEBAUTHN in types and passkeys_work_here(self.request),
            "has_app": Authenticator.Type.TOTP in types,
        }


class SignInWithPasskey(LoginWebAuthnView):  # type: ignore[misc]
    """A passkey in place of e-mail and password."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 allauth's own signature
        """Refuse where single sign-on is the only way."""
        if single_sign_on.is_only_way():
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


def _own(view: Callable[..., HttpResponseBase]) -> View[...]:
    """Return a view of one's own factors: after a recent sign-in, kept by no cache."""
    return never_cache(sensitive_post_parameters("code", "credential")(recent_sign_in_required(view)))


overview = Overview.as_view()
add_app = _own(AddApp.as_view())
remove_app = _own(RemoveApp.as_view())
make_recovery_codes = _own(MakeRecoveryCodes.as_view())
show_recovery_codes = _own(ShowRecoveryCodes.as_view())
add_passkey = _own(AddPasskey.as_view())
rename_passkey = _own(RenamePasskey.as_view())
remove_passkey = _own(RemovePasskey.as_view())
sign_in_with_passkey = login_not_required(SignInWithPasskey.as_view())
confirm_with_code = sensitive_post_parameters("code")(ReauthenticateView.as_view())
confirm_with_passkey = ReauthenticateWebAuthnView.as_view()
_ask_code_view = AskCode.as_view()


@login_not_required
@sensitive_post_parameters("code", "credential")
def ask_code(request: HttpRequest) -> HttpResponseBase:
    """Ask for the second factor after the password; begin anew where it was reset in the meantime."""
    stage = get_pending_stage(request)
    if stage is not None and isinstance(stage.login.user, User) and not factors.has_factor(stage.login.user):
        abandoned: HttpResponseBase = stage.abort()
        return abandoned
    response: HttpResponseBase = _ask_code_view(request)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def reset_factors(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take all second factors from somebody who lost them."""
    person = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        try:
            removed = factors.reset_factors(
                person,
                forgets_provider="provider" in request.POST,
                actor=user_of(request),
                signed_in=signed_in(request),
            )
        except PeopleError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, f"{person.name} is signed out, without {', '.join(removed)}, and told by mail."
            )
        return back_to_people(request)
    context = {
        "person": person,
        "factors": factors.describe_factors(person),
        "provider": single_sign_on.the_provider(),
        "binding": single_sign_on.binding_of(person),
        "way_back": way_back(request),
    }
    return render(request, "people/reset_factors.html", context)
