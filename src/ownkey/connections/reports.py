"""A check's report as it is stored: plain JSON for the page, never a secret."""

from collections.abc import Iterable
from typing import Any

from ownkey.atlassian.check import Report, Verdict
from ownkey.scopes.abilities import Ability

SAVEABLE = frozenset({Verdict.CONNECTED, Verdict.GAPS})


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


def stored_abilities(abilities: Iterable[tuple[Ability, object]]) -> list[dict[str, str]]:
    """Return abilities as plain names and answers."""
    return [{"name": ability.name, "answer": str(answer).lower()} for ability, answer in abilities]
