"""What the caller may do: everywhere, in a project, on an issue, and where everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.access import PERMISSIONS, Permission, global_permissions
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.issue.changes import NO_ISSUE
from ownkey.sandbox.jira.projects import NO_PROJECT
from ownkey.sandbox.jira.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_CHECKED = 1000


def _described(permission: Permission) -> JsonObject:
    return {
        "id": str(permission.id),
        "key": permission.key,
        "name": permission.name,
        "type": "GLOBAL" if permission.is_global else "PROJECT",
        "description": "",
    }


def _all(_call: Call) -> Response:
    return json_response(200, {"permissions": {key: _described(one) for key, one in PERMISSIONS.items()}})


def _mine(call: Call) -> Response:
    wanted = call.names("permissions")
    if not wanted:
        raise JiraRefusalError(400, "The 'permissions' query parameter is required.")
    unknown = [key for key in wanted if key not in PERMISSIONS]
    if unknown:
        raise JiraRefusalError(400, f"Unrecognized permission: {unknown[0][:80]}")
    held = _held(call)
    shown = {key: _described(PERMISSIONS[key]) | {"havePermission": key in held} for key in wanted}
    return json_response(200, {"permissions": shown})


def _held(call: Call) -> frozenset[str]:
    """Return the caller's permissions where the query says; without a place, those they have anywhere."""
    issue_name = call.query.get("issueId") or call.query.get("issueKey")
    project_name = call.query.get("projectId") or call.query.get("projectKey")
    if issue_name:
        projects = [found(call.seen.issue(issue_name), NO_ISSUE).project_id]
    elif project_name:
        projects = [found(call.seen.project(project_name), NO_PROJECT).id]
    else:
        projects = list(call.world.projects)
    return global_permissions(call.person).union(*(call.seen.permissions(number) for number in projects))


def _check(call: Call) -> Response:
    body = call.object_body()
    person = call.person
    if body.get("accountId") not in (None, person.account_id):
        if not person.is_administrator:
            raise JiraRefusalError(403, "You are not authorized to perform this action.")
        person = found(call.world.person(str(body["accountId"])), "The user does not exist.")
    seen, everywhere = Seen(call.world, person), global_permissions(person)
    wanted = [key for key in _texts(body.get("globalPermissions")) if _is_known(key)]
    return json_response(
        200,
        {
            "globalPermissions": [key for key in wanted if key in everywhere],
            "projectPermissions": _in_projects(call, seen, body.get("projectPermissions")),
        },
    )


def _in_projects(call: Call, seen: Seen, asked: object) -> list[JsonObject]:
    """Return, for each permission, in which of the projects and on which of the issues it is held."""
    shown: list[JsonObject] = []
    for one in asked if isinstance(asked, list) else []:
        given = one if isinstance(one, dict) else {}
        keys = [key for key in _texts(given.get("permissions")) if _is_known(key)]
        if not keys:
            raise JiraRefusalError(400, "At least one project permission is to be given.")
        projects, issues = _texts(given.get("projects")), _texts(given.get("issues"))
        if len(projects) > MOST_CHECKED or len(issues) > MOST_CHECKED:
            raise JiraRefusalError(400, f"At most {MOST_CHECKED} projects and issues can be checked.")
        found_issues = [issue for number in issues if (issue := seen.issue(number)) is not None]
        shown.extend(
            {
                "permission": key,
                "projects": [int(n) for n in projects if n in call.world.projects and seen.may(n, key)],
                "issues": [int(issue.id) for issue in found_issues if seen.may(issue.project_id, key)],
            }
            for key in dict.fromkeys(keys)
        )
    return shown


def _texts(given: object) -> list[str]:
    return [str(one) for one in given if one not in (None, "")] if isinstance(given, list) else []


def _is_known(key: str) -> bool:
    if key not in PERMISSIONS:
        raise JiraRefusalError(400, f"Unrecognized permission: {key[:80]}")
    return True


def _permitted_projects(call: Call) -> Response:
    keys: Iterable[str] = [key for key in _texts(call.object_body().get("permissions")) if _is_known(key)]
    projects = [one for one in call.seen.projects() if all(call.seen.may(one.id, key) for key in keys)]
    return json_response(200, {"projects": [{"id": int(one.id), "key": one.key} for one in projects]})


HANDLERS: Handlers = {
    "GET /rest/api/3/permissions": _all,
    "GET /rest/api/3/mypermissions": _mine,
    "POST /rest/api/3/permissions/check": _check,
    "POST /rest/api/3/permissions/project": _permitted_projects,
}
