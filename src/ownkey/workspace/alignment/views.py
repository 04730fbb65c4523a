"""The page *Alignment*."""

import re
from typing import Final

from ownkey.connections.models import Credential
from ownkey.connections.queries import credential_of
from ownkey.connections.required_scopes import scope_states
from ownkey.workspace.alignment.table import groups_of, permissions_in
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.projects import project_page
from ownkey.workspace.jira.uses import MY_PERMISSIONS, PROJECTS
from ownkey.workspace.operations.listing import opened_to
from ownkey.workspace.pages import Page, Part, Place, jira_page

_KEY: Final = re.compile(r"[A-Za-z0-9_]{1,40}", re.ASCII)


@jira_page(PROJECTS, MY_PERMISSIONS)
def alignment(place: Place) -> Page:
    """Show, for one project, each required scope: may the token, may the account."""
    credential = credential_of(place.person, place.account)
    has_scopes = credential is None or credential.signs_in_by.uses_gateway
    scopes, states = tuple(place.account.required_scopes), _states_of(credential)
    asked = place.request.GET.get("project", "")

    async def content(jira: Jira) -> Part:
        projects = (await project_page(jira)).projects
        first = projects[0].key if projects else ""
        project = asked if _KEY.fullmatch(asked) else first
        permissions = await permissions_in(jira, project) if project else {}
        groups = groups_of(scopes, states, permissions)
        lines = [line for group in groups for line in group.lines]
        context = {
            "groups": groups,
            "projects": projects,
            "project": project,
            "granted": sum(line.token in {"granted", "covered"} for line in lines),
            "not_let": sum(line.asks_for == "jira" for line in lines),
            "operations": opened_to(await jira.who()),
            "has_scopes": has_scopes,
        }
        return Part("workspace/alignment/alignment_content.html", context)

    return Page("workspace/alignment/alignment.html", content)


def _states_of(credential: Credential | None) -> dict[str, str]:
    return {} if credential is None else dict(scope_states(credential))
