"""The table of faults names tests that are there."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = [
    line.rstrip(" |").rpartition("| `")[2].rstrip("`")
    for line in (ROOT / "docs/faults.md").read_text().splitlines()
    if line.startswith("|") and "::" in line
]


@pytest.mark.parametrize("line", LINES)
def test_each_line_names_a_test(line: str) -> None:
    path, _, name = line.partition("::")
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    assert callable(getattr(module, name))


def test_the_table_is_read() -> None:
    assert len(LINES) >= 15
