"""The state of a credential: the one place that decides it, and its words."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.dateformat import format as date_format

from ownkey.connections.models import AlmAccount, Credential, StoredState

EXPIRING_WITHIN = timedelta(days=30)
SITE_CHANGED = "site-changed"


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
    """A credential's state with its name, its cause and the one next step."""

    state: State
    title: str
    cause: str = ""
    next_step: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether calls may be made with the credential."""
        return self.state in {State.CONNECTED, State.GAPS, State.EXPIRING}

    @property
    def needs_attention(self) -> bool:
        """Whether its owner has something to do."""
        return self.state is not State.CONNECTED


def missing_scopes(credential: AlmAccount | Credential) -> tuple[str, ...]:
    """Return the scopes required today that the last check proved missing, in the profile's order."""
    states = _scope_states(credential)
    return tuple(scope for scope in _required(credential) if states.get(scope) == "missing")


def untested_scopes(credential: AlmAccount | Credential) -> tuple[str, ...]:
    """Return the scopes required today that the last check did not look at."""
    if not credential.signs_in_by.uses_gateway:
        return ()
    states = _scope_states(credential)
    return tuple(scope for scope in _required(credential) if scope not in states)


def state_of(credential: AlmAccount | Credential | None, today: date) -> Standing:
    """Return where a credential stands today: what the last check said, the expiry date and the profile."""
    if credential is None:
        return Standing(State.NOT_CONNECTED, "Not connected", next_step="Add your token to connect.")
    if credential.state == StoredState.DISCONNECTED:
        return Standing(
            State.DISCONNECTED, "Disconnected", "The token was deleted here.", "Add a token to connect again."
        )
    if credential.state == StoredState.REFUSED:
        refused_on = date_format(credential.since, "j F Y")
        return Standing(
            State.REFUSED, "Refused", f"Atlassian refused the token on {refused_on}.", _next_step(credential)
        )
    if _has_expired(credential, today):
        return Standing(
            State.EXPIRED,
            "Expired",
            "The token’s expiry date has passed.",
            "Make a new token and change it here.",
        )
    return _standing_of_unproven(credential) or _standing_of_working(credential, today)


def _standing_of_unproven(credential: AlmAccount | Credential) -> Standing | None:
    if credential.reason == SITE_CHANGED:
        cause = "The ALM account’s address was changed after the last check."
    elif credential.state == StoredState.UNKNOWN:
        cause = "It could not be checked."
    elif untested_scopes(credential):
        cause = "The required scopes were changed after the last check."
    else:
        return None
    return Standing(State.UNKNOWN, "Unknown", cause, "Test the connection.")


def _standing_of_working(credential: AlmAccount | Credential, today: date) -> Standing:
    missing = missing_scopes(credential)
    if missing:
        count = "1 scope is missing" if len(missing) == 1 else f"{len(missing)} scopes are missing"
        return Standing(State.GAPS, "Gaps", f"{count}.", "Make a new token with every required scope.")
    days = days_left(credential, today)
    if days is not None and days <= EXPIRING_WITHIN.days:
        return Standing(
            State.EXPIRING, "Expiring", _days_left_sentence(days), "Make a new token before that day."
        )
    return Standing(State.CONNECTED, "Connected")


def days_left(credential: AlmAccount | Credential, today: date) -> int | None:
    """Return the days until the declared expiry date, negative once past, `None` if there is no date."""
    return (credential.expires_on - today).days if credential.expires_on else None


def _days_left_sentence(days: int) -> str:
    if days < 0:
        return "The expiry date given has passed, yet Atlassian still accepted the token."
    return {0: "The token expires today.", 1: "The token expires tomorrow."}.get(
        days, f"The token expires in {days} days."
    )


def _has_expired(credential: AlmAccount | Credential, today: date) -> bool:
    """Whether the declared date has passed and no later check has shown the date to be wrong."""
    expires_on = credential.expires_on
    if expires_on is None or expires_on >= today:
        return False
    return credential.checked_at is None or credential.checked_at.date() <= expires_on


def _next_step(credential: AlmAccount | Credential) -> str:
    return str(credential.report.get("next_step") or "Test the connection.")


def _required(credential: AlmAccount | Credential) -> list[str]:
    account = credential if isinstance(credential, AlmAccount) else credential.alm_account
    return list(account.required_scopes)


def _scope_states(credential: AlmAccount | Credential) -> dict[str, str]:
    return {finding["scope"]: finding["state"] for finding in credential.report.get("scopes", ())}
