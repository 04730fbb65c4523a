"""The state of a credential: the one place that decides it, and its words."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.utils.dateformat import format as date_format

from ownkey.connections.models import AlmAccount, Credential, StoredState

EXPIRING_WITHIN = timedelta(days=30)
UNKNOWN_AFTER_FAILURES = 6
"""How many re-checks in a row get no answer before a working credential is called unknown.

`lifecycle.slots` spaces them out over more than six hours: an hour of 503 breaks nothing.
"""
SITE_CHANGED = "site-changed"
KEY_LOST = "key-lost"
_DISCONNECTED_BECAUSE = {KEY_LOST: "The key that the token was sealed with is lost, so it was deleted."}


class State(StrEnum):
    """What a person sees as the state of a credential; the value is also its `data-state`."""

    CONNECTED = "connected"
    GAPS = "gaps"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DISCONNECTED = "disconnected"
    NOT_CONNECTED = "not-connected"


@dataclass(frozen=True, slots=True)
class Standing:
    """A credential's state with its name, its cause, since when it is so, and the one next step.

    Attributes:
        state: The state.
        title: Its name.
        cause: Why, a sentence.
        next_step: What its owner does about it, a sentence.
        since: When it began; None where nobody can tell: never connected, or by a clock that was wrong.
        expires_on: The token's last day as its owner gave it.
        missing: The required scopes that are proved missing.
        unanswered_since: Since when Atlassian has not answered the schedule's re-checks, if it has not. What
            was proven before still stands.
    """

    state: State
    title: str
    cause: str = ""
    next_step: str = ""
    since: datetime | None = None
    expires_on: date | None = None
    missing: tuple[str, ...] = ()
    unanswered_since: datetime | None = None

    @property
    def is_usable(self) -> bool:
        """Whether calls may be made with the credential."""
        return self.state in {State.CONNECTED, State.GAPS, State.EXPIRING}

    @property
    def needs_attention(self) -> bool:
        """Whether its owner has something to do; waiting for Atlassian to answer is nothing to do."""
        is_waiting = self.state is State.UNKNOWN and self.unanswered_since is not None
        return self.state is not State.CONNECTED and not is_waiting

    @property
    def is_broken(self) -> bool:
        """Whether Jira access does not work until its owner has done something."""
        return self.state in {State.REFUSED, State.EXPIRED, State.DISCONNECTED, State.NOT_CONNECTED}

    @property
    def note(self) -> str:
        """A sentence that the re-checks get no answer, while what was proven before stands."""
        if self.unanswered_since is None:
            return ""
        return f"It could not be re-checked since {date_format(self.unanswered_since, 'j F Y, H:i')} UTC."

    @property
    def sentences(self) -> tuple[str, ...]:
        """Cause, note and next step, as far as there are any."""
        return tuple(filter(None, (self.cause, self.note, self.next_step)))

    def as_json(self) -> dict[str, object]:
        """Return what the command line and the gateway's status tell, the same in both."""
        return {
            "state": self.state.value,
            "cause": self.cause,
            "since": self.since.isoformat() if self.since else None,
            "expires_on": self.expires_on.isoformat() if self.expires_on else None,
            "next_step": self.next_step,
            "missing_scopes": list(self.missing),
            "not_rechecked_since": self.unanswered_since.isoformat() if self.unanswered_since else None,
        }


def missing_scopes(credential: AlmAccount | Credential) -> tuple[str, ...]:
    """Return the scopes required today that the last check proved missing, in the profile's order."""
    states = _scope_states(credential)
    return tuple(scope for scope in credential.scopes_needed if states.get(scope) == "missing")


def untested_scopes(credential: AlmAccount | Credential) -> tuple[str, ...]:
    """Return the scopes required today that the last check did not look at."""
    if not credential.signs_in_by.uses_gateway:
        return ()
    states = _scope_states(credential)
    return tuple(scope for scope in credential.scopes_needed if scope not in states)


def state_of(
    credential: AlmAccount | Credential | None, today: date, *, never_since: datetime | None = None
) -> Standing:
    """Return where a credential stands today: what the last check said, the expiry date and the profile.

    Args:
        credential: A person's, an ALM account's own, or None for somebody who never had one.
        today: The day.
        never_since: Since when somebody without one could have had one.
    """
    if credential is None:
        return Standing(
            State.NOT_CONNECTED,
            "Not connected",
            next_step="Add your token to connect.",
            since=_believable(never_since, today),
        )
    standing = _standing_of(credential, today)
    kept = credential.is_sealed or credential.state != StoredState.DISCONNECTED
    return replace(
        standing,
        since=_believable(standing.since, today),
        expires_on=credential.expires_on,
        missing=missing_scopes(credential) if kept else (),
        # One that Atlassian refused, or that has expired, is not re-checked any more.
        unanswered_since=None if standing.is_broken else _believable(credential.unanswered_since, today),
    )


