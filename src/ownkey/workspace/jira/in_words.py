"""The value of any of Jira's fields in a line."""

from collections.abc import Mapping
from typing import Any

from ownkey.workspace.documents.html import plain_text
from ownkey.workspace.documents.text import shown
from ownkey.workspace.jira.values import text_of


def in_words(value: object) -> str:
    """Return a field's value in a line; empty where it holds nothing that can be said so."""
    match value:
        case str():
            return shown(value)[:300]
        case bool():
            return ""
        case int() | float():
            return f"{value:g}"
        case list():
            return ", ".join(filter(None, map(in_words, value[:20])))
        case dict():
            return plain_text(value) if value.get("type") == "doc" else _name_in(value)
    return ""


def _name_in(value: Mapping[str, Any]) -> str:
    names = (text_of(value, name) for name in ("displayName", "value", "name"))
    return next(filter(None, names), "")
