"""HTML from template files: every value is escaped but the pieces that are HTML already."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = Path(__file__).parent / "pages"


class Markup(str):
    """A piece of HTML; a value that is one is not escaped again."""

    __slots__ = ()


@cache
def _template(name: str) -> Template:
    return Template((PAGES / f"{name}.html").read_text("utf-8"))


def fill(template: str, /, **values: object) -> Markup:
    """Return one of the template files with its places filled, each value escaped unless it is `Markup`."""
    return Markup(_template(template).substitute({name: _safe(value) for name, value in values.items()}))


def piece(text: str, /, **values: object) -> Markup:
    """Return a short template of one's own, filled in the same way."""
    return Markup(Template(text).substitute({name: _safe(value) for name, value in values.items()}))


def joined(pieces: Iterable[Markup]) -> Markup:
    """Return pieces of HTML one after the other."""
    return Markup("\n".join(pieces))


def _safe(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value))
