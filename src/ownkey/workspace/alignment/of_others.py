"""Alignment of somebody else, for administrators: the scopes as the last check found them.

What Jira lets the person do is asked with the main credential, and only where Jira tells it. Nothing is ever
asked with the person's own credential; which projects there are, the administrator's own session says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ownkey.connections.models import Credential, StoredState
from ownkey.connections.queries import credential_of, standing_of
from ownkey.connections.required_scopes import scope_states
from ownkey.people.access import administrators_only
from ownkey.people.models import User
from ownkey.workspace.alignment.scopes import NAMES, THEIRS
from ownkey.workspace.alignment.table import Permission, table_of
from ownkey.workspace.alignment.views import project_in, projects_to_choose
from ownkey.workspace.jira.asking import Jira, Query, together
from ownkey.workspace.jira.expected import list_in
from ownkey.workspace.jira.projects import Project
from ownkey.workspace.jira.trouble import JiraTroubleError
from ownkey.workspace.jira.uses import PROJECT, PROJECTS, USER_PERMISSION
from ownkey.workspace.pages import Page, Part, Place, jira_page, main_of, place_of

MOST_FOUND: Final = 20
NOT_CONNECTED: Final = "Not known: the person has no Atlassian account here yet."
NO_PROJECT: Final = (
    "Not known: Ownkey asks only about projects that Jira shows you, and it shows you none. Connect your own "
    "API token under ALM Credentials."
)
NOT_SHOWN: Final = "Not known: Jira does not show you this project."
NOT_TOLD: Final = (
    "Not known: Jira does not tell the main account. It tells those who administer the project or Jira, if "
    "their token has read:jira-user."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What Jira tells the main account of a person.

    Attributes:
        project: In which project; empty for none.
        projects: Those that Jira shows the administrator.
        permissions: What it says of each permission, by key.
        reason: Why it says nothing, if so.
    """

    project: str
    projects: tuple[Project, ...]
    permissions: Mapping[str, Permission]
    reason: str = ""


@require_safe
@administrators_only
def alignment_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Let an administrator choose a person, by a part of the name or the e-mail."""
    place = place_of(request, slug)
    words = " ".join(request.GET.get("q", "").split())[:200]
    found = find_people(words) if words else []
    context = {
        "account": place.account,
        "words": words,
        "found": found[:MOST_FOUND],
        "has_more": len(found) > MOST_FOUND,
    }
    return render(request, "workspace/alignment/people.html", context)


def find_people(words: str) -> list[User]:
    """Return the first people whose name or e-mail has the words, one more than are shown; in one query."""
    if "\x00" in words:
        return []  # no name has it, and to a database it may end the text
    # The database compares only a to z in either case.
    spellings = {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    fits = Q(name__icontains=words) | Q(email__icontains=words)
    for spelling in sorted(spellings):
        fits |= Q(name__contains=spelling)
    return list(User.objects.filter(fits).order_by("name", "email")[: MOST_FOUND + 1])


@administrators_only
@jira_page(PROJECTS, PROJECT, USER_PERMISSION)
def alignment_person(place: Place, user_id: int) -> Page:
    """Show an administrator the scopes of a person's token, and what Jira tells of the account."""
    person = get_object_or_404(User, pk=user_id)
    credential = _kept(credential_of(person, place.account))
    account_id = credential.atlassian_account_id if credential else ""
    asked = project_in(place.request.GET)
    states = scope_states(credential) if credential else {}
    has_scopes = credential is None or credential.signs_in_by.uses_gateway
    scopes = tuple(place.account.required_scopes)
    frame = {
        "person": person,
        "standing": standing_of(person, place.account, credential_of(person, place.account)),
        "checked_at": credential.checked_at if credential else None,
    }

    async def content(jira: Jira) -> Part:
        told = await told_of(jira, main_of(place, USER_PERMISSION), account_id, asked)
        table = table_of(scopes, states, told.permissions, has_scopes=has_scopes)
        context: dict[str, Any] = {"table": table, "told": told, "whose": THEIRS, "has_scopes": has_scopes}
        context |= {"is_connected": bool(credential), "project": told.project}
        return Part("workspace/alignment/person_content.html", context)

    return Page("workspace/alignment/person.html", content, frame)


def _kept(credential: Credential | None) -> Credential | None:
    """Return a credential that is there; of a disconnected one nothing is left to show."""
    if credential is None or credential.state == StoredState.DISCONNECTED:
        return None
    return credential


async def told_of(jira: Jira, main: Jira, account_id: str, asked: str) -> Told:
    """Return what Jira tells the main account of a person's permissions in a project.

    Args:
        jira: Jira, as the administrator: it says which projects may be asked about.
        main: Jira, as the main account.
        account_id: The person's Atlassian account; empty if none is known.
        asked: The project's key; empty for the first.
    """
    try:
        projects = await projects_to_choose(jira)
    except JiraTroubleError:
        return Told(asked, (), {}, NO_PROJECT)
    keys = [each.key for each in projects]
    project = asked or (keys[0] if keys else "")
    if not project:
        return Told("", projects, {}, NO_PROJECT)
    if not account_id:
        return Told(project, projects, {}, NOT_CONNECTED)
    if project not in keys and not await _is_shown(jira, project):
        return Told("", projects, {}, NOT_SHOWN)
    try:
        answers = await together(*(_holds(main, account_id, project, key) for key in NAMES))
    except JiraTroubleError:
        return Told(project, projects, {}, NOT_TOLD)
    found = {key: Permission(NAMES[key], is_held) for key, is_held in zip(NAMES, answers, strict=True)}
    return Told(project, projects, found)


async def _is_shown(jira: Jira, project: str) -> bool:
    try:
        await jira.json(PROJECT, {"projectIdOrKey": project})
    except JiraTroubleError:
        return False
    return True


async def _holds(main: Jira, account_id: str, project: str, permission: str) -> bool:
    """Return whether a person has a permission in a project: Jira lists those who have it.

    Raises:
        JiraTroubleError: there is no answer.
    """
    query: Query = {
        "accountId": account_id,
        "permissions": permission,
        "projectKey": project,
        "maxResults": 1,
    }
    found = list_in(await main.json(USER_PERMISSION, query=query))
    return any(each.get("accountId") == account_id for each in found)
