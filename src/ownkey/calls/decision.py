"""May this client key call this operation? A pure decision, with the reason and the next step."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias, cast

from ownkey.calls.grants import Connected, Snapshot, WithheldReason
from ownkey.calls.refusals import Code, Problem
from ownkey.calls.unknown_operations import UnknownAddress, describe
from ownkey.scopes.catalogue import Callers, Operation
from ownkey.scopes.requirement import Scope
from ownkey.scopes.router import Unrouted, UnroutedReason


class DeniedReason(StrEnum):
    """Why a call is not allowed."""

    UNSAFE_PATH = "unsafe-path"
    UNKNOWN_OPERATION = "unknown-operation"
    WRONG_METHOD = "wrong-method"
    NO_TOKEN_MAY = "no-token-may"  # noqa: S105 — a reason, not a secret
    READ_ONLY = "read-only"
    PROFILE = "scope-not-in-profile"
    CLIENT_KEY = "scope-not-in-client-key"
    TOKEN = "scope-not-in-token"  # noqa: S105 — a reason, not a secret


@dataclass(frozen=True, slots=True)
class Allowed:
    """The call may go out. There is no operation where the account lets unknown ones pass."""

    operation: Operation | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The call may not go out.

    Attributes:
        reason: Why.
        operation: Which operation it is, if it is one.
        missing: The fewest scopes that would have to be added where the reason says they are missing.
        allowed_methods: What the path can be called with, for `WRONG_METHOD`.
        is_through_main: Whether the token that falls short is the ALM account's own, for `TOKEN`.
        about: Whose the address is, for `UNKNOWN_OPERATION`.
    """

    reason: DeniedReason
    operation: Operation | None = None
    missing: frozenset[Scope] = frozenset()
    allowed_methods: tuple[str, ...] = ()
    is_through_main: bool = False
    about: UnknownAddress | None = None

    @property
    def next_step(self) -> str:
        """What to do about it, in a sentence."""
        if self.about is not None:
            return self.about.next_step
        return _NEXT_STEP_BESIDE_MAIN if self.is_through_main else _NEXT_STEPS[self.reason]

    def as_problem(self) -> Problem:
        """Return the answer to the caller."""
        members: dict[str, object] = {}
        if self.operation is not None:
            members["operation"] = self.operation.operation_id
        if self.missing:
            members["missing"] = sorted(self.missing)
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if self.reason is DeniedReason.WRONG_METHOD:
            headers = ((b"allow", ", ".join(self.allowed_methods).encode("ascii")),)
        return Problem(Code(self.reason.value), self._detail(), self.next_step, members, headers)

    def _detail(self) -> str:
        if self.about is not None:
            return self.about.detail
        name = self.operation.operation_id if self.operation is not None else "This call"
        if self.operation is not None and self.operation.callers is Callers.APPS:
            return f"{name} is for Connect apps; Atlassian lets no API token call it."
        words = _MAIN_LACKS if self.is_through_main else _DETAILS[self.reason]
        return words.format(name=name, missing=" and ".join(sorted(self.missing)))


Decision: TypeAlias = Allowed | Denied

_DETAILS = {
    DeniedReason.UNSAFE_PATH: (
        "The path has dot segments, doubled or encoded slashes, control characters, or characters that have "
        "to be percent-encoded."
    ),
    DeniedReason.WRONG_METHOD: "The path is an operation with other methods only.",
    DeniedReason.NO_TOKEN_MAY: "{name} has no scope that Atlassian publishes, so no scope profile allows it.",
    DeniedReason.READ_ONLY: "{name} changes something, and here only reading is allowed.",
    DeniedReason.PROFILE: "{name} needs {missing}, which the ALM account's scope profile does not hold.",
    DeniedReason.CLIENT_KEY: "{name} needs {missing}, which this client key was not given.",
    DeniedReason.TOKEN: "{name} needs {missing}, which your API token does not have.",
}
_MAIN_LACKS = "{name} needs {missing}, which the main credential of this ALM account does not have."
_NEXT_STEP_BESIDE_MAIN = "Connect your own API token under ALM Credentials in your profile."
_NEXT_STEPS = {
    DeniedReason.UNSAFE_PATH: "Send the path plainly, with each value percent-encoded once.",
    DeniedReason.WRONG_METHOD: "Use one of the methods named in the Allow header.",
    DeniedReason.NO_TOKEN_MAY: "Use another operation: through Ownkey no API token may call this one.",
    DeniedReason.READ_ONLY: "Use a client key that may write, or connect your own API token.",
    DeniedReason.PROFILE: "Ask an administrator to add the scope to the profile of this ALM account.",
    DeniedReason.CLIENT_KEY: "Make a client key that includes the scope, in your profile.",
    DeniedReason.TOKEN: "Make a new API token with the scope, and save it under ALM Credentials.",
}


