"""One function says which day it is, so that no two pages, commands or mails of one moment disagree."""

import ast
import os
import re
import subprocess
import sys
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ownkey import days

SRC = Path(__file__).parents[1] / "src/ownkey"
EARLY_ENOUGH = "expires_on <= today + LONGEST_EXPIRY + TIME_ZONES"
OF_ITS_OWN = {"days.py"}
ASKS = "from ownkey import days; print(days.today())"
ASKS_IN_THE_STORE = "from ownkey.console.setup import prepare; prepare()\n" + ASKS


def is_another_clock(node: ast.AST) -> bool:
    """Return whether an expression asks something but `days` for the day."""
    if not isinstance(node, ast.Attribute) or node.attr not in {"today", "localdate"}:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id in {"days", "self", "request", "at"})


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
    assert not days.is_over_everywhere(days.first_that_lasts(today), today=today)


@pytest.mark.parametrize("zone", sorted(zoneinfo.available_timezones()))
def test_no_day_is_called_over_that_lasts_somewhere(zone: str) -> None:
    """A clock in any zone, at each hour of two days: what its calendar shows is not over."""
    for hour in range(48):
        now = datetime(2026, 11, 27, tzinfo=UTC) + timedelta(hours=hour)
        there = now.astimezone(zoneinfo.ZoneInfo(zone)).date()
        assert not days.is_over_everywhere(there, today=now.date()), (zone, now)


WITHIN = "at.today <= row.expires_on <= at.today + EXPIRING_WITHIN"
IS_SOON = f"is_soon = row.expires_on is not None and {WITHIN}"


def test_no_module_compares_the_last_day_of_a_token_by_itself() -> None:
    compares = re.compile(r"expires_on(__gte|__gt|__lt)\b|expires_on (<|>|<=|>=) ")
    found = {
        path.relative_to(SRC).as_posix(): [line.strip() for line in lines]
        for path in SRC.rglob("*.py")
        # The sandbox is a program of its own; a migration brings along what was stored.
        if not {"sandbox", "migrations"} & {*path.parts}
        and (
            lines := [
                line
                for line in path.read_text().splitlines()
                if compares.search(line) and "days.first_that_lasts" not in line
            ]
        )
    }
    assert found == {
        # Atlassian has refused the token by then: over by UTC is enough to call that the likeliest cause.
        "atlassian/conclusions.py": [
            "if request.expires_on is not None and request.expires_on < request.today:"
        ],
        # How soon, not whether it is over.
        "connections/cause_table.py": [
            IS_SOON,
        ],
        "connections/causes.py": [
            "elif row.expires_on is not None and row.expires_on <= at.today + EXPIRING_WITHIN:"
        ],
        "connections/expiry.py": [
            f"if expires_on is None or not authentication.is_cloud or {EARLY_ENOUGH}:",
        ],
    }
