"""The projects that Jira shows a person."""

from dataclasses import dataclass

from ownkey.workspace.jira.asking import Jira, Named
from ownkey.workspace.jira.paging import PAGE_SIZE, value_page
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind
from ownkey.workspace.jira.uses import PROJECT, PROJECTS
from ownkey.workspace.jira.values import mapping_of, text_of


@dataclass(frozen=True, slots=True)
class Project:
    """A project that the person sees.

    Attributes:
        key: Its key.
        name: Its name.
        kind: What Jira calls its type, such as `software`; may be empty.
        is_archived: Whether it is archived.
    """

    key: str
    name: str
    kind: str = ""
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class ProjectsFound:
    """One page of projects.

    Attributes:
        projects: In the order of their keys.
        next_start: Where the next page begins, or None.
    """

    projects: tuple[Project, ...]
    next_start: int | None


async def project_page(
    jira: Jira, *, words: str = "", start: int = 0, size: int = PAGE_SIZE, with_archived: bool = False
) -> ProjectsFound:
    """Return one page of projects, those whose name or key has the words.

    Raises:
        JiraTroubleError: there is no answer.
    """
    query: Named = {
        "query": words or None,
        "orderBy": "key",
        "status": ("live", "archived") if with_archived else None,
    }
    page = await value_page(jira, PROJECTS, query, start=start, size=size)
    projects = tuple(
        Project(
            key=text_of(each, "key"),
            name=text_of(each, "name"),
            kind=text_of(each, "projectTypeKey"),
            is_archived=each.get("archived") is True,
        )
        for each in page.values
        if text_of(each, "key") and not jira.leaves_out(text_of(each, "key"))
    )
    return ProjectsFound(projects, page.next_start)


async def why_empty(jira: Jira, project: str) -> str:
    """Return why no issues of a project are found, in a sentence; empty where Jira gives no reason.

    Args:
        jira: As whom.
        project: The project's key or id.
    """
    try:
        answer = mapping_of(await jira.json(PROJECT, {"projectIdOrKey": project}))
    except JiraTroubleError as error:
        if error.trouble.kind is not Kind.NOT_THERE:
            return ""
        return f"Jira shows you no project {project}: it was deleted, or you may not see it any more."
    if answer.get("archived") is True:
        return f"Project {project} is archived: Jira finds none of its issues until it is restored there."
    return ""
