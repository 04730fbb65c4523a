"""A save that is killed at any moment leaves the old token or the new one, and never neither."""

from pathlib import Path
from textwrap import indent

import pytest

from tests.faults.dying import lives_of
from tests.faults.store import ADAS, CANDIDATE, OPEN_ALL, SAVE, SAVED, VERIFY, Store

NEW = "ATATT" + "3x-planted-new-" + "k3y" * 20
ADA, WAITS, BO = "Credential ada@acme.example", "Candidate ada@acme.example", "Credential bo@acme.example"
FORGET_ADA = """
from ownkey.connections.models import Credential
Credential.objects.filter(login="ada@acme.example").delete()
"""
SAVE_IF_IT_WAITS = f"""
from ownkey.connections.models import Candidate
if Candidate.objects.exists():
{indent(SAVE, "    ")}
"""


@pytest.fixture(params=["connect", "replace"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return a store in which Ada's tested token waits; she has an older one, or none."""
    made = Store(tmp_path / "home")
    made.seed()
    if request.param == "connect":
        made.run(FORGET_ADA)
    made.run(CANDIDATE, NEW=NEW)
    return made


def test_a_save_killed_at_any_step_loses_no_token(store: Store) -> None:
    before = store.tokens()
    _whole, *lives = lives_of(SAVE, OPEN_ALL, SAVE_IF_IT_WAITS, OPEN_ALL, VERIFY, store=store)
    assert {"INSERT", "DELETE", "COMMIT"} <= {life.name for life in lives}
    for life in lives:
        left, after, fault = life.saw
        if left.get(ADA) == NEW:
            assert WAITS not in left, (life, "saved, so nothing waits any more")
        else:
            assert left == before, (life, "nothing has happened: Save can be pressed again")
        assert left[BO] == SAVED[BO], life
        assert after[ADA] == NEW, life
        assert fault is None, life
    assert {life.saw[0].get(ADA) for life in lives} == {before.get(ADA), NEW}, "both sides of the commit"


def test_a_test_killed_at_any_step_keeps_the_saved_token(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.seed()
    for life in lives_of(CANDIDATE, OPEN_ALL, VERIFY, store=store, NEW=NEW):
        left, fault = life.saw
        assert left[ADA] == ADAS, life
        assert fault is None, life
