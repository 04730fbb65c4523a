"""The log of requests that the sandbox has had: tests read it to know what was sent. It holds no secret."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container

    from ownkey.sandbox.exchange import Request, Response

# A token that was pasted into the wrong field may turn up in a path.
_TOKEN_LIKE = re.compile(r"AT[AC]TT[\w=+/%-]*")
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request and what came of it; `in_flight` counts those being answered then, this one too."""

    method: str
    path: str
    status: int
    outcome: str
    operation: str | None
    email: str | None
    authentication: str
    sent_authorization: bool
    sent_cookie: bool
    user_agent: str | None
    in_flight: int


@dataclass(slots=True)
class RequestLog:
    """The latest requests, oldest first."""

    entries: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=LONGEST))

    def add(self, request: Request, response: Response, *, known: Container[str], in_flight: int) -> None:
        """Note a request; an e-mail that nobody here has is not kept: a secret may stand in its place."""
        note = response.note
        email = note.email if note.email in known or note.email is None else "(unknown)"
        entry = LoggedRequest(
            request.method,
            _TOKEN_LIKE.sub("(token)", request.path),
            response.status,
            note.outcome,
            note.operation,
            email,
            note.authentication,
            request.header("authorization") is not None,
            request.header("cookie") is not None,
            request.header("user-agent"),
            in_flight,
        )
        self.entries.append(entry)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the log for the control API."""
        return [asdict(entry) for entry in self.entries]
