"""Jira's whole answer as a value, for a page or a program."""

import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from ownkey.calls.call import Call
from ownkey.calls.headers import Headers, answer_headers, header
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.calls.sending import Sent
from ownkey.calls.upstream import BrokeOffError

LARGEST_ANSWER: Final = 32 * 1024 * 1024
"""How large an answer's body may be, decompressed."""

TOO_LARGE: Final = Refusal(
    Code.UPSTREAM_UNREADABLE,
    "Jira's answer is larger than Ownkey reads at once.",
    "Ask for less: fewer fields, or a smaller page.",
)
_CODINGS: Final = {
    b"gzip": 16 + zlib.MAX_WBITS,
    b"x-gzip": 16 + zlib.MAX_WBITS,
    b"deflate": zlib.MAX_WBITS,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What Jira answered, with whatever status.

    Attributes:
        status: The HTTP status.
        headers: The header fields that a caller may see, names in lower case.
        body: The whole body, decompressed.
        request_id: Names the call in logs and the record.
        acting_as: The Jira login that the call was made as; for people to read.
        is_main: Whether that was the ALM account's main credential rather than the person's own.
    """

    status: int
    headers: Headers
    body: bytes = field(repr=False)
    request_id: str
    acting_as: str
    is_main: bool

    @property
    def is_good(self) -> bool:
        """Whether Jira did what it was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:  # noqa: ANN401 — JSON has no narrower type
        """Return the body's JSON document.

        Raises:
            ValueError: the body is none, or nested too deeply.
        """
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("The document is nested too deeply.") from error


async def read_answer(sent: Sent, pieces: AsyncIterator[bytes], call: Call, *, largest: int) -> Answer:
    """Read an answer to its end.

    Raises:
        RefusedError: its body is larger than `largest` bytes.
        UpstreamError: it breaks off, or is not in the coding that its header names.
    """
    coding = (header(sent.answer.headers, b"content-encoding") or b"identity").strip().lower()
    unpack = zlib.decompressobj(_CODINGS[coding]) if coding in _CODINGS else None
    body = bytearray()
    async for piece in pieces:
        body += _unpacked(piece, unpack, most=largest + 1 - len(body))
        if len(body) > largest:
            raise RefusedError(TOO_LARGE)
    if unpack is not None and body and not unpack.eof:
        raise BrokeOffError
    return Answer(
        status=sent.answer.status,
        headers=answer_headers(sent.answer.headers, links=_AsTheyAre(), drops_length=unpack is not None),
        body=bytes(body),
        request_id=call.request.request_id,
        acting_as=call.credential.acting_as,
        is_main=call.credential.is_main,
    )


class _AsTheyAre:
    """Links in header fields lead where Jira has them lead: pages know both of Jira's addresses."""

    def rewrite_field(self, name: bytes, value: bytes) -> bytes:  # noqa: ARG002 — as the protocol has it
        """Return the value."""
        return value


def _unpacked(piece: bytes, unpack: "zlib._Decompress | None", *, most: int) -> bytes:
    if unpack is None:
        return piece
    try:
        return unpack.decompress(piece, most)
    except zlib.error as error:
        raise BrokeOffError from error
