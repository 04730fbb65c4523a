"""The pages of *Alignment*."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ownkey import days
from ownkey.calls.grants import Connected, Snapshot
from ownkey.connections.acting import acting_for
from ownkey.connections.queries import credential_of
from ownkey.connections.required_scopes import scope_states
from ownkey.workspace.alignment.conclusions import conclusion_of
from ownkey.workspace.alignment.scopes import THE_MAIN_ONE, YOURS
from ownkey.workspace.alignment.table import Permission, held_of, permissions_in, table_of
from ownkey.workspace.alignment.trials import PROBED, READS, Where, can_be_tried, trial_of
from ownkey.workspace.flows import recently_opened
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.projects import Project, project_page
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.tried import tried
from ownkey.workspace.jira.trouble import JiraTroubleError, Trouble
from ownkey.workspace.jira.uses import MY_PERMISSIONS, PROJECTS
from ownkey.workspace.models import Thing
from ownkey.workspace.operations.listing import allowed_to, opened_to
from ownkey.workspace.pages import Page, Part, Place, jira_page

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of the token that Jira is asked with.

    Attributes:
        scopes: The required scopes, in the profile's order.
        states: What the last check found of each.
        has_scopes: Whether it has scopes at all.
        checked_at: When that was; None if it never was.
    """

    scopes: tuple[str, ...]
    states: Mapping[str, str]
    has_scopes: bool
    checked_at: datetime | None


@jira_page(PROJECTS, MY_PERMISSIONS)
def alignment(place: Place) -> Page:
    """Show, for one project, each required scope: may the token, may the account."""
    token = token_of(place)
    asked = project_in(place.request.GET)

    async def content(jira: Jira) -> Part:
        who = await jira.who()
        shown = await in_project(jira, asked)
        table = table_of(
            token.scopes,
            token.states,
            shown.permissions,
            has_scopes=token.has_scopes,
            may=allowed_to(who),
        )
        context = {
            "table": table,
            "shown": shown,
            "project": shown.project,
            "operations": opened_to(who),
            "has_scopes": token.has_scopes,
            "whose": whose_words(who),
            "checked_at": token.checked_at,
        }
        return Part("workspace/alignment/alignment_content.html", context)

    return Page("workspace/alignment/alignment.html", content)


@jira_page(*READS, *PROBED, takes_form=True)
def alignment_try(place: Place) -> Page:
    """Make the one call that decides a scope, and show what it proves; it cannot have an effect."""
    data = place.request.POST if place.request.method == "POST" else place.request.GET
    token, scope, project = token_of(place), data.get("scope", "")[:80], project_in(data)
    boards = recently_opened(place.person, place.account, Thing.BOARD, most=1)
    where = Where(project, boards[0] if boards else "", secrets.token_hex(16))
    held = held_of(token.scopes, token.states) | {scope}
    is_known = scope in token.scopes and can_be_tried(scope, held)
    is_sent = place.request.method == "POST"
    address = place.tools_address

    async def content(jira: Jira) -> Part:
        who = await jira.who()
        trial = trial_of(scope, held, where, may=allowed_to(who)) if is_known else None
        context: dict[str, Any] = {"trial": trial, "has_scopes": token.has_scopes, "is_sent": is_sent}
        if trial is not None and is_sent:
            result = await tried(jira, trial.question, address=address)
            conclusion = conclusion_of(trial, result, has_scopes=token.has_scopes, whose=whose_words(who))
            context |= {"tried": result, "conclusion": conclusion}
        return Part("workspace/alignment/tried_content.html", context)

    return Page(
        "workspace/alignment/tried.html", content, {"scope": scope if is_known else "", "project": project}
    )


@dataclass(frozen=True, slots=True)
class InProject:
    """What Jira says for one project.

    Attributes:
        project: The project's key; empty where none is known.
        projects: The first projects that Jira shows, to choose from.
        permissions: What it says of each permission, by key; empty where it says nothing.
        trouble: Why it says nothing, if so.
    """

    project: str
    projects: tuple[Project, ...]
    permissions: Mapping[str, Permission]
    trouble: Trouble | None = None


def token_of(place: Place) -> Token:
    """Return what is known of the token that the person's pages ask with: their own, or the main one."""
    credential = credential_of(place.person, place.account)
    row = acting_for(place.account, credential, today=days.today()).row or credential
    if row is None:
        return Token(tuple(place.account.required_scopes), {}, has_scopes=True, checked_at=None)
    return Token(
        tuple(row.scopes_needed), scope_states(row), row.signs_in_by.uses_gateway, checked_at=row.checked_at
    )


def whose_words(who: Snapshot) -> Mapping[str, str]:
    """Return the words for whose token and account a page speaks of."""
    is_main = isinstance(who.credential, Connected) and who.credential.is_main
    return THE_MAIN_ONE if is_main else YOURS


def project_in(data: Mapping[str, str]) -> str:
    """Return the project's key that an address or a form names; empty for none."""
    key = data.get("project", "").strip()
    return key.upper() if _KEY.fullmatch(key) else ""


async def in_project(jira: Jira, asked: str) -> InProject:
    """Return what Jira says of the person's permissions in a project; in the first one if none is asked."""
    projects: tuple[Project, ...] = ()
    try:
        if asked:
            projects, permissions = await together(projects_to_choose(jira), permissions_in(jira, asked))
            return InProject(asked, projects, permissions)
        projects = await projects_to_choose(jira)
        if not projects:
            return InProject("", projects, {})
        return InProject(projects[0].key, projects, await permissions_in(jira, projects[0].key))
    except JiraTroubleError as error:
        return InProject(asked, projects, {}, error.trouble)


async def projects_to_choose(jira: Jira) -> tuple[Project, ...]:
    """Return the first projects that Jira shows the person; remembered for a while.

    Raises:
        JiraTroubleError: there is no answer.
    """

    async def ask() -> tuple[Project, ...]:
        return (await project_page(jira)).projects

    return await remembered(jira.means, "projects to choose from", ask)
