"""Which database it is, only one room knows: elsewhere nothing is written in its dialect, and nobody asks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ownkey

SRC = Path(ownkey.__file__).parent
ROOM = SRC / "database"
# PRAGMA and the tables of SQLite's own; AUTOINCREMENT and its kind stand in migrations alone.
DIALECT = re.compile(r"\bPRAGMA\b|\bsqlite_(master|schema|sequence)\b|\bATTACH\b|\bVACUUM\b|mode=r[ow]\b")
ASKING = {"vendor", "executescript"}
# Their triggers were written before the room was there, and are what every store has.
WITH_TRIGGERS = {
    "audit/migrations/0002_chain.py",
    "connections/migrations/0003_grants_version.py",
    "connections/migrations/0006_lifecycle.py",
    "connections/migrations/0008_main_scopes.py",
    "connections/migrations/0010_grant_changes.py",
    "connections/migrations/0012_sessions_grant.py",
    "connections/migrations/0013_sessions_named.py",
}


def known_by(source: str) -> Iterator[str]:
    """Yield what of a module, docstrings apart, is about one kind of database or asks which one it is."""
    tree = ast.parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ASKING:
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield from (found[0] for found in DIALECT.finditer(node.value))


def modules() -> dict[str, str]:
    """Return the text of every module outside the room but the pretend Atlassian's, by its path."""
    paths = (path for path in SRC.rglob("*.py") if ROOM not in path.parents)
    texts = {path.relative_to(SRC).as_posix(): path.read_text() for path in paths}
    return {name: text for name, text in texts.items() if not name.startswith("sandbox/")}


def test_nothing_else_is_in_its_dialect_or_asks_for_it() -> None:
    found = {name: set(known_by(text)) for name, text in modules().items()}
    assert {name: what for name, what in found.items() if what} == {}


def test_no_other_migration_writes_a_trigger_by_hand() -> None:
    assert {name for name, text in modules().items() if "CREATE TRIGGER" in text} == WITH_TRIGGERS


@pytest.mark.parametrize(
    "planted",
    [
        "cursor.execute('PRAGMA journal_mode=WAL')",
        "cursor.execute(f'PRAGMA busy_timeout={number}')",
        "is_sqlite = connection.vendor == 'sqlite'",
        "cursor.executescript(text)",
        "sql = 'SELECT name FROM sqlite_master'",
    ],
)
def test_what_is_planted_is_seen(planted: str) -> None:
    assert set(known_by(planted))
