"""The form with which a person tries an operation that reads: its parameters, its query, its document."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

from ownkey.atlassian.secret_shapes import looks_like_secret
from ownkey.scopes.catalogue import Operation, UnknownOperationError, load_catalogue
from ownkey.scopes.router import load_router
from ownkey.unseen import TURNING
from ownkey.workspace.jira.tried import Question
from ownkey.workspace.jira.uses import Use

READING: Final = frozenset(
    Use(operation.method, operation.path)
    for operation in load_catalogue().operations
    if operation.reads and not operation.requirement.is_closed
)
"""What the page may use: every operation that only reads and that some token may call."""

LONGEST_PART: Final = 255
LONGEST_QUERY: Final = 4_000
LONGEST_DOCUMENT: Final = 20_000
MOST_PAIRS: Final = 50
PART: Final = "in-"
"""What the names of the fields for parameters begin with."""

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PAGE_TOKEN: Final = re.compile(r"""(?i)pagetoken["']?\s*[=:]\s*["']?[^&"'\s]+""")
"""What leads to Jira's next page is long and mixed, and no secret."""
_EMPTY: Final = "This has a place in the address, so it cannot be empty."
_SECRET: Final = "This looks like a secret, so it is not sent: it has no place in a question."  # noqa: S105
_NOT_HERE: Final = "This cannot stand in an address: dots alone, slashes or control characters change it."


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.

    Attributes:
        name: Its name in the form.
        label: What stands above it.
        value: What was typed.
        problem: Why it cannot be sent; empty if it can.
        is_number: Whether it has to be a number.
    """

    name: str
    label: str
    value: str = ""
    problem: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class TryForm:
    """The form of one operation, with what was typed.

    Attributes:
        operation: The operation.
        parts: A field for each parameter of its path, in order.
        query: The query.
        document: The JSON document; None where the operation takes none.
    """

    operation: Operation
    parts: tuple[Field, ...]
    query: Field
    document: Field | None

    @property
    def is_valid(self) -> bool:
        """Whether it can be asked."""
        fields = [*self.parts, self.query, *([self.document] if self.document else [])]
        return not any(field.problem for field in fields)

    def question(self) -> Question:
        """Return what is asked; the form is valid."""
        written = self.document.value.strip() if self.document else ""
        return Question(
            Use(self.operation.method, self.operation.path),
            {field.label: field.value for field in self.parts},
            query=_pairs(self.query.value),
            document=json.loads(written) if written else None,
        )


def operation_called(signature: str) -> Operation | None:
    """Return the operation that the page may use and that has this method and path template, or None."""
    method, _, path = signature.partition(" ")
    if Use(method, path) not in READING:
        return None
    try:
        return load_catalogue().operation(signature)
    except UnknownOperationError:
        return None


def try_form(operation: Operation, data: Mapping[str, str], *, is_sent: bool) -> TryForm:
    """Return the form of an operation.

    Args:
        operation: The operation.
        data: What was typed, by the fields' names; of an address as well, so that a link can fill it in.
        is_sent: Whether it is to be asked: only then is what was typed looked at.
    """
    parts = tuple(
        _field(
            f"{PART}{name}",
            name,
            data.get(f"{PART}{name}", "")[: LONGEST_PART + 1],
            partial(_problem_of_part, name, operation) if is_sent else _unlooked_at,
            is_number=name in operation.numeric_parameters,
        )
        for name in _PARAMETER.findall(operation.path)
    )
    query = data.get("query", "")[: LONGEST_QUERY + 1]
    document = data.get("document", "")[: LONGEST_DOCUMENT + 1]
    form = TryForm(
        operation,
        parts,
        _field("query", "Query", query, _problem_of_query if is_sent else _unlooked_at),
        _field("document", "JSON document", document, _problem_of_document if is_sent else _unlooked_at)
        if operation.method == "POST"
        else None,
    )
    return _routed(form) if is_sent and form.is_valid else form


def _field(
    name: str, label: str, value: str, problem_of: Callable[[str], str], *, is_number: bool = False
) -> Field:
    problem = problem_of(value)
    # What looks like a secret does not come back in the page either.
    return Field(name, label, "" if problem == _SECRET else value, problem, is_number)


def _unlooked_at(_value: str) -> str:
    return ""


def _routed(form: TryForm) -> TryForm:
    """Return a valid form; with a problem where its address belongs to another operation."""
    path = Use(form.operation.method, form.operation.path).filled(
        {field.label: field.value for field in form.parts}
    )
    found = load_router().find(form.operation.method, path)
    if found is form.operation or not form.parts:
        return form
    problem = (
        f"With this the address belongs to another operation, {found.signature}."
        if isinstance(found, Operation)
        else _NOT_HERE
    )
    last = form.parts[-1]
    changed = Field(last.name, last.label, last.value, problem, last.is_number)
    return TryForm(form.operation, (*form.parts[:-1], changed), form.query, form.document)


def _problem_of_part(name: str, operation: Operation, value: str) -> str:
    if not value.strip():
        return _EMPTY
    if len(value) > LONGEST_PART:
        return f"At most {LONGEST_PART} characters."
    if looks_like_secret(value):
        return _SECRET
    if not _fits_in_address(value):
        return _NOT_HERE
    if name in operation.numeric_parameters and re.fullmatch(r"-?[0-9]{1,19}", value) is None:
        return "This has to be a number."
    return ""


def _fits_in_address(value: str) -> bool:
    changes = value in {".", ".."} or re.search(r"[/\\\x00-\x1f\x7f-\x9f]", value)
    return not changes and TURNING.isdisjoint(value) and _is_text(value)


def _problem_of_query(text: str) -> str:
    if len(text) > LONGEST_QUERY:
        return f"At most {LONGEST_QUERY:,} characters."
    if looks_like_secret(_PAGE_TOKEN.sub("", text)):
        return _SECRET
    try:
        pairs = _pairs(text)
    except ValueError:
        return f"At most {MOST_PAIRS} values, each as name=value, with & between them."
    if not all(_is_text(name + value) for name, value in pairs):
        return "This holds half a character; type it again."
    return "" if all(name for name, _ in pairs) else "Each value needs a name: name=value."


def _problem_of_document(text: str) -> str:
    if len(text) > LONGEST_DOCUMENT:
        return f"At most {LONGEST_DOCUMENT:,} characters."
    if looks_like_secret(_PAGE_TOKEN.sub("", text)):
        return _SECRET
    if not text.strip():
        return ""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return f"This is no JSON: line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):
        return "This is no JSON that can be sent: a number is too long, or it is nested too deeply."
    return "" if isinstance(document, (dict, list)) else "Begin with { or [."


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return the query's names and values.

    Raises:
        ValueError: there are too many.
    """
    return parse_qsl(text.strip().removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_PAIRS)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
