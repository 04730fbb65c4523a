"""Projects: which there are, and what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.access import EVERYBODY, ROLE_IDS
from ownkey.sandbox.jira.call import Call, Handlers, JsonObject, found
from ownkey.sandbox.jira.reference import avatar_link, issue_type_json, status_json
from ownkey.sandbox.jira.schemes import types_of, workflow_of
from ownkey.sandbox.jira.users import SIZES, jira_time, person_json

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.entities import Component, Project, Version

NO_PROJECT = "No project could be found with that id or key."


def require_project_administrator(call: Call, project_id: str) -> None:
    """Refuse, as Jira does, what only a project's lead and administrators may do."""
    call.require(project_id, "ADMINISTER_PROJECTS", "You do not have permission to administer this project.")


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
    shown: JsonObject = {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "self": call.link("project", project.id),
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "avatarUrls": dict.fromkeys(SIZES, avatar_link(call, "project", project.id)),
        "projectTypeKey": "software",
        "simplified": project.is_team_managed,
        "style": project.style,
        "isPrivate": bool(project.access)
        and not any(EVERYBODY in people for people in project.access.values()),
        "properties": {},
    }
    if project.is_team_managed:
        shown["uuid"] = f"5eed0000-0000-4000-8000-{int(project.id):012d}"
    return shown | ({"archived": True} if project.is_archived else {})


def project_of(call: Call) -> Project:
    """Return the project that the path names."""
    return found(call.seen.project(call.parameters["projectIdOrKey"]), NO_PROJECT)


def live_projects(call: Call) -> list[Project]:
    """Return the projects that the caller sees and that are in use, in the order of their keys."""
    return sorted((one for one in call.seen.projects() if not one.is_archived), key=lambda one: one.key)


def _list(call: Call) -> Response:
    return json_response(200, [project_json(call, project) for project in live_projects(call)])


def _recent(call: Call) -> Response:
    """Answer with the projects in whose issues the caller was last seen, at most twenty."""
    latest: dict[str, datetime] = {}
    for issue in call.seen.ranked():
        if call.person.email in (issue.assignee, issue.reporter):
            latest[issue.project_id] = max(issue.updated_at, latest.get(issue.project_id, issue.updated_at))
    projects = [project for project in live_projects(call) if project.id in latest]
    projects.sort(key=lambda project: latest[project.id], reverse=True)
    return json_response(200, [project_json(call, project) for project in projects[:20]])


def _search(call: Call) -> Response:
    keys, ids, wanted = set(call.names("keys")), set(call.names("id")), call.query.get("query", "").casefold()
    states = set(call.names("status")) or {"live"}
    kinds = set(call.names("typeKey")) or {"software"}
    permission = {"browse": "BROWSE_PROJECTS", "edit": "ADMINISTER_PROJECTS", "create": "CREATE_ISSUES"}.get(
        call.query.get("action", "browse"), "BROWSE_PROJECTS"
    )
    projects = [
        project
        for project in call.seen.projects()
        if (not keys or project.key in keys)
        and (not ids or project.id in ids)
        and wanted in f"{project.key} {project.name}".casefold()
        and ("archived" if project.is_archived else "live") in states
        and "software" in kinds
        and call.seen.may(project.id, permission)
    ]
    order = call.query.get("orderBy", "key")
    by_name = order.lstrip("+-") == "name"
    projects.sort(key=lambda one: one.name.casefold() if by_name else one.key, reverse=order.startswith("-"))
    return call.page([_with_expanded(call, project) for project in projects])


def _with_expanded(call: Call, project: Project) -> JsonObject:
    more: JsonObject = {}
    wanted = set(call.names("expand"))
    if "description" in wanted:
        more["description"] = project.description
    if "lead" in wanted:
        more["lead"] = person_json(call, project.lead)
    if "issueTypes" in wanted:
        more["issueTypes"] = [issue_type_json(call, kind) for kind in types_of(project)]
    if "projectKeys" in wanted:
        more["projectKeys"] = [project.key, *project.former_keys]
    if "insight" in wanted:
        issues = [issue for issue in call.seen.ranked() if issue.project_id == project.id]
        more["insight"] = {"totalIssueCount": len(issues)}
        if issues:
            more["insight"]["lastIssueUpdateTime"] = jira_time(max(issue.updated_at for issue in issues))
    return project_json(call, project) | more


def _get(call: Call) -> Response:
    project, world = project_of(call), call.world
    versions = (item for item in world.versions.values() if item.project_id == project.id)
    components = (item for item in world.components.values() if item.project_id == project.id)
    details: JsonObject = {
        "description": project.description,
        "lead": person_json(call, project.lead),
        "issueTypes": [issue_type_json(call, kind) for kind in types_of(project)],
        "versions": [version_json(call, version) for version in versions],
        "components": [component_json(call, component) for component in components],
        "assigneeType": "UNASSIGNED",
        "roles": {
            role: call.link("project", project.id, "role", number) for role, number in ROLE_IDS.items()
        },
    }
    return json_response(200, _with_expanded(call, project) | details)


def _statuses(call: Call) -> Response:
    project = project_of(call)
    statuses = [status_json(call, status) for status in workflow_of(project)]
    types = (issue_type_json(call, kind) for kind in types_of(project))
    # Of the types there is less here than elsewhere, and nothing says whose they are: so it is in Jira.
    shown = [{name: kind[name] for name in ("self", "id", "name", "subtask")} for kind in types]
    return json_response(200, [kind | {"statuses": statuses} for kind in shown])


HANDLERS: Handlers = {
    "GET /rest/api/3/project": _list,
    "GET /rest/api/3/project/recent": _recent,
    "GET /rest/api/3/project/search": _search,
    "GET /rest/api/3/project/{projectIdOrKey}": _get,
    "GET /rest/api/3/project/{projectIdOrKey}/statuses": _statuses,
}
