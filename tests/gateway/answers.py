"""Answers of Jira's as its published operations give them, made up: each link of Jira's, and people's text.

Documents come as pairs, of what Jira answers and of what a client has to get. People's text is full of links
that look like Jira's own.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.gateway.kit import API_BASE, SITE_URL

PUBLIC = "https://gw.example/jira/acme"
DEEPEST = 7
Document = Any
Pair = tuple[Document, Document]
Shape = Any

TEXTS = (
    f"{API_BASE}/rest/api/3/issue/10001",
    f"{SITE_URL}/rest/api/3/filter/10001",
    f'See "self":"{API_BASE}/rest/api/3/issue/1" or {SITE_URL}/rest/api/3/attachment/content/1 in between',
    f'{{"self": "{SITE_URL}/rest/api/3/user?accountId=1", "value": {{"self":"{API_BASE}/rest/x"}}}}',
    f"{API_BASE}/rest/api/3/user?accountId=1",
    f'"customfield_1": {{"self":"{API_BASE}/rest/api/3/customFieldOption/1"\\',
)
PEOPLES_VALUE = {
    "self": TEXTS[0],
    "avatarUrls": {"48x48": TEXTS[1]},
    "text": TEXTS[2],
    "fields": {"assignee": {"self": TEXTS[4]}, "nextPage": TEXTS[1]},
    "list": [{"self": TEXTS[4], "iconUrl": TEXTS[0]}, TEXTS[3]],
}
LIKE_A_FIELD = {
    "self": TEXTS[0],
    "value": TEXTS[1],
    "text": TEXTS[2],
    "_links": {"self": TEXTS[0]},
    "child": {"self": TEXTS[1], "avatarUrls": {"48x48": TEXTS[0]}},
    "list": [{"self": TEXTS[0]}, TEXTS[4]],
}
"""A value that an app may keep in a field of its own; it links to nothing that Jira's own fields do."""
FIELD_VALUES = {"defaultValue", "fieldOptions", "versionedRepresentations"}
LOOKED_INTO = {"allowedValues", "callback", "pagingCallback", "elements", "fieldNames", "reports"}
"""What the files leave open, and is Jira's."""


