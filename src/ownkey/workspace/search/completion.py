"""What a person can go on with while writing a query, in Jira's own words where the scopes open them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.trouble import JiraTroubleError
from ownkey.workspace.jira.uses import JQL_FIELDS, JQL_VALUES
from ownkey.workspace.jira.values import list_of, mapping_of, text_of
from ownkey.workspace.search.writing import Expected, Spot

MOST: Final = 12
_TAG: Final = re.compile(r"<[^<>]*>")
_ANY: Final = ("=", "!=", "in", "not in", "is", "is not")
_ORDERED: Final = (*_ANY, ">", ">=", "<", "<=")
_CONNECTORS: Final = ("AND", "OR", "ORDER BY")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be asked about.

    Attributes:
        value: How a query writes it.
        name: What Jira calls it.
        operators: Which operators it has.
        types: The Java types of its values, by which functions are found.
        has_values: Whether Jira suggests its values.
    """

    value: str
    name: str
    operators: tuple[str, ...] = _ANY
    types: frozenset[str] = frozenset()
    has_values: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function that stands in the place of a value."""

    value: str
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """The fields and functions of a Jira."""

    fields: tuple[Field, ...]
    functions: tuple[Function, ...]

    def called(self, name: str) -> Field | None:
        """Return a field by how a query writes it or what Jira calls it."""
        wanted = name.strip("\"'").casefold()
        return next(
            (
                each
                for each in self.fields
                if wanted in {each.value.strip('"').casefold(), each.name.casefold()}
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on.

    Attributes:
        insert: What a query gets.
        name: What is shown.
        kind: What it is, in a word.
    """

    insert: str
    name: str
    kind: str


KNOWN: Final = Words(
    (
        *(
            Field(name, name)
            for name in ("project", "status", "statusCategory", "assignee", "reporter", "labels", "parent")
        ),
        *(Field(name, name) for name in ("issuetype", "resolution", "component", "fixVersion", "sprint")),
        *(
            Field(name, name, _ORDERED)
            for name in ("key", "priority", "created", "updated", "due", "resolved")
        ),
        *(Field(name, name, ("~", "!~", "is", "is not")) for name in ("text", "summary", "description")),
    ),
    tuple(map(Function, ("currentUser()", "openSprints()", "startOfDay()", "startOfWeek()", "now()"))),
)
"""What every Jira has: suggested where Jira does not tell."""


async def suggestions_for(jira: Jira, spot: Spot) -> tuple[Suggestion, ...]:
    """Return how a query can go on; without Jira's answer, from what every Jira has."""
    match spot.expected:
        case Expected.CONNECTOR:
            return _starting(spot.typed, (Suggestion(each, each, "") for each in _CONNECTORS))
        case Expected.DIRECTION:
            return _starting(spot.typed, (Suggestion(each, each, "") for each in ("ASC", "DESC")))
    words = await _words(jira)
    if spot.expected in {Expected.FIELD, Expected.ORDER}:
        return _starting(spot.typed, (Suggestion(each.value, each.name, "field") for each in words.fields))
    field = words.called(spot.field)
    if spot.expected is Expected.OPERATOR:
        operators = field.operators if field is not None else _ORDERED
        return _starting(spot.typed, (Suggestion(each, each, "operator") for each in operators))
    if spot.operator in {"is", "is not"}:
        return _starting(spot.typed, (Suggestion(each, each, "value") for each in ("EMPTY", "NULL")))
    functions = (
        Suggestion(each.value, each.value, "function")
        for each in words.functions
        if field is None or not field.types or not each.types or field.types & each.types
    )
    values = await _values(jira, field, spot.typed) if field is not None and field.has_values else ()
    return (*values, *_starting(spot.typed, functions))[:MOST]


async def _words(jira: Jira) -> Words:
    try:
        return await remembered(jira.means, "words of JQL", lambda: _asked(jira))
    except JiraTroubleError:
        return KNOWN


async def _asked(jira: Jira) -> Words:
    answer = mapping_of(await jira.json(JQL_FIELDS))
    fields = tuple(
        Field(
            value=text_of(each, "value"),
            name=_plain(text_of(each, "displayName")),
            operators=tuple(_texts(each.get("operators"))),
            types=frozenset(_texts(each.get("types"))),
            has_values=text_of(each, "auto") == "true",
        )
        for each in list_of(answer.get("visibleFieldNames"))
        if text_of(each, "value")
    )
    functions = tuple(
        Function(text_of(each, "value"), frozenset(_texts(each.get("types"))))
        for each in list_of(answer.get("visibleFunctionNames"))
        if text_of(each, "value")
    )
    return Words(fields, functions) if fields else KNOWN


async def _values(jira: Jira, field: Field, typed: str) -> tuple[Suggestion, ...]:
    query = {"fieldName": field.value.strip('"'), "fieldValue": typed}
    try:
        answer = mapping_of(await jira.json(JQL_VALUES, query=query))
    except JiraTroubleError:
        return ()
    found = (_value(each) for each in list_of(answer.get("results")))
    return tuple(each for each in found if each.insert)[:MOST]


def _value(result: Mapping[str, Any]) -> Suggestion:
    return Suggestion(text_of(result, "value"), _plain(text_of(result, "displayName")), "value")


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _plain(html: str) -> str:
    """Return the text of a name that Jira marks with HTML."""
    return unescape(_TAG.sub("", html))


def _starting(typed: str, suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """Return those whose names have what is typed, those that begin with it first."""
    wanted = typed.casefold()
    fitting = [each for each in suggestions if wanted in each.name.casefold()]
    return tuple(sorted(fitting, key=lambda each: not each.name.casefold().startswith(wanted)))[:MOST]
