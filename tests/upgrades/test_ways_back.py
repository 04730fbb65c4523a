"""A store can go back to the tables of the release before, and come again."""

import shutil
from pathlib import Path

import pytest

from tests.cli.command import Ownkey
from tests.running import forks
from tests.upgrades.kept import ARCHIVES, KeptStore, unpack
from tests.upgrades.test_stores import schema_of

BEFORE_CHANGES_HAD_NAMES = "0009_later_scopes"
MIGRATE = """
import sys
from ownkey.console.setup import prepare
prepare()
from django.core.management import call_command
call_command("migrate", "connections", *sys.argv[1:], verbosity=0)
"""


def migrate(ownkey: Ownkey, *to: str) -> None:
    """Bring the tables of `connections` forwards or back; without a name to the newest."""
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
    migrate(copy, BEFORE_CHANGES_HAD_NAMES)
    archive = next(path for path in ARCHIVES if path.name.startswith(kept.facts["version"]))
    before = unpack(archive, tmp_path / "before", atlassian=kept.atlassian)
    migrate(before.ownkey, BEFORE_CHANGES_HAD_NAMES)
    assert of_grants(copy.home) == of_grants(before.home)
    assert not any("grant_change" in str(row) for row in of_grants(copy.home))
    migrate(copy)
    assert schema_of(copy.home) == upgraded
