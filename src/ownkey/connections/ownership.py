"""Whose Atlassian account a credential must be, and what follows if it is not."""

from dataclasses import dataclass, replace

from ownkey.atlassian.check import Report, Verdict
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.reports import SAVEABLE
from ownkey.people.models import User, normalise_email

UNPROVEN = (
    "Ownkey cannot tell that this Atlassian account is yours, so the token was not kept: create one in your "
    "own account that also has read:jira-user, and use your own e-mail address as Jira login."
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose the Atlassian account must be.

    Attributes:
        account_id: The Atlassian account bound at the first connection, if there was one.
        email: The e-mail that it must have where it is visible; None if any will do.
        logins: The logins that prove the same where the identity cannot be read: Atlassian accepts
            an API token only together with its owner's e-mail. None if any will do.
    """

    account_id: str | None
    email: str | None
    logins: frozenset[str] | None


def expected_of(user: User, account: AlmAccount, bound: Credential | None) -> Expected:
    """Return whose account it must be: the bound one, else the person's own unless that is relaxed."""
    if bound is not None and bound.atlassian_account_id:
        known = {bound.login, bound.email} if bound.email else {bound.login, user.email}
        return Expected(
            bound.atlassian_account_id, None, frozenset(normalise_email(login) for login in known if login)
        )
    if account.other_email_allowed:
        return Expected(None, None, None)
    return Expected(None, user.email, frozenset({normalise_email(user.email)}))


def report_for(expected: Expected, report: Report, *, login: str) -> Report:
    """Return the report, refused if the Atlassian account is not, or may not be, the expected one."""
    if report.verdict not in SAVEABLE:
        return report
    identity = report.identity
    if identity is None:
        is_proven = expected.logins is None or normalise_email(login) in expected.logins
    elif expected.account_id is not None:
        is_proven = identity.account_id == expected.account_id
    elif expected.email is None:
        is_proven = True
    else:
        is_proven = normalise_email(identity.email or login) == normalise_email(expected.email)
    if is_proven:
        return report
    return replace(
        report,
        verdict=Verdict.REFUSED,
        reason="identity_unproven",
        next_step=UNPROVEN,
    )
