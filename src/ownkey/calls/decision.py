"""May this caller make this call? Decided on a snapshot alone, each refusal with its reason and next step."""

import re
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, cast

from ownkey.calls.grants import Connected, Snapshot, Withheld
from ownkey.calls.refusals import TABLE, Code, Refusal
from ownkey.calls.unknown_operations import describe
from ownkey.scopes.catalogue import Callers, Operation
from ownkey.scopes.requirement import Scope
from ownkey.scopes.router import Unrouted, UnroutedReason, load_router

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_SUCH_METHOD: Final = Refusal(
    Code.WRONG_METHOD,
    "No operation of Jira's API has this method.",
    "Use GET, HEAD, POST, PUT, PATCH or DELETE.",
    headers=((b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE"),),
)
UNREADABLE_QUERY: Final = Refusal(Code.BAD_REQUEST)

_MAIN_LACKS = (
    "{name} needs {missing}, which the main credential of this ALM account does not have.",
    "Connect your own API token under ALM Credentials in your profile.",
)
_QUERY = re.compile(rb"[!\"$-~]*")
"""Visible ASCII without `#`, which would end the query."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The call may go out, with this credential.

    Attributes:
        operation: Which operation it is; None where the account lets unknown ones pass.
        credential: What it is made with.
    """

    operation: Operation | None
    credential: Connected


@dataclass(frozen=True, slots=True)
class Refused:
    """The call may not go out.

    Attributes:
        refusal: What the caller is answered.
        operation: Which operation it is, if it is one.
        missing: The fewest scopes that would have to be added where the reason says they are missing.
    """

    refusal: Refusal
    operation: Operation | None = None
    missing: frozenset[Scope] = frozenset()

    @property
    def code(self) -> Code:
        """Why, as a code."""
        return self.refusal.code


Decision: TypeAlias = Allowed | Refused


class Routes(Protocol):
    """What finds operations: `ownkey.scopes.router.Router`."""

    def find(self, method: str, path: str) -> Operation | Unrouted:
        """Return the operation of a request, or why there is none."""


def decide(
    who: Snapshot, method: str, path: str, query: bytes = b"", *, routes: Routes | None = None
) -> Decision:
    """Return whether the caller behind a snapshot may make this call now, and with which credential.

    Nothing but the snapshot and the catalogue is looked at, and no body is needed. The path is the raw one
    that will be sent. HEAD is decided as GET.
    """
    if method not in METHODS:
        return Refused(NO_SUCH_METHOD)
    if not is_readable(query):
        return Refused(UNREADABLE_QUERY)
    found = (routes or load_router()).find("GET" if method == "HEAD" else method, path)
    if isinstance(found, Unrouted):
        return _with_credential(_refused_unrouted(found, path, who), None, who)
    return decide_operation(who, found)


def decide_operation(who: Snapshot, operation: Operation) -> Decision:
    """Return whether the caller behind a snapshot may call an operation now, whatever its parameters.

    `decide` says the same of every path that is the operation's.
    """
    decision = who.decided.get(operation.signature)
    if decision is None:
        decision = _with_credential(_refused(operation, who), operation, who)
        who.decided[operation.signature] = decision
    return cast("Decision", decision)


def objection_to(
    who: Snapshot, method: str, path: str, *, routes: Routes | None = None
) -> tuple[Operation | None, Refused | None]:
    """Return which operation a call is, and why scopes and policies rule it out, whatever the credential.

    A requirement has to be met within the profile, then within what the client key was narrowed to, then
    within what the token is known to have; the first that falls short is the reason, as its owner is the one
    who can help.
    """
    found = (routes or load_router()).find("GET" if method == "HEAD" else method, path)
    if isinstance(found, Unrouted):
        return None, _refused_unrouted(found, path, who)
    return found, _refused(found, who)


def is_readable(query: bytes) -> bool:
    """Whether a query can be sent as it is."""
    return not query or _QUERY.fullmatch(query) is not None


def _with_credential(refused: Refused | None, operation: Operation | None, who: Snapshot) -> Decision:
    if refused is not None:
        return refused
    if isinstance(who.credential, Withheld):
        return Refused(Refusal(who.credential.reason), operation)
    return Allowed(operation, who.credential)


def _refused(operation: Operation, who: Snapshot) -> Refused | None:
    requirement = operation.requirement
    if requirement.is_closed:
        return _about(operation, Code.NO_TOKEN_MAY)
    if who.read_only is not None and not operation.reads:
        return _about(operation, Code.READ_ONLY)
    scopes = who.account.profile_scopes
    if not requirement.is_satisfied_by(scopes):
        return _about(operation, Code.SCOPE_NOT_IN_PROFILE, requirement.missing_from(scopes))
    if who.key_scopes is not None:
        scopes &= who.key_scopes
        if not requirement.is_satisfied_by(scopes):
            return _about(operation, Code.SCOPE_NOT_IN_CLIENT_KEY, requirement.missing_from(scopes))
    credential = who.credential
    if isinstance(credential, Connected) and credential.token_scopes is not None:
        scopes &= credential.token_scopes
        if not requirement.is_satisfied_by(scopes):
            missing = requirement.missing_from(scopes)
            return _about(operation, Code.SCOPE_NOT_IN_TOKEN, missing, main_lacks=credential.is_main)
    return None


def _refused_unrouted(unrouted: Unrouted, path: str, who: Snapshot) -> Refused | None:
    match unrouted.reason:
        case UnroutedReason.UNSAFE_PATH:
            return Refused(Refusal(Code.UNSAFE_PATH))
        case UnroutedReason.WRONG_METHOD:
            allow = ", ".join(unrouted.allowed_methods).encode("ascii")
            return Refused(Refusal(Code.WRONG_METHOD, headers=((b"allow", allow),)))
        case UnroutedReason.UNKNOWN_PATH:
            # A key that was narrowed in any way never calls what cannot be judged.
            is_narrowed = who.key_scopes is not None or who.read_only is not None
            if who.account.passes_unknown_operations and not is_narrowed:
                return None
            about = describe(path)
            return Refused(Refusal(Code.UNKNOWN_OPERATION, about.detail, about.next_step))


def _about(
    operation: Operation, code: Code, missing: frozenset[Scope] = frozenset(), *, main_lacks: bool = False
) -> Refused:
    detail, next_step = TABLE[code].detail, TABLE[code].next_step
    if main_lacks:
        detail, next_step = _MAIN_LACKS
    if operation.callers is Callers.APPS:
        detail = "{name} is for Connect apps; Atlassian lets no API token call it."
    detail = detail.format(name=operation.operation_id, missing=" and ".join(sorted(missing)))
    refusal = Refusal(code, detail, next_step, _members(operation, missing))
    return Refused(refusal, operation, missing)


def _members(operation: Operation, missing: frozenset[Scope]) -> dict[str, object]:
    members: dict[str, object] = {"operation": operation.operation_id}
    if missing:
        members["missing"] = sorted(missing)
    return members
