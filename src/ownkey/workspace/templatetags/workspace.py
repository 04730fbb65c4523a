"""The template tags of Jira's pages."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ownkey.workspace.boards.shown import Filters
from ownkey.workspace.documents.html import leads_to_the_web
from ownkey.workspace.jira.issues import Card
from ownkey.workspace.search.columns import Column

register = template.Library()

_MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "bug": ("ring", "●"),
    "story": ("bookmark", "◆"),
    "task": ("tick", "✓"),
    "epic": ("bolt", "ϟ"),
}


@register.simple_tag
def issues_at(slug: str) -> str:
    """Return what stands before an issue's key in its address: worked out once for many cards."""
    return reverse("workspace:issue", args=(slug, "A-1")).removesuffix("A-1/")


@register.simple_tag
@lru_cache(maxsize=512)
def type_mark(kind: str) -> SafeString:
    """Return the mark of an issue's type: a shape and a colour for the eye, its name for everybody."""
    shape, letter = _MARKS.get(kind.casefold(), ("square", "■"))
    return format_html(
        '<span class="type-mark" data-shape="{}" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        shape,
        kind,
        letter,
        kind,
    )


@register.simple_tag
def outside(url: str, words: str) -> SafeString:
    """Return a link to a page elsewhere; its words alone if it leads to no page of the web."""
    if not leads_to_the_web(url):
        return format_html('<span dir="auto">{}</span>', words)
    return format_html(
        '<a href="{}" rel="noopener noreferrer nofollow" target="_blank" dir="auto">{}</a>', url, words
    )


@register.simple_tag
def changed_query(filters: Filters, **changes: str | int) -> str:
    """Return the query of an address with some filters changed."""
    now = {field.name: getattr(filters, field.name) for field in fields(filters)}
    # Another choice begins with the first cards again.
    now |= {"lanes": "epics" if filters.lanes else "", "place": "", "start": 0} | changes
    return "?" + urlencode({name: value for name, value in now.items() if value})


@register.simple_tag
def address_with(**parameters: str | Sequence[str]) -> str:
    """Return the query of an address; what is empty is left out."""
    return "?" + urlencode({name: value for name, value in parameters.items() if value}, doseq=True)


@register.filter
def cell(card: Card, column: Column) -> str:
    """Return what a column shows of an issue."""
    return column.text_of(card)


@register.filter
def colour_of(key: str, colours: Mapping[str, int]) -> str:
    """Return the number of an epic's colour; empty where none is known."""
    return str(colours.get(key, ""))
