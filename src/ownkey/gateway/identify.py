"""Who calls: the client key in a request's Authorization header, checked against what is kept of it."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

from ownkey.calls.grant_cache import GrantCache
from ownkey.calls.grants import Snapshot
from ownkey.calls.headers import Headers
from ownkey.calls.means import ByClientKey
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.client_key import ClientKey, Recogniser, parse_client_key
from ownkey.gateway.sign_in_mistakes import CLIENT_KEY_REFUSED, mistake_in

_NOBODY = ClientKey(key_id="a" * 12, secret="a" * 32)
_NOBODYS_HASH = bytes(32)
_PROCESS_KEY = secrets.token_bytes(32)


async def identify(
    headers: Headers, *, grants: GrantCache, hasher: Recogniser, now: Callable[[], datetime]
) -> Snapshot:
    """Return what the caller's client key grants.

    Raises:
        RefusedError: there is no such key. Whether it was never issued, has expired or was revoked is not
            told, and takes the same time.
    """
    value = _authorization_of(headers)
    if value is None:
        raise RefusedError(mistake_in(value))
    # What was accepted once is known again by a keyed hash of the whole header, until a change concerns it.
    # The hash's key never leaves the process, so the look-up's time tells nothing about a client key.
    digest = hashlib.blake2b(value, digest_size=32, key=_PROCESS_KEY).digest()
    snapshot = grants.recognised(digest)
    if snapshot is None:
        snapshot = await _checked(value, grants=grants, hasher=hasher)
        grants.recognise(digest, snapshot)
    if snapshot.expires_at is not None and snapshot.has_expired(now()):
        raise RefusedError(CLIENT_KEY_REFUSED)
    return snapshot


async def _checked(value: bytes, *, grants: GrantCache, hasher: Recogniser) -> Snapshot:
    key = _client_key_in(value)
    if key is None:
        raise RefusedError(mistake_in(value))
    snapshot = await grants.snapshot(ByClientKey(key.key_id))
    if snapshot is None:
        hasher.matches(_NOBODY, _NOBODYS_HASH)
        raise RefusedError(CLIENT_KEY_REFUSED)
    if not hasher.matches(key, snapshot.key_hash):
        raise RefusedError(CLIENT_KEY_REFUSED)
    return snapshot


def _authorization_of(headers: Headers) -> bytes | None:
    """Return the value of a request's Authorization header.

    Raises:
        RefusedError: there is more than one Authorization header, so two readers could take different ones.
    """
    values = [value for name, value in headers if name == b"authorization"]
    if len(values) > 1:
        raise RefusedError(
            Refusal(
                Code.AMBIGUOUS_REQUEST,
                "The request has more than one Authorization header.",
                "Send the client key once.",
            )
        )
    return values[0] if values else None


def _client_key_in(value: bytes) -> ClientKey | None:
    """Return the client key in an Authorization: the Bearer token, or the password of Basic with any name."""
    scheme, _, credentials = value.partition(b" ")
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
