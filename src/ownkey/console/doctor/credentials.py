"""The main credentials: whether those that everybody may depend on still work, by what is known of them."""

from collections.abc import Iterator

from django.db import connection

from ownkey import days
from ownkey.connections.models import AlmAccount
from ownkey.connections.states import State, state_of
from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.environment.values import Environment


def examine_credentials(_environment: Environment) -> Iterator[Finding]:
    """Look at each ALM account's own credential; Atlassian is not asked."""
    today = days.today()
    try:
        accounts = list(AlmAccount.objects.all())
    finally:
        connection.close()
    for account in accounts:
        standing = state_of(account, today)
        says = f"The main credential of {account.slug}: {standing.in_words}. {standing.cause}".strip()
        if standing.state is State.CONNECTED:
            yield fine("main-credential", says)
        elif standing.is_usable or standing.state is State.UNKNOWN:
            yield warn("main-credential", says, standing.next_step)
        else:
            yield fail("main-credential", says, standing.next_step)
