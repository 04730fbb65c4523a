"""Projects, their versions, and what one may do in them."""

from __future__ import annotations

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.users import person_json
from ownkey.sandbox.jira.world import Project, Version

_NO_PROJECT = "No project could be found with that id or key."
_FOR_EVERYBODY = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "DELETE_OWN_COMMENTS")
_FOR_LEADS = ("ADMINISTER_PROJECTS", "DELETE_ISSUES", "DELETE_ALL_COMMENTS", "MANAGE_SPRINTS_PERMISSION")


def may_administer(call: Call, project_id: str) -> bool:
    """Return whether the caller leads a project or administers Jira."""
    return call.person.is_administrator or call.world.projects[project_id].lead == call.person.email


def require_project_administrator(call: Call, project_id: str) -> None:
    """Refuse, as Jira does, what only a project's lead and administrators may do."""
    if not may_administer(call, project_id):
        raise JiraRefusalError(403, "You do not have permission to administer this project.")


def project_json(call: Call, project: Project) -> JsonObject:
    """Return a project as Jira shows it in lists."""
    return {
        "self": f"{call.base_url}/rest/api/3/project/{project.id}",
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "software",
        "simplified": False,
        "style": "classic",
        "isPrivate": False,
    }


def version_json(call: Call, version: Version) -> JsonObject:
    """Return a version as Jira shows it."""
    return {
        "self": f"{call.base_url}/rest/api/3/version/{version.id}",
        "id": version.id,
        "name": version.name,
        "description": version.description,
        "archived": False,
        "released": version.is_released,
        "projectId": int(version.project_id),
    }


def _project_of(call: Call) -> Project:
    return found(call.world.project(call.parameters["projectIdOrKey"]), _NO_PROJECT)


def _list(call: Call) -> Response:
    return json_response(200, [project_json(call, project) for project in call.world.projects.values()])


def _search(call: Call) -> Response:
    return call.page([project_json(call, project) for project in call.world.projects.values()])


def _get(call: Call) -> Response:
    project = _project_of(call)
    details = {
        "lead": person_json(call, project.lead),
        "versions": [version_json(call, version) for version in _versions_of(call, project)],
    }
    return json_response(200, project_json(call, project) | details)


def _versions_of(call: Call, project: Project) -> list[Version]:
    return [version for version in call.world.versions.values() if version.project_id == project.id]


def _list_versions(call: Call) -> Response:
    return json_response(
        200, [version_json(call, version) for version in _versions_of(call, _project_of(call))]
    )


def _page_versions(call: Call) -> Response:
    return call.page([version_json(call, version) for version in _versions_of(call, _project_of(call))])


def _get_version(call: Call) -> Response:
    return json_response(200, version_json(call, _version_of(call)))


def _version_of(call: Call) -> Version:
    return found(call.world.versions.get(call.parameters["id"]), "Could not find version for id.")


def _create_version(call: Call) -> Response:
    body = call.object_body()
    name = call.text_field(body, "name")
    project = found(call.world.project(str(body.get("projectId") or body.get("project") or "")), _NO_PROJECT)
    require_project_administrator(call, project.id)
    if any(version.name == name for version in _versions_of(call, project)):
        raise JiraRefusalError(
            400, errors={"name": "A version with this name already exists in this project."}
        )
    version = Version(call.world.new_id(), project.id, name, description=str(body.get("description", "")))
    call.world.versions[version.id] = version
    call.done("create version", version.name)
    return json_response(201, version_json(call, version))


def _delete_version(call: Call) -> Response:
    version = _version_of(call)
    require_project_administrator(call, version.project_id)
    del call.world.versions[version.id]
    for issue in call.world.issues.values():
        issue.version_ids = [kept for kept in issue.version_ids if kept != version.id]
    call.done("delete version", version.name)
    return Response(204)


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
    "GET /rest/api/3/project/{projectIdOrKey}/versions": _list_versions,
    "GET /rest/api/3/project/{projectIdOrKey}/version": _page_versions,
    "GET /rest/api/3/version/{id}": _get_version,
    "POST /rest/api/3/version": _create_version,
    "DELETE /rest/api/3/version/{id}": _delete_version,
    "GET /rest/api/3/mypermissions": _my_permissions,
}
