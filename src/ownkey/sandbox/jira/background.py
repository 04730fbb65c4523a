"""Long-running tasks, uploaded avatars, and builds that a build server reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, found
from ownkey.sandbox.jira.projects import require_project_administrator

if TYPE_CHECKING:
    from ownkey.sandbox.jira.background_data import Build, Task


def _task_of(call: Call) -> Task:
    task = found(call.world.tasks.get(call.parameters["taskId"]), "The task does not exist.")
    if task.submitted_by != call.person.email and not call.person.is_administrator:
        raise JiraRefusalError(403, "You do not have permission to view this task.")
    return task


def _get_task(call: Call) -> Response:
    task = _task_of(call)
    shown = {
        "self": f"{call.base_url}/rest/api/3/task/{task.id}",
        "id": task.id,
        "description": task.description,
        "status": task.status,
        "progress": 40,
    }
    return json_response(200, shown)


def _cancel_task(call: Call) -> Response:
    task = _task_of(call)
    if task.status != "RUNNING":
        raise JiraRefusalError(400, "The task cannot be cancelled: it is not running.")
    task.status = "CANCEL_REQUESTED"
    call.done("cancel task", task.id)
    return json_response(202, "The task has been cancelled.")


def _delete_avatar(call: Call) -> Response:
    wanted = call.parameters
    avatar = call.world.avatars.get(wanted["id"])
    if avatar is None or (avatar.type, avatar.owner_id) != (wanted["type"], wanted["owningObjectId"]):
        raise JiraRefusalError(404, "The avatar does not exist.")
    require_project_administrator(call, avatar.owner_id)
    del call.world.avatars[avatar.id]
    call.done("delete avatar", avatar.id)
    return Response(204)


def _build_of(call: Call) -> Build | None:
    number = call.parameters["buildNumber"]
    if not number.isdecimal() or len(number) > 18:
        raise JiraRefusalError(400, "The build number is a whole number.")
    return call.world.builds.get((call.parameters["pipelineId"], int(number)))


def _get_build(call: Call) -> Response:
    build = found(_build_of(call), "No data found for the build.")
    shown = {
        "schemaVersion": "1.0",
        "pipelineId": build.pipeline_id,
        "buildNumber": build.number,
        "displayName": f"{build.pipeline_id} {build.number}",
        "state": build.state,
        "issueKeys": build.issue_keys,
    }
    return json_response(200, shown)


def _delete_build(call: Call) -> Response:
    # Accepted whether or not there is such a build: Jira removes it later, if it is there.
    build = _build_of(call)
    if build is not None:
        _remove_builds(call, [build])
    return Response(202)


def _delete_builds_by_properties(call: Call) -> Response:
    wanted = {name: value for name, value in call.query.items() if not name.startswith("_")}
    if not wanted:
        raise JiraRefusalError(400, "At least one property is needed to say which builds to delete.")
    doomed = [build for build in call.world.builds.values() if wanted.items() <= build.properties.items()]
    _remove_builds(call, doomed)
    return Response(202)


def _remove_builds(call: Call, builds: list[Build]) -> None:
    for build in builds:
        del call.world.builds[build.pipeline_id, build.number]
        call.done("delete build", f"{build.pipeline_id}/{build.number}")


HANDLERS: Handlers = {
    "GET /rest/api/3/task/{taskId}": _get_task,
    "POST /rest/api/3/task/{taskId}/cancel": _cancel_task,
    "DELETE /rest/api/3/universal_avatar/type/{type}/owner/{owningObjectId}/avatar/{id}": _delete_avatar,
    "GET /rest/builds/0.1/pipelines/{pipelineId}/builds/{buildNumber}": _get_build,
    "DELETE /rest/builds/0.1/pipelines/{pipelineId}/builds/{buildNumber}": _delete_build,
    "DELETE /rest/builds/0.1/bulkByProperties": _delete_builds_by_properties,
}
