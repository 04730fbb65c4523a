"""Names that others rely on change only on purpose: each is in a list, and the lists are what the code has.

A test that fails here names what was added, renamed or removed. What is added goes into the list. What is
renamed or removed breaks programs and dashboards of those who use Ownkey: it needs a reason, and a line
in CHANGELOG.md.
"""

from pathlib import Path

import pytest

from tests.outer_names.collected import LISTS
from tests.outer_names.json_answers import key_paths
from tests.upgrades.kept import ARCHIVES, unpack

HERE = Path(__file__).with_name("lists")


def listed(name: str) -> set[str]:
    """Return a list as it is committed; it is sorted and names nothing twice."""
    lines = (HERE / f"{name}.txt").read_text().splitlines()
    assert lines == sorted(set(lines))
    return set(lines)


@pytest.mark.parametrize("name", LISTS)
def test_the_code_has_what_is_listed(name: str) -> None:
    assert LISTS[name]() == listed(name)


def test_commands_print_the_json_keys_that_are_listed(tmp_path: Path) -> None:
    store = unpack(ARCHIVES[0], tmp_path, atlassian="http://127.0.0.1:9")

    assert key_paths(store.ownkey) == listed("json-keys")


def test_no_list_is_left_over() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == {*LISTS, "json-keys"}
