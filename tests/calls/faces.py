"""Both faces of the way of a call: a tool through the gateway, and a page of the person who is signed in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ownkey.calls.answers import Answer
from ownkey.calls.grants import Snapshot
from ownkey.calls.means import BySession, Means, session_digest
from ownkey.calls.recording import Recorder
from ownkey.calls.refusals import Refusal
from ownkey.calls.way import Asked, Limits
from tests.gateway.kit import ALICE, ALICES_KEY, Client, FakeUpstream, Grants, build

if TYPE_CHECKING:
    from ownkey.gateway.app import Gateway

ALICES_SESSION = BySession("alice", "acme", session_digest("a" * 32))
ALICE_SIGNED_IN = replace(ALICE, means=ALICES_SESSION, key_hash=b"")


@dataclass
class Given:
    """What either face gave to its caller, in one form.

    Attributes:
        status: The HTTP status of the answer or the refusal.
        code: The refusal's code, if it is one.
        headers: The answer's header fields.
        body: The answer's body.
        detail: The refusal's sentence.
        members: The refusal's further members.
    """

    status: int
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    detail: str = ""
    members: Mapping[str, Any] = field(default_factory=dict)


class Face:
    """One face, with Alice behind it."""

    name = ""
    means: Means

    def __init__(
        self,
        upstream: FakeUpstream,
        *,
        recorder: Recorder | None = None,
        limits: Limits | None = None,
        **parts: Any,  # noqa: ANN401 — what `build` takes
    ) -> None:
        self.upstream = upstream
        self.grants = Grants(ALICE, ALICE_SIGNED_IN)
        self.gateway: Gateway = build(upstream, grants=self.grants, recorder=recorder, limits=limits, **parts)
        self.way = self.gateway.way

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Given:
        raise NotImplementedError

    def change(self, **fields: Any) -> None:  # noqa: ANN401 — the fields of a snapshot
        """Change what Alice's means grants."""
        self.grants.put(replace(self.snapshot, **fields))

    @property
    def snapshot(self) -> Snapshot:
        return self.grants.by_means[self.means]


class ThroughTheGateway(Face):
    """A tool with a client key."""

    name = "gateway"
    means = ALICE.means

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Given:
        answered = await Client(self.gateway, key=ALICES_KEY).ask(
            method, f"/jira/acme{path}", query=query, headers=headers, body=body
        )
        fields = {name.decode(): value.decode("latin-1") for name, value in answered.headers}
        code = fields.get("ownkey-error")
        if code is None:
            return Given(answered.status, None, fields, answered.body)
        problem = json.loads(answered.body)
        return Given(answered.status, code, fields, b"", problem["detail"], problem)


class ByASession(Face):
    """A page, in Python."""

    name = "session"
    means = ALICES_SESSION

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Given:
        pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        asked = Asked(method, path, query.encode(), pairs, body or None)
        outcome = await self.way.make(self.means, asked)
        if isinstance(outcome, Refusal):
            fields = {name.decode(): value.decode() for name, value in outcome.headers}
            return Given(outcome.status, outcome.code.value, fields, b"", outcome.detail, outcome.members)
        assert isinstance(outcome, Answer)
        fields = {name.decode(): value.decode("latin-1") for name, value in outcome.headers}
        return Given(outcome.status, None, fields, outcome.body)


FACES = (ThroughTheGateway, ByASession)
