"""A fresh database gets at once what all migrations together make; one that is up to date is left alone."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.running import forks

if TYPE_CHECKING:
    import subprocess

TABLES = """
import os
from pathlib import Path
from ownkey.console.setup import prepare, start_without_changes
"""
WITH_FILE = """
start_without_changes()
from ownkey.console import tables
tables.FRESH_TABLES = Path(os.environ["FRESH_TABLES"])
prepare()
"""
WHEN = {"django_migrations": ("applied",)}


def run(home: Path, code: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OWNKEY_")}
    return forks.run(
        code=TABLES + code, environment={**clean, "OWNKEY_HOME": str(home), **environ}, timeout_s=60
    )


def schema_of(home: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(home / "ownkey.sqlite3")) as database:
        return database.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        ).fetchall()


def rows_of(home: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row, but for when a migration ran."""
    found = {}
    with closing(sqlite3.connect(home / "ownkey.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = [dict(row) for row in database.execute(f'SELECT * FROM "{table}"')]  # noqa: S608 our own
            left_out = WHEN.get(table, ())
            found[table] = [{name: row[name] for name in row if name not in left_out} for row in rows]
    del found["sqlite_sequence"]  # says the same again, and of tables that are gone
    return found


def test_a_fresh_database_is_the_one_that_all_migrations_make(tmp_path: Path) -> None:
    fresh, migrated, nothing = (tmp_path / name for name in ("fresh", "migrated", "nothing.sql"))
    nothing.touch()
    assert run(fresh, "prepare()").returncode == 0
    assert run(migrated, WITH_FILE, FRESH_TABLES=str(nothing)).returncode == 0
    assert schema_of(fresh) == schema_of(migrated)
    assert rows_of(fresh) == rows_of(migrated)
    assert len(rows_of(fresh)["django_migrations"]) > 50


def test_a_start_that_is_cut_off_leaves_no_half_of_the_tables(tmp_path: Path) -> None:
    cut = tmp_path / "cut.sql"
    cut.write_text("CREATE TABLE half (id INTEGER);\nINSERT INTO half VALUES (1);\nNONSENSE;\n")
    ended = run(tmp_path / "home", WITH_FILE, FRESH_TABLES=str(cut))
    assert ended.returncode != 0
    assert schema_of(tmp_path / "home") == []
    assert run(tmp_path / "home", "prepare()").returncode == 0


def test_a_command_on_a_store_that_is_up_to_date_imports_no_migration(tmp_path: Path) -> None:
    shown = "prepare()\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    for _ in range(2):  # a fresh one, and the same again
        ended = run(tmp_path / "home", shown)
        assert ended.returncode == 0, ended.stderr
        modules = json.loads(ended.stdout)
        assert [name for name in modules if ".migrations.0" in name] == []
