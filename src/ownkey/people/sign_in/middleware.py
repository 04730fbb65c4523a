"""What is looked at on the way to every page of somebody who is signed in."""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from ownkey.people.access import ask_again
from ownkey.people.errors import RecentSignInNeededError
from ownkey.people.models import User
from ownkey.people.second_factors.factors import lacks_factor

SEEN_EVERY = timedelta(minutes=5)

# What somebody has to reach to set up a factor, or to leave.
WITHOUT_FACTOR = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
        "account_logout",
        "people:confirm_by_provider",
        "people:provider_callback",
        "healthy",
        "ready",
    }
)


class LastSeenMiddleware(MiddlewareMixin):
    """Notes when and from where a session was last used; not each time, so that few pages write."""

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Note it, if it was a while ago."""
        if not isinstance(request.user, User):
            return
        now = timezone.now()
        own = UserSession.objects.filter(session_key=request.session.session_key)
        stale = own.filter(last_seen_at__lt=now - SEEN_EVERY)
        if stale.exists():
            own.update(last_seen_at=now, ip=get_adapter(request).get_client_ip(request))


class ControlMiddleware(MiddlewareMixin):
    """Answers an act that needs a recent sign-in with the page that asks for one.

    An act that its person has no right to is a 403, which Django answers by itself.
    """

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Return the way to the page that asks, or None for any other error."""
        if isinstance(error, RecentSignInNeededError):
            return ask_again(request, words=error.words)
        return None


class SecondFactorMiddleware(MiddlewareMixin):
    """Leads whoever has to have a second factor, and has none, to the page where it is set up."""

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        """Return the way to that page, or None to go on."""
        if not isinstance(request.user, User) or not lacks_factor(request, request.user):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in WITHOUT_FACTOR:
            return None
        return redirect("mfa_index")
