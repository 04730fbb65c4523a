"""Faults on demand: what makes the pretend Atlassian late, wrong or broken for the next answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.exchange import Note, Response, json_response, text_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ownkey.sandbox.exchange import Request

_HTML = (
    "<!doctype html><html lang=en><title>Service unavailable</title>"
    "<h1>We will be right back</h1><p>Sandbox &ndash; not Atlassian.</p></html>"
)
_FIELDS = {
    "method": str, "path": str, "times": int, "delay_ms": int, "status": int, "retry_after": int,
    "redirect": str, "body": str, "content_type": str, "html": bool, "huge_bytes": int, "cut": bool,
    "drip_ms": int, "headers": dict, "hold": bool,
}  # fmt: skip


class FaultError(ValueError):
    """A fault that was asked for cannot be read; the message says which field."""


@dataclass(slots=True)
class Fault:
    """One fault; it strikes requests of `method` whose path starts with `path`, `times` times (None: always).

    `delay_ms` alone only delays, and `hold` delays until the faults are ended. `status`, `redirect`, `body`,
    `html` and `huge_bytes` replace the answer; `cut` ends the connection in the middle of the body, `drip_ms`
    sends it byte by byte.
    """

    method: str | None = None
    path: str = "/"
    times: int | None = None
    delay_ms: int = 0
    status: int | None = None
    retry_after: int | None = None
    redirect: str | None = None
    body: str | None = None
    content_type: str = "application/json"
    html: bool = False
    huge_bytes: int = 0
    cut: bool = False
    drip_ms: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: bool = False
    _ended: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Fault:
        """Return the fault that a control request describes."""
        for name, given in value.items():
            expected = _FIELDS.get(name)
            if expected is None:
                raise FaultError(f"A fault has no field {name!r}; it has {', '.join(sorted(_FIELDS))}.")
            if given is not None and type(given) is not expected:
                raise FaultError(f"The fault's {name} is a {expected.__name__}.")
        return cls(**{name: given for name, given in value.items() if given is not None})

    def strikes(self, request: Request) -> bool:
        """Return whether a request is meant; a gateway path counts from after its cloud id too."""
        if self.method not in (None, request.method) or self.times == 0:
            return False
        return request.path.startswith(self.path) or behind_gateway(request.path).startswith(self.path)

    async def wait(self) -> None:
        """Return when the answer may be given: at once, late, or when the faults are ended."""
        if self.delay_ms:
            await asyncio.sleep(self.delay_ms / 1000)
        if self.hold:
            await self._ended.wait()

    def end(self) -> None:
        """Let go the answers that are held."""
        self._ended.set()

    def answer(self) -> Response | None:
        """Return the answer that takes the true one's place, None where the true one is to be given."""
        replaced = self._replacement()
        if replaced is None:
            return None
        extra = tuple((name.lower(), str(value)) for name, value in self.headers.items())
        return replaced.with_headers(*extra).noted(Note(outcome="fault"))

    def _replacement(self) -> Response | None:
        if self.redirect is not None:
            return Response(self.status or 302, b"", (("location", self.redirect),))
        if self.huge_bytes:
            return Response(self.status or 200, b'{"padding":"', (("content-type", "application/json"),))
        if self.html:
            return text_response(self.status or 200, _HTML, kind="text/html")
        if self.body is not None:
            return text_response(self.status or 200, self.body, kind=self.content_type)
        return None if self.status is None else self._status_answer(self.status)

    def _status_answer(self, status: int) -> Response:
        headers: list[tuple[str, str]] = []
        if status == 429:
            # That gateway 429s carry this header was seen, its value was not (facts.md 1.2 and 4).
            headers.append(("X-Failure-Category", "FAILURE_CLIENT_RATE_LIMIT"))
        if self.retry_after is not None:
            reset_at = datetime.now(UTC) + timedelta(seconds=self.retry_after)
            headers += [
                ("Retry-After", str(self.retry_after)),
                ("X-RateLimit-Limit", "100"),
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", reset_at.strftime("%Y-%m-%dT%H:%MZ")),
                ("RateLimit-Reason", "jira-burst-based"),
            ]
        message = {429: "Rate limit exceeded", 503: "Service Unavailable"}.get(
            status, "Internal server error"
        )
        return json_response(status, {"code": status, "message": message}, *headers)


@dataclass(slots=True)
class Faults:
    """The faults in force, in the order in which they were asked for."""

    in_force: list[Fault] = field(default_factory=list)

    def end(self) -> None:
        """End all faults."""
        for fault in self.in_force:
            fault.end()
        self.in_force.clear()

    def striking(self, request: Request) -> list[Fault]:
        """Return the faults for a request, and count this use; at most one of them replaces the answer."""
        struck: list[Fault] = []
        for fault in self.in_force:
            replaces = fault.answer() is not None or fault.cut or fault.drip_ms
            if not fault.strikes(request) or (
                replaces and any(other.answer() or other.cut for other in struck)
            ):
                continue
            if fault.times is not None:
                fault.times -= 1
            struck.append(fault)
        return struck


def behind_gateway(path: str) -> str:
    """Return a gateway path from after its cloud id, any other path as it is."""
    if not path.startswith("/ex/jira/"):
        return path
    return "/" + path.removeprefix("/ex/jira/").partition("/")[2]
