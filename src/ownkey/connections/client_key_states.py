"""Whether a client key works now: its own life, its owner, and the credential that calls are made with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ownkey import days
from ownkey.connections.acting import Withheld, acting_for
from ownkey.connections.client_keys import KeyState, key_state, last_day_of
from ownkey.connections.models import AlmAccount, ClientKey, Credential
from ownkey.connections.queries import standing_of
from ownkey.connections.standings import Standing

SUSPENDED: Final = "person-suspended"
_BLOCKED_BY: Final = {
    Withheld.NOT_CONNECTED: "not connected",
    Withheld.EXPIRED: "token expired",
    Withheld.REFUSED: "token refused",
    Withheld.UNTESTED: "token not tested",
    Withheld.MAIN_UNUSABLE: "main credential does not work",
}


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """How a client key stands.

    Attributes:
        key: The client key.
        state: Its state.
        title: Its state in words, with what blocks it: "Blocked: token refused".
        blocked_by: What blocks it, for programs; empty unless it is blocked.
        owner: How its person stands with the ALM account.
    """

    key: ClientKey
    state: KeyState
    title: str
    blocked_by: str
    owner: Standing

    @property
    def sentences(self) -> str:
        """Why it is blocked, and what its person does about it; empty unless it is blocked."""
        if not self.blocked_by:
            return ""
        if self.blocked_by == SUSPENDED:
            return "Its person is suspended."
        return " ".join(self.owner.sentences)

    def as_json(self) -> dict[str, str]:
        """Return what the command line and the gateway's status show of a client key's state."""
        return {"state": self.state.value, "title": self.title, "blocked_by": self.blocked_by}

    @property
    def is_blocked(self) -> bool:
        """Whether it would work but for its person's credential."""
        return self.state is KeyState.BLOCKED

    @property
    def can_be_fixed(self) -> bool:
        """Whether its person can make it work again by what they do about their credential."""
        return self.is_blocked and self.blocked_by != SUSPENDED

    @property
    def last_day(self) -> date | None:
        """The last day on which it works."""
        return last_day_of(self.key)


def key_standing(
    key: ClientKey, credential: Credential | None, *, now: datetime, today: date | None = None
) -> KeyStanding:
    """Return how one client key stands, given its person's credential for its ALM account."""
    day = today or days.today()
    state = key_state(key, now=now)
    owner = standing_of(key.user, key.alm_account, credential, today=day)
    if state is not KeyState.ACTIVE:
        return KeyStanding(key, state, state.word, "", owner)
    if not key.user.is_active:
        return KeyStanding(key, KeyState.BLOCKED, "Blocked: person suspended", SUSPENDED, owner)
    withheld = acting_for(key.alm_account, credential, today=day).withheld
    if withheld is None:
        return KeyStanding(key, state, state.word, "", owner)
    return KeyStanding(key, KeyState.BLOCKED, f"Blocked: {_BLOCKED_BY[withheld]}", withheld.value, owner)


def key_standings(keys: Iterable[ClientKey], *, now: datetime) -> list[KeyStanding]:
    """Return how client keys stand; the credentials are read with one query for all of them."""
    found = list(keys)
    pairs = {(key.user_id, key.alm_account_id) for key in found}
    rows = Credential.objects.filter(user__in={user for user, _ in pairs}).select_related("alm_account")
    own: dict[tuple[int, object], Credential] = {(row.user_id, row.alm_account_id): row for row in rows}
    return [key_standing(key, own.get((key.user_id, key.alm_account_id)), now=now) for key in found]


def works(account: AlmAccount, credential: Credential | None, *, is_active: bool, today: date) -> bool:
    """Return whether a client key that has not ended works for a person."""
    return is_active and acting_for(account, credential, today=today).withheld is None
