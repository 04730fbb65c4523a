"""What a request's Authorization header presents, and whom the gateway and the site sign in by it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.exchange import Request
    from ownkey.sandbox.people import Person
    from ownkey.sandbox.tokens import ApiToken, TokenStore

_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")


class Scheme(StrEnum):
    """How a credential was presented."""

    NONE = "none"
    BASIC = "basic"
    BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it was presented. `secret` goes no further than the look-up."""

    scheme: Scheme
    login: str = ""
    secret: str = ""

    @property
    def looks_like_jwt(self) -> bool:
        """Whether the secret has a JSON Web Token's three parts."""
        return _JWT.fullmatch(self.secret) is not None

    def __repr__(self) -> str:
        return f"Presented({self.scheme})"


def presented_by(request: Request) -> Presented:
    """Return what a request presents.

    `Bearer` counts only in this spelling and with one space, as was measured on the site address; anything
    else is no credential at all (facts.md 1.2).
    """
    header = request.header("authorization") or ""
    if header[:6].lower() == "basic ":
        return _basic(header[6:].strip())
    if header.startswith("Bearer ") and header[7:8] not in ("", " "):
        return Presented(Scheme.BEARER, "", header[7:])
    return Presented(Scheme.NONE)


def _basic(encoded: str) -> Presented:
    try:
        login, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return Presented(Scheme.BASIC)
    return Presented(Scheme.BASIC, login.strip().lower(), secret)


def token_for_gateway(tokens: TokenStore, presented: Presented, *, now: datetime) -> ApiToken | None:
    """Return the token that the gateway accepts, None for each kind of refusal: they look alike.

    A token without scopes is refused. Without an e-mail address only a service account's token is accepted;
    for a person's the sources contradict each other (facts.md 1.1), and the sandbox takes the strict side.
    """
    api_token = _live_token(tokens, presented, now=now)
    return None if api_token is None or api_token.scopes is None else api_token


def person_for_site(tokens: TokenStore, presented: Presented, *, now: datetime) -> Person | None:
    """Return whom the site address signs in: the owner of a live token without scopes."""
    if presented.scheme is not Scheme.BASIC:
        return None
    api_token = _live_token(tokens, presented, now=now)
    return api_token.owner if api_token is not None and api_token.scopes is None else None


def _live_token(tokens: TokenStore, presented: Presented, *, now: datetime) -> ApiToken | None:
    api_token = tokens.find(presented.secret)
    if api_token is None or not api_token.is_live(now):
        return None
    if presented.scheme is Scheme.BEARER and not api_token.owner.is_service_account:
        return None
    if presented.scheme is Scheme.BASIC and presented.login != api_token.owner.email:
        return None
    api_token.last_used_at = now
    return api_token
