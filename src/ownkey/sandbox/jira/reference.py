"""Lists that describe every project: types, statuses, priorities, resolutions, link types and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JsonObject, found
from ownkey.sandbox.jira.schemes import (
    CATEGORIES,
    LINK_TYPES,
    PRIORITIES,
    RESOLUTION,
    all_statuses,
    all_types,
    called,
    link_type_called,
    priority_called,
    types_of,
)

if TYPE_CHECKING:
    from ownkey.sandbox.jira.schemes import IssueType, LinkType, Status

_COLOURS = {"project": "#0052cc", "issuetype": "#36b37e"}


def avatar_link(call: Call, kind: str, avatar_id: str) -> str:
    """Return the link to the picture of a project or an issue type: they are served by the API itself."""
    return f"{call.base_url}/rest/api/3/universal_avatar/view/type/{kind}/avatar/{avatar_id}"


def issue_type_json(call: Call, kind: IssueType) -> JsonObject:
    """Return an issue type as Jira shows it."""
    shown = {
        "self": call.link("issuetype", kind.id),
        "id": kind.id,
        "name": kind.name,
        "untranslatedName": kind.name,
        "description": kind.description,
        "iconUrl": avatar_link(call, "issuetype", kind.id) + "?size=medium",
        "subtask": kind.level < 0,
        "hierarchyLevel": kind.level,
    }
    return shown | _scope(kind.project_id)


def _scope(project_id: str | None) -> JsonObject:
    """Return what Jira adds to a type or status of a team-managed project."""
    return {} if project_id is None else {"scope": {"type": "PROJECT", "project": {"id": project_id}}}


def category_json(call: Call, key: str) -> JsonObject:
    """Return a status category as Jira shows it."""
    number, name, colour = CATEGORIES[key]
    link = call.link("statuscategory", number)
    return {"self": link, "id": number, "key": key, "colorName": colour, "name": name}


def status_json(call: Call, status: Status) -> JsonObject:
    """Return a status as Jira shows it."""
    shown = {
        "self": call.link("status", status.id),
        "id": status.id,
        "name": status.name,
        "untranslatedName": status.name,
        "description": "",
        "iconUrl": f"{call.base_url}/",
        "statusCategory": category_json(call, status.category),
    }
    return shown | _scope(status.project_id)


def priority_json(call: Call, name: str) -> JsonObject:
    """Return a priority as Jira shows it."""
    number = str(PRIORITIES.index(name) + 1)
    return {
        "self": call.link("priority", number),
        "id": number,
        "name": name,
        "iconUrl": f"{call.site_url}/images/icons/priorities/{name.lower()}.svg",
    }


def resolution_json(call: Call) -> JsonObject:
    """Return the one resolution that there is."""
    number, name, description = RESOLUTION
    return {"self": call.link("resolution", number), "id": number, "name": name, "description": description}


def link_type_json(call: Call, kind: LinkType) -> JsonObject:
    """Return a link type as Jira shows it."""
    shown = {"id": kind.id, "name": kind.name, "inward": kind.inward, "outward": kind.outward}
    return shown | {"self": call.link("issueLinkType", kind.id)}


def _issue_types(call: Call) -> Response:
    return json_response(200, [issue_type_json(call, kind) for kind in all_types(call.seen.projects())])


def _issue_types_of_project(call: Call) -> Response:
    project = found(call.seen.project(call.query.get("projectId", "")), "The project was not found.")
    return json_response(200, [issue_type_json(call, kind) for kind in types_of(project)])


def _issue_type(call: Call) -> Response:
    kind = found(
        called(all_types(call.seen.projects()), call.parameters["id"]), "The issue type was not found."
    )
    return json_response(200, issue_type_json(call, kind))


def _statuses(call: Call) -> Response:
    return json_response(200, [status_json(call, status) for status in all_statuses(call.seen.projects())])


def _status(call: Call) -> Response:
    statuses = all_statuses(call.seen.projects())
    status = found(called(statuses, call.parameters["idOrName"]), "The status was not found.")
    return json_response(200, status_json(call, status))


def _categories(call: Call) -> Response:
    return json_response(200, [category_json(call, key) for key in CATEGORIES])


def _priorities(call: Call) -> Response:
    return json_response(200, [priority_json(call, name) for name in PRIORITIES])


def _priorities_page(call: Call) -> Response:
    return call.page([priority_json(call, name) for name in PRIORITIES])


def _priority(call: Call) -> Response:
    name = found(priority_called(call.parameters["id"]), "The priority was not found.")
    return json_response(200, priority_json(call, name))


def _resolutions(call: Call) -> Response:
    return json_response(200, [resolution_json(call)])


def _link_types(call: Call) -> Response:
    return json_response(200, {"issueLinkTypes": [link_type_json(call, kind) for kind in LINK_TYPES]})


def _link_type(call: Call) -> Response:
    kind = found(link_type_called(call.parameters["issueLinkTypeId"]), "The link type was not found.")
    return json_response(200, link_type_json(call, kind))


def _labels(call: Call) -> Response:
    labels = {label for issue in call.seen.ranked() for label in issue.labels}
    return call.page(sorted(labels), limit=1000, most=1000)


def _avatar(call: Call) -> Response:
    kind, number = call.parameters["type"], call.parameters["id"]
    colour = found(_COLOURS.get(kind), "The avatar does not exist.")
    title = escape(f"{kind} {number}")
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48">'
        f'<title>{title}</title><rect width="48" height="48" rx="8" fill="{colour}"/></svg>'
    )
    return Response(200, svg.encode(), (("content-type", "image/svg+xml;charset=UTF-8"),))


HANDLERS: Handlers = {
    "GET /rest/api/3/issuetype": _issue_types,
    "GET /rest/api/3/issuetype/project": _issue_types_of_project,
    "GET /rest/api/3/issuetype/{id}": _issue_type,
    "GET /rest/api/3/status": _statuses,
    "GET /rest/api/3/status/{idOrName}": _status,
    "GET /rest/api/3/statuscategory": _categories,
    "GET /rest/api/3/priority": _priorities,
    "GET /rest/api/3/priority/search": _priorities_page,
    "GET /rest/api/3/priority/{id}": _priority,
    "GET /rest/api/3/resolution": _resolutions,
    "GET /rest/api/3/issueLinkType": _link_types,
    "GET /rest/api/3/issueLinkType/{issueLinkTypeId}": _link_type,
    "GET /rest/api/3/label": _labels,
    "GET /rest/api/3/universal_avatar/view/type/{type}/avatar/{id}": _avatar,
}
