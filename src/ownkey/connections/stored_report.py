"""A check's report as it is stored with a credential: typed, from JSON and back, never a secret.

Rows of every release read as they are: what an older one did not store has the value for *not known*, and
what a report does not know by name is left out when it is written again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ownkey.atlassian.check import Report
from ownkey.scopes.abilities import Ability


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """What a check found of one scope.

    Attributes:
        scope: The scope.
        state: `granted`, `missing`, `covered` or `unknown`.
        because: What proves it, in a sentence; may be empty.
    """

    scope: str
    state: str
    because: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as it is stored."""
        return {"scope": self.scope, "state": self.state, "because": self.because}


@dataclass(frozen=True, slots=True)
class StoredAbility:
    """What a token can or cannot do, in words.

    Attributes:
        name: What it is.
        answer: `yes`, `no` or `unsure`.
    """

    name: str
    answer: str

    def as_json(self) -> dict[str, str]:
        """Return it as it is stored."""
        return {"name": self.name, "answer": self.answer}


@dataclass(frozen=True, slots=True)
class StoredIdentity:
    """As whom a credential signs in."""

    account_id: str
    display_name: str
    email: str = ""

    def as_json(self) -> dict[str, str | None]:
        """Return it as it is stored."""
        return {
            "account_id": self.account_id,
            "display_name": self.display_name,
            "email": self.email or None,
        }


@dataclass(frozen=True, slots=True)
class LastSuccess:
    """The last check that did not refuse, kept beside a refusal as history.

    Attributes:
        report: Its report.
        checked_at: When it was; None if that is not known.
    """

    report: "StoredReport"
    checked_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        at = self.checked_at.isoformat() if self.checked_at else None
        return {"report": self.report.as_json(), "checked_at": at}


@dataclass(frozen=True, slots=True)
class StoredReport:
    """The report.

    Attributes:
        verdict: `connected`, `gaps`, `refused` or `unreachable`; empty if nothing was checked.
        reason: The stable code of the verdict's cause.
        next_step: One sentence for a person.
        cause: Why, in a sentence; may be empty.
        cloud_id: The site's cloud id; None for Data Center, or if it was not found.
        identity: As whom the credential signs in; None if that could not be read.
        is_identity_confirmed: Whether that is the expected person.
        scopes: One finding for each required scope, in the profile's order.
        abilities: What the token can and cannot do; None if the check did not come so far.
        trace_id: Atlassian's trace id of the answer that decided.
        before: For a refusal, the last check that did not refuse.
    """

    verdict: str = ""
    reason: str = ""
    next_step: str = ""
    cause: str = ""
    cloud_id: str | None = None
    identity: StoredIdentity | None = None
    is_identity_confirmed: bool = False
    scopes: tuple[StoredFinding, ...] = ()
    abilities: tuple[StoredAbility, ...] | None = None
    trace_id: str = ""
    before: LastSuccess | None = None

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "StoredReport":
        """Return a report from what is stored; an empty one from an empty object."""
        abilities = value.get("abilities")
        return cls(
            verdict=str(value.get("verdict") or ""),
            reason=str(value.get("reason") or ""),
            next_step=str(value.get("next_step") or ""),
            cause=str(value.get("cause") or ""),
            cloud_id=value.get("cloud_id") or None,
            identity=_identity(value.get("identity")),
            is_identity_confirmed=bool(value.get("is_identity_confirmed")),
            scopes=tuple(
                StoredFinding(each["scope"], each["state"], each.get("because") or "")
                for each in value.get("scopes") or ()
            ),
            abilities=None
            if abilities is None
            else tuple(StoredAbility(each["name"], each["answer"]) for each in abilities),
            trace_id=str(value.get("trace_id") or ""),
            before=_last_success(value.get("before")),
        )

    @classmethod
    def of(cls, report: Report) -> "StoredReport":
        """Return what is kept of a check's report."""
        identity = report.identity
        return cls(
            verdict=report.verdict.value,
            reason=report.reason,
            next_step=report.next_step,
            cloud_id=report.cloud_id,
            identity=None
            if identity is None
            else StoredIdentity(identity.account_id, identity.display_name, identity.email or ""),
            is_identity_confirmed=report.is_identity_confirmed,
            scopes=tuple(
                StoredFinding(finding.scope, finding.state.value, finding.because)
                for finding in report.scopes
            ),
            abilities=stored_abilities(report.abilities),
            trace_id=report.trace_id or "",
        )

    @property
    def states(self) -> dict[str, str]:
        """What was found of each scope that was looked at."""
        return {finding.scope: finding.state for finding in self.scopes}

    @property
    def missing(self) -> tuple[str, ...]:
        """The scopes that were proved missing."""
        return tuple(finding.scope for finding in self.scopes if finding.state == MISSING)

    @property
    def has_gaps(self) -> bool:
        """Whether the verdict is that required scopes are missing."""
        return self.verdict == GAPS

    def after(
        self, earlier: "StoredReport", *, is_refused: bool, checked_at: datetime | None
    ) -> "StoredReport":
        """Return the report of a refusal with the last successful check beside it.

        Args:
            earlier: What was stored until now.
            is_refused: Whether that was a refusal already, whose history is kept.
            checked_at: When the earlier check was.
        """
        if is_refused or earlier == StoredReport():
            return replace(self, before=earlier.before)
        return replace(self, before=LastSuccess(replace(earlier, before=None), checked_at))

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "cloud_id": self.cloud_id,
            "identity": self.identity.as_json() if self.identity else None,
            "scopes": [finding.as_json() for finding in self.scopes],
            "next_step": self.next_step,
            **({"cause": self.cause} if self.cause else {}),
            **({} if self.abilities is None else {"abilities": [one.as_json() for one in self.abilities]}),
            "is_identity_confirmed": self.is_identity_confirmed,
            "trace_id": self.trace_id or None,
            "before": self.before.as_json() if self.before else None,
        }


GAPS: Final = "gaps"
MISSING: Final = "missing"


def stored_abilities(abilities: Iterable[tuple[Ability, object]]) -> tuple[StoredAbility, ...]:
    """Return abilities as plain names and answers."""
    return tuple(StoredAbility(ability.name, str(answer).lower()) for ability, answer in abilities)


def _identity(value: Mapping[str, Any] | None) -> StoredIdentity | None:
    if not value:
        return None
    return StoredIdentity(
        value.get("account_id") or "", value.get("display_name") or "", value.get("email") or ""
    )


def _last_success(value: Mapping[str, Any] | None) -> LastSuccess | None:
    if not value:
        return None
    at = value.get("checked_at")
    return LastSuccess(
        StoredReport.from_json(value.get("report") or {}), datetime.fromisoformat(at) if at else None
    )
