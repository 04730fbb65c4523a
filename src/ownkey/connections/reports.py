"""The stored report of a row: read as a value, and what stands in it after a refusal."""

from typing import Final

from ownkey.atlassian.check import Verdict
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.stored_report import LastSuccess, StoredReport

SAVEABLE: Final = frozenset({Verdict.CONNECTED, Verdict.GAPS})
REFUSED_IN_USE: Final = "refused_in_use"


def report_of(row: AlmAccount | Credential | Candidate) -> StoredReport:
    """Return the stored report of a row."""
    return StoredReport.from_json(row.report)


def refusal_after(row: AlmAccount | Credential, refusal: StoredReport) -> StoredReport:
    """Return the report of a refusal with the last successful check beside it, as history."""
    is_refused = row.state == StoredState.REFUSED
    return refusal.after(report_of(row), is_refused=is_refused, checked_at=row.checked_at)


def last_success(row: AlmAccount | Credential) -> LastSuccess | None:
    """Return the last successful check of a credential, also of one that is refused now."""
    report = report_of(row)
    if row.state == StoredState.REFUSED:
        return report.before
    return LastSuccess(report, row.checked_at)
