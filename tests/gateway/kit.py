"""The cast of the gateway's tests, and parts that behave: grants, an upstream, a client.

Alice is connected and has a client key for everything in the profile. Bob has one that was narrowed to
reading. Charlie has none.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ownkey.calls.breaker import SharedRefusals
from ownkey.calls.changes import ChangeHistory, Changes, Kind, Subject
from ownkey.calls.first_call import FirstCallGate
from ownkey.calls.grants import (
    Account,
    Connected,
    CredentialState,
    GrantsUnavailableError,
    Snapshot,
    Standing,
)
from ownkey.calls.headers import Headers
from ownkey.calls.means import ByClientKey, Means
from ownkey.calls.rate_limits import RateLimiter
from ownkey.calls.recording import Recorder
from ownkey.calls.upstream import Upstream, UpstreamRequest
from ownkey.calls.way import CallWay, Limits
from ownkey.calls.writes import Writes
from ownkey.client_key import ClientKey, ClientKeyHasher
from ownkey.gateway.address import Addresses
from ownkey.gateway.app import Gateway
from ownkey.gateway.asgi import Application, Message, Scope
from ownkey.scopes.router import load_router

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HASHER = ClientKeyHasher(b"pepper of the tests, 32 bytes or more")
ALICES_KEY = ClientKey("alicealice22", "a" * 32)
BOBS_KEY = ClientKey("bobbobbobb22", "b" * 32)
CHARLIES_GUESS = ClientKey("charlie22222", "c" * 32)

CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
API_BASE = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
SITE_URL = "https://acme.atlassian.net"
PROFILE = frozenset({"read:jira-work", "write:jira-work", "read:jira-user", "read:sprint:jira-software"})
ACCOUNT = Account(slug="acme", site_url=SITE_URL, place=CLOUD_ID, profile_scopes=PROFILE)
TOKEN = "ATATT" + "3x-of-alice"
AUTHORIZATION = b"Basic " + base64.b64encode(f"alice@acme.example:{TOKEN}".encode())
ALICES_CREDENTIAL = Connected(
    credential_id="alices",
    version=1,
    base_url=API_BASE,
    authorization=AUTHORIZATION,
    acting_as="alice@acme.example",
    token_scopes=PROFILE,
)
ALICE = Snapshot(
    means=ByClientKey(ALICES_KEY.key_id),
    key_hash=HASHER.hash(ALICES_KEY),
    person_id="alice",
    account=ACCOUNT,
    credential=ALICES_CREDENTIAL,
)
BOB = replace(
    ALICE,
    means=ByClientKey(BOBS_KEY.key_id),
    key_hash=HASHER.hash(BOBS_KEY),
    person_id="bob",
    key_scopes=frozenset({"read:jira-work"}),
    credential=replace(ALICES_CREDENTIAL, credential_id="bobs", acting_as="bob@acme.example"),
)


class Grants:
    """Grants in memory, which can be changed and be away."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self.by_means = {snapshot.means: snapshot for snapshot in snapshots}
        self.lookups: list[Means] = []
        self.refused: list[tuple[str, int]] = []
        self.is_away = False
        self._history = ChangeHistory(1)

    @property
    def version(self) -> int:
        if self.is_away:
            raise GrantsUnavailableError
        return self._history.version

    def changes_since(self, version: int) -> Changes:
        return self._history.since(version)

    async def lookup(self, means: Means) -> Snapshot | None:
        self.lookups.append(means)
        return self.by_means.get(means)

    async def site_of(self, account_slug: str) -> str | None:
        sites = {snapshot.account.slug: snapshot.account.site_url for snapshot in self.by_means.values()}
        return sites.get(account_slug)

    async def standing_of(self, means: ByClientKey) -> Standing | None:
        return Standing({"state": "connected", "next_step": ""}) if means in self.by_means else None

    async def report_refused(self, credential_id: str, version: int) -> None:
        self.refused.append((credential_id, version))

    def put(self, snapshot: Snapshot) -> None:
        self.by_means[snapshot.means] = snapshot
        self._name(snapshot)

    def of_key(self, key_id: str) -> Snapshot:
        return self.by_means[ByClientKey(key_id)]

    def revoke(self, key_id: str) -> None:
        self.end(ByClientKey(key_id))

    def end(self, means: Means) -> None:
        self._name(self.by_means.pop(means))

    def _name(self, snapshot: Snapshot) -> None:
        person = Subject(Kind.PERSON, snapshot.person_id)
        self._history.add(Changes(frozenset(snapshot.means.subjects or (person,))))

    def set_credential(self, key_id: str, credential: CredentialState) -> None:
        self.put(replace(self.of_key(key_id), credential=credential))


