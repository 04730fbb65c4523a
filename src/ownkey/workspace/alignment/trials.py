"""Which one call decides a scope: something is read, or a probe is sent that cannot have an effect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ownkey.scopes.catalogue import Operation, load_catalogue
from ownkey.scopes.probes import cost_of, is_probed, probe_of
from ownkey.workspace.jira.tried import Question
from ownkey.workspace.jira.uses import BOARD_EPICS, BOARD_SPRINTS, BOARDS, Use
from ownkey.workspace.jira.values import quoted
from ownkey.workspace.operations.listing import lost_without

BOARD_VERSIONS: Final = Use("GET", "/rest/agile/1.0/board/{boardId}/version")
SEARCH_BY_ADDRESS: Final = Use("GET", "/rest/api/3/search/jql")
ASSIGNABLE: Final = Use("GET", "/rest/api/3/user/assignable/search")
READS: Final = (BOARDS, BOARD_VERSIONS, BOARD_EPICS, BOARD_SPRINTS, SEARCH_BY_ADDRESS, ASSIGNABLE)

PROBED: Final = frozenset(
    Use(operation.method, operation.path) for operation in load_catalogue().operations if is_probed(operation)
)
"""Every operation for which there is a harmless request; nothing but that request is ever sent to them."""

# Of what a scope opens, what its line speaks of; each malformed and of an id that cannot exist.
_SPOKEN_OF: Final = (
    "POST /rest/agile/1.0/epic/{epicIdOrKey}",
    "POST /rest/agile/1.0/sprint/{sprintId}",
    "PUT /rest/api/3/issue/{issueIdOrKey}",
    "PUT /rest/api/3/component/{id}",
)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a person tries something.

    Attributes:
        project: A project's key; empty where none is known.
        board: A board's id; empty where none is known.
        nonce: Random text: ids that cannot exist are made from it.
    """

    project: str
    board: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Trial:
    """The call that decides a scope.

    Attributes:
        scope: The scope.
        question: What is asked.
        beside: The other required scopes without which the call is not let through either, sorted.
        is_probe: Whether it asks for what cannot exist, rather than reading something.
    """

    scope: str
    question: Question
    beside: tuple[str, ...]
    is_probe: bool


May = Callable[[Operation], bool]
"""Whether a person may call an operation."""


def anything(_operation: Operation) -> bool:
    """Let every call leave."""
    return True


def can_be_tried(scope: str, scopes: frozenset[str], *, may: May = anything) -> bool:
    """Whether one call decides a scope of a set: it opens something that the others do not."""
    return any(_is_asked(operation) and may(operation) for operation in lost_without(scope, scopes))


def trial_of(scope: str, scopes: frozenset[str], where: Where, *, may: May = anything) -> Trial | None:
    """Return the call that decides a scope of a set; None where none does, or none without an effect.

    Args:
        scope: The scope.
        scopes: The set, as far as it is known that the token has it.
        where: Where it is tried.
        may: Whether the person may call an operation; one that would leave goes before one that would not.
    """
    lost = {operation.signature: operation for operation in lost_without(scope, scopes)}
    for question in _reads(scope, where):
        operation = lost.get(question.use.signature)
        if operation is not None:
            return Trial(scope, question, _beside(operation, scope, scopes), is_probe=False)
    probed = [operation for operation in lost.values() if is_probed(operation)]
    if not probed:
        return None
    operation = min(probed, key=lambda each: (not may(each), *_preference(each)))
    question = Question(Use(operation.method, operation.path), probe=probe_of(operation, nonce=where.nonce))
    return Trial(scope, question, _beside(operation, scope, scopes), is_probe=True)


def _is_asked(operation: Operation) -> bool:
    return is_probed(operation) or Use(operation.method, operation.path) in READS


def _reads(scope: str, where: Where) -> tuple[Question, ...]:
    """Return what can be read that needs a scope, the most telling first."""
    boards = _of_project(BOARDS, "projectKeyOrId", where)
    found = {
        "read:project:jira": boards,
        "read:board-scope:jira-software": (*_of_board(BOARD_VERSIONS, where), *boards),
        "read:epic:jira-software": _of_board(BOARD_EPICS, where),
        "read:sprint:jira-software": _of_board(BOARD_SPRINTS, where),
        "read:jira-work": _search(where),
        "read:jira-user": _of_project(ASSIGNABLE, "project", where),
    }
    return found.get(scope, ())


def _of_board(use: Use, where: Where) -> tuple[Question, ...]:
    return (Question(use, {"boardId": where.board}, query={"maxResults": 1}),) if where.board else ()


def _of_project(use: Use, name: str, where: Where) -> tuple[Question, ...]:
    return (Question(use, query={name: where.project, "maxResults": 1}),) if where.project else ()


def _search(where: Where) -> tuple[Question, ...]:
    jql = f"project = {quoted(where.project)}"
    return (Question(SEARCH_BY_ADDRESS, query={"jql": jql, "maxResults": 1}),) if where.project else ()


def _beside(operation: Operation, scope: str, scopes: frozenset[str]) -> tuple[str, ...]:
    """Return what the fewest scopes of a set are, beside one, that open an operation."""
    enough = [one for one in operation.requirement.alternatives if scope in one and one <= scopes]
    return tuple(sorted(min(enough, key=lambda one: (len(one), sorted(one))) - {scope})) if enough else ()


def _preference(operation: Operation) -> tuple[bool, float, str]:
    return operation.signature not in _SPOKEN_OF, cost_of(operation), operation.signature
