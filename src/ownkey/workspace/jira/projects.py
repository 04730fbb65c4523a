"""The projects that Jira shows a person."""

from dataclasses import dataclass

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.paging import PAGE_SIZE, value_page
from ownkey.workspace.jira.uses import PROJECTS
from ownkey.workspace.jira.values import text_of


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
    jira: Jira, *, words: str = "", start: int = 0, size: int = PAGE_SIZE
) -> ProjectsFound:
    """Return one page of projects, those whose name or key has the words.

    Raises:
        JiraTroubleError: there is no answer.
    """
    page = await value_page(
        jira, PROJECTS, {"query": words or None, "orderBy": "key"}, start=start, size=size
    )
    projects = tuple(
        Project(
            key=text_of(each, "key"),
            name=text_of(each, "name"),
            kind=text_of(each, "projectTypeKey"),
            is_archived=each.get("archived") is True,
        )
        for each in page.values
    )
    return ProjectsFound(projects, page.next_start)
