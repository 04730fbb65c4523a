"""The clock jumps ahead by a year and back again: nothing is destroyed by it, and the record stays whole.

What is old enough stops for as long as the clock says so. What measures how long something takes uses a clock
that does not jump.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ownkey import days
from ownkey.audit.models import Entry
from ownkey.audit.pruning import prunable, prune
from ownkey.audit.record import OPERATOR, record
from ownkey.audit.verifying import verify_record
from ownkey.connections import client_keys
from ownkey.connections.client_keys import KeyState, key_state
from ownkey.connections.errors import CandidateGoneError
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.connections.sealing import open_in
from ownkey.connections.states import State, state_of
from ownkey.people.errors import ExpiredLinkError
from ownkey.people.inviting.invitations import find_invitation, invite
from ownkey.people.models import User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from tests.conftest import SignIn
from tests.faults.store import CANDIDATE, SAVE, SEED
from tests.people.sign_ins import JUST_NOW

YEAR = timedelta(days=366)
SRC = Path(__file__).parents[2] / "src/ownkey"
NEW = "ATATT" + "3x-planted-new-" + "k3y" * 20
Jump = Callable[[timedelta], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Return what sets the clock that everything in the pages and the flows asks."""
    real = timezone.now

    def by(much: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + much)
        monkeypatch.setattr(days, "today", (real() + much).date)

    return by


@contextmanager
def ahead(jump: Jump) -> Iterator[None]:
    """Be a year ahead while the block lasts."""
    jump(YEAR)
    yield
    jump(timedelta())


@pytest.fixture
def ada(db: None, quick_passwords: None) -> User:  # noqa: ARG001 fixtures may only be needed for what they do
    """Return Ada, connected, in an organisation."""
    exec(SEED, {"MAIN": NEW, "ADAS": NEW, "BOS": NEW})  # noqa: S102 the same as in the tests of kills
    return User.objects.get(email="ada@acme.example")


def test_sessions_end_and_people_sign_in_again(ada: User, jump: Jump, sign_in: SignIn) -> None:
    browser = sign_in(ada.email)
    assert browser.get("/profile/").status_code == 200
    with ahead(jump):
        assert browser.get("/profile/").status_code == 302
    assert sign_in(ada.email).get("/profile/").status_code == 200


def test_a_credential_expires_and_is_good_again(ada: User, jump: Jump) -> None:
    Credential.objects.filter(user=ada).update(
        expires_on=days.today() + timedelta(days=90), checked_at=timezone.now()
    )
    before = Credential.objects.filter(user=ada).values().get()
    with ahead(jump):
        assert state_of(Credential.objects.get(user=ada), days.today()).state is State.EXPIRED
    after = Credential.objects.get(user=ada)
    assert state_of(after, days.today()).state is not State.EXPIRED
    assert Credential.objects.filter(user=ada).values().get() == before
    assert open_in(after).reveal() == NEW


def test_a_client_key_expires_and_is_good_again(ada: User, jump: Jump) -> None:
    issued = client_keys.issue_client_key(
        ada,
        AlmAccount.objects.get(),
        name="tool",
        expires_on=days.today() + timedelta(days=90),
        actor=ada,
        signed_in=JUST_NOW,
    )
    with ahead(jump):
        assert key_state(issued.row, now=timezone.now()) is KeyState.EXPIRED
    issued.row.refresh_from_db()
    assert key_state(issued.row, now=timezone.now()) is KeyState.ACTIVE


@pytest.mark.usefixtures("ada")
def test_an_invitation_expires_and_is_good_again(jump: Jump) -> None:
    invited = invite("cleo@acme.example", name="Cleo", actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE)
    secret = invited.link.rstrip("/").rpartition("/")[2]
    with ahead(jump), pytest.raises(ExpiredLinkError):
        find_invitation(secret)
    assert find_invitation(secret).email == "cleo@acme.example"


def test_a_tested_token_does_not_wait_beyond_its_quarter_of_an_hour(ada: User, jump: Jump) -> None:
    exec(CANDIDATE, {"NEW": NEW})  # noqa: S102 see above
    with ahead(jump), pytest.raises(CandidateGoneError):
        exec(SAVE, {})  # noqa: S102 see above
    exec(SAVE, {})  # noqa: S102 see above
    assert not Candidate.objects.exists()
    with ahead(jump):
        exec(CANDIDATE, {"NEW": NEW})  # noqa: S102 see above
    with pytest.raises(CandidateGoneError):
        exec(SAVE, {})  # noqa: S102 see above
    assert open_in(Credential.objects.get(user=ada)).reveal() == NEW


def test_the_record_keeps_its_order_and_says_that_the_clock_was_set_back(ada: User, jump: Jump) -> None:
    record("test.done", actor=ada, subject="before")
    with ahead(jump):
        record("test.done", actor=ada, subject="ahead")
    record("test.done", actor=ada, subject="after")
    found = verify_record()
    assert found.is_whole
    assert found.set_back == 1
    assert any("clock was set back" in sentence for sentence in found.sentences)
    numbered = Entry.objects.filter(action="test.done").order_by("number")
    assert list(numbered.values_list("subject", flat=True)) == ["before", "ahead", "after"]


def test_pruning_never_takes_what_is_newer(ada: User, jump: Jump) -> None:
    jump(-YEAR)
    record("test.done", actor=ada, subject="long ago")
    jump(timedelta())
    record("test.done", actor=ada, subject="today")
    jump(-YEAR)
    record("test.done", actor=ada, subject="the clock was behind")
    jump(timedelta())
    newer = Entry.objects.filter(subject__in=("today", "the clock was behind"))
    kept = set(newer.values_list("pk", flat=True))
    month_ago = timezone.now() - timedelta(days=30)
    cut = prunable(before=month_ago)
    assert cut.through < min(kept)
    prune(before=month_ago, actor=ada)
    assert kept <= set(Entry.objects.values_list("pk", flat=True))
    assert verify_record().is_whole


def test_how_long_something_takes_is_never_asked_of_a_clock_that_jumps() -> None:
    """Whoever measures a span asks `time.monotonic`; the gateway's breaker, pace and time-outs among them."""
    asking = re.compile(r"\btime\.time\(\)")
    found = {
        str(path.relative_to(SRC))
        for path in SRC.rglob("*.py")
        # People's sessions keep moments, such as when somebody signed in.
        if not {"sandbox", "people"} & set(path.parts) and asking.search(path.read_text())
    }
    assert found == set()
