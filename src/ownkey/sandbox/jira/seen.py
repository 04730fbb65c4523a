"""The pretend Jira as one person sees it: what they may not see is not there."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.access import is_cleared, permissions_in, roles_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ownkey.sandbox.jira.entities import (
        Attachment,
        Board,
        Comment,
        Filter,
        Issue,
        IssueLink,
        Project,
        Sprint,
    )
    from ownkey.sandbox.jira.world import World
    from ownkey.sandbox.people import Person

BROWSE = "BROWSE_PROJECTS"


class Seen:
    """What one person sees of the world during one call. Its indexes are made when they are first used."""

    def __init__(self, world: World, person: Person) -> None:
        self.world = world
        self.person = person
        self._roles: dict[str, frozenset[str]] = {}
        self._permissions: dict[str, frozenset[str]] = {}

    def roles(self, project_id: str) -> frozenset[str]:
        """Return the person's roles in a project."""
        if project_id not in self._roles:
            self._roles[project_id] = roles_in(self.world.projects[project_id], self.person)
        return self._roles[project_id]

    def permissions(self, project_id: str) -> frozenset[str]:
        """Return what the person may do in a project."""
        if project_id not in self._permissions:
            project = self.world.projects[project_id]
            self._permissions[project_id] = permissions_in(project, self.roles(project_id))
        return self._permissions[project_id]

    def may(self, project_id: str, permission: str) -> bool:
        """Return whether the person has a permission in a project."""
        return permission in self.permissions(project_id)

    def sees(self, issue: Issue) -> bool:
        """Return whether the person may browse the issue's project, and its security level lets them."""
        if not self.may(issue.project_id, BROWSE):
            return False
        level = self.world.security_levels.get(issue.security_id or "")
        return level is None or is_cleared(level, self.person, self.roles(issue.project_id))

    def issue(self, id_or_key: str) -> Issue | None:
        """Return an issue by its id or, in any case, its key; a project's former keys count."""
        found = self.world.issues.get(id_or_key) or self._by_key.get(self._present_key(id_or_key.upper()))
        return found if found is not None and self.sees(found) else None

    def epic(self, id_or_key: str) -> Issue | None:
        """Return an epic by its id or key."""
        found = self.issue(id_or_key)
        return found if found is not None and found.issue_type == "Epic" else None

    def ranked(self) -> Iterator[Issue]:
        """Return all issues, the highest-ranked first."""
        return filter(self.sees, self.world.ranked())

    def projects(self) -> Iterator[Project]:
        """Return all projects, also those that are archived."""
        return (item for item in self.world.projects.values() if self.may(item.id, BROWSE))

    def project(self, id_or_key: str) -> Project | None:
        """Return a project by its id or, in any case, its key or a former one."""
        found = self.world.project(id_or_key)
        return found if found is not None and self.may(found.id, BROWSE) else None

    def boards(self) -> Iterator[Board]:
        """Return the boards of the projects."""
        return (board for board in self.world.boards.values() if self.may(board.project_id, BROWSE))

    def board(self, board_id: str) -> Board | None:
        """Return a board by its id in digits."""
        found = self.world.board(board_id)
        return found if found is not None and self.may(found.project_id, BROWSE) else None

    def sprint(self, sprint_id: str) -> Sprint | None:
        """Return a sprint by its id in digits."""
        found = self.world.sprint(sprint_id)
        return found if found is not None and self.board(str(found.board_id)) is not None else None

    def filters(self) -> Iterator[Filter]:
        """Return the person's own filters, and those that are shared with them."""
        return filter(self._sees_filter, self.world.filters.values())

    def _sees_filter(self, item: Filter) -> bool:
        if item.owner == self.person.email or item.is_shared:
            return True
        return item.shared_project_id is not None and self.may(item.shared_project_id, BROWSE)

    def comments(self, issue: Issue) -> list[Comment]:
        """Return an issue's comments, without those for a role that the person does not have."""
        roles = self.roles(issue.project_id)
        return [one for one in issue.comments.values() if one.visible_to is None or one.visible_to in roles]

    def children(self, issue: Issue) -> list[Issue]:
        """Return the issues of which an issue is the parent."""
        return self._by_parent.get(issue.id, [])

    def links(self, issue: Issue) -> list[IssueLink]:
        """Return an issue's links to issues that the person sees."""
        return self._links.get(issue.id, [])

    def attachments(self, issue: Issue) -> list[Attachment]:
        """Return an issue's files."""
        return self._attachments.get(issue.id, [])

    def rank(self, issue: Issue) -> int:
        """Return an issue's place among all, 0 being the highest; one that is gone comes last."""
        return self._ranks.get(issue.id, len(self._ranks))

    def _present_key(self, key: str) -> str:
        prefix, _, number = key.partition("-")
        project = self.world.project(prefix)
        return key if project is None else f"{project.key}-{number}"

    @cached_property
    def _by_key(self) -> Mapping[str, Issue]:
        return {issue.key: issue for issue in self.world.issues.values()}

    @cached_property
    def _by_parent(self) -> Mapping[str, list[Issue]]:
        found: defaultdict[str, list[Issue]] = defaultdict(list)
        for issue in self.world.issues.values():
            if issue.parent_id is not None and self.sees(issue):
                found[issue.parent_id].append(issue)
        return found

    @cached_property
    def _links(self) -> Mapping[str, list[IssueLink]]:
        issues, found = self.world.issues, defaultdict[str, list["IssueLink"]](list)
        for link in self.world.links.values():
            if self.sees(issues[link.inward_id]) and self.sees(issues[link.outward_id]):
                found[link.inward_id].append(link)
                found[link.outward_id].append(link)
        return found

    @cached_property
    def _attachments(self) -> Mapping[str, list[Attachment]]:
        return _grouped(self.world.attachments.values())

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {issue_id: place for place, issue_id in enumerate(self.world.ranking)}


def _grouped(attachments: Iterable[Attachment]) -> Mapping[str, list[Attachment]]:
    found: defaultdict[str, list[Attachment]] = defaultdict(list)
    for item in attachments:
        found[item.issue_id].append(item)
    return found
