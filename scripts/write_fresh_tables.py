"""Write the tables of a fresh database as all migrations make them; `--check` says if the file is behind."""

import argparse
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

MADE = "-- Made by `make tables` from the migrations; change those instead.\n"
ROWS = ("django_migrations", "django_content_type", "auth_permission")


def migrated(home: Path) -> str:
    """Make a database by running every migration, and return it as statements."""
    os.environ.update(OWNKEY_HOME=str(home), OWNKEY_SECRET_KEY="only to make tables, " * 4)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ownkey.console.settings"
    import django  # noqa: PLC0415 the settings read what is set above

    django.setup()
    from django.db import connection  # noqa: PLC0415 Django is ready only now

    from ownkey.console.tables import migrate  # noqa: PLC0415 see above

    migrate()
    connection.close()
    with closing(sqlite3.connect(home / "ownkey.sqlite3")) as database:
        return MADE + "".join(f"{statement};\n" for statement in statements(database))


def statements(database: sqlite3.Connection) -> Iterator[str]:
    """Yield the statements that make the same tables, indexes, triggers and rows."""
    made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    for (sql,) in database.execute(made):
        yield sql
    for table in ROWS:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        # When a migration ran is when the file is used.
        values = ["'CURRENT_TIMESTAMP'" if name == "applied" else f'quote("{name}")' for name in columns]
        rows = database.execute(f"SELECT {', '.join(values)} FROM {table} ORDER BY id")  # noqa: S608 our own
        names = ", ".join(f'"{name}"' for name in columns)
        for row in rows:
            yield f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(row)})'  # noqa: S608 our own


def normal(text: str) -> str:
    """Return statements without what releases of SQLite write differently: quotes and spaces."""
    return re.sub(r'[\s"]+', "", text)


def main() -> int:
    """Write the file, or say that it is behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        text = migrated(home)
    from ownkey.console.tables import FRESH_TABLES  # noqa: PLC0415 it needs Django

    if not is_check:
        FRESH_TABLES.write_text(text)
        return 0
    if not FRESH_TABLES.exists() or normal(FRESH_TABLES.read_text()) != normal(text):
        print(f"{FRESH_TABLES.name} is behind the migrations. Run: make tables")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
