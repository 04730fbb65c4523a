"""What an identity provider says about somebody: an ID token, checked to the letter.

The rules are those of OpenID Connect Core 1.0, section 3.1.3.7, and the signature is always checked, although
a token that comes straight from the provider over TLS need not have one.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

# Signatures by a key that only the provider has. With a shared secret, Ownkey could have signed it itself.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_S = 60
LONGEST_SUBJECT = 191


_FAULTS: dict[type[Exception], str] = {
    jwt.InvalidAlgorithmError: (
        "The ID token is signed by an algorithm that is not taken{algorithm}: give the client a signing key "
        f"at the provider, for one of {', '.join(ALGORITHMS)}."
    ),
    jwt.ImmatureSignatureError: (
        "The ID token is from a time to come: the clocks of the provider and of this machine differ by more "
        f"than {LEEWAY_S} seconds. Set both by a time server (NTP)."
    ),
    jwt.ExpiredSignatureError: (
        "The ID token has expired: the clocks of the provider and of this machine differ, or it is too short-"
        "lived. Set both by a time server (NTP)."
    ),
    jwt.InvalidIssuerError: (
        "The ID token names another issuer than the provider's document: correct it at the provider."
    ),
    jwt.InvalidAudienceError: "The ID token was made for another client: check OWNKEY_OIDC_CLIENT_ID.",
    jwt.InvalidSignatureError: (
        "The ID token's signature is not by a key that the provider publishes: look at its keys (jwks_uri)."
    ),
}


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
        raise IdTokenError(_why(error)) from None
    said_nonce = claims.get("nonce")
    if not isinstance(said_nonce, str) or not hmac.compare_digest(said_nonce.encode(), nonce.encode()):
        raise IdTokenError("The ID token was made for another request.")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise IdTokenError("The ID token was made for another client.")
    if not claims["sub"] or len(claims["sub"]) > LONGEST_SUBJECT:
        raise IdTokenError("The ID token names nobody.")
    return claims


def _why(error: Exception) -> str:
    """Return what is wrong with a token and who mends it; of the token only a plain algorithm is named."""
    usual = f"The ID token cannot be believed ({type(error).__name__})."
    found = next((words for kind, words in _FAULTS.items() if isinstance(error, kind)), usual)
    is_plain = re.fullmatch(r"[A-Za-z0-9]{1,10}", str(error))
    return found.format(algorithm=f" ({error})" if is_plain else "")


def identity_from(claims: Mapping[str, Any], *, issuer: str) -> Identity:
    """Return whom claims are about; a verified address is one that is said to be so in so many words."""
    email, name, at = claims.get("email"), claims.get("name"), claims.get("auth_time")
    return Identity(
        issuer=issuer,
        subject=str(claims["sub"]),
        email=email.strip().lower() if isinstance(email, str) else "",
        is_email_verified=_is_true(claims.get("email_verified")),
        name=name.strip() if isinstance(name, str) else "",
        signed_in_at=float(at) if isinstance(at, int | float) and not isinstance(at, bool) else None,
    )


def _is_true(value: object) -> bool:
    """Return whether a claim says yes: some providers write it as text."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _key_for(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    """Return the key that a token names; one that names none is for a provider with a single key."""
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError(str(header.get("alg")))
    found = [
        key for key in jwt.PyJWKSet.from_json(json.dumps(keys)).keys if key.public_key_use in {None, "sig"}
    ]
    if "kid" in header:
        found = [key for key in found if key.key_id == header["kid"]]
    if len(found) != 1:
        raise jwt.PyJWTError
    return found[0]
