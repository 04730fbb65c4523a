"""The state of a credential is decided in one place, from the last check, the date and today's profile."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.states import UNKNOWN_AFTER_FAILURES, State, state_of

from .planting import with_derived

TODAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.datetimes(timezones=st.just(UTC))


def credential(
    state: StoredState = StoredState.CONNECTED,
    *,
    scopes: dict[str, str] | None = None,
    required: tuple[str, ...] = ("read:jira-work",),
    expires_on: date | None = None,
    checked_at: datetime | None = LONG_AGO,
    authentication: str = "scoped-api-token",
    reason: str = "",
) -> Credential:
    """Return a credential that is in no database."""
    found = {"read:jira-work": "granted"} if scopes is None else scopes
    made = Credential(
        alm_account=AlmAccount(required_scopes=list(required)),
        authentication=authentication,
        state=state,
        reason=reason,
        since=LONG_AGO,
        expires_on=expires_on,
        checked_at=checked_at,
        report={
            "scopes": [{"scope": scope, "state": state_} for scope, state_ in found.items()],
            "next_step": "Make a new one.",
        },
    )
    return with_derived(made)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (None, State.NOT_CONNECTED),
        (credential(), State.CONNECTED),
        (credential(StoredState.DISCONNECTED), State.DISCONNECTED),
        (credential(StoredState.REFUSED, expires_on=date(2026, 1, 2)), State.REFUSED),
        (credential(StoredState.UNKNOWN), State.UNKNOWN),
        (credential(StoredState.UNKNOWN, reason="site-changed"), State.UNKNOWN),
        (credential(scopes={"read:jira-work": "missing"}), State.GAPS),
        (credential(scopes={"read:jira-work": "covered"}), State.CONNECTED),
        (credential(scopes={"read:jira-work": "unknown"}), State.CONNECTED),
        (credential(required=("read:jira-work", "write:jira-work")), State.RECHECK_PENDING),
        (credential(required=(), scopes={"read:jira-work": "missing"}), State.CONNECTED),
        (credential(scopes={}, authentication="unscoped-api-token"), State.CONNECTED),
        (credential(expires_on=date(2026, 12, 24)), State.CONNECTED),
        (credential(expires_on=date(2026, 12, 23)), State.EXPIRING),
        (credential(expires_on=TODAY), State.EXPIRING),
        (credential(expires_on=date(2026, 11, 22)), State.EXPIRING),
        (credential(expires_on=date(2026, 11, 21)), State.EXPIRED),
        (
            credential(expires_on=date(2026, 11, 20), checked_at=datetime(2026, 11, 22, tzinfo=UTC)),
            State.EXPIRING,
        ),
        (
            credential(expires_on=date(2026, 11, 20), checked_at=datetime(2026, 11, 21, 23, tzinfo=UTC)),
            State.EXPIRED,
        ),
    ],
    ids=[
        "never",
        "connected",
        "disconnected",
        "refused-outranks-expired",
        "unknown",
        "site-changed",
        "missing",
        "covered-is-enough",
        "undecidable-is-no-gap",
        "profile-grew",
        "profile-shrank",
        "unscoped-has-no-gaps",
        "31-days",
        "30-days",
        "last-day",
        "last-day-in-the-west",
        "over-everywhere",
        "accepted-after-its-date",
        "accepted-while-it-lasted-in-the-west",
    ],
)
def test_state(found: Credential | None, state: State) -> None:
    standing = state_of(found, TODAY)
    assert standing.state is state
    assert standing.needs_attention is (state is not State.CONNECTED)
    assert not standing.needs_attention or standing.next_step, "every state but connected has a next step"


LATER = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_check_that_is_still_to_come_proves_nothing_about_the_expiry_date() -> None:
    """The clock was ahead when it was checked and has been set right since."""
    assert state_of(credential(expires_on=date(2026, 11, 21), checked_at=LATER), TODAY).state is State.EXPIRED


@pytest.mark.parametrize("stored", [StoredState.CONNECTED, StoredState.REFUSED, StoredState.DISCONNECTED])
def test_nothing_began_in_the_future(stored: StoredState) -> None:
    found = credential(stored)
    assert state_of(found, TODAY).since == LONG_AGO
    found.since = found.unanswered_since = LATER
    standing = state_of(found, TODAY)
    assert standing.since is None
    assert standing.unanswered_since is None
    assert "2030" not in " ".join(standing.sentences)


@pytest.mark.parametrize(
    ("found", "since"),
    [
        (credential(expires_on=date(2026, 11, 20)), datetime(2026, 11, 21, tzinfo=UTC)),
        (credential(expires_on=date(2026, 12, 20)), datetime(2026, 11, 20, tzinfo=UTC)),
        (credential(expires_on=date(2026, 1, 25)), datetime(2026, 1, 26, tzinfo=UTC)),
        (
            credential(expires_on=date(2026, 11, 20), checked_at=datetime(2026, 11, 22, tzinfo=UTC)),
            datetime(2026, 11, 21, tzinfo=UTC),
        ),
        (credential(scopes={"read:jira-work": "missing"}), LONG_AGO),
    ],
    ids=["expired", "expiring", "expired-long-ago", "accepted-after-its-date", "gaps"],
)
def test_since_when(found: Credential, since: datetime) -> None:
    assert state_of(found, TODAY).since == since


def test_one_that_was_saved_with_few_days_left_is_expiring_since_then() -> None:
    found = credential(expires_on=date(2026, 11, 30))
    found.since = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert state_of(found, TODAY).since == found.since


def test_changed_scopes_leave_a_recheck_pending_since_they_were_changed() -> None:
    found = credential(required=("read:jira-work", "write:jira-work"))
    found.alm_account.profile_changed_at = datetime(2026, 11, 22, tzinfo=UTC)
    assert state_of(found, TODAY).since == found.alm_account.profile_changed_at


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (credential(), State.UNKNOWN),
        (credential(expires_on=date(2026, 12, 1)), State.EXPIRING),
        (credential(scopes={"read:jira-work": "missing"}), State.GAPS),
        (credential(StoredState.REFUSED), State.REFUSED),
    ],
    ids=["connected", "expiring", "gaps", "refused"],
)
def test_long_silence_hides_nothing_that_is_known(found: Credential, state: State) -> None:
    found.unanswered_since, found.unanswered_times = LONG_AGO, UNKNOWN_AFTER_FAILURES
    standing = state_of(with_derived(found), TODAY)
    assert standing.state is state
    assert bool(standing.note) is not standing.is_broken


@given(today=st.dates(), since=moments, checked_at=moments, expires_on=st.none() | st.dates())
@pytest.mark.parametrize("stored", StoredState)
def test_no_clock_breaks_it(
    stored: StoredState, today: date, since: datetime, checked_at: datetime, expires_on: date | None
) -> None:
    found = credential(stored, checked_at=checked_at, expires_on=expires_on)
    found.since = since
    standing = state_of(found, today)
    assert standing.since is None or standing.since.date() <= today
    told = standing.as_json()
    assert told["state"] == standing.state.value
    assert json.loads(json.dumps(told)) == told


def test_a_cause_counts_what_is_missing() -> None:
    gaps = credential(
        scopes={"read:jira-work": "missing", "write:jira-work": "missing"},
        required=("read:jira-work", "write:jira-work"),
    )
    assert state_of(gaps, TODAY).cause == "2 scopes are missing: read:jira-work and write:jira-work."
    tomorrow = credential(expires_on=date(2026, 11, 24))
    assert state_of(tomorrow, TODAY).cause == "The token expires tomorrow."
    last_day = state_of(credential(expires_on=TODAY), TODAY)
    assert last_day.sentences == ("The token expires today.", "Make a new token today.")
    in_the_west = state_of(credential(expires_on=date(2026, 11, 22)), TODAY)
    assert in_the_west.sentences == (
        "The token expires within hours: its last day, 22 November 2026, has ended in most time zones.",
        "Make a new token today.",
    )
    assert in_the_west.is_usable
