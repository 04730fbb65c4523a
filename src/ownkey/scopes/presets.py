"""The scopes of the scope profiles that Ownkey comes with, and why each is needed.

A tool's preset is the smallest set that opens the operations listed with it; a test computes it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ownkey.scopes.requirement import Scope

_REST = "/rest/api/3"
_AGILE = "/rest/agile/1.0"
_ISSUE = f"{_REST}/issue/{{issueIdOrKey}}"

# Why a scope is wanted, as the end of "needed to …".
_REASONS: Mapping[Scope, str] = {
    "delete:async-task:jira": "cancel long tasks",
    "delete:attachment:jira": "delete attachments",
    "delete:avatar:jira": "delete avatars of projects, issue types and people",
    "delete:board-scope.admin:jira-software": "delete properties of boards",
    "delete:build-info:jira": "delete information about builds",
    "delete:cmdb-attribute:jira": "delete attributes of Assets object types",
    "delete:cmdb-config:jira": "delete status types of Assets",
    "delete:cmdb-object:jira": "delete Assets objects",
    "delete:cmdb-schema:jira": "delete Assets schemas",
    "delete:cmdb-type:jira": "delete Assets object types",
    "delete:comment:jira": "delete comments",
    "delete:issue-link:jira": "delete links between issues",
    "delete:sprint:jira-software": "delete sprints",
    "import:import-configuration:cmdb": "run and set up imports into Assets",
    "manage:jira-configuration": "change fields, workflows, schemes and other settings of the whole Jira",
    "manage:jira-project": "manage versions, components and the details of projects",
    "manage:jira-webhook": "manage webhooks",
    "manage:servicedesk-customer": "manage customers and organisations of service desks",
    "read:board-scope.admin:jira-software": "see how boards are set up",
    "read:build-info:jira": "see information about builds",
    "read:board-scope:jira-software": "see boards; their issues take read:issue-details:jira too",
    "read:cmdb-attribute:jira": "see attributes of Assets object types",
    "read:cmdb-config:jira": "see settings of Assets",
    "read:cmdb-icon:jira": "see icons of Assets",
    "read:cmdb-object:jira": "see and search Assets objects",
    "read:cmdb-schema:jira": "see Assets schemas",
    "read:cmdb-type:jira": "see Assets object types",
    "read:epic:jira-software": "see epics",
    "read:field:jira": "see for which projects and issue types a custom field is set up",
    "read:issue-details:jira": "see the issues on boards and in sprints",
    "read:issue-link-type:jira": "see the types of links between issues",
    "read:issue-type:jira": "see the types of issues",
    "read:issue:jira-software": "see issues as boards show them, with estimates",
    "read:jira-user": "see people, and whose token it is",
    "read:jira-work": "see and search issues, projects, comments and attachments",
    "read:jql:jira": "see the issues of sprints and epics",
    "read:project:jira": "list boards together with their projects",
    "read:servicedesk-request": "see requests and service desks",
    "read:sprint:jira-software": "see sprints",
    "write:board-scope.admin:jira-software": "change how boards are set up",
    "write:board-scope:jira-software": "create boards and move issues on them",
    "write:cmdb-attribute:jira": "create and change attributes of Assets object types",
    "write:cmdb-config:jira": "change settings of Assets",
    "write:cmdb-object:jira": "create and change Assets objects",
    "write:cmdb-schema:jira": "create and change Assets schemas",
    "write:cmdb-type:jira": "create and change Assets object types",
    "write:epic:jira-software": "change and rank epics, and put issues into them",
    "write:issue:jira-software": "rank and estimate issues",
    "write:jira-work": "create, edit and delete issues, comments, worklogs and attachments",
    "write:servicedesk-request": "create and answer requests",
    "write:sprint:jira-software": "create, change, start and close sprints, and put issues into them",
}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that people use with Jira, operations that its everyday work calls, and the scopes they need."""

    name: str
    title: str
    operations: tuple[str, ...]
    scopes: Mapping[Scope, str]
    notes: tuple[str, ...]


def usual_reason(scope: Scope) -> str:
    """Return what a scope is usually needed for, as the end of "needed to …", empty if nobody has said."""
    return _REASONS.get(scope, "")


def _reasons(*scopes: Scope) -> Mapping[Scope, str]:
    return {scope: _REASONS[scope] for scope in scopes}


