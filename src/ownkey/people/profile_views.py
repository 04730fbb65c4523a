"""The pages of a person's own profile: details and sessions."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ownkey.people import flows
from ownkey.people.access import signed_in, user_of
from ownkey.people.errors import PeopleError
from ownkey.people.forms import DetailsForm
from ownkey.people.sign_in.browsers import describe_browser


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """Show and change a person's own details."""
    user = user_of(request)
    form = DetailsForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        try:
            name = form.cleaned_data["name"]
            flows.rename_user(user, name=name, actor=user, signed_in=signed_in(request))
        except PeopleError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, "Your details are saved.")
            return redirect("people:details")
    status = 422 if form.is_bound else 200
    return render(request, "people/details.html", {"form": form}, status=status)


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where a person is signed in."""
    own = sorted(UserSession.objects.purge_and_list(user_of(request)), key=lambda session: session.created_at)
    rows = [
        {
            "session": session,
            "browser": describe_browser(session.user_agent),
            "is_this_one": session.session_key == request.session.session_key,
        }
        for session in reversed(own)
    ]
    return render(request, "people/sessions.html", {"rows": rows})


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of a person's own sessions; nobody else's can be named."""
    user = user_of(request)
    session = get_object_or_404(UserSession, pk=pk, user=user)
    flows.end_own_session(session, actor=user, signed_in=signed_in(request))
    messages.success(request, "That session has ended.")
    return redirect("people:sessions")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of a person's sessions but this one."""
    user = user_of(request)
    key = request.session.session_key
    flows.end_other_sessions(user, but=key, actor=user, signed_in=signed_in(request))
    messages.success(request, "You are signed out everywhere else.")
    return redirect("people:sessions")
