"""A credential that Atlassian refused is not sent again: repeated failures lock Atlassian accounts."""

import zlib
from collections.abc import Mapping
from typing import Protocol

from ownkey.atlassian.wire import Answer
from ownkey.calls.grants import Connected
from ownkey.calls.headers import Headers, header

ENOUGH_TO_TELL = 64 * 1024
"""How much of a body is read to learn whether a credential was refused."""


class SharedRefusals(Protocol):
    """What other processes have seen refused: `ownkey.gateway.store.refused_file.RefusedFile`."""

    def holds(self, credential_id: str, version: int) -> bool:
        """Whether some process has seen this version of a credential refused; asked for every call."""

    def add(self, credential_id: str, version: int) -> None:
        """Tell every process that a credential was refused."""


class NothingShared:
    """For one process alone."""

    def holds(self, credential_id: str, version: int) -> bool:  # noqa: ARG002 — as the protocol has it
        """Know of nothing."""
        return False

    def add(self, credential_id: str, version: int) -> None:
        """Tell nobody."""


class Breakers:
    """Remembers the credentials that were refused, until their owner saves or tests them.

    Which also counts up their version: a tripped credential is one id and one version for ever, so nothing
    here needs to be reset, and no late answer to an old version trips a new one.
    """

    def __init__(self, shared: SharedRefusals | None = None) -> None:
        self._shared = shared or NothingShared()
        self._tripped: dict[str, int] = {}

    def is_open(self, credential: Connected) -> bool:
        """Whether a credential must not be sent."""
        credential_id, version = credential.credential_id, credential.version
        return self._tripped.get(credential_id, -1) >= version or self._shared.holds(credential_id, version)

    def trip(self, credential: Connected) -> bool:
        """Hold a credential back from now on; return whether this is news to this process."""
        credential_id, version = credential.credential_id, credential.version
        if self._tripped.get(credential_id, -1) >= version:
            return False
        self._tripped[credential_id] = version
        if not self._shared.holds(credential_id, version):
            self._shared.add(credential_id, version)
        return True


def may_refuse_credential(status: int, fields: Mapping[bytes, bytes]) -> bool:
    """Whether an answer has to be looked into: most need not."""
    return (
        status in {401, 403}
        or b"x-seraph-loginreason" in fields
        or b"x-authentication-denied-reason" in fields
    )


def decoded_form(status: int, headers: Headers, body: bytes) -> Answer:
    """Return an answer, or its beginning, in the form that `ownkey.atlassian.answers` understands."""
    fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return Answer(status=status, headers=fields, body=_plain(headers, body))


def _plain(headers: Headers, body: bytes) -> bytes:
    """Return the beginning of a body uncompressed; nothing if it cannot be."""
    if header(headers, b"content-encoding") in {None, b"identity"}:
        return body
    try:
        return zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(body, ENOUGH_TO_TELL)
    except zlib.error:
        return b""
