"""A cloud of its own for each test, called without a socket."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from ownkey.sandbox.app import build_app
from ownkey.sandbox.cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOST = "sandbox.test:8000"
ADA = "ada@acme.example"


@dataclass(frozen=True)
class Answer:
    """A response as a client sees it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Client:
    """Calls a cloud's app; keeps the account pages' cookie and sends Origin, as a browser does."""

    cloud: Cloud
    clock: Clock
    cookie: str = ""
    peer: str = "127.0.0.1"

    @property
    def gateway(self) -> str:
        return f"/ex/jira/{self.cloud.cloud_id}"

    def call(
        self,
        method: str,
        path: str,
        *,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        sent = {"host": HOST, **(headers or {})}
        if auth is not None:
            sent["authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        if self.cookie:
            sent["cookie"] = self.cookie
        return asyncio.run(self._converse(method, path, sent, body))

    async def _converse(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        raw_path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": (self.peer, 50_000),
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's messages
            messages.append(message)

        await build_app(self.cloud)(scope, receive, send)
        decoded = tuple((name.decode(), value.decode()) for name, value in messages[0]["headers"])
        answer = Answer(
            messages[0]["status"], decoded, b"".join(part.get("body", b"") for part in messages[1:])
        )
        for value in answer.values("set-cookie"):
            if value.startswith("sandbox_session="):
                self.cookie = value.partition(";")[0]
        return answer

    def get(self, path: str) -> Answer:
        """Open a page, and follow redirects as a browser does."""
        answer = self.call("GET", path)
        return self.get(str(answer.header("location"))) if answer.status == 303 else answer

    def post(
        self, path: str, fields: list[tuple[str, str]] | dict[str, str], *, origin: str | None = None
    ) -> Answer:
        """Send a form, and follow redirects as a browser does."""
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": origin or f"http://{HOST}"}
        answer = self.call("POST", path, headers=headers, body=urlencode(fields).encode())
        return self.get(str(answer.header("location"))) if answer.status == 303 else answer

    def control(self, method: str, action: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        answer = self.call(
            method, f"/_sandbox/{action}", body=b"" if body is None else json.dumps(body).encode()
        )
        assert answer.status == 200, answer.text
        return answer.json

    def token(self, *scopes: str, email: str = ADA, **more: Any) -> str:  # noqa: ANN401 - any JSON
        body = {"email": email, "scopes": list(scopes), **more}
        return str(self.control("POST", "tokens", body)["token"])

    def through_gateway(
        self, method: str, path: str, token: str, *, email: str = ADA, body: bytes = b""
    ) -> Answer:
        headers = {"content-type": "application/json"} if body else {}
        return self.call(method, self.gateway + path, auth=(email, token), headers=headers, body=body)


class Jira:
    """Jira as one person sees it, at the site's address."""

    def __init__(self, client: Client, email: str) -> None:
        self.client, self.email = client, email
        self.token = client.token(email=email, unscoped=True)

    def call(self, method: str, path: str, body: object = None) -> Answer:
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} if data else {}
        return self.client.call(method, path, auth=(self.email, self.token), headers=headers, body=data)

    def get(self, path: str) -> Any:  # noqa: ANN401 - any JSON
        answer = self.call("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    def do(self, method: str, path: str, body: object = None, *, status: int = 204) -> Any:  # noqa: ANN401 - any JSON
        answer = self.call(method, path, body)
        assert answer.status == status, answer.text
        return answer.json if answer.body else None

    def refused(self, method: str, path: str, body: object = None, *, status: int = 400) -> Any:  # noqa: ANN401
        answer = self.call(method, path, body)
        assert answer.status == status, answer.text
        return answer.json

    def last_change(self, key: str = "ACME-3") -> tuple[str, list[dict[str, Any]]]:
        """Return who changed an issue last, and what."""
        history = self.get(f"/rest/api/3/issue/{key}/changelog")["values"][-1]
        return history["author"]["displayName"], history["items"]


@pytest.fixture
def ada(client: Client) -> Jira:
    """Ada, who works here."""
    return Jira(client, ADA)


@pytest.fixture
def bo(client: Client) -> Jira:
    """Bo, who leads the shop, may only look at the tour, and knows nothing of the salaries."""
    return Jira(client, "bo@acme.example")


@pytest.fixture
def grace(client: Client) -> Jira:
    """Grace, who leads the project and administers Jira."""
    return Jira(client, "grace@acme.example")


@pytest.fixture
def charlie(client: Client) -> Jira:
    """Charlie, who may look at ACME, work at the help desk, and has no other business here."""
    return Jira(client, "charlie@acme.example")


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until the test moves it."""
    return Clock()


@pytest.fixture
def cloud(clock: Clock) -> Cloud:
    """Return a cloud as it is at the start."""
    return Cloud(clock=clock)


@pytest.fixture
def client(cloud: Cloud, clock: Clock) -> Client:
    """Return a client of the cloud's app."""
    return Client(cloud, clock)


@pytest.fixture
def make_client(clock: Clock) -> Callable[..., Client]:
    """Return a function that makes a client of a cloud with other settings."""
    return lambda **settings: Client(Cloud(clock=clock, **settings), clock)
