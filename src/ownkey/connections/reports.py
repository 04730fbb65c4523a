"""A check's report as it is stored: plain JSON for the page, never a secret."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ownkey.atlassian.check import Report, Verdict
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.scopes.abilities import Ability

SAVEABLE = frozenset({Verdict.CONNECTED, Verdict.GAPS})
REFUSED_IN_USE = "refused_in_use"
BEFORE = "before"
"""Where the report of a refusal keeps the last one that did not refuse, and when that was."""


def stored_report(report: Report) -> dict[str, Any]:
    """Return what is kept of a report: design.md section 9's shape, and what the page shows beside it."""
    return {
        **report.as_json(),
        "scopes": [
            {"scope": finding.scope, "state": finding.state.value, "because": finding.because}
            for finding in report.scopes
        ],
        "abilities": stored_abilities(report.abilities),
        "is_identity_confirmed": report.is_identity_confirmed,
        "trace_id": report.trace_id,
    }


def refusal_after(row: AlmAccount | Credential, refusal: dict[str, Any]) -> dict[str, Any]:
    """Return the stored report of a refusal with the last successful check beside it, as history."""
    before = row.report.get(BEFORE)
    if row.state != StoredState.REFUSED and row.report:
        at = row.checked_at.isoformat() if row.checked_at else None
        before = {"report": {**row.report, BEFORE: None}, "checked_at": at}
    return {**refusal, BEFORE: before}


def last_success(row: AlmAccount | Credential) -> tuple[dict[str, Any], datetime | None] | None:
    """Return the last successful check of a credential that is refused now, and when it was."""
    before = row.report.get(BEFORE)
    if not before:
        return None
    at = before.get("checked_at")
    return before["report"], datetime.fromisoformat(at) if at else None


def stored_abilities(abilities: Iterable[tuple[Ability, object]]) -> list[dict[str, str]]:
    """Return abilities as plain names and answers."""
    return [{"name": ability.name, "answer": str(answer).lower()} for ability, answer in abilities]
