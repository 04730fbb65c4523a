"""Properties of boards: whatever JSON an app has put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.agile.boards import board_of
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, found
from ownkey.sandbox.jira.projects import require_project_administrator

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Board


def _list_properties(call: Call) -> Response:
    board = board_of(call)
    link = f"{call.base_url}/rest/agile/1.0/board/{board.id}/properties"
    return json_response(200, {"keys": [{"key": key, "self": f"{link}/{key}"} for key in board.properties]})


def _property_of(call: Call, board: Board) -> str:
    key = call.parameters["propertyKey"]
    found(board.properties.get(key), "The property with this key does not exist.")
    return key


def _get_property(call: Call) -> Response:
    board = board_of(call)
    key = _property_of(call, board)
    return json_response(200, {"key": key, "value": board.properties[key]})


def _set_property(call: Call) -> Response:
    value, board = call.json_body(), board_of(call)
    require_project_administrator(call, board.project_id)
    if value is None:
        raise JiraRefusalError(400, "The value of a property is a non-empty JSON value.")
    is_new = call.parameters["propertyKey"] not in board.properties
    board.properties[call.parameters["propertyKey"]] = value
    call.done("set board property", call.parameters["propertyKey"])
    return Response(201 if is_new else 200)


def _delete_property(call: Call) -> Response:
    board = board_of(call)
    key = _property_of(call, board)
    require_project_administrator(call, board.project_id)
    del board.properties[key]
    call.done("delete board property", key)
    return Response(204)


HANDLERS: Handlers = {
    "GET /rest/agile/1.0/board/{boardId}/properties": _list_properties,
    "GET /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _get_property,
    "PUT /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _set_property,
    "DELETE /rest/agile/1.0/board/{boardId}/properties/{propertyKey}": _delete_property,
}
