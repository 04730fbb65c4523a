"""The operations of Jira that pages use; every page names its own among them."""

from typing import Final, NamedTuple
from urllib.parse import quote


class Use(NamedTuple):
    """One operation of Jira, as the catalogue names it.

    Attributes:
        method: The HTTP method.
        path: The path template, such as `/rest/api/3/issue/{issueIdOrKey}`.
    """

    method: str
    path: str

    @property
    def signature(self) -> str:
        """Method and path template."""
        return f"{self.method} {self.path}"

    def filled(self, parts: dict[str, str]) -> str:
        """Return the path with its parameters percent-encoded in it.

        Raises:
            KeyError: a parameter is missing.
        """
        return self.path.format_map({name: quote(value, safe="") for name, value in parts.items()})


MYSELF: Final = Use("GET", "/rest/api/3/myself")
SEARCH: Final = Use("POST", "/rest/api/3/search/jql")
COUNT: Final = Use("POST", "/rest/api/3/search/approximate-count")
BULK_FETCH: Final = Use("POST", "/rest/api/3/issue/bulkfetch")
ISSUE: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}")
CHANGELOG: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}/changelog")
CHANGELOGS: Final = Use("POST", "/rest/api/3/changelog/bulkfetch")
COMMENTS: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}/comment")
WORK_LOG: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}/worklog")
WATCHERS: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}/watchers")
VOTES: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}/votes")
REMOTE_LINKS: Final = Use("GET", "/rest/api/3/issue/{issueIdOrKey}/remotelink")
ATTACHMENT: Final = Use("GET", "/rest/api/3/attachment/{id}")
ATTACHMENT_CONTENT: Final = Use("GET", "/rest/api/3/attachment/content/{id}")
ATTACHMENT_THUMBNAIL: Final = Use("GET", "/rest/api/3/attachment/thumbnail/{id}")
FIELDS: Final = Use("GET", "/rest/api/3/field")
PROJECTS: Final = Use("GET", "/rest/api/3/project/search")
RECENT_PROJECTS: Final = Use("GET", "/rest/api/3/project/recent")
PROJECT: Final = Use("GET", "/rest/api/3/project/{projectIdOrKey}")
MY_FILTERS: Final = Use("GET", "/rest/api/3/filter/my")
JQL_FIELDS: Final = Use("GET", "/rest/api/3/jql/autocompletedata")
JQL_VALUES: Final = Use("GET", "/rest/api/3/jql/autocompletedata/suggestions")
MY_PERMISSIONS: Final = Use("GET", "/rest/api/3/mypermissions")
USER_PERMISSION: Final = Use("GET", "/rest/api/3/user/permission/search")
BOARDS: Final = Use("GET", "/rest/agile/1.0/board")
BOARD: Final = Use("GET", "/rest/agile/1.0/board/{boardId}")
BOARD_CONFIGURATION: Final = Use("GET", "/rest/agile/1.0/board/{boardId}/configuration")
BOARD_SPRINTS: Final = Use("GET", "/rest/agile/1.0/board/{boardId}/sprint")
BOARD_EPICS: Final = Use("GET", "/rest/agile/1.0/board/{boardId}/epic")
BOARD_ISSUES: Final = Use("GET", "/rest/software/1.0/board/{boardId}/issue")
SPRINT: Final = Use("GET", "/rest/agile/1.0/sprint/{sprintId}")