class Routes(Protocol):
    """What finds operations: `ownkey.scopes.router.Router`."""

    def find(self, method: str, path: str) -> Operation | Unrouted:
        """Return the operation of a request, or why there is none."""


def authorise(method: str, path: str, *, snapshot: Snapshot, routes: Routes) -> Decision:
    """Return whether the key behind a snapshot may make this call.

    The path is the raw one that will be sent. HEAD is decided as GET. A requirement has to be met within the
    profile, then within what the client key was narrowed to, then within what the token is known to have; the
    first that falls short is the reason, as its owner is the one who can help.
    """
    found = routes.find("GET" if method == "HEAD" else method, path)
    if isinstance(found, Unrouted):
        return _decide_unrouted(found, path, snapshot)
    decision = snapshot.decided.get(found.signature)
    if decision is None:
        decision = snapshot.decided[found.signature] = _decide(found, snapshot)
    return cast("Decision", decision)


def _decide(operation: Operation, snapshot: Snapshot) -> Decision:
    requirement = operation.requirement
    if requirement.is_closed:
        return Denied(DeniedReason.NO_TOKEN_MAY, operation)
    if snapshot.read_only is not None and not operation.reads:
        return Denied(DeniedReason.READ_ONLY, operation)
    scopes = snapshot.account.profile_scopes
    if not requirement.is_satisfied_by(scopes):
        return Denied(DeniedReason.PROFILE, operation, requirement.missing_from(scopes))
    if snapshot.key_scopes is not None:
        scopes &= snapshot.key_scopes
        if not requirement.is_satisfied_by(scopes):
            return Denied(DeniedReason.CLIENT_KEY, operation, requirement.missing_from(scopes))
    credential = snapshot.credential
    if isinstance(credential, Connected) and credential.token_scopes is not None:
        scopes &= credential.token_scopes
        if not requirement.is_satisfied_by(scopes):
            missing = requirement.missing_from(scopes)
            return Denied(DeniedReason.TOKEN, operation, missing, is_through_main=credential.is_main)
    return Allowed(operation)


def _decide_unrouted(unrouted: Unrouted, path: str, snapshot: Snapshot) -> Decision:
    match unrouted.reason:
        case UnroutedReason.UNSAFE_PATH:
            return Denied(DeniedReason.UNSAFE_PATH)
        case UnroutedReason.WRONG_METHOD:
            return Denied(DeniedReason.WRONG_METHOD, allowed_methods=unrouted.allowed_methods)
        case UnroutedReason.UNKNOWN_PATH:
            # A key that was narrowed in any way never calls what cannot be judged.
            is_narrowed = snapshot.key_scopes is not None or snapshot.read_only is not None
            if snapshot.account.passes_unknown_operations and not is_narrowed:
                return Allowed(None)
            return Denied(DeniedReason.UNKNOWN_OPERATION, about=describe(path))


def withheld_problem(reason: WithheldReason) -> Problem:
    """Return the answer to a caller for whom there is no credential to act with."""
    return _WITHHELD[reason]


_WITHHELD = {
    WithheldReason.NOT_CONNECTED: Problem(
        Code.NOT_CONNECTED,
        "You have not connected an API token of your own to this ALM account.",
        "Open ALM Credentials in your profile, follow the guide, and press Test Connection.",
    ),
    WithheldReason.EXPIRED: Problem(
        Code.CREDENTIAL_EXPIRED,
        "Your API token for this ALM account has passed its expiry date.",
        "Make a new API token at Atlassian, and save it under ALM Credentials in your profile.",
    ),
    WithheldReason.REFUSED: Problem(
        Code.CREDENTIAL_REFUSED,
        "Atlassian refused your API token, so it is not sent again: it was revoked, expired or mistyped.",
        "Open ALM Credentials in your profile and press Test Connection, with a new API token if need be.",
    ),
    WithheldReason.UNTESTED: Problem(
        Code.CREDENTIAL_UNTESTED,
        "The address of this ALM account was changed after your API token was tested: it is not sent there.",
        "Open ALM Credentials in your profile and press Test Connection.",
    ),
    WithheldReason.MAIN_UNUSABLE: Problem(
        Code.MAIN_CREDENTIAL_UNUSABLE,
        "You are not connected yourself, and the main credential of this ALM account does not work.",
        "Connect your own API token under ALM Credentials in your profile, or tell an administrator.",
    ),
}
