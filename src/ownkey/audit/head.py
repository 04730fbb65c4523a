"""The signed head: how long the record is and what its last hash is, to be kept somewhere else.

A kept head is what betrays a record that was cut short: everything that is left of it is still well chained.
"""

import re
from dataclasses import dataclass
from typing import Final

from django.db import connection

from ownkey.audit.keys import RecordKeys, Signature, record_keys
from ownkey.audit.storing import last_of_chain

_SHAPE: Final = re.compile(
    r"ownkey-record-head:1:([1-9][0-9]{0,18}|0):([0-9a-f]{64}):([A-Za-z0-9_-]{1,64}):([0-9a-f]{64})"
)


class HeadError(Exception):
    """The text is no head of a record."""

    code = "not-a-head"

    def __init__(self) -> None:
        super().__init__("That is no head of a record. Give the line that `ownkey audit head` printed.")


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash, signed.

    Attributes:
        number: The last entry's number; 0 for an empty record.
        hash: Its hash, which covers everything before it.
        key_id: Which key signed the head.
        signature: HMAC-SHA256 of number and hash.
    """

    number: int
    hash: bytes
    key_id: str
    signature: bytes

    def text(self) -> str:
        """Return the head as one line, which holds no secret."""
        return f"ownkey-record-head:1:{self.number}:{self.hash.hex()}:{self.key_id}:{self.signature.hex()}"

    def check(self, keys: RecordKeys) -> Signature:
        """Return whether this installation signed it."""
        return keys.heads.check(_message(self.number, self.hash), self.signature, key_id=self.key_id)


def parse_head(text: str) -> Head:
    """Return the head that stands somewhere in a text: the line itself, or what a command printed around it.

    Raises:
        HeadError: There is none, or more than one.
    """
    found = set(_SHAPE.findall(text))
    if len(found) != 1:
        raise HeadError
    ((number, hashed, key_id, signature),) = found
    return Head(int(number), bytes.fromhex(hashed), key_id, bytes.fromhex(signature))


def sign_head(number: int, hashed: bytes, *, keys: RecordKeys) -> Head:
    """Return the head of a record that ends in this entry."""
    signature = keys.heads.sign(_message(number, hashed))
    return Head(number, hashed, keys.heads.primary_id, signature)


def current_head() -> Head:
    """Return the head of the record as it is now."""
    with connection.cursor() as cursor:
        number, hashed = last_of_chain(cursor)
    return sign_head(number, hashed, keys=record_keys())


def _message(number: int, hashed: bytes) -> bytes:
    return number.to_bytes(8, "big") + hashed
