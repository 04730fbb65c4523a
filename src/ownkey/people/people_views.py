"""The administrators' pages about people: who is here, who is invited, who may do what."""

from typing import Protocol
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ownkey.people import flows, people_search
from ownkey.people.access import administrators_only, signed_in, user_of
from ownkey.people.errors import PeopleError
from ownkey.people.forms import InviteForm
from ownkey.people.inviting import invitations
from ownkey.people.inviting.invitations import Invited
from ownkey.people.models import Invitation, User
from ownkey.people.people_form import PeopleForm, back_to_people, way_back
from ownkey.people.people_search import STANDING_WORDS
from ownkey.people.second_factors import factors
from ownkey.people.shown_once import keep_to_show, take_to_show
from ownkey.people.signed_in import SignedIn

PAGE_SIZE = 50


@require_safe
@administrators_only
def people(request: HttpRequest) -> HttpResponse:
    """Show a page of everybody: people first, then the open invitations."""
    form = PeopleForm(request.GET)
    is_valid = form.is_valid()
    found = people_search.find(people_search.read_everybody(), form.wanted())
    page = Paginator(found.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = people_search.people_of(page.object_list)
    context = {
        "form": form,
        "page": page,
        "people": shown,
        "invitations": people_search.invitations_of(page.object_list),
        "with_factors": factors.with_ways_in(shown),
        "counts": form.counts(
            (standing.value, word, found.standings[standing]) for standing, word in STANDING_WORDS.items()
        ),
        "people_found": found.count(is_invited=False),
        "invitations_found": found.count(is_invited=True),
        "is_narrowed": bool(form.query()) or not is_valid,
        "way_back": form.query(page=str(page.number) if page.has_previous() else ""),
        **form.queries(page),
    }
    return render(request, "people/people.html", context, status=200 if is_valid else 422)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody, and lead to the page that shows the link once: it is known nowhere else."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invited = invitations.invite(
                data["email"],
                name=data["name"],
                role=data["role"],
                actor=user_of(request),
                signed_in=signed_in(request),
            )
        except PeopleError as error:
            form.add_error("email", str(error))
        else:
            return _lead_to(request, invited)
    status = 422 if form.is_bound else 200
    return render(request, "people/invite.html", {"form": form}, status=status)


@never_cache
@require_POST
@administrators_only
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace an open invitation by a new one, and lead to the page that shows its link once."""
    invitation = get_object_or_404(Invitation.objects.open(), pk=pk)
    try:
        invited = invitations.send_again(invitation, actor=user_of(request), signed_in=signed_in(request))
    except PeopleError as error:
        messages.error(request, str(error))
        return back_to_people(request)
    return _lead_to(request, invited)


@never_cache
@require_safe
@administrators_only
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an open invitation; its link only right after it was made."""
    found = get_object_or_404(Invitation.objects.open(), pk=pk)
    context = {
        "invitation": found,
        "link": take_to_show(request, about=_about(found)),
        "was_mailed": request.GET.get("mailed") == "1",
        "way_back": way_back(request),
    }
    return render(request, "people/invited.html", context)


def _lead_to(request: HttpRequest, invited: Invited) -> HttpResponse:
    keep_to_show(request, about=_about(invited.invitation), text=invited.link)
    page = reverse("people:invitation", args=[invited.invitation.pk])
    query = {"mailed": "1" if invited.was_mailed else "", "list": way_back(request)}
    said = urlencode({name: value for name, value in query.items() if value})
    return redirect(f"{page}?{said}" if said else page)


def _about(found: Invitation) -> str:
    return f"invitation {found.pk}"


@require_POST
@administrators_only
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an open invitation worthless."""
    invitation = get_object_or_404(Invitation, pk=pk)
    invitations.revoke(invitation, actor=user_of(request), signed_in=signed_in(request))
    messages.success(request, f"The invitation for {invitation.email} is revoked.")
    return back_to_people(request)


@require_POST
@administrators_only
def suspend(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep somebody out at once."""
    return _change(request, pk, flows.suspend_user, "{} is suspended and signed out everywhere.")


@require_POST
@administrators_only
def reinstate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody back in."""
    return _change(request, pk, flows.reinstate_user, "{} may sign in again.")


@require_POST
@administrators_only
def make_administrator(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody look after Ownkey."""
    return _change(request, pk, flows.make_administrator, "{} is an administrator now.")


@require_POST
@administrators_only
def unmake_administrator(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the administrator's rights from somebody."""
    return _change(request, pk, flows.unmake_administrator, "{} is not an administrator any more.")


@require_POST
@administrators_only
def make_auditor(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody read the record and the coverage."""
    return _change(request, pk, flows.make_auditor, "{} is an auditor now.")


@require_POST
@administrators_only
def unmake_auditor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the auditor's rights from somebody."""
    return _change(request, pk, flows.unmake_auditor, "{} is not an auditor any more.")


class _Flow(Protocol):
    def __call__(self, user: User, *, actor: object, signed_in: SignedIn) -> None: ...


def _change(request: HttpRequest, pk: int, flow: _Flow, done: str) -> HttpResponse:
    """Do `flow` to one person, say how it went, and return to the list."""
    person = get_object_or_404(User, pk=pk)
    try:
        flow(person, actor=user_of(request), signed_in=signed_in(request))
    except PeopleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done.format(person.name))
    return back_to_people(request)