def _standing_of(credential: AlmAccount | Credential, today: date) -> Standing:
    if credential.state == StoredState.DISCONNECTED:
        return Standing(
            State.DISCONNECTED,
            "Disconnected",
            _DISCONNECTED_BECAUSE.get(credential.reason, "The token was deleted here."),
            "Add a token to connect again.",
            credential.since,
        )
    if credential.state == StoredState.REFUSED:
        refused_on = _believable(credential.since, today)
        on = f" on {date_format(refused_on, 'j F Y')}" if refused_on else ""
        return Standing(
            State.REFUSED,
            "Refused",
            f"Atlassian refused the token{on}.",
            _next_step(credential),
            credential.since,
        )
    if _has_expired(credential, today):
        return Standing(
            State.EXPIRED,
            "Expired",
            "The token’s expiry date has passed.",
            "Make a new token and change it here.",
            _day_after(credential.expires_on),
        )
    return _standing_of_unproven(credential) or _standing_of_working(credential, today)


def _standing_of_unproven(credential: AlmAccount | Credential) -> Standing | None:
    since: datetime | None = credential.since
    if credential.reason == SITE_CHANGED:
        cause = "The ALM account’s address was changed after the last check."
    elif credential.state == StoredState.UNKNOWN:
        cause = "It could not be checked."
    elif untested_scopes(credential):
        cause = "The required scopes were changed after the last check."
        since = credential.scopes_changed_at
    else:
        return None
    return Standing(State.UNKNOWN, "Unknown", cause, "Test the connection.", since)


def _standing_of_working(credential: AlmAccount | Credential, today: date) -> Standing:
    missing = missing_scopes(credential)
    if missing:
        count = "1 scope is missing" if len(missing) == 1 else f"{len(missing)} scopes are missing"
        return Standing(
            State.GAPS, "Gaps", f"{count}.", "Make a new token with every required scope.", credential.since
        )
    days = days_left(credential, today)
    if days is not None and days <= EXPIRING_WITHIN.days:
        return Standing(
            State.EXPIRING,
            "Expiring",
            _days_left_sentence(days),
            _before_it_ends(days),
            _expiring_since(credential, days),
        )
    if (credential.unanswered_times or 0) >= UNKNOWN_AFTER_FAILURES:
        return Standing(
            State.UNKNOWN,
            "Unknown",
            "It was connected, and Atlassian has not answered since.",
            "Nothing to do: Ownkey goes on trying. Test the connection if you want to know now.",
            credential.unanswered_since,
        )
    return Standing(State.CONNECTED, "Connected", since=credential.since)


def _expiring_since(credential: AlmAccount | Credential, days: int) -> datetime | None:
    if credential.expires_on is None or days < 0:
        return _day_after(credential.expires_on)
    return max(_start_of(credential.expires_on - EXPIRING_WITHIN), credential.since)


def _day_after(day: date | None) -> datetime | None:
    # The last day there is has none after it.
    return _start_of(day + timedelta(days=1)) if day and day < date.max else None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _believable(moment: datetime | None, today: date) -> datetime | None:
    """Return a moment, None for one that a clock wrote down which was ahead: nothing began in the future."""
    return moment if moment is not None and moment.date() <= today else None


def days_left(credential: AlmAccount | Credential, today: date) -> int | None:
    """Return the days until the declared expiry date, negative once past, `None` if there is no date."""
    return (credential.expires_on - today).days if credential.expires_on else None


def _days_left_sentence(days: int) -> str:
    if days < 0:
        return "The expiry date given has passed, yet Atlassian still accepted the token."
    return {0: "The token expires today.", 1: "The token expires tomorrow."}.get(
        days, f"The token expires in {days} days."
    )


def _before_it_ends(days: int) -> str:
    if days < 0:
        return "Make a new token, or correct the date."
    return "Make a new token today." if days == 0 else "Make a new token before that day."


def _has_expired(credential: AlmAccount | Credential, today: date) -> bool:
    """Whether the declared date has passed and no later check has shown the date to be wrong."""
    expires_on = credential.expires_on
    if expires_on is None or expires_on >= today:
        return False
    checked_at = _believable(credential.checked_at, today)
    return checked_at is None or checked_at.date() <= expires_on


def _next_step(credential: AlmAccount | Credential) -> str:
    return str(credential.report.get("next_step") or "Test the connection.")


def _scope_states(credential: AlmAccount | Credential) -> dict[str, str]:
    return {finding["scope"]: finding["state"] for finding in credential.report.get("scopes", ())}
