"""Saved searches: one's own, those that are shared, and those that one has marked as favourites."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.call import Call, Handlers, JiraRefusalError, JsonObject, found
from ownkey.sandbox.jira.projects import project_json
from ownkey.sandbox.jira.users import person_json

if TYPE_CHECKING:
    from ownkey.sandbox.jira.entities import Filter

_EXPANDABLE = (
    "description", "owner", "jql", "viewUrl", "searchUrl", "favourite", "favouritedCount", "sharePermissions",
    "editPermissions", "isWritable", "subscriptions", "approximateLastUsed",
)  # fmt: skip
_NO_FILTER = (
    "The selected filter is not available to you, perhaps it has been deleted or had its permissions changed."
)
_ORDERS = frozenset(("name", "id", "owner", "favourite_count", "description", "is_favourite"))


def filter_json(call: Call, item: Filter) -> JsonObject:
    """Return a saved search as Jira shows it."""
    return {
        "self": call.link("filter", item.id),
        "id": item.id,
        "name": item.name,
        "description": item.description,
        "owner": person_json(call, item.owner),
        "jql": item.jql,
        "viewUrl": f"{call.site_url}/issues/?filter={item.id}",
        "searchUrl": f"{call.link('search')}?jql={quote(item.jql)}",
        "favourite": call.person.email in item.favourite_of,
        "favouritedCount": len(item.favourite_of),
        "sharePermissions": _shares(call, item),
        "editPermissions": [],
        "sharedUsers": {"size": 0, "items": [], "max-results": 1000, "start-index": 0, "end-index": 0},
        "subscriptions": {"size": 0, "items": [], "max-results": 1000, "start-index": 0, "end-index": 0},
    }


def _shares(call: Call, item: Filter) -> list[JsonObject]:
    if item.is_shared:
        return [{"id": int(item.id), "type": "authenticated"}]
    project = call.seen.project(item.shared_project_id or "")
    return (
        []
        if project is None
        else [{"id": int(item.id), "type": "project", "project": project_json(call, project)}]
    )


def _get(call: Call) -> Response:
    wanted = call.parameters["id"]
    item = next((item for item in call.seen.filters() if item.id == wanted), None)
    if item is None:
        raise JiraRefusalError(400, _NO_FILTER)
    return json_response(200, filter_json(call, item))


def _mine(call: Call) -> Response:
    also = call.query.get("includeFavourites") == "true"
    mine = [
        item
        for item in call.seen.filters()
        if item.owner == call.person.email or (also and call.person.email in item.favourite_of)
    ]
    return json_response(200, [filter_json(call, item) for item in sorted(mine, key=_name)])


def _favourites(call: Call) -> Response:
    marked = [item for item in call.seen.filters() if call.person.email in item.favourite_of]
    return json_response(200, [filter_json(call, item) for item in sorted(marked, key=_name)])


def _name(item: Filter) -> str:
    return item.name.casefold()


def _search(call: Call) -> Response:
    order, wanted = call.query.get("orderBy", "name"), call.query.get("filterName", "").casefold()
    if order.lstrip("+-") not in _ORDERS:
        raise JiraRefusalError(400, f"Unable to order by '{order[:40]}'.")
    ids, account_id, project_id = call.names("id"), call.query.get("accountId"), call.query.get("projectId")
    owner = (
        None if account_id is None else found(call.world.person(account_id), "The user does not exist.").email
    )
    items = [
        item
        for item in call.seen.filters()
        if wanted in item.name.casefold()
        and (not ids or item.id in ids)
        and owner in (None, item.owner)
        and project_id in (None, item.shared_project_id)
    ]
    keys = {"id": lambda item: int(item.id), "favourite_count": lambda item: len(item.favourite_of)}
    items.sort(key=keys.get(order.lstrip("+-"), _name), reverse=order.startswith("-"))
    shown = {"self", "id", "name", *(name for name in call.names("expand") if name in _EXPANDABLE)}
    return call.page(
        [
            {"expand": ",".join(_EXPANDABLE)}
            | {name: value for name, value in filter_json(call, item).items() if name in shown}
            | ({"subscriptions": []} if "subscriptions" in shown else {})
            for item in items
        ]
    )


HANDLERS: Handlers = {
    "GET /rest/api/3/filter/search": _search,
    "GET /rest/api/3/filter/my": _mine,
    "GET /rest/api/3/filter/favourite": _favourites,
    "GET /rest/api/3/filter/{id}": _get,
}
