"""The guide to making a token, beside the form."""

from dataclasses import dataclass
from datetime import date

from ownkey import days
from ownkey.connections.checklist_lines import grouped
from ownkey.connections.expiry import default_expiry
from ownkey.environment.process import current_environment
from ownkey.scopes.advice import MOST_SCOPES
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import RequiredScope, ScopeProfile

TOKEN_PAGE = "/manage-profile/security/api-tokens"  # noqa: S105 a path
_LONGEST = 4_000
"""More of an address is not read: fifty scopes are shorter."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What the guide needs to know.

    Attributes:
        reader: Who reads it for which ALM account; the browser keeps the ticks under this name.
        account_name: The ALM account's name, which becomes part of the token's.
        profile: The required scopes.
        is_cloud: Whether the steps are those of Atlassian's pages or of a Data Center.
        missing: The scopes that the last test proved missing.
        new: The scopes that count only from `new_on` on, and that the token is not known to have.
        wanted: The scopes that the reader came for, as a page named them in the address.
    """

    reader: str
    account_name: str
    profile: ScopeProfile
    is_cloud: bool
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    new_on: date | None = None
    wanted: tuple[str, ...] = ()

    @property
    def wanted_here(self) -> tuple[str, ...]:
        """The scopes that the reader came for and that are among the required ones."""
        return tuple(scope for scope in self.wanted if scope in self.profile.scopes)

    @property
    def wanted_beyond(self) -> tuple[str, ...]:
        """The scopes that the reader came for and that the ALM account does not require."""
        return tuple(scope for scope in self.wanted if scope not in self.profile.scopes)

    @property
    def storage_key(self) -> str:
        """Where the browser keeps the ticks; nothing secret is ever kept there."""
        return f"ownkey.guide.{self.reader}"

    @property
    def token_page_url(self) -> str:
        """Atlassian's page for API tokens."""
        return f"{current_environment().atlassian_id_url}{TOKEN_PAGE}"

    @property
    def token_name(self) -> str:
        """The name that the token should have, so that its owner knows it again."""
        return f"Ownkey – {self.account_name}" if self.account_name else "Ownkey"

    @property
    def expires_on(self) -> date:
        """The longest expiry that Atlassian allows today."""
        return default_expiry(days.today())

    @property
    def groups(self) -> list[tuple[str, list[RequiredScope]]]:
        """The required scopes in the groups of Atlassian's page."""
        return grouped(self.profile.required)

    @property
    def all_scopes(self) -> str:
        """Every required scope in one line: a search field drops line breaks."""
        return " ".join(required.scope for _, found in self.groups for required in found)


def wanted_in(text: str) -> tuple[str, ...]:
    """Return the scopes that an address names, separated by commas; what is no scope is left out."""
    known = load_catalogue().scopes
    names = dict.fromkeys(name.strip() for name in text[:_LONGEST].split(","))
    return tuple(name for name in names if name in known)[:MOST_SCOPES]
