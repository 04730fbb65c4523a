"""The guide to making a token, beside the form."""

from dataclasses import dataclass
from datetime import date

from ownkey import days
from ownkey.connections.checklist_lines import grouped
from ownkey.connections.expiry import default_expiry
from ownkey.environment.process import current_environment
from ownkey.scopes.profiles import RequiredScope, ScopeProfile

TOKEN_PAGE = "/manage-profile/security/api-tokens"  # noqa: S105 a path


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
    """

    reader: str
    account_name: str
    profile: ScopeProfile
    is_cloud: bool
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    new_on: date | None = None

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
