"""Values of the pretend Jira as JSON and back: only classes that are named here are ever made."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.content import Content
from ownkey.sandbox.jira import assets_data, background_data, entities
from ownkey.sandbox.jira.issue.text import RichText
from ownkey.sandbox.people import Person
from ownkey.sandbox.tokens import ApiToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_CLASSES: Mapping[str, type[Any]] = {
    one.__name__: one
    for one in (
        ApiToken,
        RichText,
        assets_data.Assets,
        assets_data.Schema,
        assets_data.ObjectType,
        assets_data.Attribute,
        assets_data.AssetObject,
        entities.Project,
        entities.Component,
        entities.Version,
        entities.Comment,
        entities.Attachment,
        entities.Worklog,
        entities.Change,
        entities.History,
        entities.Issue,
        entities.IssueLink,
        entities.Board,
        entities.Column,
        entities.Filter,
        entities.RemoteLink,
        entities.SecurityLevel,
        entities.Sprint,
        background_data.Task,
        background_data.Avatar,
        background_data.Build,
    )
}
# What people sent as JSON is kept as a text: it may be as deep as it likes, and have any names.
_AS_SENT = frozenset((("RichText", "document"), ("Board", "properties")))
_KIND = "$"
LARGEST_FILE = 512 * 1024
LARGEST_FILES = 4 * 1024 * 1024
LEFT_OUT = (
    b"Over a restart, the sandbox keeps files of up to 512 KB each and 4 MB in all. This one is gone.\n"
)


class NotReadableError(ValueError):
    """A kept value is none that this release can read."""


def shape() -> str:
    """Return a digest of all classes and their fields: it changes when a release keeps something else.

    A release that keeps more can still read what an earlier one wrote: what is missing has its first value.
    """
    known: list[tuple[str, type[Any]]] = [*_CLASSES.items(), ("Person", Person)]
    described = sorted(f"{name}({','.join(one.name for one in fields(cls))})" for name, cls in known)
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:16]


class Encoder:
    """Makes JSON of one state of the world; files are kept as long as there is room for them."""

    def __init__(self) -> None:
        self._room = LARGEST_FILES
        self._kinds: Mapping[type[Any], tuple[str, Callable[[Any], object]]] = {
            dict: ("dict", lambda given: [[self.value(key), self.value(one)] for key, one in given.items()]),
            tuple: ("tuple", lambda given: [self.value(one) for one in given]),
            frozenset: ("set", sorted),
            datetime: ("at", datetime.isoformat),
            Content: ("file", self._file),
            Person: ("person", lambda person: person.email),
        }

    def value(self, value: object) -> object:
        """Return a value as JSON."""
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if type(value) in self._kinds:
            kind, inner = self._kinds[type(value)]
            return [_KIND, kind, inner(value)]
        return self._thing(value)

    def _thing(self, value: Any) -> object:  # noqa: ANN401 one of the classes above
        name = type(value).__name__
        if name not in _CLASSES:
            raise TypeError(f"The sandbox cannot keep a {name}.")
        kept = {one.name: getattr(value, one.name) for one in fields(_CLASSES[name])}
        return [
            _KIND,
            name,
            {
                key: json.dumps(item) if (name, key) in _AS_SENT else self.value(item)
                for key, item in kept.items()
            },
        ]

    def _file(self, content: Content) -> str:
        if content.size > min(LARGEST_FILE, self._room):
            return base64.b64encode(zlib.compress(LEFT_OUT)).decode()
        self._room -= content.size
        return base64.b64encode(zlib.compress(content.read(), 1)).decode()


def dict_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the JSON of a dictionary whose keys and values are JSON already."""
    return f'["{_KIND}","dict",[{",".join(f"[{key},{value}]" for key, value in pairs)}]]'


class Decoder:
    """Makes the world of JSON again; people are those that are given."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = people
        self._kinds: Mapping[str, Callable[[Any], object]] = {
            "dict": lambda items: {self.value(key): self.value(item) for key, item in items},
            "tuple": lambda items: tuple(self.value(item) for item in items),
            "set": frozenset,
            "at": datetime.fromisoformat,
            "file": lambda text: Content(zlib.decompress(base64.b64decode(text, validate=True))),
            "person": lambda email: self._people[email],
        }

    def value(self, kept: object) -> Any:  # noqa: ANN401 whatever was kept
        """Return what a piece of JSON stands for.

        Raises:
            NotReadableError: It stands for nothing that this release knows.
        """
        if not isinstance(kept, list):
            return kept
        if kept[:1] != [_KIND]:
            return [self.value(item) for item in kept]
        try:
            _, kind, inner = kept
            return self._thing(kind, inner) if kind in _CLASSES else self._kinds[kind](inner)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, zlib.error) as error:
            raise NotReadableError(f"A {kept[1:2]} cannot be read.") from error

    def _thing(self, name: str, kept: dict[str, Any]) -> object:
        values = {
            key: json.loads(item) if (name, key) in _AS_SENT else self.value(item)
            for key, item in kept.items()
        }
        return _CLASSES[name](**values)