@dataclass
class Given:
    """What a fake Jira answers with."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes | list[bytes] = b"{}"

    async def pieces(self) -> AsyncIterator[bytes]:
        for piece in [self.body] if isinstance(self.body, bytes) else self.body:
            if piece:
                yield piece


@dataclass
class Sent:
    """What reached the fake Jira."""

    method: str
    url: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> bytes | None:
        return dict(self.headers).get(name.encode())


Handler = Callable[[Sent], Coroutine[Any, Any, Given]]


class FakeUpstream:
    """An upstream that answers by a function and remembers what it was sent."""

    def __init__(self, handler: Handler | Given | None = None) -> None:
        self.handler = handler or json_answer(b"{}")
        self.sent: list[Sent] = []
        self.open_count = 0

    @asynccontextmanager
    async def send(self, request: UpstreamRequest) -> AsyncIterator[Given]:
        body = b""
        if isinstance(request.body, bytes):
            body = request.body
        elif request.body is not None:
            async for piece in request.body:
                body += piece
        sent = Sent(request.method, request.url, request.headers, body)
        self.sent.append(sent)
        self.open_count += 1
        try:
            yield self.handler if isinstance(self.handler, Given) else await self.handler(sent)
        finally:
            self.open_count -= 1

    async def close(self) -> None:
        pass


def json_answer(
    body: bytes | list[bytes], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Given:
    """Return an answer with a JSON body, its length told if it is whole."""
    fields = [(b"content-type", b"application/json;charset=UTF-8")]
    if isinstance(body, bytes):
        fields.append((b"content-length", str(len(body)).encode()))
    fields += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Given(status, fields, body)


@dataclass
class Answered:
    """What the client got back."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    is_whole: bool = False

    def header(self, name: str) -> bytes | None:
        return dict(self.headers).get(name.encode())

    @property
    def code(self) -> str | None:
        value = self.header("ownkey-error")
        return value.decode() if value is not None else None


class Client:
    """Sends requests to an ASGI app as a server would hand them over."""

    def __init__(
        self, app: Application, key: ClientKey | None = ALICES_KEY, host: str = "gw.example"
    ) -> None:
        self._app = app
        self._key = key
        self._host = host
        self.leaves = asyncio.Event()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: bytes | list[bytes] = b"",
    ) -> Answered:
        """Send a request and return the whole answer."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or [])
        names = {name for name, _ in pairs}
        if "host" not in names:
            pairs.append(("host", self._host))
        if self._key is not None and "authorization" not in names:
            pairs.append(("authorization", f"Bearer {self._key.text()}"))
        pieces = [body] if isinstance(body, bytes) else list(body)
        if body and "content-length" not in names and "transfer-encoding" not in names:
            pairs.append(("content-length", str(sum(map(len, pieces)))))
        scope: Scope = {
            "type": "http",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [(name.encode(), value.encode()) for name, value in pairs],
        }
        return await self.run(scope, pieces)

    async def run(self, scope: Scope, pieces: list[bytes]) -> Answered:
        """Run one request through the app."""
        answered = Answered()
        left = list(pieces)

        async def receive() -> Message:
            if left:
                piece = left.pop(0)
                return {"type": "http.request", "body": piece, "more_body": bool(left)}
            await self.leaves.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                answered.headers = message["headers"]
            else:
                answered.body += message["body"]
                answered.is_whole = not message.get("more_body", False)

        # As servers do: every request has a task of its own.
        await asyncio.create_task(_awaited(self._app(scope, receive, send)))
        return answered


async def until(condition: Callable[[], object], *, within_s: float = 60) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 — what is waited for has no event of its own
            await asyncio.sleep(0.001)


async def _awaited(running: Any) -> None:  # noqa: ANN401
    await running


def build(
    upstream: Upstream | None = None,
    *,
    grants: Grants | None = None,
    addresses: Addresses | None = None,
    limits: Limits | None = None,
    limiter: RateLimiter | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    refusals: SharedRefusals | None = None,
    gate: FirstCallGate | None = None,
    recorder: Recorder | None = None,
    writes: Writes | None = None,
) -> Gateway:
    """Return a gateway for Alice and Bob."""
    way = CallWay(
        grants=grants or Grants(ALICE, BOB),
        upstream=upstream or FakeUpstream(),
        routes=load_router(),
        clock=clock,
        limits=limits,
        limiter=limiter,
        refusals=refusals,
        gate=gate,
        recorder=recorder,
        writes=writes,
    )
    return Gateway(way, hasher=HASHER, addresses=addresses or Addresses())
