"""A first start that is killed at any step leaves nothing that stops the next, which finishes it."""

from pathlib import Path

from tests.faults.dying import lives_of
from tests.faults.store import Store

BEGIN = """
import os
os.environ.pop("OWNKEY_SECRET_KEY", None)
from ownkey.console import first_start, setup
from ownkey.database import locks
from ownkey.environment.reading import read_environment
from ownkey.vault.key_keeper import keeper_of
environment = read_environment()
setup.ensure_home(environment.home)
setup.ensure_signing_key(environment)
assert first_start.missing_database(environment) is None
first_start.begin(environment)
keeper_of(environment.keys).ensure(may_create=True)
locks.tables_lock(environment.database_file).__enter__()
"""
LOOK = f"""{BEGIN}
import json
signing = environment.secret_key_file.read_text()
print(json.dumps([len(signing) > 60, len(keeper_of(environment.keys).ring().keys)]))
"""


def test_a_first_start_killed_at_any_step_is_finished_by_the_next(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    lives = list(
        lives_of(BEGIN, LOOK, store=Store(home), start="read_environment", restart="read_environment")
    )
    assert {"fsync", "link", "unlink"} <= {life.name for life in lives}
    for life in lives:
        assert life.saw == [[True, 1]], life
