"""Versions and components: the parts of a project that issues are filed under."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.entities import Component, Project, Version
from ownkey.sandbox.jira.projects import (
    NO_PROJECT,
    component_json,
    project_of,
    require_project_administrator,
    version_json,
)
from ownkey.sandbox.jira.seen import BROWSE

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Issue


def _versions_of(call: Call, project: Project) -> list[Version]:
    return [version for version in call.world.versions.values() if version.project_id == project.id]


def _list_versions(call: Call) -> Response:
    return json_response(
        200, [version_json(call, version) for version in _versions_of(call, project_of(call))]
    )


def _page_versions(call: Call) -> Response:
    versions, wanted = _versions_of(call, project_of(call)), call.query.get("query", "").casefold()
    states = set(call.names("status"))
    shown = [
        version
        for version in versions
        if wanted in f"{version.name} {version.description}".casefold()
        and (not states or _state(version) in states)
    ]
    return call.page([version_json(call, version) for version in shown])


def _state(version: Version) -> str:
    if version.is_archived:
        return "archived"
    return "released" if version.is_released else "unreleased"


def _get_version(call: Call) -> Response:
    return json_response(200, version_json(call, _version_of(call)))


def _version_of(call: Call) -> Version:
    version = call.world.versions.get(call.parameters["id"])
    is_seen = version is not None and call.seen.may(version.project_id, BROWSE)
    return found(version if is_seen else None, "Could not find version for id.")


def _project_in(call: Call, body: JsonObject) -> Project:
    return found(call.seen.project(str(body.get("projectId") or body.get("project") or "")), NO_PROJECT)


def _create_version(call: Call) -> Response:
    body = call.object_body()
    name = call.text_field(body, "name")
    project = _project_in(call, body)
    require_project_administrator(call, project.id)
    version = _changed(call, Version(call.world.new_id(), project.id, name), body)
    call.world.versions[version.id] = version
    call.done("create version", version.name)
    return json_response(201, version_json(call, version))


def _update_version(call: Call) -> Response:
    body, version = call.object_body(), _version_of(call)
    require_project_administrator(call, version.project_id)
    changed = _changed(call, version, body)
    call.world.versions[version.id] = changed
    if changed != version:
        call.done("update version", changed.name)
    return json_response(200, version_json(call, changed))


def _changed(call: Call, version: Version, body: JsonObject) -> Version:
    """Return a version with what the body says about it."""
    name = call.text_field(body, "name", default=version.name)
    others = (
        item
        for item in call.world.versions.values()
        if item.project_id == version.project_id and item.id != version.id
    )
    if any(other.name == name for other in others):
        raise JiraRefusalError(
            400, errors={"name": "A version with this name already exists in this project."}
        )
    return replace(
        version,
        name=name,
        description=str(body.get("description", version.description)),
        is_released=body.get("released", version.is_released) is True,
        is_archived=body.get("archived", version.is_archived) is True,
        start_date=_date(body, "startDate", version.start_date),
        release_date=_date(body, "releaseDate", version.release_date),
    )


def _date(body: JsonObject, name: str, default: str | None) -> str | None:
    value = body.get(name, default)
    return None if value is None else str(value)


def _delete_version(call: Call) -> Response:
    version = _version_of(call)
    require_project_administrator(call, version.project_id)
    del call.world.versions[version.id]
    for issue in call.world.issues.values():
        issue.version_ids = tuple(kept for kept in issue.version_ids if kept != version.id)
        issue.affects_ids = tuple(kept for kept in issue.affects_ids if kept != version.id)
    call.done("delete version", version.name)
    return Response(204)


def _components_of(call: Call) -> list[JsonObject]:
    project = project_of(call)
    components = (item for item in call.world.components.values() if item.project_id == project.id)
    return [component_json(call, component) for component in components]


def _list_components(call: Call) -> Response:
    return json_response(200, _components_of(call))


def _page_components(call: Call) -> Response:
    return call.page(_components_of(call))


def _component_of(call: Call) -> Component:
    component = call.world.components.get(call.parameters["id"])
    is_seen = component is not None and call.seen.may(component.project_id, BROWSE)
    return found(component if is_seen else None, "The component with this id does not exist.")


def _get_component(call: Call) -> Response:
    return json_response(200, component_json(call, _component_of(call)))


def _create_component(call: Call) -> Response:
    body = call.object_body()
    name = call.text_field(body, "name")
    project = _project_in(call, body)
    require_project_administrator(call, project.id)
    if any(item.name == name and item.project_id == project.id for item in call.world.components.values()):
        raise JiraRefusalError(
            400, errors={"name": f"A component with the name {name} already exists in this project."}
        )
    component = Component(call.world.new_id(), project.id, name, str(body.get("description", "")))
    call.world.components[component.id] = component
    call.done("create component", name)
    return json_response(201, component_json(call, component))


def _issues_with(call: Call, attribute: str, number: str) -> list[Issue]:
    return [issue for issue in call.seen.ranked() if number in getattr(issue, attribute)]


def _version_use(call: Call) -> Response:
    version = _version_of(call)
    shown = {
        "self": call.link("version", version.id),
        "issuesFixedCount": len(_issues_with(call, "version_ids", version.id)),
        "issuesAffectedCount": len(_issues_with(call, "affects_ids", version.id)),
        "issueCountWithCustomFieldsShowingVersion": 0,
        "customFieldUsage": [],
    }
    return json_response(200, shown)


def _version_unresolved(call: Call) -> Response:
    version = _version_of(call)
    issues = _issues_with(call, "version_ids", version.id)
    shown = {
        "self": call.link("version", version.id),
        "issuesCount": len(issues),
        "issuesUnresolvedCount": sum(issue.resolved_at is None for issue in issues),
    }
    return json_response(200, shown)


def _component_use(call: Call) -> Response:
    component = _component_of(call)
    count = len(_issues_with(call, "component_ids", component.id))
    return json_response(200, {"self": call.link("component", component.id), "issueCount": count})


HANDLERS: Handlers = {
    "GET /rest/api/3/project/{projectIdOrKey}/versions": _list_versions,
    "GET /rest/api/3/project/{projectIdOrKey}/version": _page_versions,
    "GET /rest/api/3/version/{id}": _get_version,
    "GET /rest/api/3/version/{id}/relatedIssueCounts": _version_use,
    "GET /rest/api/3/version/{id}/unresolvedIssueCount": _version_unresolved,
    "POST /rest/api/3/version": _create_version,
    "PUT /rest/api/3/version/{id}": _update_version,
    "DELETE /rest/api/3/version/{id}": _delete_version,
    "GET /rest/api/3/project/{projectIdOrKey}/components": _list_components,
    "GET /rest/api/3/project/{projectIdOrKey}/component": _page_components,
    "GET /rest/api/3/component/{id}": _get_component,
    "GET /rest/api/3/component/{id}/relatedIssueCounts": _component_use,
    "POST /rest/api/3/component": _create_component,
}
