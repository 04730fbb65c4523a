"""Backups that are made while people save and keys rotate: each is one moment, whole, and opens."""

from pathlib import Path

from tests.faults.store import CANDIDATE, OPEN_ALL, SAVE, VERIFY, Store
from tests.faults.test_at_once import ADA, SAVE_FOR_EVER, seeded, start

BACKUPS = 4
BACKUP = """
from pathlib import Path
from ownkey.environment.process import current_environment
from ownkey.console.backups.making import make_backup
from ownkey.console.key_rotation import rotate
for number in range(BACKUPS):
    make_backup(current_environment(), Path(PLACE) / f"{number}.backup", with_keys=True, actor="operator")
    rotate(actor="operator")
"""
RESTORE = """
from dataclasses import replace
from pathlib import Path
from ownkey.environment.process import current_environment
from ownkey.console.backups.restoring import restore_backup
for number in range(BACKUPS):
    home = Path(PLACE) / f"home-{number}"
    there = replace(current_environment(), home=home, database_file=home / "ownkey.sqlite3")
    restore_backup(there, Path(PLACE) / f"{number}.backup", key_file=None)
"""


def test_backups_made_while_people_save_and_keys_rotate_are_each_one_moment(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    prefix = "ATATT" + "3x-load"
    saver = start(store, SAVE_FOR_EVER, PREFIX=prefix, CANDIDATE=CANDIDATE, SAVE=SAVE)
    assert saver.stdout is not None
    assert saver.stdout.readline() == f"{prefix}-1\n"
    program = f"BACKUPS, PLACE = {BACKUPS}, {str(tmp_path)!r}\n"
    store.run(program + BACKUP)
    saver.kill()
    last = int(saver.communicate()[0].splitlines()[-1].rpartition("-")[2])
    assert last > BACKUPS, "it went on saving"
    store.run(program + RESTORE)
    seen = []
    for number in range(BACKUPS):
        tokens, fault = Store(tmp_path / f"home-{number}").run_all(OPEN_ALL, VERIFY)
        assert fault is None
        assert len([name for name in tokens if name.startswith("Credential")]) == 2
        seen.append(int(tokens[f"Credential {ADA}"].rpartition("-")[2]))
    assert seen == sorted(seen), "each is a later moment than the one before"
    assert seen[-1] <= last + 1