@cache
def shapes() -> dict[str, Any]:
    """Return what the files say of all answers."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "answer_shapes.json").read_text("utf-8"))
    return found


class Maker:
    """Makes a document of a shape, and what a client has to get for it."""

    def __init__(self, start: int = 0) -> None:
        self._count = start

    def text(self) -> str:
        self._count += 1
        return TEXTS[self._count % len(TEXTS)]

    def link(self, name: str) -> tuple[str, str]:
        self._count += 1
        path = _PATHS.get(name, f"thing/{self._count}")
        if self._count % 2:
            return f"{API_BASE}/rest/api/3/{path}", f"{PUBLIC}/rest/api/3/{path}"
        return f"{SITE_URL}/rest/api/3/{path}", f"{PUBLIC}/rest/api/3/{path}"

    def make(self, shape: Shape, name: str = "", depth: int = 0) -> Pair:
        """Return a document and its expectation."""
        if depth > DEEPEST:
            return None, None
        if name in FIELD_VALUES and shape != "text":
            return _same(LIKE_A_FIELD)
        if isinstance(shape, str):
            return self._leaf(shape, name, depth)
        if isinstance(shape, list):
            return _listed(self.make(shape[0], name, depth + 1))
        return self._object(shape, name, depth)

    def _object(self, shape: dict[str, Shape], name: str, depth: int) -> Pair:
        if choices := shape.get("|"):
            self._count += 1
            return self.make(choices[self._count % len(choices)], name, depth + 1)
        if name == "fields" and shape == {"*": "any"}:
            return issue_fields(self, depth)
        each = _NAMES.get(name, "A name")
        return _both(
            {each if key == "*" else key: self.make(one, key, depth + 1) for key, one in shape.items()}
        )

    def _leaf(self, shape: str, name: str, depth: int) -> Pair:
        if shape.startswith("#"):
            return self._named(shape.removeprefix("#"), name, depth)
        if shape == "any":
            return issue_fields(self, depth) if name == "fields" else _same(_open_value(name))
        return self.link(name) if shape == "link" else _same(self.text() if shape == "text" else 1)

    def _named(self, shape: str, name: str, depth: int) -> Pair:
        if shape == "jsm CustomerRequestFieldValueDTO":
            return _same({"label": self.text(), "value": LIKE_A_FIELD, "renderedValue": PEOPLES_VALUE})
        if shape == "platform JsonNode":
            return _same({})
        return self.make(shapes()["named"][shape], name, depth + 1)


def _open_value(name: str) -> Document:
    return {} if name in LOOKED_INTO else PEOPLES_VALUE


_PATHS = {
    "content": "attachment/content/10001",
    "thumbnail": "attachment/thumbnail/10001",
    "*": "project/ED/role/10002",
}
_NAMES = {"urls": "48x48", "avatarUrls": "16x16", "iconUrls": "24x24"}


def issue_fields(maker: Maker, depth: int) -> Pair:
    """Return the fields of an issue, which the files leave open: Jira's own kinds, and people's text."""
    user = {"self": "link", "displayName": "text", "avatarUrls": {"48x48": "link"}}
    page = {"self": "link", "nextPage": "link"}
    shape = {
        "summary": "text",
        "assignee": user,
        "status": {"self": "link", "iconUrl": "link", "statusCategory": {"self": "link"}},
        "project": {"self": "link", "avatarUrls": {"24x24": "link"}, "projectCategory": {"self": "link"}},
        "attachment": [
            {"self": "link", "filename": "text", "content": "link", "thumbnail": "link", "author": user}
        ],
        "comment": page | {"comments": [{"self": "link", "author": user, "body": "text"}]},
        "worklog": {"worklogs": [{"self": "link", "comment": "text", "updateAuthor": user}]},
        "issuelinks": [{"self": "link", "type": {"self": "link"}, "outwardIssue": {"self": "link"}}],
        "versions": [{"self": "link", "description": "text", "name": "text"}],
        "watches": {"self": "link"},
        "labels": ["text"],
        "sprint": {"self": "link", "goal": "text"},
        "environment": "text",
        "customfield_10001": "text",
        "customfield_10002": ["text"],
    }
    pairs = {name: maker.make(each, name, depth + 1) for name, each in shape.items()}
    for name in ("description", "customfield_10003"):
        pairs[name] = document(), document()
    pairs["customfield_10004"] = pairs["ari:cloud:app::field"] = LIKE_A_FIELD, LIKE_A_FIELD
    pairs["customfield_10005"] = _both(
        {"value": (TEXTS[0], TEXTS[0]), "self": jiras("customFieldOption/10020")}
    )
    pairs["customfield_10006"] = _listed(
        _both(
            {
                "self": jiras("user?accountId=5b10a2844c20165700ede21g"),
                "displayName": (TEXTS[4], TEXTS[4]),
                "avatarUrls": _both({"48x48": jiras("universal_avatar/view/type/user/avatar/1?size=medium")}),
            }
        )
    )
    return _both(pairs)


def document() -> Document:
    """Return a rich text that is full of links."""
    marks = [{"type": "link", "attrs": {"href": TEXTS[0]}}]
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": text, "marks": marks} for text in TEXTS],
            },
            {"type": "inlineCard", "attrs": {"url": TEXTS[1], "self": TEXTS[4], "data": PEOPLES_VALUE}},
        ],
    }


def jiras(path: str) -> tuple[str, str]:
    """Return a link as Jira puts it into a custom field, and what it is for the client."""
    return f"{API_BASE}/rest/api/3/{path}", f"{PUBLIC}/rest/api/3/{path}"


def _same(document: Document) -> Pair:
    return document, document


def _both(pairs: dict[str, Pair]) -> Pair:
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}


def _listed(pair: Pair) -> Pair:
    return [pair[0]], [pair[1]]


def operations() -> Iterator[str]:
    """Yield the operations that answer with a document."""
    yield from shapes()["answers"]