PLANNING_GROUPS = _reasons(
    "delete:async-task:jira",
    "delete:attachment:jira",
    "delete:avatar:jira",
    "delete:board-scope.admin:jira-software",
    "delete:build-info:jira",
    "delete:cmdb-attribute:jira",
    "delete:cmdb-object:jira",
    "delete:cmdb-schema:jira",
    "delete:cmdb-type:jira",
    "delete:comment:jira",
    "read:project:jira",
    "read:board-scope:jira-software",
    "read:epic:jira-software",
    "read:sprint:jira-software",
    "read:jira-work",
    "read:jira-user",
    "write:epic:jira-software",
    "write:sprint:jira-software",
    "write:jira-work",
    "manage:jira-project",
)
PLANNING_NOTES = (
    "Opens 340 of the 724 operations of Jira's platform and software interfaces.",
    (
        "Does not open a board's issues or a sprint's issues: that also needs read:issue-details:jira, "
        "and for sprints read:jql:jira. Searching by JQL shows them instead."
    ),
    "Does not delete sprints: that needs delete:sprint:jira-software.",
    "Deletes Assets objects, schemas, types and attributes, and information about builds, but shows none.",
    (
        "write:jira-work already opens everything that delete:async-task:jira, delete:attachment:jira and "
        "delete:comment:jira open."
    ),
)

# Planning, and what it takes to read what planning deletes and what boards and sprints hold: reads alone.
PLANNING_COMPLETE_GROUPS = _reasons(
    *PLANNING_GROUPS,
    "read:issue-details:jira",
    "read:jql:jira",
    "read:board-scope.admin:jira-software",
    "read:build-info:jira",
    "read:cmdb-attribute:jira",
    "read:cmdb-object:jira",
    "read:cmdb-schema:jira",
    "read:cmdb-type:jira",
)
PLANNING_COMPLETE_NOTES = (
    (
        "Planning with six reads of what its delete scopes delete: properties of boards, builds, and Assets "
        "attributes, objects, schemas and types."
    ),
    (
        "read:issue-details:jira and read:jql:jira open the issues of boards, backlogs, sprints and epics; "
        "with read:board-scope.admin:jira-software boards show their own filter, columns and estimates."
    ),
    (
        "Adds reads alone. The id of the Assets workspace has to be typed in: reading it takes "
        "read:servicedesk-request, which would also show the requests of every service desk."
    ),
)

# What an ALM account's own credential is given: planning for the organisation, and webhooks.
MAIN_ACCOUNT_GROUPS = _reasons(
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-project",
    "manage:jira-webhook",
    "read:field:jira",
    "read:issue-type:jira",
    "read:issue-link-type:jira",
    "read:board-scope:jira-software",
    "read:sprint:jira-software",
    "write:sprint:jira-software",
    "read:epic:jira-software",
    "write:epic:jira-software",
    "delete:issue-link:jira",
    "read:project:jira",
)
MAIN_ACCOUNT_NOTES = (
    "For the credential of the ALM account itself, which an administrator sets up once.",
    (
        "Opens 358 operations, as many as planning, and eight of them are others: webhooks and the contexts "
        "of fields here, Assets, builds, avatars and board properties there."
    ),
    (
        "Does not open a board by its id, its issues or its configuration, a sprint's issues, or ranking "
        "issues. Searching by JQL shows the issues instead."
    ),
    (
        "read:issue-type:jira, read:issue-link-type:jira and delete:issue-link:jira add nothing here: "
        "read:jira-work and write:jira-work already open everything that they open."
    ),
)

