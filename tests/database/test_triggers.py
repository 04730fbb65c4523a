"""Triggers are made and dropped by the room that knows the database, whichever it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.db.migrations.state import ProjectState
from pytest_django import DjangoDbBlocker

from ownkey.database.copies import opened_beside
from ownkey.database.triggers import MakeTriggers, Trigger, UnknownDatabaseError

COUNT = Trigger(
    name="count_shouts",
    event="UPDATE OF text",
    table="shout",
    condition="NEW.text IS NOT OLD.text",
    statements="UPDATE counted SET number = number + 1; UPDATE counted SET latest = NEW.text;",
)
OPERATION = MakeTriggers(COUNT)
NOTHING = ProjectState()


@pytest.fixture
def alias(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Return the alias of a database of its own with two tables."""
    with django_db_blocker.unblock(), opened_beside(tmp_path / "db") as alias:
        with connections[alias].cursor() as cursor:
            for statement in (
                "CREATE TABLE shout (text TEXT)",
                "CREATE TABLE counted (number INTEGER, latest TEXT)",
                "INSERT INTO shout VALUES ('hey')",
                "INSERT INTO counted VALUES (0, '')",
            ):
                cursor.execute(statement)
        yield alias


def shout(alias: str, text: str) -> tuple[int, str]:
    """Change the row; return what the trigger has made of it."""
    with connections[alias].cursor() as cursor:
        cursor.execute("UPDATE shout SET text = %s", [text])
        cursor.execute("SELECT number, latest FROM counted")
        number, latest = cursor.fetchone()
        return number, latest


def test_it_is_made_and_dropped_again(alias: str) -> None:
    with connections[alias].schema_editor() as editor:
        OPERATION.database_forwards("connections", editor, NOTHING, NOTHING)
    assert shout(alias, "100 %") == (1, "100 %")
    assert shout(alias, "100 %") == (1, "100 %"), "the condition is not met"
    with connections[alias].schema_editor() as editor:
        OPERATION.database_backwards("connections", editor, NOTHING, NOTHING)
    assert shout(alias, "ho") == (1, "100 %")


def test_a_database_that_nobody_wrote_it_down_for_is_refused(
    alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections[alias], "vendor", "another")
    with connections[alias].schema_editor() as editor, pytest.raises(UnknownDatabaseError):
        OPERATION.database_forwards("connections", editor, NOTHING, NOTHING)


def test_migrate_says_what_it_makes() -> None:
    assert OPERATION.describe() == "Make the triggers count_shouts"
