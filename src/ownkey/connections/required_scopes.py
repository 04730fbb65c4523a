"""Which scopes count on a day, and which of them a credential is known to lack.

An ALM account may require new scopes from a day on (`AlmAccount.counts_from`): until then `later_scopes` are
asked of nobody, and from that day on they are required without any job having to run.
"""

from datetime import date

from ownkey import days
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.stored_report import StoredReport

FINE = frozenset({"granted", "covered"})


def account_of(row: AlmAccount | Credential) -> AlmAccount:
    """Return the ALM account that a credential is for."""
    return row if isinstance(row, AlmAccount) else row.alm_account


def grace_scopes(row: AlmAccount | Credential) -> frozenset[str]:
    """Return the scopes that count, or counted, only from `counts_from` on.

    A main credential with a list of its own is not asked for what people are.
    """
    account = account_of(row)
    if account.counts_from is None or (row is account and account.main_scopes is not None):
        return frozenset()
    return frozenset(account.later_scopes or ())


def later_scopes(row: AlmAccount | Credential, day: date) -> tuple[str, ...]:
    """Return the scopes that a credential needs, but not yet on a day, in the profile's order."""
    counts_from, later = account_of(row).counts_from, grace_scopes(row)
    if counts_from is None or counts_from <= day:
        return ()
    return tuple(scope for scope in row.scopes_needed if scope in later)


def counting_scopes(row: AlmAccount | Credential, day: date) -> tuple[str, ...]:
    """Return the scopes that a credential needs on a day, in the profile's order."""
    later = frozenset(later_scopes(row, day))
    return tuple(scope for scope in row.scopes_needed if scope not in later)


def missing_scopes(credential: AlmAccount | Credential, day: date | None = None) -> tuple[str, ...]:
    """Return the scopes counting today, or on a day, that the last check proved missing, in their order."""
    found, day = scope_states(credential), day or days.today()
    return tuple(scope for scope in counting_scopes(credential, day) if found.get(scope) == "missing")


def untested_scopes(credential: AlmAccount | Credential, day: date | None = None) -> tuple[str, ...]:
    """Return the scopes counting today, or on a day, that the last check did not look at."""
    if not credential.signs_in_by.uses_gateway:
        return ()
    found, day = scope_states(credential), day or days.today()
    return tuple(scope for scope in counting_scopes(credential, day) if scope not in found)


def unmet_later_scopes(credential: AlmAccount | Credential, day: date) -> tuple[str, ...]:
    """Return the scopes that count only later and that the credential is not known to have."""
    found = scope_states(credential)
    # One that a check looked at and could not decide is no gap, as it is none among those that count.
    unmet = {"missing", None} if credential.signs_in_by.uses_gateway else {"missing"}
    return tuple(scope for scope in later_scopes(credential, day) if found.get(scope) in unmet)


def proved_missing(credential: AlmAccount | Credential) -> frozenset[str]:
    """Return every scope that the last check proved missing, whether it counts today or not."""
    return frozenset(scope for scope, state in scope_states(credential).items() if state == "missing")


def scope_states(credential: AlmAccount | Credential) -> dict[str, str]:
    """Return what the last check found of each scope that it looked at."""
    return StoredReport.from_json(credential.report).states
