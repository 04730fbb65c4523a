"""The whole examination, in the order in which things depend on each other."""

from collections.abc import Iterator

from ownkey.console.doctor.addresses import examine_addresses
from ownkey.console.doctor.credentials import examine_credentials
from ownkey.console.doctor.database import examine_database
from ownkey.console.doctor.findings import Finding, Verdict
from ownkey.console.doctor.home import examine_home
from ownkey.console.doctor.keys import examine_keys
from ownkey.console.doctor.mail import examine_mail
from ownkey.console.doctor.schedule import examine_schedule
from ownkey.console.environment import Environment


def examine(environment: Environment) -> Iterator[Finding]:
    """Look at everything; Django must have been started. Nothing is changed, and nothing is sent."""
    yield from examine_home(environment)
    database = list(examine_database(environment))
    yield from database
    is_readable = not any(one.verdict is Verdict.FAIL and one.check == "database" for one in database)
    if is_readable:
        yield from examine_keys(environment)
        yield from examine_credentials()
        yield from examine_schedule(environment)
    yield from examine_addresses(environment)
    yield examine_mail(environment)
