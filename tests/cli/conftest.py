"""The command, with a data directory of its own for each test."""

from pathlib import Path

import pytest

from tests.cli.command import Ownkey


@pytest.fixture
def ownkey(tmp_path: Path) -> Ownkey:
    """The `ownkey` command, knowing no Atlassian but the real one, which no test reaches."""
    return Ownkey(tmp_path / "home", {})
