"""The pages *Home* and *Projects*."""

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ownkey.connections import queries
from ownkey.people.access import user_of
from ownkey.workspace.flows import note_looked, recently_opened, starred
from ownkey.workspace.home.reading import read_home
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.projects import project_page
from ownkey.workspace.jira.remembered import known
from ownkey.workspace.jira.uses import CHANGELOGS, FIELDS, MYSELF, PROJECTS, SEARCH
from ownkey.workspace.live.watching import QueryWatch
from ownkey.workspace.models import Thing
from ownkey.workspace.pages import Page, Part, Place, jira_page, start_of

FIRST_LOOK: Final = timedelta(days=7)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the Jira that the person works in; with several, let them choose."""
    rows = [row for row in queries.credential_rows(user_of(request)) if row.acting.row is not None]
    if len(rows) == 1:
        return redirect("workspace:home", rows[0].account.slug)
    return render(request, "workspace/home/choose.html", {"rows": rows})


@jira_page(SEARCH, FIELDS, CHANGELOGS, MYSELF)
def home(place: Place) -> Page:
    """Show what changed since the person last looked, their open issues and their boards."""
    since = note_looked(place.person, place.account) or timezone.now() - FIRST_LOOK
    stars = starred(place.person, place.account, Thing.BOARD)
    opened = recently_opened(place.person, place.account, Thing.BOARD, most=6)
    refs = tuple(dict.fromkeys((*sorted(stars), *opened)))
    issues = recently_opened(place.person, place.account, Thing.ISSUE, most=6)

    async def content(jira: Jira) -> Part:
        view = await read_home(jira, since)
        named = [(ref, known(jira.means, f"board {ref}"), ref in stars) for ref in refs]
        boards = [each for each in named if each[1] is None or not jira.leaves_out(each[1].project_key)]
        context = {
            "view": view,
            "boards": boards,
            "since": since,
            "opened": [key for key in issues if not jira.leaves_out(key)],
        }
        return Part("workspace/home/home_content.html", context)

    return Page("workspace/home/home.html", content, {"since": since}, QueryWatch(""))


@jira_page(PROJECTS)
def project_list(place: Place) -> Page:
    """Show the projects that the person sees in Jira, found by name or key."""
    words = place.request.GET.get("name", "").strip()[:200]

    async def content(jira: Jira) -> Part:
        found = await project_page(jira, words=words, start=start_of(place), with_archived=True)
        return Part("workspace/home/projects_content.html", {"found": found, "words": words})

    return Page("workspace/home/projects.html", content, {"words": words})
