"""What is to be checked, and what is known about it beforehand."""

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime

from ownkey import days
from ownkey.atlassian.sites import Addresses, Site
from ownkey.atlassian.wire import Credential
from ownkey.scopes.profiles import ScopeProfile


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CheckRequest:
    """What is to be checked, and what is known about it beforehand.

    Attributes:
        site: The Jira.
        credential: Who signs in.
        profile: The scopes that are required.
        addresses: Where the gateway is and which sites are trusted.
        cloud_id: The site's cloud id if it is known or was typed in; otherwise the site is asked.
        allow_write_probes: Whether probes may use writing methods; they have no effect either way.
        expected_account_id: The Atlassian account that it must be, if one is bound already.
        expected_email: The e-mail address that the account must have.
        expires_on: The token's last day as its owner declared it; for the sentences only.
        last_accepted_at: When this very token was last accepted; for the sentences only.
        looks_cut_off: Whether the token was sent although it looked cut off; for the sentences only.
        confirms_refusal: Whether a refusal of the first question is asked about once more, since nobody is
            there to try again.
        today: The day that `expires_on` is compared with.
        nonce: Makes the ids in probes such as nobody has.
    """

    site: Site
    credential: Credential
    profile: ScopeProfile
    addresses: Addresses = field(default_factory=Addresses)
    cloud_id: str | None = None
    allow_write_probes: bool = True
    expected_account_id: str | None = None
    expected_email: str | None = None
    expires_on: date | None = None
    last_accepted_at: datetime | None = None
    looks_cut_off: bool = False
    confirms_refusal: bool = False
    today: date = field(default_factory=days.today)
    nonce: str = field(default_factory=lambda: secrets.token_hex(6))

    @property
    def expects_somebody(self) -> bool:
        """True if only one person's token will do."""
        return self.expected_account_id is not None or self.expected_email is not None
