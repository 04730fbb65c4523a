"""What a query is once it is read: conditions, and how they go together."""

from __future__ import annotations

from dataclasses import dataclass


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
class Predicate:
    """What more is asked of a change: by whom, from or to what, and when."""

    word: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, an operator in lower case, and what the field is compared with, or how it was changed."""

    field: str
    operator: str
    operands: tuple[Operand, ...]
    predicates: tuple[Predicate, ...] = ()


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
