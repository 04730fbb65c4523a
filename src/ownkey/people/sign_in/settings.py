"""What the operator decides about signing in, as plain values; nothing here needs Django."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ownkey.secret import Secret


class SecondFactorFor(StrEnum):
    """Who has to have a second factor."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """An OpenID Connect provider that people may sign in with.

    Attributes:
        issuer: The provider's own name for itself, an https address (or one of this machine), without a slash
            at its end.
        client_id: What the provider calls Ownkey.
        client_secret: What proves to the provider that it is Ownkey.
        name: What the button calls it.
        trusted_origins: Origins beside the issuer's own that its discovery document may name.
        ca_file: The certificates that the provider's is checked with, in place of the public ones.
        is_only_way: Whether passwords and passkeys are switched off.
    """

    issuer: str
    client_id: str
    client_secret: Secret
    name: str = "single sign-on"
    trusted_origins: frozenset[str] = frozenset()
    ca_file: Path | None = None
    is_only_way: bool = False
