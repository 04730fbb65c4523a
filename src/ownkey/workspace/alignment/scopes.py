"""What each scope of the planning profile opens, and which of Jira's permissions comes on top.

Facts from Atlassian's published operations; the counts are computed from the catalogue.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one scope.

    Attributes:
        opens: What it opens, in a line.
        permission: The key of Jira's permission that comes on top; empty where none is known.
    """

    opens: str
    permission: str = ""


ABOUT: Final[dict[str, About]] = {
    "read:project:jira": About(
        "Lists of boards, together with read:board-scope:jira-software", "BROWSE_PROJECTS"
    ),
    "read:board-scope:jira-software": About(
        "Boards, their versions and reports; not one board by its id", "BROWSE_PROJECTS"
    ),
    "read:epic:jira-software": About("Epics of a board", "BROWSE_PROJECTS"),
    "read:sprint:jira-software": About("Sprints, their dates and properties", "BROWSE_PROJECTS"),
    "read:jira-work": About("Issues, search, comments, history", "BROWSE_PROJECTS"),
    "read:jira-user": About("People to assign and to mention", "USER_PICKER"),
    "write:epic:jira-software": About("Colour, done and rank of epics", "EDIT_ISSUES"),
    "write:sprint:jira-software": About(
        "Creating, starting and completing sprints, and ranking inside them", "MANAGE_SPRINTS_PERMISSION"
    ),
    "write:jira-work": About("Create, edit, transition, comment, attach", "EDIT_ISSUES"),
    "manage:jira-project": About("Components and versions", "ADMINISTER_PROJECTS"),
    "delete:async-task:jira": About("Cancelling long tasks; write:jira-work already allows it"),
    "delete:attachment:jira": About(
        "Deleting attachments; write:jira-work already allows it", "DELETE_ALL_ATTACHMENTS"
    ),
    "delete:avatar:jira": About("Avatars of projects, issue types and priorities", "ADMINISTER"),
    "delete:board-scope.admin:jira-software": About(
        "Properties of boards, by name; they cannot be listed", "ADMINISTER_PROJECTS"
    ),
    "delete:build-info:jira": About("Builds, by id; they cannot be listed"),
    "delete:cmdb-attribute:jira": About("Assets: attributes, by id; they cannot be listed"),
    "delete:cmdb-object:jira": About("Assets: objects, by id; they cannot be listed"),
    "delete:cmdb-schema:jira": About("Assets: schemas, by id; they cannot be listed"),
    "delete:cmdb-type:jira": About("Assets: object types, by id; they cannot be listed"),
    "delete:comment:jira": About(
        "Nothing by itself; write:jira-work deletes comments", "DELETE_ALL_COMMENTS"
    ),
}

PERMISSIONS: Final = tuple(sorted({about.permission for about in ABOUT.values() if about.permission}))
"""The keys that Jira is asked about, in one call."""
