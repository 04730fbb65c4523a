"""Whether a database that holds no people stands in the place of one that did."""

from datetime import timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min

from ownkey.audit.models import Entry
from ownkey.environment.process import key_keeper
from ownkey.obstacles import Obstacle
from ownkey.people.links import live_links_by_key
from ownkey.people.models import User

FIRST_START: Final = timedelta(minutes=5)
"""How long making keys and tables may take, with room to spare."""
NEXT_STEP: Final = (
    "If people should be in it: stop Ownkey, keep every earlier backup, move the database into another "
    "directory, and restore a backup (ownkey restore). If it is new on purpose, nothing needs to be done."
)


def successor_without_people(*, using: str = DEFAULT_DB_ALIAS) -> Obstacle | None:
    """Return what shows that people were here before; None where people are, or where none have been.

    Args:
        using: The database.

    Raises:
        VaultError: The keys cannot be read.
        DatabaseError: The database cannot be read.
    """
    if User.objects.using(using).exists():
        return None
    if Entry.objects.using(using).filter(action="person.added").exists():
        why = "although its record names people"
    elif _keys_are_older_than_tables(using):
        why = "and the key file is older than its tables: another database was here before"
    elif _links_are_of_other_keys(using):
        why = "and its set-up link was made with other keys: it is another installation's"
    else:
        return None
    return Obstacle("database-without-people", f"Nobody is in the database, {why}.", NEXT_STEP)


def _links_are_of_other_keys(using: str) -> bool:
    named = {key_id for key_id in live_links_by_key(using=using) if key_id}
    return bool(named) and not named & {key.id for key in key_keeper().ring().keys}


def _keys_are_older_than_tables(using: str) -> bool:
    if key_keeper().is_fixed:  # keys from the environment may be made long before the first start
        return False
    migrations = MigrationRecorder(connections[using]).migration_qs
    made_at = migrations.aggregate(first=Min("applied"))["first"]
    oldest = min(key.created_at for key in key_keeper().ring().keys)
    return made_at is not None and made_at - oldest > FIRST_START
