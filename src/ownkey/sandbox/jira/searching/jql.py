"""JQL read into conditions: Jira's grammar, without the operators that look into the past."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 20_000
_DEEPEST = 50
_TOKEN = re.compile(
    r"""
      \s+
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>!=|!~|<=|>=|=|~|<|>)
    | (?P<mark>[(),])
    | (?P<and>&&?) | (?P<or>\|\|?) | (?P<not>!)
    | (?P<word>(?:cf\[\d+\]|[^\s()"'=!~<>,&|\[\]])+)
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_PAST = ("was", "changed")
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


class JqlError(ValueError):
    """A query cannot be understood; the message is as Jira would say it."""


class UnknownValueError(JqlError):
    """A query names a value that does not exist, or that the caller may not see."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that a field is compared with; None is EMPTY."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Function:
    """A function whose result a field is compared with."""

    name: str
    arguments: tuple[str, ...]


Operand = Literal | Function


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, an operator in lower case, and what the field is compared with."""

    field: str
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions of which all hold."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions of which one holds."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that does not hold."""

    part: Clause


Clause = Condition | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query: what is searched for, and the fields to sort by, each with whether it descends."""

    clause: Clause | None
    order: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(jql: str) -> Query:
    """Return what a query asks for.

    Raises:
        JqlError: it is no JQL, or uses what the sandbox does not do.
    """
    if len(jql) > LONGEST:
        raise JqlError("The JQL query is too long.")
    return _Parser(_tokens(jql)).query()


def _tokens(jql: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(jql):
        match = _TOKEN.match(jql, at)
        if match is None:
            raise JqlError(
                f"Error in the JQL Query: The character '{jql[at]}' is a reserved JQL character. You must "
                f"enclose it in a string or use the escape sequence for it. (line 1, character {at + 1})"
            )
        if match.lastgroup is not None:
            text = match[0]
            if match.lastgroup == "text":
                text = _ESCAPE.sub(r"\1", text[1:-1])
            tokens.append(_Token(match.lastgroup, text, at + 1))
        at = match.end()
    return tokens


class _Parser:
    """Reads tokens by recursive descent."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        clause = None if self._is_word("order") or not self._tokens else self._either()
        order: list[tuple[str, bool]] = []
        if self._take_word("order"):
            if not self._take_word("by"):
                raise self._unexpected("by")
            order.append(self._sort())
            while self._take("mark", ","):
                order.append(self._sort())
        if self._at < len(self._tokens):
            raise self._unexpected("either 'OR' or 'AND'")
        return Query(clause, tuple(order))

    def _sort(self) -> tuple[str, bool]:
        name = self._name("a field name")
        descends = self._take_word("desc")
        if not descends:
            self._take_word("asc")
        return name, descends

    def _either(self) -> Clause:
        parts = [self._both()]
        while self._take_word("or") or self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Clause:
        parts = [self._single()]
        while self._take_word("and") or self._take("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _single(self) -> Clause:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise JqlError("The JQL query is nested too deeply.")
        try:
            if self._take_word("not") or self._take("not"):
                return Not(self._single())
            if self._take("mark", "("):
                clause = self._either()
                if not self._take("mark", ")"):
                    raise self._unexpected("')'")
                return clause
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> Condition:
        field = self._name("a field name")
        operator = self._operator()
        if operator in ("in", "not in"):
            if self._is_function():
                return Condition(field, operator, (self._operand(),))
            if not self._take("mark", "("):
                raise self._unexpected("'('")
            operands = [self._operand()]
            while self._take("mark", ","):
                operands.append(self._operand())
            if not self._take("mark", ")"):
                raise self._unexpected("')'")
            return Condition(field, operator, tuple(operands))
        operand = self._operand()
        if operator.startswith("is") and operand != Literal(None):
            raise JqlError(f"The operator '{operator}' goes with EMPTY only.")
        return Condition(field, operator, (operand,))

    def _operator(self) -> str:
        token = self._take("operator")
        if token is not None:
            return token.text
        for word in ("in", "is", "not"):
            if self._take_word(word):
                if word == "not" and not self._take_word("in"):
                    break
                if word == "is" and self._take_word("not"):
                    return "is not"
                return "not in" if word == "not" else word
        if any(self._is_word(word) for word in _PAST):
            raise JqlError("The sandbox does not do this yet: it has no operator that looks into the past.")
        raise self._unexpected(f"operator. The valid operators are {_OPERATORS}")

    def _is_function(self) -> bool:
        following = self._tokens[self._at + 1 : self._at + 2]
        return bool(following) and following[0].text == "(" and self._tokens[self._at].kind == "word"

    def _operand(self) -> Operand:
        is_function = self._at < len(self._tokens) and self._is_function()
        is_quoted = self._at < len(self._tokens) and self._tokens[self._at].kind == "text"
        text = self._name("either a value, list or function")
        if not is_function:
            is_empty = not is_quoted and text.lower() in ("empty", "null")
            return Literal(None if is_empty else text)
        self._take("mark", "(")
        arguments: list[str] = []
        while not self._take("mark", ")"):
            arguments.append(self._name("an argument or ')'"))
            self._take("mark", ",")
        return Function(text.lower(), tuple(arguments))

    def _name(self, expected: str) -> str:
        token = self._take("text") or self._take("word")
        if token is None:
            raise self._unexpected(expected)
        return token.text

    def _take(self, kind: str, text: str | None = None) -> _Token | None:
        if self._at == len(self._tokens):
            return None
        token = self._tokens[self._at]
        if token.kind != kind or (text is not None and token.text != text):
            return None
        self._at += 1
        return token

    def _is_word(self, word: str) -> bool:
        if self._at == len(self._tokens):
            return False
        token = self._tokens[self._at]
        return token.kind == "word" and token.text.lower() == word

    def _take_word(self, word: str) -> bool:
        if not self._is_word(word):
            return False
        self._at += 1
        return True

    def _unexpected(self, expected: str) -> JqlError:
        if self._at == len(self._tokens):
            return JqlError(f"Error in the JQL Query: Expecting {expected} before the end of the query.")
        token = self._tokens[self._at]
        return JqlError(
            f"Error in the JQL Query: Expecting {expected} but got '{token.text[:40]}'. "
            f"(line 1, character {token.at})"
        )
