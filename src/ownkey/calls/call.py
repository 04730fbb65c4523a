"""One call in Jira: what is asked, and with what and as which operation it may be made."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from ownkey.calls.grants import Connected, Snapshot
from ownkey.calls.headers import Headers
from ownkey.calls.rate_limits import RateKey
from ownkey.calls.refusals import Code, Refusal
from ownkey.scopes.catalogue import Operation

BODY_BROKEN_OFF: Final = Refusal(
    Code.BAD_REQUEST,
    "The request's body broke off, or is not framed as HTTP demands.",
    "Send it again, whole.",
)
_ISSUE = re.compile(r"/rest/(?:api|agile)/[^/]+/issue/([A-Za-z0-9_]+-[0-9]+|[0-9]+)(?:/|$)", re.ASCII)


class CallerGoneError(Exception):
    """The caller left before its request was complete."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of Jira.

    Attributes:
        request_id: Names the call in answers, logs and the record.
        method: The HTTP method.
        path: The raw path, percent-encoded, as it will be sent.
        query: The raw query, without its question mark.
        headers: The caller's header fields, names in lower case; what may not pass is dropped later.
    """

    request_id: str
    method: str
    path: str
    query: bytes
    headers: Headers


class Body(Protocol):
    """A request's body on its way out."""

    @property
    def failure(self) -> Exception | None:
        """Why it ended before its end, if it did; the upstream client only sees that it broke off."""

    async def outgoing(self) -> bytes | AsyncIterator[bytes] | None:
        """Return it: nothing, the whole of a small one, or its pieces.

        Raises:
            CallerGoneError: the caller left.
            RefusedError: it cannot be read.
        """

    async def gone(self) -> None:
        """Return once the caller has left."""


@dataclass(frozen=True, slots=True)
class WholeBody:
    """A body that is here already, of a caller whose leaving is noticed elsewhere."""

    data: bytes | None = None

    @property
    def failure(self) -> Exception | None:
        """Nothing can break it off."""
        return None

    async def outgoing(self) -> bytes | AsyncIterator[bytes] | None:
        """Return it."""
        return self.data


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and with what and as which operation it may be made."""

    request: Request
    body: "Body | WholeBody"
    snapshot: Snapshot
    credential: Connected
    operation: Operation | None

    @property
    def url(self) -> str:
        """Where it is sent: the credential's own address and the path that was authorised."""
        query = f"?{self.request.query.decode('ascii')}" if self.request.query else ""
        return f"{self.credential.base_url}{self.request.path}{query}"

    @property
    def operation_name(self) -> str:
        """Method and path template, for counting: never the path itself, which may tell of people's work."""
        return self.operation.signature if self.operation is not None else "unknown"

    @property
    def reads(self) -> bool:
        """Whether it only reads; for what is no known operation, whether HTTP says so."""
        if self.operation is not None:
            return self.operation.reads
        return self.request.method in {"GET", "HEAD", "OPTIONS"}

    @property
    def written_issue(self) -> str:
        """The key or id of the one issue that it writes to, as far as its path tells; empty if none."""
        match = None if self.reads else _ISSUE.match(self.request.path)
        return match[1].upper() if match else ""

    @property
    def rate_key(self) -> RateKey:
        """What its pace is counted by."""
        route = self.operation.path if self.operation is not None else "unknown"
        return RateKey(self.snapshot.account.place, self.request.method, route)

    def as_plain_get(self) -> "Call":
        """Return the same call without query, conditions and codings: Ownkey itself reads the answer."""
        return replace(
            self, request=replace(self.request, method="GET", query=b"", headers=self._plain_headers())
        )

    def with_headers(self, headers: Headers) -> "Call":
        """Return the same call with other header fields."""
        return replace(self, request=replace(self.request, headers=headers))

    def with_whole_body(self, data: bytes | None) -> "Call":
        """Return the same call with its body read already."""
        return replace(self, body=WholeBody(data))

    def as_json_post(self, path: str, data: bytes, operation: Operation | None) -> "Call":
        """Return a call that Ownkey itself makes on the caller's behalf, by the same means and credential."""
        headers = [pair for pair in self._plain_headers() if not pair[0].startswith(b"content-")]
        headers += [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(data)).encode("ascii")),
        ]
        request = replace(self.request, method="POST", path=path, query=b"", headers=headers)
        return replace(self, request=request, body=WholeBody(data), operation=operation)

    def _plain_headers(self) -> Headers:
        return [
            (name, value)
            for name, value in self.request.headers
            if name not in {b"accept-encoding", b"range", b"transfer-encoding"}
            and not name.startswith(b"if-")
        ]
