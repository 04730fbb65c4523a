"""Who calls: the client key in a request's Authorization header, checked against what is kept of it."""

import base64
import binascii
from datetime import datetime

from ownkey.client_key import ClientKey, Recogniser, parse_client_key
from ownkey.gateway.asgi import Headers
from ownkey.gateway.grants import GrantCache, Snapshot
from ownkey.gateway.problems import Code, Problem, RefusedError

_NOBODY = ClientKey(key_id="a" * 12, secret="a" * 32)
_NOBODYS_HASH = bytes(32)

CLIENT_KEY_REFUSED = Problem(
    Code.CLIENT_KEY_REFUSED,
    "The request carries no client key that Ownkey accepts: it is missing, mistyped, expired or revoked.",
    "Make a client key in your profile, and use it as the password (any user name) or as the Bearer token.",
)


async def identify(
    headers: Headers, *, grants: GrantCache, hasher: Recogniser, now: datetime
) -> tuple[Snapshot, int]:
    """Return what the caller's client key grants, and the version as of which that is so.

    Raises:
        RefusedError: there is no such key. Whether it was never issued, has expired or was revoked is not
        told,
            and takes the same time.
    """
    key = client_key_of(headers)
    if key is None:
        raise RefusedError(CLIENT_KEY_REFUSED)
    snapshot, version = await grants.snapshot(key.key_id)
    if snapshot is None:
        hasher.matches(_NOBODY, _NOBODYS_HASH)
        raise RefusedError(CLIENT_KEY_REFUSED)
    if not hasher.matches(key, snapshot.key_hash) or snapshot.has_expired(now):
        raise RefusedError(CLIENT_KEY_REFUSED)
    return snapshot, version


def client_key_of(headers: Headers) -> ClientKey | None:
    """Return the client key of a request: the Bearer token, or the password of Basic with any user name.

    Raises:
        RefusedError: there is more than one Authorization header, so two readers could take different ones.
    """
    values = [value for name, value in headers if name == b"authorization"]
    if len(values) > 1:
        raise RefusedError(
            Problem(
                Code.AMBIGUOUS_REQUEST,
                "The request has more than one Authorization header.",
                "Send the client key once.",
            )
        )
    if not values:
        return None
    scheme, _, credentials = values[0].partition(b" ")
    credentials = credentials.strip()
    match scheme.lower():
        case b"bearer":
            text = credentials
        case b"basic":
            text = _password_of(credentials)
        case _:
            return None
    return parse_client_key(text.decode("ascii")) if text.isascii() else None


def _password_of(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
