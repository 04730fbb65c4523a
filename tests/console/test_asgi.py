"""The ASGI application lives without the database, and knows its scheme from the base URL alone."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from pytest_django import Settings

from ownkey.console.asgi import App, build_application
from ownkey.environment.process import current_environment
from tests.conftest import ChangeEnvironment

Message = MutableMapping[str, Any]


def _scope(path: str) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }


async def _get(application: App, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Message] = []

    incoming: asyncio.Queue[Message] = asyncio.Queue()
    incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Message) -> None:
        sent.append(message)

    await application(_scope(path), incoming.get, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


async def test_lives_without_a_database() -> None:
    status, _headers, body = await _get(build_application(), "/healthz")
    assert (status, body) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
async def test_is_ready_when_the_database_answers() -> None:
    status, _headers, body = await _get(build_application(), "/readyz")
    assert (status, body) == (200, b"ready\n")


async def test_serves_static_files_whole() -> None:
    status, headers, body = await _get(build_application(), "/static/console/app.css")
    assert status == 200
    assert headers[b"Content-Type"].startswith(b"text/css")
    assert b"@layer" in body


async def test_knows_https_from_the_base_url_and_not_from_a_header(
    settings: Settings, change_environment: ChangeEnvironment
) -> None:
    change_environment(base_url="https://localhost")
    settings.SECURE_HSTS_SECONDS = 60
    _status, headers, _body = await _get(build_application(), "/static/console/app.css")
    assert b"Strict-Transport-Security" in headers


async def test_takes_part_in_the_servers_start_and_end() -> None:
    sent: list[Message] = []
    incoming = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    await build_application()({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_the_suite_runs_in_a_home_of_its_own() -> None:
    assert "ownkey-tests-" in str(current_environment().home)
