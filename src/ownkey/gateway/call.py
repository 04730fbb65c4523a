"""One call that is allowed, ready to be sent."""

import re
from dataclasses import dataclass, replace

from ownkey.calls.grants import Connected, Snapshot
from ownkey.calls.headers import Headers
from ownkey.calls.rate_limits import RateKey
from ownkey.gateway.address import Target
from ownkey.gateway.client_body import ClientBody, WholeBody
from ownkey.scopes.catalogue import Operation

_ISSUE = re.compile(r"/rest/(?:api|agile)/[^/]+/issue/([A-Za-z0-9_]+-[0-9]+|[0-9]+)(?:/|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asked for, as it came."""

    request_id: str
    method: str
    target: Target
    query: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and with what and as which operation it may be made."""

    request: Request
    body: ClientBody
    snapshot: Snapshot
    credential: Connected
    operation: Operation | None

    @property
    def url(self) -> str:
        """Where it is sent: the credential's own address and the path that was authorised."""
        query = f"?{self.request.query.decode('ascii')}" if self.request.query else ""
        return f"{self.credential.base_url}{self.request.target.path}{query}"

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
        match = None if self.reads else _ISSUE.match(self.request.target.path)
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

    def with_whole_body(self, data: bytes | None) -> "Call":
        """Return the same call with its body read already."""
        return replace(self, body=WholeBody(data))

    def as_json_post(self, path: str, data: bytes, operation: Operation | None) -> "Call":
        """Return a call that Ownkey itself makes on the client's behalf, with its key and its credential."""
        headers = [pair for pair in self._plain_headers() if not pair[0].startswith(b"content-")]
        headers += [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(data)).encode("ascii")),
        ]
        target = replace(self.request.target, path=path)
        request = replace(self.request, method="POST", target=target, query=b"", headers=headers)
        return replace(self, request=request, body=WholeBody(data), operation=operation)

    def _plain_headers(self) -> Headers:
        return [
            (name, value)
            for name, value in self.request.headers
            if name not in {b"accept-encoding", b"range", b"transfer-encoding"}
            and not name.startswith(b"if-")
        ]
