"""Every operation of Jira's API with what it needs: loaded once, looked up by id and by scope."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownkey.scopes.requirement import Requirement, Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

CATALOGUE_FILE = Path(__file__).with_name("operations.json")


class UnknownOperationError(LookupError):
    """No operation, or more than one, goes by this name."""

    code = "unknown-operation"


class Callers(StrEnum):
    """Who may call an operation that no scope opens, as far as Atlassian's files say."""

    APPS = "apps"
    """Connect apps only: no API token of any kind."""
    BASIC_AUTH = "basic-auth"
    """Whoever signs in with basic authentication, as an API token without scopes does."""
    UNSAID = "unsaid"
    """No scope is published, nor anything about other API tokens."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint of Jira's API."""

    method: str
    path: str
    """The path template, such as `/rest/agile/1.0/sprint/{sprintId}`."""
    operation_id: str
    """Atlassian's own id. It repeats between files, and within one: method and path never do."""
    requirement: Requirement
    reads: bool
    """Whether it only reads, whatever its method."""
    api: str
    """Which of Atlassian's files it comes from: platform, software, service-management or assets."""
    is_ambiguous: bool = False
    """Whether an empty scope set is published beside the others: it may be that no scope is needed."""
    json_object_required: bool = False
    """Whether a call without a JSON object as its body is refused."""
    numeric_parameters: frozenset[str] = frozenset()
    """The parameters of the path that have to be numbers."""
    callers: Callers = Callers.UNSAID
    """Who may call it although no scope opens it; it says nothing where the requirement is not closed."""

    @property
    def signature(self) -> str:
        """Method and path template: what names one operation and no other."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Source:
    """One of Atlassian's files that the catalogue was made from."""

    api: str
    version: str
    date: str
    operations: int


class Catalogue:
    """Operations, and look-ups among them."""

    def __init__(self, operations: Iterable[Operation], sources: Mapping[str, Source] | None = None) -> None:
        self.operations = tuple(operations)
        self.sources = dict(sources or {})
        self.scopes: frozenset[Scope] = frozenset().union(
            *(operation.requirement.scopes for operation in self.operations)
        )
        self._by_signature = {operation.signature: operation for operation in self.operations}
        self._by_scope: dict[Scope, list[Operation]] = {}
        for operation in self.operations:
            for scope in operation.requirement.scopes:
                self._by_scope.setdefault(scope, []).append(operation)

    def operation(self, name: str, *, api: str | None = None) -> Operation:
        """Return the one operation of this name: Atlassian's id, or method and path template.

        Raises:
            UnknownOperationError: no operation goes by this name, or several do.
        """
        if found := self._by_signature.get(name):
            return found
        candidates = [
            operation
            for operation in self.operations
            if operation.operation_id == name and api in (None, operation.api)
        ]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            signatures = ", ".join(f"{one.signature} ({one.api})" for one in candidates)
            raise UnknownOperationError(
                f"Several operations are called {name}: {signatures}. Name one of them."
            )
        raise UnknownOperationError(f"Atlassian's files have no operation called {name}.")

    def operations_opened_by(self, scopes: Collection[Scope]) -> tuple[Operation, ...]:
        """Return the operations that these scopes open.

        What needs no scope is left out: any token opens it, so these scopes do not.
        """
        held = frozenset(scopes)
        return tuple(
            operation
            for operation in self.operations
            if not operation.requirement.is_open and operation.requirement.is_satisfied_by(held)
        )

    def operations_needing(self, scope: Scope) -> tuple[Operation, ...]:
        """Return the operations that name this scope in any alternative."""
        return tuple(self._by_scope.get(scope, ()))


def read_catalogue(document: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue that a document of `ownkey scopes build` describes."""
    sources = {
        row["api"]: Source(row["api"], row["version"], row["date"], row["operations"])
        for row in document["sources"]
    }
    return Catalogue((_operation(row) for row in document["operations"]), sources)


def _operation(row: Mapping[str, Any]) -> Operation:
    return Operation(
        method=row["method"],
        path=row["path"],
        operation_id=row["id"],
        requirement=Requirement(tuple(frozenset(scopes) for scopes in row["scopes"])),
        reads=row.get("reads", False),
        api=row["api"],
        is_ambiguous=row.get("ambiguous", False),
        json_object_required=row.get("json_object", False),
        numeric_parameters=frozenset(row.get("numeric", ())),
        callers=Callers(row.get("callers", Callers.UNSAID)),
    )


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that Ownkey comes with."""
    return read_catalogue(json.loads(CATALOGUE_FILE.read_text("utf-8")))
