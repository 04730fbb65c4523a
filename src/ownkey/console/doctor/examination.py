"""The whole examination, in the order in which things depend on each other; a fault in one ends no other."""

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError

from ownkey.console.doctor.addresses import examine_addresses
from ownkey.console.doctor.credentials import examine_credentials
from ownkey.console.doctor.database import examine_database
from ownkey.console.doctor.findings import Finding, Verdict, fail, warn
from ownkey.console.doctor.home import examine_home
from ownkey.console.doctor.keys import examine_keys, examine_ring, examine_signing_key
from ownkey.console.doctor.mail import examine_mail_server, examine_stored_mails
from ownkey.console.doctor.people import examine_people
from ownkey.console.doctor.schedule import examine_schedule
from ownkey.console.doctor.single_sign_on import examine_single_sign_on
from ownkey.environment.values import Environment

Examine = Callable[[Environment], Iterable[Finding]]
PACKAGE = Path(__file__).parents[2]
SEE_ABOVE = "See what is said of the database above."


@dataclass(frozen=True, slots=True)
class Examination:
    """One part of the whole.

    Attributes:
        check: What it looks at, for a line that says that it could not.
        look: Looks, and yields what it finds.
        needs_database: Whether it asks a database that can be read.
    """

    check: str
    look: Examine
    needs_database: bool = False


EXAMINATIONS = (
    Examination("home", examine_home),
    Examination("database", examine_database),
    Examination("signing-key", examine_signing_key),
    Examination("keys", examine_ring),
    Examination("key", examine_keys, needs_database=True),
    Examination("people", examine_people, needs_database=True),
    Examination("main-credential", examine_credentials, needs_database=True),
    Examination("schedule", examine_schedule, needs_database=True),
    Examination("addresses", examine_addresses),
    Examination("single-sign-on", examine_single_sign_on),
    Examination("mail", lambda environment: (examine_mail_server(environment),)),
    Examination("mails", lambda _environment: examine_stored_mails(), needs_database=True),
)


def examine(
    environment: Environment, examinations: Iterable[Examination] = EXAMINATIONS
) -> Iterator[Finding]:
    """Look at everything; Django must have been started. Nothing is changed, and nothing is sent."""
    has_database = os.path.lexists(environment.database_file)
    for one in examinations:
        if one.needs_database and not has_database:
            yield warn(one.check, "This could not be looked at without the database.", SEE_ABOVE)
            continue
        for finding in fenced(one, environment):
            yield finding
            if finding.check == "database" and finding.verdict is Verdict.FAIL:
                has_database = False


def fenced(one: Examination, environment: Environment) -> Iterator[Finding]:
    """Look at one thing; a fault in the looking is a finding of its own."""
    try:
        yield from one.look(environment)
    except DatabaseError:
        yield warn(one.check, "The database did not let this be looked at.", SEE_ABOVE)
    except Exception as error:  # noqa: BLE001 the outermost edge of each examination
        yield fail(
            one.check,
            f"This could not be looked at: {type(error).__name__} {_place_of(error)}.",
            "That is a fault of Ownkey, which its developers like to hear of; this line says all that they "
            "need.",
        )


def _place_of(error: Exception) -> str:
    """Return where in Ownkey an error came up; never its words, which may hold a secret."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    if not frames:
        return "somewhere"
    return f"at {Path(frames[-1].filename).relative_to(PACKAGE)}, line {frames[-1].lineno}"


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(PACKAGE)
