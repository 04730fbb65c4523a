"""JQL as a text: what words mean, in which order a query sorts, and where Jira sees a mistake."""

import re
from dataclasses import dataclass
from typing import Final

from ownkey.workspace.jira.issues import MY_OPEN_ISSUES
from ownkey.workspace.jira.values import key_of, quoted

_STRING: Final = r"""(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)"""
_ORDER: Final = re.compile(rf"{_STRING}|(?P<order>\border\s+by\b)", re.IGNORECASE)
_OPERATOR: Final = re.compile(rf"{_STRING}|(?P<sign>[=~<>]|\b(?:in|is|was|changed)\b)", re.IGNORECASE)
_BY: Final = re.compile(r"\s*(?P<field>\"[^\"]+\"|[^\s,]+)(?:\s+(?P<way>asc|desc))?\s*", re.IGNORECASE)
_POSITION: Final = re.compile(r"\(line ([0-9]{1,4}), character ([0-9]{1,5})\)", re.ASCII)
_NAMED: Final = re.compile(r"'([^']{1,200})'")


def jql_of(words: str) -> str:
    """Return the query that words mean: JQL as it is, a key as that issue, other words as text."""
    words = words.strip()
    if not words:
        return MY_OPEN_ISSUES
    if key_of(words.upper()):
        return f"key = {quoted(words)}"
    if any(found["sign"] for found in _OPERATOR.finditer(words)) or _order_in(words) is not None:
        return words
    return f"text ~ {quoted(words)} ORDER BY updated DESC"


@dataclass(frozen=True, slots=True)
class Order:
    """By which field a query sorts first.

    Attributes:
        field: The field as the query writes it; empty if it does not sort.
        is_descending: Whether the largest comes first.
    """

    field: str = ""
    is_descending: bool = False


def order_of(jql: str) -> Order:
    """Return in which order a query sorts."""
    at = _order_in(jql)
    found = _BY.match(jql, at[1]) if at is not None else None
    return Order(found["field"], (found["way"] or "").lower() == "desc") if found is not None else Order()


def sorted_by(jql: str, field: str) -> str:
    """Return a query that sorts by a field; the other way round if it does already."""
    now, at = order_of(jql), _order_in(jql)
    way = "DESC" if now.field.lower() == field.lower() and not now.is_descending else "ASC"
    return f"{jql[: at[0]] if at is not None else jql} ORDER BY {field} {way}".replace("  ", " ").strip()


def without_order(jql: str) -> str:
    """Return a query without its order, so that conditions can be added to it."""
    at = _order_in(jql)
    return (jql[: at[0]] if at is not None else jql).strip()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A place in a query that Jira complains of.

    Attributes:
        before: What stands before it.
        there: What is wrong; a blank where something is missing at the end.
        after: What stands after it.
    """

    before: str
    there: str
    after: str


def mistake_in(jql: str, words: str) -> Mistake | None:
    """Return the place that Jira's words are about; None if they name none.

    Jira names a place as a line and a character, both counted from 1, or quotes what it does not know; that
    something is missing it says of the query's end.
    """
    position = _POSITION.search(words)
    if position is not None:
        lines = jql.split("\n")
        line = min(int(position[1]), len(lines)) - 1
        start = sum(len(each) + 1 for each in lines[: max(line, 0)]) + int(position[2]) - 1
        start = min(max(start, 0), len(jql))
        there = re.compile(r"\S+|\s").match(jql, start)
        end = there.end() if there is not None else start
        return Mistake(jql[:start], jql[start:end] or " ", jql[end:])
    for named in _NAMED.findall(words):
        found = re.search(rf"(?<![\w.]){re.escape(named)}(?![\w.])", jql, re.IGNORECASE)
        if found is not None:
            return Mistake(jql[: found.start()], found[0], jql[found.end() :])
    return Mistake(jql, " ", "") if "before the end of the query" in words else None


def _order_in(jql: str) -> tuple[int, int] | None:
    """Return where ORDER BY begins and ends, outside of strings."""
    return next((found.span() for found in _ORDER.finditer(jql) if found["order"]), None)
