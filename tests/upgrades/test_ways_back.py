"""A store can go back to the tables of the release before, and come again."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Ownkey
from tests.running import forks
from tests.upgrades.kept import ARCHIVES, KeptStore, unpack
from tests.upgrades.test_stores import schema_of

BEFORE_CHANGES_HAD_NAMES = "0009_later_scopes"
BEFORE_STATES_HAD_COLUMNS = "0013_sessions_named"
BEFORE_ROLES = "0004_mail"
WITH_ROLES = ("people_user", "people_invitation")
STATES = (
    "missing_count",
    "missing_later_count",
    "untested_count",
    "untested_later_count",
    "awaits_recheck",
    "is_silent",
    "accepted_past_on",
)
MIGRATE = """
import sys
from ownkey.console.setup import prepare
prepare()
from django.core.management import call_command
call_command("migrate", *sys.argv[1:], verbosity=0)
"""


def migrate(ownkey: Ownkey, *to: str) -> None:
    """Bring the tables of an app forwards or back to a migration; without any name all to the newest."""
    code = f"import sys; sys.argv = {['-c', *to]!r}\n{MIGRATE}"
    ended = forks.run(code=code, environment=ownkey.environment(), timeout_s=60)
    assert ended.returncode == 0, ended.stderr


@pytest.fixture
def copy(kept: KeptStore, tmp_path: Path) -> Ownkey:
    """Return the command on a copy of an upgraded store."""
    shutil.copytree(kept.home, tmp_path / "home")
    return kept.command_at(tmp_path / "home")


def of_grants(home: Path) -> list[tuple[str, ...]]:
    """Return the tables and triggers that tell changes of grants."""
    return [row for row in schema_of(home) if row[1].startswith("grant") or "connections_grant" in row[1]]


def test_changes_can_lose_their_names_again_and_get_them_back(
    copy: Ownkey, kept: KeptStore, tmp_path: Path
) -> None:
    upgraded = schema_of(copy.home)
    migrate(copy, "connections", BEFORE_CHANGES_HAD_NAMES)
    archive = next(path for path in ARCHIVES if path.name.startswith(kept.facts["version"]))
    before = unpack(archive, tmp_path / "before", atlassian=kept.atlassian)
    migrate(before.ownkey, "connections", BEFORE_CHANGES_HAD_NAMES)
    assert of_grants(copy.home) == of_grants(before.home)
    assert not any("grant_change" in str(row) for row in of_grants(copy.home))
    migrate(copy)
    assert schema_of(copy.home) == upgraded


def test_the_columns_of_states_can_go_and_are_filled_again(copy: Ownkey) -> None:
    upgraded, filled = schema_of(copy.home), states_in(copy.home)
    credentials, _, counts = filled
    assert any(row["missing_count"] for row in credentials), "a token of the store has a gap"
    assert sum(row["number"] for row in counts) == len(credentials)
    migrate(copy, "connections", BEFORE_STATES_HAD_COLUMNS)
    assert not any(name in str(schema_of(copy.home)) for name in (*STATES, "credential_count"))
    migrate(copy)
    assert schema_of(copy.home) == upgraded
    assert states_in(copy.home) == filled


def test_roles_can_go_back_to_flags_and_come_again(copy: Ownkey) -> None:
    upgraded = schema_of(copy.home)
    flags, roles = "is_administrator, is_auditor", "email, role"
    everybody = {table: (rows_of(copy, flags, table), rows_of(copy, roles, table)) for table in WITH_ROLES}
    assert {role for _, role in everybody["people_user"][1]} == {"person", "auditor", "administrator"}
    migrate(copy, "people", BEFORE_ROLES)
    assert {table: rows_of(copy, flags, table) for table in WITH_ROLES} == {
        table: found for table, (found, _) in everybody.items()
    }
    migrate(copy)
    assert schema_of(copy.home) == upgraded
    assert {table: rows_of(copy, roles, table) for table in WITH_ROLES} == {
        table: found for table, (_, found) in everybody.items()
    }


def rows_of(ownkey: Ownkey, columns: str, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(ownkey.home / "ownkey.sqlite3")) as database:
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()  # noqa: S608 names


def states_in(home: Path) -> list[list[dict[str, Any]]]:
    """Return the columns of states of people's credentials and of the main ones, and the counts."""
    with closing(sqlite3.connect(home / "ownkey.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        tables = ("connections_credential", "connections_almaccount", "connections_credentialcount")
        found = [database.execute(f"SELECT * FROM {table}").fetchall() for table in tables]  # noqa: S608 names
    named = ("alm_account_id", "is_active", "number", "state", "expires_on", *STATES)
    return [
        sorted(({name: row[name] for name in named if name in row.keys()} for row in rows), key=str)  # noqa: SIM118
        for rows in found
    ]
