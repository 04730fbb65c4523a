"""The people: whether any are in the database, where any should be."""

from collections.abc import Iterator

from django.db import connection

from ownkey.console.doctor.findings import Finding, warn
from ownkey.console.nobody_here import successor_without_people
from ownkey.environment.values import Environment
from ownkey.vault.errors import VaultError


def examine_people(_environment: Environment) -> Iterator[Finding]:
    """Look at whether people are missing; nothing is said where all is as it should be."""
    try:
        found = successor_without_people()
    except VaultError:
        return  # which was said already
    finally:
        connection.close()
    if found is not None:
        yield warn("people", found.sentence, found.next_step)
