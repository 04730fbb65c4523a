"""JQL read into conditions, after Jira's grammar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.searching.jql_tree import (
    Both,
    Clause,
    Condition,
    Either,
    Function,
    JqlError,
    Literal,
    Not,
    Operand,
    Predicate,
    Query,
)

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
_PREDICATES = frozenset(("after", "before", "by", "during", "from", "on", "to"))
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS', 'IS NOT', 'WAS' and 'CHANGED'"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: str


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
                f"enclose it in a string or use the escape sequence for it. {_place(jql, at)}"
            )
        if match.lastgroup is not None:
            text = match[0]
            if match.lastgroup == "text":
                text = _ESCAPE.sub(r"\1", text[1:-1])
            tokens.append(_Token(match.lastgroup, text, _place(jql, at)))
        at = match.end()
    return tokens


def _place(jql: str, at: int) -> str:
    """Return where something stands in a query, in Jira's words."""
    before = jql[:at]
    return f"(line {before.count(chr(10)) + 1}, character {at - before.rfind(chr(10))})"


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
        if operator == "changed":
            return Condition(field, operator, (), self._predicates())
        operands = self._list() if operator.endswith("in") else (self._operand(),)
        if operator in ("is", "is not") and operands != (Literal(None),):
            raise JqlError(f"The operator '{operator}' goes with EMPTY only.")
        return Condition(field, operator, operands, self._predicates() if operator.startswith("was") else ())

    def _list(self) -> tuple[Operand, ...]:
        """Return the values in brackets, or the one function whose result is a list."""
        if self._is_function():
            return (self._operand(),)
        if not self._take("mark", "("):
            raise self._unexpected("'('")
        operands = [self._operand()]
        while self._take("mark", ","):
            operands.append(self._operand())
        if not self._take("mark", ")"):
            raise self._unexpected("')'")
        return tuple(operands)

    def _predicates(self) -> tuple[Predicate, ...]:
        found: list[Predicate] = []
        while (word := next((one for one in _PREDICATES if self._take_word(one)), None)) is not None:
            is_list = self._at < len(self._tokens) and self._tokens[self._at].text == "("
            found.append(Predicate(word, self._list() if is_list else (self._operand(),)))
        return tuple(found)

    def _operator(self) -> str:
        token = self._take("operator")
        if token is not None:
            return token.text
        if self._take_word("changed"):
            return "changed"
        if self._take_word("was"):
            return " ".join(("was", *(word for word in ("not", "in") if self._take_word(word))))
        if self._take_word("is"):
            return "is not" if self._take_word("not") else "is"
        if self._take_word("in"):
            return "in"
        if self._take_word("not") and self._take_word("in"):
            return "not in"
        raise self._unexpected("operator", hint=f" The valid operators are {_OPERATORS}.")

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

    def _unexpected(self, expected: str, *, hint: str = "") -> JqlError:
        if self._at == len(self._tokens):
            return JqlError(
                f"Error in the JQL Query: Expecting {expected} before the end of the query.{hint}"
            )
        token = self._tokens[self._at]
        return JqlError(
            f"Error in the JQL Query: Expecting {expected} but got '{token.text[:40]}'.{hint} {token.place}"
        )
