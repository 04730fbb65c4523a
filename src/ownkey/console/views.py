"""The pages that belong to no part: home, and the answers for whoever watches over the process."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ownkey.connections import queries
from ownkey.environment.process import current_environment
from ownkey.people.access import user_of
from ownkey.people.inviting.invitations import is_anybody_beside, is_anybody_invited
from ownkey.people.models import User


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show where the signed-in person stands with each ALM account, and what to do next."""
    user = user_of(request)
    rows = queries.credential_rows(user)
    has_first_steps = user.is_administrator and not (rows and _are_others_here(user))
    return render(request, "console/home.html", {"rows": rows, "has_first_steps": has_first_steps})


def _are_others_here(user: User) -> bool:
    """Whether anybody else was let in; the people that a demo begins with are part of its scenery."""
    return is_anybody_invited() or (not current_environment().is_demo and is_anybody_beside(user))


@login_not_required
@require_safe
def healthy(_request: HttpRequest) -> HttpResponse:
    """Answer that the process lives; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer that the database can be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM people_user LIMIT 1")
    return HttpResponse("ready\n", content_type="text/plain; charset=utf-8")
