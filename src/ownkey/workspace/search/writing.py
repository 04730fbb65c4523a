"""What can come next in a query that is being written: a field, an operator, a value, or how to go on."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s+|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<open>["'].*$)"""
    r"""|(?P<function>[A-Za-z][\w.]*\([^()]*\))|(?P<sign>!=|!~|>=|<=|[=~<>])|(?P<mark>[(),])"""
    r"""|(?P<word>[^\s"'=!~<>(),]+)|.""",
    re.DOTALL,
)
_CONNECTORS: Final = frozenset({"and", "or"})
_WORDS_OF_OPERATORS: Final = frozenset({"in", "is", "was", "not", "changed"})


class Expected(StrEnum):
    """What can come next."""

    FIELD = "field"
    OPERATOR = "operator"
    VALUE = "value"
    CONNECTOR = "connector"
    ORDER = "order"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Spot:
    """The place in a query where somebody writes.

    Attributes:
        expected: What can come there.
        typed: What of it is written already, without quotation marks.
        start: Where that begins.
        field: The field whose operator or value it is.
        operator: The operator whose value it is, in lower case.
    """

    expected: Expected
    typed: str
    start: int
    field: str = ""
    operator: str = ""


class _Reader:
    """Reads a query from left to right."""

    def __init__(self) -> None:
        self.expected = Expected.FIELD
        self.field = ""
        self.operator = ""
        self.is_in_list = False
        self.after_order = False

    def take(self, text: str, *, is_word: bool) -> None:
        """Go on after one piece of the query."""
        word = text.lower() if is_word else ""
        match self.expected:
            case Expected.FIELD if text == "(" or word == "not":
                pass
            case Expected.FIELD | Expected.CONNECTOR if word == "order":
                self.expected, self.after_order = Expected.ORDER, True
            case Expected.FIELD:
                self.expected, self.field, self.operator = Expected.OPERATOR, text, ""
            case Expected.OPERATOR:
                self._operator(text, word)
            case Expected.VALUE:
                self._value(text, word)
            case Expected.CONNECTOR if word in _CONNECTORS:
                self.expected = Expected.FIELD
            case Expected.ORDER if word != "by":
                self.expected, self.field = Expected.DIRECTION, text
            case Expected.DIRECTION if text == ",":
                self.expected = Expected.ORDER

    def _operator(self, text: str, word: str) -> None:
        self.operator = f"{self.operator} {text.lower()}".strip()
        if word == "changed":
            self.expected = Expected.CONNECTOR
        elif word != "not" or self.operator != "not":
            self.expected = Expected.VALUE

    def _value(self, text: str, word: str) -> None:
        if text == "(":
            self.is_in_list = True
        elif text == ",":
            pass
        elif text == ")":
            self.is_in_list, self.expected = False, Expected.CONNECTOR
        elif (
            word in _WORDS_OF_OPERATORS and not self.is_in_list and self.operator.split()[0] in {"is", "was"}
        ):
            self.operator = f"{self.operator} {word}"
        elif not self.is_in_list:
            self.expected = Expected.CONNECTOR


def spot_in(text: str) -> Spot:
    """Return what can come at the end of a query's text."""
    reader, last = _Reader(), None
    pieces = [found for found in _TOKEN.finditer(text) if not found[0].isspace()]
    if pieces and pieces[-1].end() == len(text) and (pieces[-1]["word"] or pieces[-1]["open"]):
        last = pieces.pop()
    for found in pieces:
        reader.take(found[0], is_word=found["word"] is not None)
    start = last.start() if last is not None else len(text)
    typed = last[0].lstrip("\"'") if last is not None else ""
    return Spot(reader.expected, typed, start, reader.field, reader.operator)
