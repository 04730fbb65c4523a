"""Client keys: the secret that Ownkey issues to a tool, and the keyed hash that is all Ownkey keeps of it.

A client key reads `ok_<id>_<secret>`: a prefix that scanners find, a public id to look it up by, and 160
random bits. The hash is HMAC-SHA256: the secret has full entropy, so a slow password hash would add nothing.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Protocol, final

PREFIX = "ok_"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LENGTH = 12
_SECRET_LENGTH = 32
_SHAPE = re.compile(rf"ok_([a-z2-7]{{{_ID_LENGTH}}})_([a-z2-7]{{{_SECRET_LENGTH}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A client key taken apart: the id may be shown, the secret may not."""

    key_id: str
    secret: str = field(repr=False)

    def text(self) -> str:
        """Return the whole key, to show once to the person who made it."""
        return f"{PREFIX}{self.key_id}_{self.secret}"


def issue_client_key() -> ClientKey:
    """Return a new client key from the system's randomness."""
    return ClientKey(key_id=_random_letters(_ID_LENGTH), secret=_random_letters(_SECRET_LENGTH))


def parse_client_key(text: str) -> ClientKey | None:
    """Return a client key taken apart, or None for anything that has not its shape."""
    match = _SHAPE.fullmatch(text)
    return ClientKey(key_id=match[1], secret=match[2]) if match else None


class Recogniser(Protocol):
    """Tells whether a client key is the one that a hash was kept of."""

    def matches(self, key: ClientKey, kept_hash: bytes) -> bool:
        """Whether it is; the time taken tells nothing."""


@final
class ClientKeyHasher:
    """Hashes client keys with a secret of the installation, so a stolen table alone verifies nothing."""

    __slots__ = ("__keyed",)

    def __init__(self, pepper: bytes, *older: bytes) -> None:
        """Hash with `pepper`; still recognise what was hashed with older ones, before a rotation."""
        if any(len(each) < 32 for each in (pepper, *older)):
            raise ValueError("The secret that client keys are hashed with has at least 32 bytes.")
        self.__keyed = tuple(hmac.new(each, digestmod=hashlib.sha256) for each in (pepper, *older))

    def hash(self, key: ClientKey) -> bytes:
        """Return the hash to keep: 32 bytes that depend on the id, the secret and the installation."""
        return _digest(self.__keyed[0], key)

    def matches(self, key: ClientKey, kept_hash: bytes) -> bool:
        """Whether this key is the one that the hash was kept of; the time taken tells nothing."""
        matches = [hmac.compare_digest(_digest(keyed, key), kept_hash) for keyed in self.__keyed]
        return any(matches)

    def __repr__(self) -> str:
        return "ClientKeyHasher(•••)"


def _digest(keyed: hmac.HMAC, key: ClientKey) -> bytes:
    digest = keyed.copy()
    digest.update(f"{key.key_id}:{key.secret}".encode("ascii"))
    return digest.digest()


def _random_letters(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
