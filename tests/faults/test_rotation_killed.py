"""A rotation that is killed at any moment leaves everything openable, and running it again ends it."""

from pathlib import Path

import pytest

from tests.faults.dying import die, moments_of
from tests.faults.store import OPEN_ALL, RING, SAVED, Store

ROTATE = "from ownkey.console.key_rotation import rotate; rotate(actor='operator')"
RETIRE = """
from ownkey.console.key_rotation import list_keys, retire
for key in list_keys():
    if not key.is_in_use and key.is_known:
        retire(key.id, actor="operator")
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    return store


def test_a_rotation_killed_at_any_step_loses_nothing_and_is_ended_by_the_next(
    seeded: Store, tmp_path: Path
) -> None:
    whole = seeded.copy_to(tmp_path / "whole")
    moments = list(moments_of(ROTATE, whole.environment))
    assert {"fsync", "replace", "UPDATE", "COMMIT"} <= {moment.name for moment in moments}
    for moment in moments:
        store = seeded.copy_to(tmp_path / str(moment).replace(" ", "-"))
        die(ROTATE, moment, store.environment)
        before, found, after, (primary, *older) = store.run_all(OPEN_ALL, RING, ROTATE, OPEN_ALL, RING)
        has_ended = len(found) == 2 and found[0][3] == len(SAVED)
        assert before == after == SAVED, moment
        assert primary[3] == len(SAVED), (moment, "all are sealed with the primary key")
        assert all(envelopes == 0 for _id, _primary, _known, envelopes, _hashes in older), moment
        assert len(older) == 1 + has_ended, (moment, "the rotation was continued, not begun anew")


def test_a_retirement_killed_at_any_step_loses_nothing(seeded: Store, tmp_path: Path) -> None:
    rotated = seeded.copy_to(tmp_path / "rotated")
    rotated.run(ROTATE)
    moments = list(moments_of(RETIRE, rotated.copy_to(tmp_path / "whole").environment))
    assert {"replace", "COMMIT"} <= {moment.name for moment in moments}
    for moment in moments:
        store = rotated.copy_to(tmp_path / str(moment).replace(" ", "-"))
        die(RETIRE, moment, store.environment)
        before, after, keys = store.run_all(OPEN_ALL, RETIRE, OPEN_ALL, RING)
        assert before == after == SAVED, moment
        assert len(keys) == 1, moment
