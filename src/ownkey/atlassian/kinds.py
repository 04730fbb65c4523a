"""The kinds of credential, a row each: all that differs between them stands here.

A kind is the value of `wire.Authentication`; a kind without a row, or a row without a kind, fails at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

# What the sentences call the switch; the command line, where it is an option, puts its own words there.
SCOPE_API_OFF: Final = "with Using Scope API unticked"
SCOPE_API_ON: Final = "with Using Scope API ticked"


class LoginRule(Enum):
    """Whether a login goes with the secret, as Basic; without one it goes alone, as Bearer."""

    NEEDED = auto()
    OPTIONAL = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialKind:
    """What is true of one kind of credential.

    Attributes:
        title: What pages call it.
        secret: What its secret is called where somebody types it.
        is_cloud: Whether it is for Jira Cloud; otherwise it is for Jira Data Center.
        uses_gateway: Whether it works only at the gateway's address ("Using Scope API").
        login: Whether a login goes with it.
        is_any_text: Whether its secret may be any text, so that nothing is taken from what was pasted.
        refused: What is said when Jira refuses it: the likeliest causes first.
    """

    title: str
    secret: str
    is_cloud: bool
    uses_gateway: bool
    login: LoginRule
    is_any_text: bool = False
    refused: str


KINDS: Final[Mapping[str, CredentialKind]] = MappingProxyType(
    {
        "scoped-api-token": CredentialKind(
            title="Scoped API token (Using Scope API)",
            secret="API token",  # noqa: S106 — its name
            is_cloud=True,
            uses_gateway=True,
            login=LoginRule.NEEDED,
            refused=(
                "Atlassian refused this e-mail address and token: most likely the token was not copied whole "
                "or belongs to another e-mail address, or it has expired, was revoked, or was made without "
                f"scopes and works only {SCOPE_API_OFF}."
            ),
        ),
        "service-account": CredentialKind(
            title="Service account",
            secret="API token",  # noqa: S106 — its name
            is_cloud=True,
            uses_gateway=True,
            login=LoginRule.OPTIONAL,
            refused=(
                "Atlassian refused this service account: most likely the token was not copied whole or "
                "belongs to another account's address, or it has expired or was revoked."
            ),
        ),
        "unscoped-api-token": CredentialKind(
            title="Unscoped API token",
            secret="API token",  # noqa: S106 — its name
            is_cloud=True,
            uses_gateway=False,
            login=LoginRule.NEEDED,
            refused=(
                "Atlassian refused this e-mail address and token: most likely the token was made with scopes "
                f"and works only {SCOPE_API_ON}, or it was not copied whole, belongs to another e-mail "
                "address, has expired or was revoked."
            ),
        ),
        "personal-access-token": CredentialKind(
            title="Personal access token",
            secret="API token",  # noqa: S106 — its name
            is_cloud=False,
            uses_gateway=False,
            login=LoginRule.NONE,
            refused=(
                "Jira refused this personal access token: most likely it was not copied whole, has expired "
                "or was revoked, so make a new one in your Jira profile."
            ),
        ),
        "password": CredentialKind(
            title="Password",
            secret="password",  # noqa: S106 — its name
            is_cloud=False,
            uses_gateway=False,
            login=LoginRule.NEEDED,
            is_any_text=True,
            refused=(
                "Jira refused this user name and password: check both before trying again, because Jira "
                "locks an account after a few failures."
            ),
        ),
    }
)


def require_rows(names: frozenset[str], kinds: Mapping[str, CredentialKind] = KINDS) -> None:
    """Check that every kind has its row, and every row is a kind.

    Raises:
        LookupError: one is missing.
    """
    if names != frozenset(kinds):
        raise LookupError(f"Kinds of credential and their rows differ: {sorted(names ^ frozenset(kinds))}")
