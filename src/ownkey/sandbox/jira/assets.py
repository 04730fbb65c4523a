"""Assets: object schemas, object types, their attributes and the objects."""

from __future__ import annotations

from typing import TypeVar

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.assets_data import WORKSPACE_ID, AssetObject, Attribute, ObjectType, Schema
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found

ROOT = "/jsm/assets/workspace/{workspaceId}/v1"
Kind = TypeVar("Kind")


def _by_id(call: Call, things: dict[str, Kind]) -> Kind:
    return found(
        things.get(call.parameters["id"]), "NotFoundInsightException: there is nothing with this id."
    )


def _require_assets_administrator(call: Call) -> None:
    if not (call.person.is_administrator or call.person.email == "ada@acme.example"):
        raise JiraRefusalError(403, "You do not have the object schema manager's permission.")


def _schema_json(call: Call, schema: Schema) -> JsonObject:
    types = [kind for kind in call.world.assets.types.values() if kind.schema_id == schema.id]
    return {
        "workspaceId": WORKSPACE_ID,
        "globalId": f"{WORKSPACE_ID}:{schema.id}",
        "id": schema.id,
        "name": schema.name,
        "objectSchemaKey": schema.key,
        "status": "Ok",
        "objectTypeCount": len(types),
    }


def _type_json(kind: ObjectType) -> JsonObject:
    return {
        "workspaceId": WORKSPACE_ID,
        "globalId": f"{WORKSPACE_ID}:{kind.id}",
        "id": kind.id,
        "name": kind.name,
        "objectSchemaId": kind.schema_id,
    }


def _attribute_json(attribute: Attribute) -> JsonObject:
    return {
        "workspaceId": WORKSPACE_ID,
        "globalId": f"{WORKSPACE_ID}:{attribute.id}",
        "id": attribute.id,
        "name": attribute.name,
        "type": 0,
        "defaultType": {"id": 0, "name": "Text"},
    }


def _object_json(call: Call, thing: AssetObject) -> JsonObject:
    return {
        "workspaceId": WORKSPACE_ID,
        "globalId": f"{WORKSPACE_ID}:{thing.id}",
        "id": thing.id,
        "label": thing.label,
        "objectKey": f"EQP-{thing.id}",
        "objectType": _type_json(call.world.assets.types[thing.type_id]),
        "attributes": [
            {"objectTypeAttributeId": attribute_id, "objectAttributeValues": [{"value": value}]}
            for attribute_id, value in thing.values.items()
        ],
        "_links": {"self": f"{call.base_url}/jsm/assets/workspace/{WORKSPACE_ID}/v1/object/{thing.id}"},
    }


def _workspaces(call: Call) -> Response:
    return call.page([{"workspaceId": WORKSPACE_ID}])


def _list_schemas(call: Call) -> Response:
    return call.page([_schema_json(call, schema) for schema in call.world.assets.schemas.values()])


def _get_schema(call: Call) -> Response:
    return json_response(200, _schema_json(call, _by_id(call, call.world.assets.schemas)))


def _schema_types(call: Call) -> Response:
    schema, types = _by_id(call, call.world.assets.schemas), call.world.assets.types.values()
    return json_response(200, [_type_json(kind) for kind in types if kind.schema_id == schema.id])


def _get_type(call: Call) -> Response:
    return json_response(200, _type_json(_by_id(call, call.world.assets.types)))


def _type_attributes(call: Call) -> Response:
    kind, attributes = _by_id(call, call.world.assets.types), call.world.assets.attributes.values()
    return json_response(200, [_attribute_json(item) for item in attributes if item.type_id == kind.id])


def _get_object(call: Call) -> Response:
    return json_response(200, _object_json(call, _by_id(call, call.world.assets.objects)))


def _aql(call: Call) -> Response:
    query = call.text_field(call.object_body(), "qlQuery")
    if query.replace(" ", "").lower() not in ("objecttype=laptop", 'objecttype="laptop"'):
        raise JiraRefusalError(400, "The sandbox understands one query: objectType = Laptop.")
    things = [
        _object_json(call, thing) for thing in call.world.assets.objects.values() if thing.type_id == "11"
    ]
    return call.page(things)


def _delete_object(call: Call) -> Response:
    _require_assets_administrator(call)
    thing = _by_id(call, call.world.assets.objects)
    _remove_objects(call, [thing])
    return Response(200)


def _delete_attribute(call: Call) -> Response:
    _require_assets_administrator(call)
    attribute = _by_id(call, call.world.assets.attributes)
    _remove_attribute(call, attribute)
    return Response(200)


def _delete_type(call: Call) -> Response:
    _require_assets_administrator(call)
    kind = _by_id(call, call.world.assets.types)
    _remove_type(call, kind)
    return json_response(200, _type_json(kind))


def _delete_schema(call: Call) -> Response:
    _require_assets_administrator(call)
    schema = _by_id(call, call.world.assets.schemas)
    for kind in [kind for kind in call.world.assets.types.values() if kind.schema_id == schema.id]:
        _remove_type(call, kind)
    del call.world.assets.schemas[schema.id]
    call.done("delete object schema", schema.name)
    return json_response(200, {"id": schema.id, "name": schema.name})


def _remove_type(call: Call, kind: ObjectType) -> None:
    assets = call.world.assets
    _remove_objects(call, [thing for thing in assets.objects.values() if thing.type_id == kind.id])
    for attribute in [item for item in assets.attributes.values() if item.type_id == kind.id]:
        _remove_attribute(call, attribute)
    del assets.types[kind.id]
    call.done("delete object type", kind.name)


def _remove_attribute(call: Call, attribute: Attribute) -> None:
    for thing in call.world.assets.objects.values():
        thing.values.pop(attribute.id, None)
    del call.world.assets.attributes[attribute.id]
    call.done("delete attribute", attribute.name)


def _remove_objects(call: Call, things: list[AssetObject]) -> None:
    for thing in things:
        del call.world.assets.objects[thing.id]
        call.done("delete object", thing.label)


HANDLERS: Handlers = {
    "GET /rest/servicedeskapi/assets/workspace": _workspaces,
    f"GET {ROOT}/objectschema/list": _list_schemas,
    f"GET {ROOT}/objectschema/{{id}}": _get_schema,
    f"DELETE {ROOT}/objectschema/{{id}}": _delete_schema,
    f"GET {ROOT}/objectschema/{{id}}/objecttypes": _schema_types,
    f"GET {ROOT}/objectschema/{{id}}/objecttypes/flat": _schema_types,
    f"GET {ROOT}/objecttype/{{id}}": _get_type,
    f"DELETE {ROOT}/objecttype/{{id}}": _delete_type,
    f"GET {ROOT}/objecttype/{{id}}/attributes": _type_attributes,
    f"DELETE {ROOT}/objecttypeattribute/{{id}}": _delete_attribute,
    f"GET {ROOT}/object/{{id}}": _get_object,
    f"DELETE {ROOT}/object/{{id}}": _delete_object,
    f"POST {ROOT}/object/aql": _aql,
}
