"""One function says which day it is, so that no two pages, commands or mails of one moment disagree."""

import ast
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ownkey import days

SRC = Path(__file__).parents[1] / "src/ownkey"
OF_ITS_OWN = {"days.py"}
ASKS = "from ownkey import days; print(days.today())"
ASKS_IN_THE_STORE = "from ownkey.console.setup import prepare; prepare()\n" + ASKS


def is_another_clock(node: ast.AST) -> bool:
    """Return whether an expression asks something but `days` for the day."""
    if not isinstance(node, ast.Attribute) or node.attr not in {"today", "localdate"}:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id in {"days", "self", "request"})


def askers() -> dict[str, set[str]]:
    """Return the modules that ask something else for the day, and what they ask."""
    found: dict[str, set[str]] = {}
    for path in SRC.rglob("*.py"):
        name = path.relative_to(SRC).as_posix()
        if name in OF_ITS_OWN or name.startswith("sandbox/"):  # which is a program of its own
            continue
        for node in filter(is_another_clock, ast.walk(ast.parse(path.read_text()))):
            found.setdefault(name, set()).add(ast.unparse(node))
    return found


def test_nothing_else_is_asked_which_day_it_is() -> None:
    assert askers() == {}


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati", "UTC", "America/Los_Angeles"])
@pytest.mark.parametrize("program", [ASKS, ASKS_IN_THE_STORE], ids=["alone", "with the store open"])
def test_the_day_is_the_same_wherever_the_machine_is(zone: str, program: str, tmp_path: Path) -> None:
    before = datetime.now(UTC).date()
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": zone, "OWNKEY_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert date.fromisoformat(ended.stdout.strip()) in {before, datetime.now(UTC).date()}


def test_a_day_is_over_everywhere_only_a_day_later() -> None:
    today = date(2026, 11, 28)
    assert not days.is_over_everywhere(date(2026, 11, 27), today=today)
    assert days.is_over_everywhere(date(2026, 11, 26), today=today)
