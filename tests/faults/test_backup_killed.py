"""A backup or a restore that is killed at any moment leaves nothing or all of it; the next one tidies up."""

import shutil
from pathlib import Path

import pytest

from tests.faults.dying import die, moments_of
from tests.faults.store import SAVED, Store

BACKUP = """
from pathlib import Path
from django.conf import settings
from ownkey.console.backup import make_backup
make_backup(settings.OWNKEY, Path({target!r}), with_keys=True, actor="operator")
"""
RESTORE = """
from pathlib import Path
from dataclasses import replace
from django.conf import settings
from ownkey.console.restore import restore_backup
home = Path({home!r})
there = replace(settings.OWNKEY, home=home, database_file=home / "ownkey.sqlite3")
restore_backup(there, Path({source!r}), key_file=None)
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    return store


def restored_from(backup: Path, home: Path, by: Store) -> dict[str, str]:
    by.run(RESTORE.format(source=str(backup), home=str(home)))
    return Store(home).tokens()


def test_a_backup_killed_at_any_step_is_whole_or_not_there(seeded: Store, tmp_path: Path) -> None:
    whole = tmp_path / "whole" / "a.backup"
    whole.parent.mkdir()
    seen = set()
    moments = list(moments_of(BACKUP.format(target=str(whole)), seeded.environment))
    assert {"fsync", "link", "INSERT", "COMMIT"} <= {moment.name for moment in moments}
    for moment in moments:
        target = tmp_path / str(moment).replace(" ", "-") / "a.backup"
        target.parent.mkdir()
        die(BACKUP.format(target=str(target)), moment, seeded.environment)
        seen.add(target.exists())
        if target.exists():
            assert restored_from(target, target.with_name("home"), seeded) == SAVED, moment
        assert all(path.stat().st_mode & 0o077 == 0 for path in target.parent.glob(".ownkey-*")), moment
        seeded.run(BACKUP.format(target=str(target.with_name("b.backup"))))
        assert not list(target.parent.glob(".ownkey-*")), (moment, "what the killed one left is swept up")
    assert seen == {True, False}, "both sides of the link were met"


def test_a_restore_killed_at_any_step_is_whole_or_can_be_repeated(seeded: Store, tmp_path: Path) -> None:
    source = tmp_path / "a.backup"
    seeded.run(BACKUP.format(target=str(source)))
    moments = list(
        moments_of(RESTORE.format(source=str(source), home=str(tmp_path / "whole")), seeded.environment)
    )
    assert {"fsync", "link"} <= {moment.name for moment in moments}
    for moment in moments:
        home = tmp_path / str(moment).replace(" ", "-")
        die(RESTORE.format(source=str(source), home=str(home)), moment, seeded.environment)
        if (home / "ownkey.sqlite3").exists():
            assert Store(home).tokens() == SAVED, moment
        else:
            assert restored_from(source, home, seeded) == SAVED, moment
            assert not list(home.glob(".ownkey-*")), moment
        shutil.rmtree(home)
