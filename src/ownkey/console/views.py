"""The pages that belong to no part: home, and the answers for whoever watches over the process."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ownkey.connections import queries
from ownkey.people.access import user_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show where the signed-in person stands with each ALM account, and what to do next."""
    rows = queries.credential_rows(user_of(request))
    return render(request, "console/home.html", {"rows": rows})


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
