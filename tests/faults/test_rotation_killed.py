"""A rotation that is killed at any moment leaves everything openable, and running it again ends it."""

from pathlib import Path

import pytest

from tests.faults.dying import lives_of
from tests.faults.store import OPEN_ALL, RING, SAVED, VERIFY, Store

ROTATE = "from ownkey.console.key_rotation import rotate; rotate(actor='operator')"
RETIRE = """
from ownkey.console.key_rotation import list_keys, retire
for key in list_keys():
    if not key.is_in_use and key.is_known:
        retire(key.id, actor="operator")
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "home")
    made.seed()
    return made


def test_a_rotation_killed_at_any_step_loses_nothing_and_is_ended_by_the_next(store: Store) -> None:
    _whole, *lives = lives_of(ROTATE, OPEN_ALL, RING, ROTATE, OPEN_ALL, RING, VERIFY, store=store)
    assert {"fsync", "replace", "UPDATE", "COMMIT"} <= {life.name for life in lives}
    for life in lives:
        before, found, after, (primary, *older), fault = life.saw
        has_ended = len(found) == 2 and found[0][3] == len(SAVED)
        assert before == after == SAVED, life
        assert primary[3] == len(SAVED), (life, "all are sealed with the primary key")
        assert all(envelopes == 0 for _id, _primary, _known, envelopes, _hashes in older), life
        assert len(older) == 1 + has_ended, (life, "the rotation was continued, not begun anew")
        assert fault is None, life


def test_a_retirement_killed_at_any_step_loses_nothing(store: Store) -> None:
    store.run(ROTATE)
    _whole, *lives = lives_of(RETIRE, OPEN_ALL, RETIRE, OPEN_ALL, RING, VERIFY, store=store)
    assert {"replace", "COMMIT"} <= {life.name for life in lives}
    for life in lives:
        before, after, keys, fault = life.saw
        assert before == after == SAVED, life
        assert len(keys) == 1, life
        assert fault is None, life
