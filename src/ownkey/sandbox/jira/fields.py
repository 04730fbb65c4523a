"""The fields of an issue: what they are called, of which type they are, and which of them can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JsonObject, found
from ownkey.sandbox.jira.entities import POINTS, STORY_POINTS
from ownkey.sandbox.jira.projects import component_json, project_json, project_of, version_json
from ownkey.sandbox.jira.reference import issue_type_json, priority_json
from ownkey.sandbox.jira.schemes import PRIORITIES, IssueType, called, types_of

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import SecurityLevel

SPRINT, EPIC_LINK, RANK, FLAGGED = (
    "customfield_10020",
    "customfield_10014",
    "customfield_10019",
    "customfield_10021",
)
IMPEDIMENT_ID = "10019"
_PLUGIN = "com.pyxis.greenhopper.jira:"
_ANY_TYPE = "com.atlassian.jira.plugin.system.customfieldtypes:"


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `type` is an array's if `items` says of what; `settable` says whether edits may set it."""

    id: str
    name: str
    type: str
    items: str | None = None
    settable: bool = False
    required: bool = False
    custom: str | None = None
    clauses: tuple[str, ...] = ()

    @property
    def schema(self) -> JsonObject:
        """The field's type, as Jira tells it."""
        schema: JsonObject = {"type": self.type}
        if self.items is not None:
            schema["items"] = self.items
        if self.custom is None:
            return schema | {"system": self.id}
        return schema | {"custom": self.custom, "customId": int(self.id.rpartition("_")[2])}

    @property
    def operations(self) -> list[str]:
        """What an edit may do with the field."""
        return ["add", "set", "remove"] if self.type == "array" and self.custom is None else ["set"]

    def described(self) -> JsonObject:
        """Return the field as the list of fields has it."""
        number = f"cf[{self.id.rpartition('_')[2]}]"
        clauses = [*self.clauses] if self.custom is None else [number, *self.clauses, self.name]
        shown: JsonObject = {
            "id": self.id,
            "key": self.id,
            "name": self.name,
            "custom": self.custom is not None,
            "orderable": self.settable,
            "navigable": True,
            "searchable": bool(clauses),
            "clauseNames": clauses,
            "schema": self.schema,
        }
        return shown | ({"untranslatedName": self.name} if self.custom else {})


FIELDS = (
    Field("summary", "Summary", "string", settable=True, required=True, clauses=("summary",)),
    Field(
        "issuetype", "Issue Type", "issuetype", settable=True, required=True, clauses=("issuetype", "type")
    ),
    Field("project", "Project", "project", required=True, clauses=("project",)),
    Field("description", "Description", "string", settable=True, clauses=("description",)),
    Field("status", "Status", "status", clauses=("status",)),
    Field("priority", "Priority", "priority", settable=True, clauses=("priority",)),
    Field("resolution", "Resolution", "resolution", clauses=("resolution",)),
    Field("resolutiondate", "Resolved", "datetime", clauses=("resolutiondate", "resolved")),
    Field("assignee", "Assignee", "user", settable=True, clauses=("assignee",)),
    Field("reporter", "Reporter", "user", settable=True, clauses=("reporter",)),
    Field("creator", "Creator", "user", clauses=("creator",)),
    Field("labels", "Labels", "array", "string", settable=True, clauses=("labels",)),
    Field("components", "Components", "array", "component", settable=True, clauses=("component",)),
    Field("fixVersions", "Fix versions", "array", "version", settable=True, clauses=("fixVersion",)),
    Field("versions", "Affects versions", "array", "version", settable=True, clauses=("affectedVersion",)),
    Field("duedate", "Due date", "date", settable=True, clauses=("due", "duedate")),
    Field("parent", "Parent", "issuelink", settable=True, clauses=("parent",)),
    Field("created", "Created", "datetime", clauses=("created", "createdDate")),
    Field("updated", "Updated", "datetime", clauses=("updated", "updatedDate")),
    Field("attachment", "Attachment", "array", "attachment", clauses=("attachments",)),
    Field("comment", "Comment", "comments-page", clauses=("comment",)),
    Field("worklog", "Log Work", "array", "worklog"),
    Field("timespent", "Time Spent", "number", clauses=("timespent",)),
    Field("issuelinks", "Linked Issues", "array", "issuelinks"),
    Field("subtasks", "Sub-tasks", "array", "issuelinks"),
    Field("watches", "Watchers", "watches", clauses=("watchers",)),
    Field("votes", "Votes", "votes", clauses=("votes",)),
    Field("security", "Security Level", "securitylevel", settable=True, clauses=("level",)),
    Field(SPRINT, "Sprint", "array", "json", settable=True, custom=f"{_PLUGIN}gh-sprint"),
    Field(EPIC_LINK, "Epic Link", "any", settable=True, custom=f"{_PLUGIN}gh-epic-link"),
    Field(POINTS, "Story point estimate", "number", settable=True, custom=f"{_PLUGIN}jsw-story-points"),
    Field(STORY_POINTS, "Story Points", "number", settable=True, custom=f"{_ANY_TYPE}float"),
    Field(FLAGGED, "Flagged", "array", "option", settable=True, custom=f"{_ANY_TYPE}multicheckboxes"),
    Field(RANK, "Rank", "any", custom=f"{_PLUGIN}gh-lexo-rank"),
)


