"""As whom a call is made now, or why none is: the policy applied. The gateway and every page ask here."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ownkey.connections.models import AlmAccount, Credential, Policy, StoredState
from ownkey.connections.standings import Standing, State
from ownkey.connections.states import state_of


class Withheld(StrEnum):
    """Why no credential is sent; the gateway's reasons have the same values."""

    NOT_CONNECTED = "not-connected"
    EXPIRED = "credential-expired"
    REFUSED = "credential-refused"
    UNTESTED = "credential-untested"
    MAIN_UNUSABLE = "main-credential-unusable"


@dataclass(frozen=True, slots=True)
class Acting:
    """The credential that calls are made with, or why there is none.

    Attributes:
        row: The credential that is sent: the person's own, or the ALM account's; None if none is.
        withheld: Why none is sent.
    """

    row: AlmAccount | Credential | None
    withheld: Withheld | None = None

    @property
    def name(self) -> str:
        """As whom calls are made, as far as Atlassian says; empty if none are."""
        return name_of(self.row) if self.row is not None else ""

    @property
    def is_main(self) -> bool:
        """Whether calls are made with the ALM account's own credential."""
        return isinstance(self.row, AlmAccount)


def acting_for(account: AlmAccount, credential: Credential | None, *, today: date) -> Acting:
    """Return what calls are made with: the person's own credential, or by the policy the main one.

    A credential of one's own that does not work is never replaced by the main one: a shared identity is no
    error path.
    """
    if credential is not None and credential.state != StoredState.DISCONNECTED:
        withheld = _withheld_by(state_of(credential, today))
        return Acting(None, withheld) if withheld else Acting(credential)
    if account.policy == Policy.REFUSE:
        return Acting(None, Withheld.NOT_CONNECTED)
    return acting_main(account, today=today)


def meanwhile(account: AlmAccount, credential: Credential | None, *, today: date) -> str:
    """Return as whom the tools of a person who is not connected act; empty if they are refused."""
    acting = acting_for(account, credential, today=today)
    if acting.withheld is Withheld.MAIN_UNUSABLE:
        return "Until you connect, your tools are refused: the main credential does not work."
    if not isinstance(acting.row, AlmAccount):
        return ""
    name = name_of(acting.row)
    if account.policy == Policy.READ_ONLY:
        return f"Until you connect, your tools act as {name} (main) and can only read."
    return f"Until you connect, your tools act as {name} (main)."


def name_of(row: AlmAccount | Credential) -> str:
    """Return whose credential it is, as far as Atlassian says."""
    return row.display_name or row.email or row.login or "an identity that cannot be read"


def _withheld_by(standing: Standing) -> Withheld | None:
    if standing.is_usable:
        return None
    reasons = {State.REFUSED: Withheld.REFUSED, State.EXPIRED: Withheld.EXPIRED}
    return reasons.get(standing.state, Withheld.UNTESTED)


def acting_main(account: AlmAccount, *, today: date) -> Acting:
    """Return the main credential if calls may be made with it."""
    return Acting(account) if state_of(account, today).is_usable else Acting(None, Withheld.MAIN_UNUSABLE)
