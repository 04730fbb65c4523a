"""Going to the single sign-on provider, and coming back from it."""

import time
from datetime import timedelta
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ownkey.audit.record import Outcome, record
from ownkey.people.access import recent_sign_in_required, signed_in, user_of
from ownkey.people.allauth_internals import get_ip, perform_login, record_authentication, resume_request
from ownkey.people.errors import LinkError, RecentSignInNeededError, SingleSignOnError, UnknownAnswerError
from ownkey.people.inviting import invitations
from ownkey.people.models import User
from ownkey.people.oidc import provider, single_sign_on
from ownkey.people.oidc.id_token import Identity
from ownkey.people.oidc.provider import Arrival, Purpose
from ownkey.people.sign_in import attempts
from ownkey.people.sign_in.attempts import Counted, Patience

DEPARTURES = Patience("departures to the provider, address", free=0)
MOST_A_MINUTE = 30
CLOCK_SLACK_S = 60


@login_not_required
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Go to the provider to sign in."""
    if request.user.is_authenticated:
        return redirect("home")
    return _leave(request, Purpose.SIGN_IN)


@login_not_required
@never_cache
@require_POST
def join(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Go to the provider to accept an invitation: its link says who is meant, not their address there."""
    try:
        invitation = invitations.find_invitation(secret)
    except LinkError as error:
        return render(request, "people/dead_link.html", {"error": error}, status=410)
    return _leave(request, Purpose.SIGN_IN, invitation=invitation.pk)


@never_cache
@require_POST
@recent_sign_in_required
def connect(request: HttpRequest) -> HttpResponseBase:
    """Go to the provider to be bound to it."""
    return _leave(request, Purpose.CONNECT)


@never_cache
@require_POST
def disconnect(request: HttpRequest) -> HttpResponseBase:
    """Take one's own binding away."""
    try:
        single_sign_on.disconnect(user_of(request), actor=user_of(request), signed_in=signed_in(request))
    except SingleSignOnError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "You are no longer connected for signing in.")
    return redirect("mfa_index")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Go to the provider to say once more who one is, before a dangerous act."""
    if single_sign_on.binding_of(user_of(request)) is None:
        raise Http404
    if request.method == "POST":
        return _leave(request, Purpose.CONFIRM)
    methods = get_adapter(request).get_reauthentication_methods(user_of(request))
    query = urlencode({"next": _next_page(request)})
    others = [{**each, "url": f"{each['url']}?{query}"} for each in methods if each["url"] != request.path]
    return render(
        request,
        "people/confirm_by_provider.html",
        {
            "provider": single_sign_on.the_provider(),
            "reauthentication_alternatives": others,
            "redirect_field_value": _next_page(request),
        },
    )


@login_not_required
@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponseBase:
    """Come back from the provider."""
    if single_sign_on.the_provider() is None:
        raise Http404
    try:
        arrival = provider.receive(request)
        match arrival.purpose:
            case Purpose.SIGN_IN:
                return _enter(request, arrival)
            case Purpose.CONNECT:
                user = _the_same(request)
                single_sign_on.connect(user, arrival.identity, actor=user, signed_in=signed_in(request))
                messages.success(request, "You are connected: from now on you can sign in that way.")
                return redirect("mfa_index")
            case Purpose.CONFIRM:
                return _resume(request, arrival)
    except RecentSignInNeededError:
        messages.error(request, "That took long, so nothing was connected. Try again.")
        return redirect("mfa_index")
    except UnknownAnswerError as error:
        return _refuse(request, error)  # anybody can send one as often as they like, so it is not recorded
    except SingleSignOnError as error:
        whom = request.user if isinstance(request.user, User) else ""
        details = {"with": "single sign-on"}
        record("sign-in.failed", actor="", subject=whom, outcome=Outcome.REFUSED, details=details)
        return _refuse(request, error)


def _enter(request: HttpRequest, arrival: Arrival) -> HttpResponseBase:
    user = single_sign_on.admit(arrival.identity, invitation_id=arrival.invitation)
    if request.user.is_authenticated and request.user != user:
        get_adapter(request).logout(request)
    _note(request, user, arrival.identity, is_again=False)
    response: HttpResponseBase = perform_login(
        request, Login(user=user, redirect_url=arrival.next_page or None)
    )
    return response


def _resume(request: HttpRequest, arrival: Arrival) -> HttpResponseBase:
    user = _the_same(request)
    single_sign_on.refuse_other(user, arrival.identity)
    at = arrival.identity.signed_in_at
    if at is None or at < arrival.left_at - CLOCK_SLACK_S:
        raise SingleSignOnError(
            "The provider did not ask again who you are, or does not say when it did. Confirm another way, "
            "or sign out and in again."
        )
    _note(request, user, arrival.identity, is_again=True)
    # allauth finds the page, and the form that was sent to it, by the address.
    request.GET = QueryDict(urlencode({"next": arrival.next_page}))
    response: HttpResponseBase | None = resume_request(request)
    return response or redirect("home")


def _the_same(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise SingleSignOnError("Your session ended while you were away. Sign in and try again.")
    return request.user


def _note(request: HttpRequest, user: User, identity: Identity, *, is_again: bool) -> None:
    """Note the sign-in as of when the provider asked the person, not of when it passed them on unasked.

    A provider that does not say when, though it has to, counts as one that asked just now.
    """
    now = time.time()
    asked_at = now if identity.signed_in_at is None or is_again else min(identity.signed_in_at, now)
    record_authentication(
        request,
        user,
        method="socialaccount",
        provider=identity.issuer,
        uid=identity.subject,
        reauthenticated=is_again or None,
        at=asked_at,
    )


def _leave(request: HttpRequest, purpose: Purpose, *, invitation: int | None = None) -> HttpResponse:
    """Return a page that goes to the provider by itself.

    It is no redirect, since browsers hold those of a form to `form-action`, on every hop of the way.
    """
    if single_sign_on.the_provider() is None:
        raise Http404
    counted = Counted(DEPARTURES, get_ip(request))
    if not attempts.is_within(counted, most=MOST_A_MINUTE, window=timedelta(minutes=1)):
        return _refuse(request, SingleSignOnError("That was often. Wait a minute and try again."), status=429)
    try:
        address = provider.leave_for(request, purpose, next_page=_next_page(request), invitation=invitation)
    except SingleSignOnError as error:
        return _refuse(request, error, status=503)
    return render(
        request, "people/to_provider.html", {"address": address, "provider": single_sign_on.the_provider()}
    )


def _next_page(request: HttpRequest) -> str:
    """Return where to go afterwards; nowhere but in Ownkey."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if wanted and get_adapter(request).is_safe_url(wanted) else ""


def _refuse(request: HttpRequest, error: SingleSignOnError, *, status: int = 403) -> HttpResponse:
    response = render(request, "people/no_single_sign_on.html", {"error": error}, status=status)
    if status == 429:
        response["Retry-After"] = "60"
    return response
