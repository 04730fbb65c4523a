"""A save that is killed at any moment leaves the old token or the new one, and never neither."""

from pathlib import Path

import pytest

from tests.faults.dying import die, moments_of
from tests.faults.store import ADAS, CANDIDATE, OPEN_ALL, SAVE, SAVED, Store

NEW = "ATATT" + "3x-planted-new-" + "k3y" * 20
ADA = "ada@acme.example"
FORGET_ADA = "from ownkey.connections.models import Credential; Credential.objects.filter(login=ADA).delete()"


@pytest.fixture(scope="module", params=["connect", "replace"])
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store in which Ada's tested token waits; she has an older one, or none."""
    store = Store(tmp_path_factory.mktemp("seeded") / "home")
    store.seed()
    if request.param == "connect":
        store.run(FORGET_ADA, ADA=ADA)
    store.run(CANDIDATE, NEW=NEW)
    return store


def test_a_save_killed_at_any_step_loses_no_token(seeded: Store, tmp_path: Path) -> None:
    before = seeded.tokens()
    old, waits = before.get(f"Credential {ADA}"), f"Candidate {ADA}"
    moments = list(moments_of(SAVE, seeded.copy_to(tmp_path / "whole").environment))
    assert {"INSERT", "DELETE", "COMMIT"} <= {moment.name for moment in moments}
    seen = set()
    for moment in moments:
        store = seeded.copy_to(tmp_path / str(moment).replace(" ", "-"))
        die(SAVE, moment, store.environment)
        left = store.tokens()
        if left.get(f"Credential {ADA}") == NEW:
            assert waits not in left, (moment, "saved, so nothing waits any more")
        else:
            assert left == before, (moment, "nothing has happened: Save can be pressed again")
            store.run(SAVE)
            assert store.tokens()[f"Credential {ADA}"] == NEW, moment
        seen.add(left.get(f"Credential {ADA}"))
        assert left["Credential bo@acme.example"] == SAVED["Credential bo@acme.example"]
    assert seen == {old, NEW}, "both sides of the commit were met"


def test_a_test_killed_at_any_step_keeps_the_saved_token(tmp_path: Path) -> None:
    seeded = Store(tmp_path / "seeded")
    seeded.seed()
    program = f"NEW = {NEW!r}\n{CANDIDATE}"
    for moment in moments_of(program, seeded.copy_to(tmp_path / "whole").environment):
        store = seeded.copy_to(tmp_path / str(moment).replace(" ", "-"))
        die(program, moment, store.environment)
        (left,) = store.run_all(OPEN_ALL)
        assert left[f"Credential {ADA}"] == ADAS
