"""A check during the time that new scopes are given: it succeeds if the scopes that count today are there."""

from dataclasses import replace

from ownkey import days
from ownkey.atlassian.check import Report, Verdict
from ownkey.atlassian.verdicts import Reason
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.required_scopes import account_of, later_scopes
from ownkey.connections.state_words import new_scopes_sentence
from ownkey.scopes.inference import ScopeState


def report_today(row: AlmAccount | Credential, report: Report) -> Report:
    """Return the report of a check against every required scope, judged by those that count today.

    A token that lacks only scopes that count later is connected; the next step says what it must have then.
    """
    later = later_scopes(row, days.today())
    missing = tuple(finding.scope for finding in report.scopes if finding.state is ScopeState.MISSING)
    lacking = tuple(scope for scope in later if scope in missing)
    counts_from = account_of(row).counts_from
    if not lacking or counts_from is None:
        return report
    words = f"{new_scopes_sentence(lacking, counts_from)} Make a new token before then."
    if report.verdict is Verdict.CONNECTED:
        return replace(report, next_step=words)
    if report.verdict is not Verdict.GAPS or report.reason != Reason.SCOPES_MISSING:
        return report
    if not {*missing} <= {*later}:
        return report
    return replace(report, verdict=Verdict.CONNECTED, reason=Reason.CONNECTED.value, next_step=words)
