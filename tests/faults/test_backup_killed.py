"""A backup or a restore that is killed at any moment leaves nothing or all of it; the next one tidies up."""

from pathlib import Path

import pytest

from tests.faults.dying import lives_of
from tests.faults.store import OPEN_ALL, SAVED, Store

# Within the data directory, which begins anew for each life.
BACKUP = """
from ownkey.environment.process import current_environment
from ownkey.console.backups.making import make_backup
place = current_environment().home / "backups"
place.mkdir(exist_ok=True)
make_backup(current_environment(), place / NAME, with_keys=True, actor="operator")
"""
WHAT_IS_THERE = """
import json
from ownkey.environment.process import current_environment
place = current_environment().home / "backups"
left = list(place.glob(".ownkey-*"))
print(json.dumps({
    "is_there": (place / "a.backup").exists(),
    "is_exposed": any(path.stat().st_mode & 0o077 for path in left),
    "left_over": len(left),
}))
"""
ELSEWHERE = """
import contextlib
from dataclasses import replace
from ownkey.environment.process import current_environment, use
from django.db import connections

@contextlib.contextmanager
def elsewhere(name):
    here, file = current_environment(), connections["default"].settings_dict["NAME"]
    home = here.home / name
    use(replace(here, home=home, database_file=home / "ownkey.sqlite3"))
    connections.close_all()
    connections["default"].settings_dict["NAME"] = str(current_environment().database_file)
    yield here.home
    connections.close_all()
    use(here)
    connections["default"].settings_dict["NAME"] = file
"""
RESTORE = f"""{ELSEWHERE}
from ownkey.console.backups.restoring import restore_backup
with elsewhere("there") as home:
    if not current_environment().database_file.exists():
        restore_backup(current_environment(), home / "backups" / "a.backup", key_file=None)
"""
OPEN_ALL_THERE = f"""{ELSEWHERE}
import json
with elsewhere("there") as home:
    if current_environment().database_file.exists():
        exec(OPEN_ALL)
    else:
        print(json.dumps(None))
"""
RESTORE_IF_THERE = """
from ownkey.environment.process import current_environment
if (current_environment().home / "backups" / "a.backup").exists():
    exec(RESTORE)
"""
LEFT_OVER_THERE = """
import json
from ownkey.environment.process import current_environment
print(json.dumps([path.name for path in current_environment().home.glob("there/.ownkey-*")]))
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "home")
    made.seed()
    return made


def test_a_backup_killed_at_any_step_is_whole_or_not_there(store: Store) -> None:
    again = "NAME = 'b.backup'\n" + BACKUP
    named = {"NAME": "a.backup", "OPEN_ALL": OPEN_ALL, "RESTORE": RESTORE}
    looks = (WHAT_IS_THERE, RESTORE_IF_THERE, OPEN_ALL_THERE, again, WHAT_IS_THERE, OPEN_ALL)
    whole, *lives = lives_of(BACKUP, *looks, store=store, **named)
    assert whole.saw[1] == SAVED
    assert {"fsync", "link", "INSERT", "COMMIT"} <= {life.name for life in lives}
    for life in lives:
        found, restored, after, here = life.saw
        assert restored == (SAVED if found["is_there"] else None), life
        assert not found["is_exposed"], (life, "what is left over is its owner's alone")
        assert after["left_over"] == 0, (life, "what the killed one left is swept up by the next")
        assert here == SAVED, life
    assert {life.saw[0]["is_there"] for life in lives} == {True, False}, "both sides of the link were met"


def test_a_restore_killed_at_any_step_is_whole_or_can_be_repeated(store: Store) -> None:
    store.run(BACKUP, NAME="a.backup")
    looks = (OPEN_ALL_THERE, RESTORE, OPEN_ALL_THERE, LEFT_OVER_THERE)
    _whole, *lives = lives_of(RESTORE, *looks, store=store, OPEN_ALL=OPEN_ALL)
    assert {"fsync", "link"} <= {life.name for life in lives}
    for life in lives:
        first, then, left_over = life.saw
        assert first in (None, SAVED), (life, "nothing, or all of it")
        assert then == SAVED, life
        assert first is not None or left_over == [], life
    assert {life.saw[0] is None for life in lives} == {True, False}
