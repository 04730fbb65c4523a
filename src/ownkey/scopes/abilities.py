"""What a set of scopes lets a person do in Jira, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.inference import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ownkey.scopes.catalogue import Catalogue, Operation
    from ownkey.scopes.requirement import Scope

_REST = "/rest/api/3"
_AGILE = "/rest/agile/1.0"
_ASSETS = "/jsm/assets/workspace/{workspaceId}/v1"
_ISSUE = f"{_REST}/issue/{{issueIdOrKey}}"

# Each with the operations that it takes: all of them. What a person cares about comes first, housekeeping
# last.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "See who I am": (f"GET {_REST}/myself",),
    "Search issues": (f"GET {_REST}/search/jql", f"POST {_REST}/search/jql"),
    "See issues": (f"GET {_ISSUE}",),
    "See comments and history": (f"GET {_ISSUE}/comment", f"GET {_ISSUE}/changelog"),
    "Create issues": (f"POST {_REST}/issue", f"GET {_REST}/issue/createmeta/{{projectIdOrKey}}/issuetypes"),
    "Edit issues": (f"PUT {_ISSUE}",),
    "Move issues through their workflow": (f"GET {_ISSUE}/transitions", f"POST {_ISSUE}/transitions"),
    "Assign issues": (f"PUT {_ISSUE}/assignee",),
    "Link issues": (f"POST {_REST}/issueLink", f"GET {_REST}/issueLinkType"),
    "Delete issues": (f"DELETE {_ISSUE}",),
    "Comment": (f"POST {_ISSUE}/comment",),
    "Delete comments": (f"DELETE {_ISSUE}/comment/{{id}}",),
    "Log work": (f"POST {_ISSUE}/worklog",),
    "Upload attachments": (f"POST {_ISSUE}/attachments",),
    "Download attachments": (f"GET {_REST}/attachment/content/{{id}}",),
    "Delete attachments": (f"DELETE {_REST}/attachment/{{id}}",),
    "See people": (f"GET {_REST}/user", f"GET {_REST}/user/search"),
    "See projects": (f"GET {_REST}/project/search", f"GET {_REST}/project/{{projectIdOrKey}}"),
    "See versions and components": (
        f"GET {_REST}/project/{{projectIdOrKey}}/version",
        f"GET {_REST}/project/{{projectIdOrKey}}/component",
    ),
    "Manage versions": (f"POST {_REST}/version", f"PUT {_REST}/version/{{id}}"),
    "Manage components": (f"POST {_REST}/component", f"PUT {_REST}/component/{{id}}"),
    "Change a project's details": (f"PUT {_REST}/project/{{projectIdOrKey}}",),
    "Create projects": (f"POST {_REST}/project",),
    "See boards": (f"GET {_AGILE}/board",),
    "See a board's issues": (f"GET {_AGILE}/board/{{boardId}}/issue",),
    "See sprints": (f"GET {_AGILE}/board/{{boardId}}/sprint", f"GET {_AGILE}/sprint/{{sprintId}}"),
    "See a sprint's issues": (f"GET {_AGILE}/sprint/{{sprintId}}/issue",),
    "Create and change sprints": (f"POST {_AGILE}/sprint", f"PUT {_AGILE}/sprint/{{sprintId}}"),
    "Put issues into a sprint": (f"POST {_AGILE}/sprint/{{sprintId}}/issue",),
    "Delete sprints": (f"DELETE {_AGILE}/sprint/{{sprintId}}",),
    "See epics": (f"GET {_AGILE}/board/{{boardId}}/epic", f"GET {_AGILE}/epic/{{epicIdOrKey}}"),
    "Change and rank epics": (
        f"POST {_AGILE}/epic/{{epicIdOrKey}}",
        f"PUT {_AGILE}/epic/{{epicIdOrKey}}/rank",
    ),
    "Put issues into an epic": (f"POST {_AGILE}/epic/{{epicIdOrKey}}/issue",),
    "Rank issues": (f"PUT {_AGILE}/issue/rank",),
    "Delete a board's properties": (f"DELETE {_AGILE}/board/{{boardId}}/properties/{{propertyKey}}",),
    "Cancel long tasks": (f"POST {_REST}/task/{{taskId}}/cancel",),
    "Delete avatars": (
        f"DELETE {_REST}/universal_avatar/type/{{type}}/owner/{{owningObjectId}}/avatar/{{id}}",
    ),
    "Delete build information": ("DELETE /rest/builds/0.1/pipelines/{pipelineId}/builds/{buildNumber}",),
    "See Assets objects": (f"GET {_ASSETS}/object/{{id}}", f"POST {_ASSETS}/object/aql"),
    "Delete Assets objects": (f"DELETE {_ASSETS}/object/{{id}}",),
    "Delete Assets schemas": (f"DELETE {_ASSETS}/objectschema/{{id}}",),
    "Delete Assets types": (f"DELETE {_ASSETS}/objecttype/{{id}}",),
    "Delete Assets attributes": (f"DELETE {_ASSETS}/objecttypeattribute/{{id}}",),
}


class Answer(StrEnum):
    """Whether a person can do something with a token."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that a person does in Jira, and the operations that it takes."""

    name: str
    operations: tuple[Operation, ...]


def abilities(
    granted: Collection[Scope],
    missing: Collection[Scope],
    *,
    catalogue: Catalogue | None = None,
    outcome_of: Callable[[Operation], Outcome] | None = None,
) -> tuple[tuple[Ability, Answer], ...]:
    """Return every ability, in the order in which people are told, with whether proved facts allow it.

    The answer is about scopes alone: Jira's own permissions may still say no.

    Args:
        granted: Scopes proved to be there.
        missing: Scopes proved not to be there. What is in neither may or may not be there.
        catalogue: The operations, Ownkey's own if left out.
        outcome_of: What answers tell of an operation even where they do not tell which scope it is.
    """
    there, absent = frozenset(granted), frozenset(missing)

    def outcome(operation: Operation) -> Outcome:
        if operation.requirement.is_satisfied_by(there):
            return Outcome.MET
        # A requirement that even all other scopes together do not satisfy is unmet for sure.
        if all(one & absent for one in operation.requirement.alternatives):
            return Outcome.UNMET
        return outcome_of(operation) if outcome_of else Outcome.UNDECIDED

    return tuple(
        (ability, _answer({outcome(operation) for operation in ability.operations}))
        for ability in all_abilities(catalogue)
    )


def abilities_of(scopes: Collection[Scope]) -> tuple[tuple[Ability, Answer], ...]:
    """Return every ability with whether a token with these scopes and no others has it."""
    return abilities(scopes, load_catalogue().scopes - frozenset(scopes))


def names_beyond(scopes: Collection[Scope]) -> frozenset[str]:
    """Return the names of the abilities that these scopes do not open."""
    return frozenset(ability.name for ability, answer in abilities_of(scopes) if answer is not Answer.YES)


def all_abilities(catalogue: Catalogue | None = None) -> tuple[Ability, ...]:
    """Return every ability, in the order in which people are told."""
    return _abilities_in(catalogue or load_catalogue())


@lru_cache(maxsize=2)
def _abilities_in(catalogue: Catalogue) -> tuple[Ability, ...]:
    return tuple(
        Ability(name, tuple(catalogue.operation(signature) for signature in signatures))
        for name, signatures in _NAMES.items()
    )


def _answer(outcomes: set[Outcome]) -> Answer:
    if outcomes == {Outcome.MET}:
        return Answer.YES
    return Answer.NO if Outcome.UNMET in outcomes else Answer.UNSURE
