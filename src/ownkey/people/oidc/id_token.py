"""What an identity provider says about somebody: an ID token, checked to the letter.

The rules are those of OpenID Connect Core 1.0, section 3.1.3.7, and the signature is always checked, although
a token that comes straight from the provider over TLS need not have one.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

# Signatures by a key that only the provider has. With a shared secret, Ownkey could have signed it itself.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_S = 60
LONGEST_SUBJECT = 191


class IdTokenError(Exception):
    """An ID token says nothing that can be believed; the message names the rule, never what it says."""

    code = "id-token"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider vouches for.

    Attributes:
        issuer: The provider, without a slash at its end.
        subject: What it calls the person, for good.
        email: The address that it knows them by, if it says so.
        is_email_verified: Whether it has made sure that the address is theirs.
        name: Their name, if it says so.
        signed_in_at: When they last proved to it who they are, in seconds since 1970; None if untold.
    """

    issuer: str
    subject: str
    email: str = ""
    is_email_verified: bool = False
    name: str = ""
    signed_in_at: float | None = None


def read_id_token(
    token: str, *, keys: Mapping[str, Any], issuer: str, client_id: str, nonce: str
) -> Mapping[str, Any]:
    """Return the claims of an ID token that this issuer made for this client and this very request.

    Args:
        token: As the provider gave it.
        keys: The provider's key set, as its `jwks_uri` has it.
        issuer: What the provider calls itself.
        client_id: For whom it must have been made.
        nonce: What was sent with the request.

    Raises:
        IdTokenError: Any of that is not so, or it is too old.
    """
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key=_key_for(token, keys),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_S,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise IdTokenError(f"The ID token cannot be believed ({type(error).__name__}).") from None
    said_nonce = claims.get("nonce")
    if not isinstance(said_nonce, str) or not hmac.compare_digest(said_nonce.encode(), nonce.encode()):
        raise IdTokenError("The ID token was made for another request.")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise IdTokenError("The ID token was made for another client.")
    if not claims["sub"] or len(claims["sub"]) > LONGEST_SUBJECT:
        raise IdTokenError("The ID token names nobody.")
    return claims


def identity_from(claims: Mapping[str, Any], *, issuer: str) -> Identity:
    """Return whom claims are about; a verified address is one that is said to be so in so many words."""
    email, name, at = claims.get("email"), claims.get("name"), claims.get("auth_time")
    return Identity(
        issuer=issuer,
        subject=str(claims["sub"]),
        email=email.strip().lower() if isinstance(email, str) else "",
        is_email_verified=claims.get("email_verified") is True,
        name=name.strip() if isinstance(name, str) else "",
        signed_in_at=float(at) if isinstance(at, int | float) and not isinstance(at, bool) else None,
    )


def _key_for(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    """Return the key that a token names; one that names none is for a provider with a single key."""
    header = jwt.get_unverified_header(token)
    found = [
        key for key in jwt.PyJWKSet.from_json(json.dumps(keys)).keys if key.public_key_use in {None, "sig"}
    ]
    if "kid" in header:
        found = [key for key in found if key.key_id == header["kid"]]
    if len(found) != 1:
        raise jwt.PyJWTError
    return found[0]
