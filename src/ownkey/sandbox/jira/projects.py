"""Projects, and what one may do in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.reference import avatar_link, issue_type_json, status_json
from ownkey.sandbox.jira.schemes import ISSUE_TYPES, STATUSES
from ownkey.sandbox.jira.users import SIZES, person_json

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Component, Project, Version

NO_PROJECT = "No project could be found with that id or key."
_FOR_EVERYBODY = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "DELETE_OWN_COMMENTS")
_FOR_LEADS = ("ADMINISTER_PROJECTS", "DELETE_ISSUES", "DELETE_ALL_COMMENTS", "MANAGE_SPRINTS_PERMISSION")


def may_administer(call: Call, project_id: str) -> bool:
    """Return whether the caller leads a project or administers Jira."""
    return call.person.is_administrator or call.world.projects[project_id].lead == call.person.email


def require_project_administrator(call: Call, project_id: str) -> None:
    """Refuse, as Jira does, what only a project's lead and administrators may do."""
    if not may_administer(call, project_id):
        raise JiraRefusalError(403, "You do not have permission to administer this project.")


def component_json(call: Call, component: Component) -> JsonObject:
    """Return a component as Jira shows it."""
    project = call.world.projects[component.project_id]
    return {
        "self": call.link("component", component.id),
        "id": component.id,
        "name": component.name,
        "description": component.description,
        "assigneeType": "PROJECT_DEFAULT",
        "isAssigneeTypeValid": True,
        "project": project.key,
        "projectId": int(project.id),
    }


def version_json(call: Call, version: Version) -> JsonObject:
    """Return a version as Jira shows it."""
    shown: JsonObject = {
        "self": call.link("version", version.id),
        "id": version.id,
        "name": version.name,
        "description": version.description,
        "archived": version.is_archived,
        "released": version.is_released,
        "projectId": int(version.project_id),
    }
    dates = {"startDate": version.start_date, "releaseDate": version.release_date}
    return shown | {name: date for name, date in dates.items() if date is not None}


def project_json(call: Call, project: Project) -> JsonObject:
    """Return a project as Jira shows it in lists."""
    return {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "self": call.link("project", project.id),
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "avatarUrls": dict.fromkeys(SIZES, avatar_link(call, "project", project.id)),
        "projectTypeKey": "software",
        "simplified": False,
        "style": "classic",
        "isPrivate": False,
    }


def project_of(call: Call) -> Project:
    """Return the project that the path names."""
    return found(call.world.project(call.parameters["projectIdOrKey"]), NO_PROJECT)


def _list(call: Call) -> Response:
    return json_response(200, [project_json(call, project) for project in call.world.projects.values()])


def _search(call: Call) -> Response:
    keys, wanted = set(call.names("keys")), call.query.get("query", "").casefold()
    projects = [
        project
        for project in call.world.projects.values()
        if (not keys or project.key in keys) and wanted in f"{project.key} {project.name}".casefold()
    ]
    return call.page([project_json(call, project) for project in projects])


def _get(call: Call) -> Response:
    project, world = project_of(call), call.world
    versions = (item for item in world.versions.values() if item.project_id == project.id)
    components = (item for item in world.components.values() if item.project_id == project.id)
    details: JsonObject = {
        "description": project.description,
        "lead": person_json(call, project.lead),
        "issueTypes": [issue_type_json(call, kind) for kind in ISSUE_TYPES],
        "versions": [version_json(call, version) for version in versions],
        "components": [component_json(call, component) for component in components],
        "assigneeType": "UNASSIGNED",
        "roles": {},
    }
    return json_response(200, project_json(call, project) | details)


def _statuses(call: Call) -> Response:
    project_of(call)
    statuses = [status_json(call, status) for status in STATUSES]
    return json_response(200, [issue_type_json(call, kind) | {"statuses": statuses} for kind in ISSUE_TYPES])


def _my_permissions(call: Call) -> Response:
    wanted = [name for name in call.query.get("permissions", "").split(",") if name]
    if not wanted:
        raise JiraRefusalError(400, "The 'permissions' query parameter is required.")
    project = call.world.project(call.query.get("projectKey") or call.query.get("projectId") or "")
    leads = call.person.is_administrator or (project is not None and may_administer(call, project.id))
    held = {
        *_FOR_EVERYBODY,
        *(_FOR_LEADS if leads else ()),
        *(("ADMINISTER", "SYSTEM_ADMIN") if call.person.is_administrator else ()),
    }
    permissions = {name: {"key": name, "name": name, "havePermission": name in held} for name in wanted}
    return json_response(200, {"permissions": permissions})


HANDLERS: Handlers = {
    "GET /rest/api/3/project": _list,
    "GET /rest/api/3/project/search": _search,
    "GET /rest/api/3/project/{projectIdOrKey}": _get,
    "GET /rest/api/3/project/{projectIdOrKey}/statuses": _statuses,
    "GET /rest/api/3/mypermissions": _my_permissions,
}