_COMMON_CALLS = (
    f"GET {_REST}/myself",
    f"GET {_REST}/project",
    f"GET {_REST}/project/{{projectIdOrKey}}",
    f"GET {_REST}/field",
    f"GET {_REST}/search/jql",
    f"GET {_ISSUE}",
    f"POST {_REST}/issue",
    f"PUT {_ISSUE}",
    f"DELETE {_ISSUE}",
    f"GET {_ISSUE}/transitions",
    f"POST {_ISSUE}/transitions",
    f"POST {_ISSUE}/comment",
    f"POST {_ISSUE}/worklog",
    f"POST {_ISSUE}/remotelink",
    f"GET {_REST}/issueLinkType",
    f"POST {_REST}/issueLink",
    f"DELETE {_REST}/issueLink/{{linkId}}",
    f"GET {_AGILE}/board",
    f"GET {_AGILE}/board/{{boardId}}/sprint",
    f"GET {_AGILE}/sprint/{{sprintId}}",
)
TOOLS = (
    Tool(
        "python-jira",
        "Python jira",
        (
            *_COMMON_CALLS,
            f"GET {_REST}/serverInfo",
            f"GET {_REST}/user",
            f"GET {_REST}/user/search",
            f"PUT {_ISSUE}/assignee",
            f"GET {_ISSUE}/comment",
            f"GET {_ISSUE}/watchers",
            f"POST {_ISSUE}/attachments",
            f"GET {_REST}/attachment/{{id}}",
            f"DELETE {_REST}/attachment/{{id}}",
            f"GET {_REST}/project/{{projectIdOrKey}}/versions",
            f"GET {_REST}/project/{{projectIdOrKey}}/components",
            f"POST {_REST}/version",
            f"PUT {_REST}/version/{{id}}",
            f"POST {_REST}/component",
            f"POST {_AGILE}/sprint",
            f"PUT {_AGILE}/sprint/{{sprintId}}",
            f"POST {_AGILE}/sprint/{{sprintId}}/issue",
            f"POST {_AGILE}/epic/{{epicIdOrKey}}/issue",
            f"PUT {_AGILE}/issue/rank",
        ),
        _reasons(
            "read:project:jira",
            "read:board-scope:jira-software",
            "read:sprint:jira-software",
            "read:jira-work",
            "read:jira-user",
            "write:epic:jira-software",
            "write:issue:jira-software",
            "write:sprint:jira-software",
            "write:jira-work",
            "manage:jira-project",
        ),
        ("For everyday work with issues, versions, boards and sprints; settings of Jira need more.",),
    ),
    Tool(
        "jira-cli",
        "jira-cli",
        (
            *_COMMON_CALLS,
            f"GET {_REST}/serverInfo",
            f"GET {_REST}/user/search",
            f"GET {_REST}/user/assignable/search",
            f"GET {_REST}/issue/createmeta",
            f"GET {_REST}/project/{{projectIdOrKey}}/versions",
            f"PUT {_ISSUE}/assignee",
            f"POST {_ISSUE}/watchers",
            f"GET {_AGILE}/sprint/{{sprintId}}/issue",
            f"PUT {_AGILE}/sprint/{{sprintId}}",
            f"POST {_AGILE}/sprint/{{sprintId}}/issue",
            f"GET {_AGILE}/epic/{{epicIdOrKey}}/issue",
            f"POST {_AGILE}/epic/{{epicIdOrKey}}/issue",
            f"POST {_AGILE}/epic/none/issue",
        ),
        _reasons(
            "read:project:jira",
            "read:board-scope:jira-software",
            "read:epic:jira-software",
            "read:sprint:jira-software",
            "read:issue-details:jira",
            "read:jql:jira",
            "read:jira-work",
            "read:jira-user",
            "write:epic:jira-software",
            "write:sprint:jira-software",
            "write:jira-work",
        ),
        ("For its commands on issues, epics, sprints, boards, projects and releases.",),
    ),
    Tool(
        "mcp-atlassian",
        "mcp-atlassian",
        (
            *_COMMON_CALLS,
            f"GET {_REST}/user",
            f"GET {_REST}/user/search",
            f"POST {_REST}/issue/bulk",
            f"POST {_REST}/changelog/bulkfetch",
            f"GET {_ISSUE}/comment",
            f"GET {_ISSUE}/worklog",
            f"POST {_ISSUE}/attachments",
            f"GET {_REST}/attachment/content/{{id}}",
            f"GET {_REST}/project/{{projectIdOrKey}}/versions",
            f"POST {_REST}/version",
            f"GET {_AGILE}/board/{{boardId}}/issue",
            f"GET {_AGILE}/sprint/{{sprintId}}/issue",
            f"POST {_AGILE}/sprint",
            f"PUT {_AGILE}/sprint/{{sprintId}}",
            f"POST {_AGILE}/sprint/{{sprintId}}/issue",
        ),
        _reasons(
            "read:project:jira",
            "read:board-scope:jira-software",
            "read:sprint:jira-software",
            "read:issue-details:jira",
            "read:jql:jira",
            "read:jira-work",
            "read:jira-user",
            "write:sprint:jira-software",
            "write:jira-work",
            "manage:jira-project",
        ),
        ("For its Jira tools; those for service desks need read:servicedesk-request as well.",),
    ),
)

# All classic scopes, those of boards, sprints and epics with the three that these need beside them, and
# Assets.
NEARLY_EVERYTHING = {
    scope: reason
    for scope, reason in _REASONS.items()
    if scope.count(":") == 1
    or scope.endswith(":jira-software")
    or "cmdb" in scope
    or scope in {"read:issue-details:jira", "read:jql:jira", "read:project:jira"}
}