def _list(_call: Call) -> Response:
    return json_response(200, [item.described() for item in FIELDS])


def _search(call: Call) -> Response:
    wanted = call.query.get("query", "").casefold()
    return call.page([item.described() for item in FIELDS if wanted in item.name.casefold()])


def flag_json(call: Call) -> JsonObject:
    """Return the one value that a flag has."""
    return {"self": call.link("customFieldOption", IMPEDIMENT_ID), "value": "Impediment", "id": IMPEDIMENT_ID}


def level_json(call: Call, level: SecurityLevel) -> JsonObject:
    """Return a security level as Jira shows it."""
    shown = {"id": level.id, "name": level.name, "description": level.description}
    return {"self": call.link("securitylevel", level.id)} | shown


def fields_to_set(call: Call, project_id: str, *, is_new: bool) -> dict[str, JsonObject]:
    """Return what can be set on an issue of a project, and to what."""
    world = call.world
    project = world.projects[project_id]
    allowed: dict[str, list[JsonObject]] = {
        "issuetype": [issue_type_json(call, kind) for kind in types_of(project)],
        "project": [project_json(call, project)],
        "priority": [priority_json(call, name) for name in PRIORITIES],
        "components": [
            component_json(call, item) for item in world.components.values() if item.project_id == project_id
        ],
    }
    allowed["fixVersions"] = allowed["versions"] = [
        version_json(call, item) for item in world.versions.values() if item.project_id == project_id
    ]
    allowed["security"] = [
        level_json(call, item) for item in world.security_levels.values() if item.project_id == project_id
    ]
    allowed[FLAGGED] = [flag_json(call)]
    absent = {POINTS, STORY_POINTS} - {project.points_field}
    absent |= (
        set() if allowed["security"] and call.seen.may(project_id, "SET_ISSUE_SECURITY") else {"security"}
    )
    shown: dict[str, JsonObject] = {}
    for item in FIELDS:
        if item.id not in absent and (item.settable or (is_new and item.id == "project")):
            described: JsonObject = {
                "required": item.required,
                "schema": item.schema,
                "name": item.name,
                "key": item.id,
                "fieldId": item.id,
                "hasDefaultValue": item.id == "priority",
                "operations": item.operations,
            }
            if item.id in allowed:
                described["allowedValues"] = allowed[item.id]
            shown[item.id] = described
    return shown


def _types_to_create(call: Call) -> Response:
    project = project_of(call)
    return call.page([issue_type_json(call, kind) for kind in types_of(project)], key="issueTypes")


def _fields_to_create(call: Call) -> Response:
    project = project_of(call)
    found(called(types_of(project), call.parameters["issueTypeId"]), "The issue type was not found.")
    return call.page([*fields_to_set(call, project.id, is_new=True).values()], key="fields")


def _create_meta(call: Call) -> Response:
    """Answer the old way to ask what can be created: Jira still has it, and clients still use it."""
    keys, ids = set(call.names("projectKeys")), set(call.names("projectIds"))
    with_fields = "projects.issuetypes.fields" in call.names("expand")
    wanted = {name.casefold() for name in call.names("issuetypeNames")} | set(call.names("issuetypeIds"))

    def shown(kind: IssueType, project_id: str) -> JsonObject:
        fields = {"fields": fields_to_set(call, project_id, is_new=True)} if with_fields else {}
        return issue_type_json(call, kind) | fields

    projects = [
        project_json(call, project)
        | {
            "issuetypes": [
                shown(kind, project.id)
                for kind in types_of(project)
                if not wanted or {kind.name.casefold(), kind.id} & wanted
            ]
        }
        for project in call.seen.projects()
        if not (keys or ids) or project.key in keys or project.id in ids
    ]
    return json_response(200, {"expand": "projects", "projects": projects})


HANDLERS: Handlers = {
    "GET /rest/api/3/field": _list,
    "GET /rest/api/3/field/search": _search,
    "GET /rest/api/3/issue/createmeta": _create_meta,
    "GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes": _types_to_create,
    "GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}": _fields_to_create,
}
