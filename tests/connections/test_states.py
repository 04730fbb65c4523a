"""The state of a credential is decided in one place, from the last check, the date and today's profile."""

from datetime import UTC, date, datetime

import pytest

from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.states import State, state_of

TODAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


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
    return Credential(
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


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (None, State.NOT_CONNECTED),
        (credential(), State.CONNECTED),
        (credential(StoredState.DISCONNECTED), State.DISCONNECTED),
        (credential(StoredState.REFUSED, expires_on=date(2026, 1, 2)), State.REFUSED),
        (credential(StoredState.UNKNOWN), State.UNKNOWN),
        (credential(reason="site-changed"), State.UNKNOWN),
        (credential(scopes={"read:jira-work": "missing"}), State.GAPS),
        (credential(scopes={"read:jira-work": "covered"}), State.CONNECTED),
        (credential(scopes={"read:jira-work": "unknown"}), State.CONNECTED),
        (credential(required=("read:jira-work", "write:jira-work")), State.UNKNOWN),
        (credential(required=(), scopes={"read:jira-work": "missing"}), State.CONNECTED),
        (credential(scopes={}, authentication="unscoped-api-token"), State.CONNECTED),
        (credential(expires_on=date(2026, 12, 24)), State.CONNECTED),
        (credential(expires_on=date(2026, 12, 23)), State.EXPIRING),
        (credential(expires_on=TODAY), State.EXPIRING),
        (credential(expires_on=date(2026, 11, 22)), State.EXPIRED),
        (
            credential(expires_on=date(2026, 11, 20), checked_at=datetime(2026, 11, 22, tzinfo=UTC)),
            State.EXPIRING,
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
        "the-day-after",
        "accepted-after-its-date",
    ],
)
def test_state(found: Credential | None, state: State) -> None:
    standing = state_of(found, TODAY)
    assert standing.state is state
    assert standing.needs_attention is (state is not State.CONNECTED)
    assert not standing.needs_attention or standing.next_step, "every state but connected has a next step"


def test_a_cause_counts_what_is_missing() -> None:
    gaps = credential(
        scopes={"read:jira-work": "missing", "write:jira-work": "missing"},
        required=("read:jira-work", "write:jira-work"),
    )
    assert state_of(gaps, TODAY).cause == "2 scopes are missing."
    tomorrow = credential(expires_on=date(2026, 11, 24))
    assert state_of(tomorrow, TODAY).cause == "The token expires tomorrow."
