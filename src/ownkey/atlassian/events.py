"""What Test Connection tells, as it happens and at the end."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ownkey.scopes.abilities import Ability
from ownkey.scopes.abilities import Answer as May
from ownkey.scopes.inference import ScopeState
from ownkey.scopes.requirement import Scope

ToldAbilities: TypeAlias = tuple[tuple[Ability, May], ...]


class Verdict(StrEnum):
    """How a check ends."""

    CONNECTED = "connected"
    GAPS = "gaps"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Identity:
    """The Atlassian account that a credential signs in as."""

    account_id: str
    display_name: str
    email: str | None
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class ScopeFinding:
    """What a check found out about one required scope, and why."""

    scope: Scope
    state: ScopeState
    because: str


@dataclass(frozen=True, slots=True)
class Report:
    """The end of a check.

    Attributes:
        verdict: One of four.
        reason: A stable code for the verdict's cause, see `ownkey.atlassian.verdicts.Reason`;
            for a site that was not found its `SiteError.code`.
        cloud_id: The site's cloud id; None for Data Center, or if it was not found.
        identity: Who the credential signs in as; None if that could not be read.
        is_identity_confirmed: True if the identity was compared with the expected one and is the same.
        scopes: One finding for each required scope, in the profile's order.
        abilities: What the token can and cannot do, in words.
        next_step: One sentence for a person.
        trace_id: Atlassian's trace id of the answer that decided, for their support.
    """

    verdict: Verdict
    reason: str
    cloud_id: str | None
    identity: Identity | None
    is_identity_confirmed: bool
    scopes: tuple[ScopeFinding, ...]
    abilities: ToldAbilities
    next_step: str
    trace_id: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the report in the shape that `ownkey check --json` prints."""
        identity = self.identity
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "cloud_id": self.cloud_id,
            "identity": None
            if identity is None
            else {
                "account_id": identity.account_id,
                "display_name": identity.display_name,
                "email": identity.email,
            },
            "scopes": [{"scope": finding.scope, "state": finding.state.value} for finding in self.scopes],
            "next_step": self.next_step,
        }


@dataclass(frozen=True, slots=True)
class SiteFound:
    """The site answered with its cloud id, or the cloud id was typed in. Data Center has none."""

    origin: str
    cloud_id: str | None
    is_typed: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Atlassian accepted the credential and said whose it is."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class IdentityUnreadable:
    """Atlassian accepted the credential, but its scopes do not let Ownkey read whose it is."""


@dataclass(frozen=True, slots=True)
class IdentityMatches:
    """The Atlassian account is the expected one."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class IdentityDiffers:
    """The Atlassian account is somebody else's."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class ScopeDecided:
    """One required scope is decided."""

    scope: Scope
    state: ScopeState
    because: str


@dataclass(frozen=True, slots=True)
class AbilitiesTold:
    """What the token can and cannot do, in words.

    Attributes:
        abilities: All of them, each with the answer.
        beyond: The names of those that the required scopes would not open either.
    """

    abilities: ToldAbilities
    beyond: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckFinished:
    """The check's end; always the last event."""

    report: Report


Event: TypeAlias = (
    SiteFound
    | SignedIn
    | IdentityUnreadable
    | IdentityMatches
    | IdentityDiffers
    | ScopeDecided
    | AbilitiesTold
    | CheckFinished
)
