"""What each scope of the planning profile opens, and which of Jira's permissions comes on top.

Facts from Atlassian's published operations; the counts are computed from the catalogue.
"""

from dataclasses import dataclass
from typing import Final

from ownkey.scopes.presets import usual_reason


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
    "delete:async-task:jira": About("Cancelling long tasks"),
    "delete:attachment:jira": About("Deleting attachments", "DELETE_OWN_ATTACHMENTS"),
    "delete:avatar:jira": About("Avatars of projects, issue types and priorities", "ADMINISTER"),
    "delete:board-scope.admin:jira-software": About(
        "Properties of boards, by name; they cannot be listed", "ADMINISTER_PROJECTS"
    ),
    "delete:build-info:jira": About("Builds, by id; they cannot be listed"),
    "delete:cmdb-attribute:jira": About("Assets: attributes, by id; they cannot be listed"),
    "delete:cmdb-object:jira": About("Assets: objects, by id; they cannot be listed"),
    "delete:cmdb-schema:jira": About("Assets: schemas, by id; they cannot be listed"),
    "delete:cmdb-type:jira": About("Assets: object types, by id; they cannot be listed"),
    "delete:comment:jira": About("Deleting comments", "DELETE_OWN_COMMENTS"),
    "read:issue-details:jira": About("The issues on boards and in backlogs", "BROWSE_PROJECTS"),
    "read:jql:jira": About(
        "With read:issue-details:jira, the issues of sprints and epics", "BROWSE_PROJECTS"
    ),
    "read:board-scope.admin:jira-software": About(
        "How boards are set up: columns, filter, estimates, properties", "BROWSE_PROJECTS"
    ),
    "read:build-info:jira": About("Builds, by id"),
    "read:cmdb-attribute:jira": About("Assets: attributes"),
    "read:cmdb-object:jira": About("Assets: objects"),
    "read:cmdb-schema:jira": About("Assets: schemas"),
    "read:cmdb-type:jira": About("Assets: object types"),
}

PERMISSIONS: Final = tuple(sorted({about.permission for about in ABOUT.values() if about.permission}))
"""The keys that Jira is asked about, in one call."""

NAMES: Final = {
    "BROWSE_PROJECTS": "Browse projects",
    "EDIT_ISSUES": "Edit issues",
    "MANAGE_SPRINTS_PERMISSION": "Manage sprints",
    "ADMINISTER_PROJECTS": "Administer projects",
    "DELETE_OWN_ATTACHMENTS": "Delete own attachments",
    "DELETE_OWN_COMMENTS": "Delete own comments",
}
"""Those that Jira tells of another person, by project: the global ones among the keys it does not."""


YOURS: Final = {"token": "Your token", "account": "your account", "lacks": "you lack"}
THE_MAIN_ONE: Final = {"token": "The main token", "account": "the main account", "lacks": "it lacks"}
THEIRS: Final = {"token": "Their token", "account": "their account", "lacks": "they lack"}
"""The words for whose token and account a page speaks of."""


def about(scope: str) -> About:
    """Return what is known of a scope; of one outside of the planning profiles, what it is usually for."""
    known = ABOUT.get(scope)
    if known is not None:
        return known
    reason = usual_reason(scope)
    return About(f"Lets you {reason}" if reason else "Operations that have no line of their own here")
