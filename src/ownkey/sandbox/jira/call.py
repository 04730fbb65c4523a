"""One call of a Jira operation, by a person who has passed the gate, and Jira's way of refusing it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from ownkey.sandbox.exchange import Response, json_response
from ownkey.sandbox.jira.seen import Seen

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.content import Content
    from ownkey.sandbox.exchange import Headers
    from ownkey.sandbox.jira.world import World
    from ownkey.sandbox.people import Person
    from ownkey.scopes.catalogue import Operation

JsonObject = dict[str, Any]
Thing = TypeVar("Thing")


class JiraRefusalError(Exception):
    """Jira refuses a call: its status, and the messages of its error body."""

    def __init__(self, status: int, *messages: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(status, *messages)
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})

    def response(self, api: str) -> Response:
        """Return the refusal in the shape of one of Jira's APIs; service management has its own."""
        if api == "service-management":
            message = " ".join(self.messages) or "; ".join(self.errors.values())
            body: JsonObject = {
                "errorMessage": message,
                "i18nErrorMessage": {"i18nKey": "", "parameters": []},
            }
        else:
            body = {"errorMessages": list(self.messages), "errors": self.errors}
        return json_response(self.status, body)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who calls which operation, with what. Links in the answer start with `base_url`.

    `api_version` is the one in the path, 2 for `latest` and for Jira Software's own operations: it decides
    how rich text is spelled. Query parameters that are repeated are lists in `query_lists`. What is looked up
    for the caller is looked up in `seen`: there, what they may not see does not exist.
    """

    world: World
    person: Person
    operation: Operation
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    content_type: str
    base_url: str
    site_url: str
    now: datetime
    api_version: str = "3"
    headers: Headers = ()
    upload: Content | None = None
    query_lists: Mapping[str, list[str]] = field(default_factory=dict)
    seen: Seen = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", Seen(self.world, self.person))

    def header(self, name: str) -> str | None:
        """Return the first value of a request's header, None where it was not sent."""
        return next((value for key, value in self.headers if key == name), None)

    def link(self, *segments: str | int) -> str:
        """Return a link to something of Jira's platform API, in the version that was called."""
        return "/".join((self.base_url, "rest/api", self.api_version, *map(str, segments)))

    def names(self, name: str) -> list[str]:
        """Return a query parameter that is a list: separated by commas, repeated, or both."""
        given = self.query_lists.get(name, [])
        return [part.strip() for value in given for part in value.split(",") if part.strip()]

    def json_body(self) -> object:
        """Return the body's JSON; refuse what is not JSON as Jira does."""
        if self.content_type.partition(";")[0].strip().lower() not in ("application/json", ""):
            raise JiraRefusalError(415, "Unsupported Media Type")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise JiraRefusalError(
                400, "There was an error parsing JSON. Check that your request body is valid."
            ) from None

    def object_body(self) -> JsonObject:
        """Return the body's JSON object; refuse anything else as Jira does."""
        value = self.json_body()
        if not isinstance(value, dict):
            raise JiraRefusalError(
                400, "Invalid request payload. Refer to the REST API documentation and try again."
            )
        return value

    def text_field(self, body: JsonObject, name: str, *, default: str | None = None) -> str:
        """Return a text of the body; refuse one that is missing or is no text."""
        value = body.get(name, default)
        if not isinstance(value, str) or not value.strip():
            raise JiraRefusalError(400, errors={name: f"Specify a valid value for {name}."})
        return value

    def require(self, project_id: str, permission: str, message: str) -> None:
        """Refuse a caller who lacks a permission in a project, as Jira does."""
        if not self.seen.may(project_id, permission):
            raise JiraRefusalError(403, message)

    def done(self, action: str, subject: str) -> None:
        """Note that this call has changed something."""
        self.world.record(self.now, self.person, action, subject)

    def page(
        self, values: Sequence[object], *, key: str = "values", limit: int = 50, most: int = 100
    ) -> Response:
        """Return one page of a list, as `startAt` and `maxResults` ask for it."""
        start, size = self.number("startAt", 0), min(self.number("maxResults", limit), most)
        shown = list(values[start : start + size])
        is_last = start + len(shown) >= len(values)
        place = {"startAt": start, "maxResults": size, "total": len(values), "isLast": is_last}
        return json_response(200, place | {key: shown})

    def number(self, name: str, default: int) -> int:
        """Return a number of the query."""
        given = self.query.get(name, "")
        return int(given) if given.isdecimal() and len(given) < 10 else default


Handler = Callable[[Call], Response]
Handlers = Mapping[str, Handler]


def path_parameters(template: str, path: str) -> dict[str, str]:
    """Return what stands in a path where its template has a name in braces, percent-decoded."""
    pairs = zip(template.strip("/").split("/"), path.strip("/").split("/"), strict=False)
    return {name[1:-1]: unquote(value) for name, value in pairs if name.startswith("{")}


def strings(given: object) -> list[str]:
    """Return the names in a part of a body: a list, or a text in which commas part them."""
    parts = given if isinstance(given, list) else [given]
    return [
        name.strip() for part in parts if isinstance(part, str) for name in part.split(",") if name.strip()
    ]


def found(thing: Thing | None, message: str) -> Thing:
    """Return a thing that was looked up; refuse with Jira's 404 where there is none."""
    if thing is None:
        raise JiraRefusalError(404, message)
    return thing
