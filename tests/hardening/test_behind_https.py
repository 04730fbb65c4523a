"""Set up for https, every answer and cookie stays on it; bodies that are too large or too slow end early."""

import asyncio
import json
import subprocess
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from ownkey.console.asgi import build_application
from ownkey.console.request_body import LARGEST_BYTES, TOO_LARGE, TOO_SLOW, BoundedBody
from tests.cli.command import PATIENCE_S, Ownkey

WALK = """
import json
from ownkey.console.setup import prepare
prepare()
from django.test import Client
from ownkey.people.flows import add_user
from ownkey.people.models import Role
from tests.hardening.access import routes
password = "four unrelated words"
add_user("alice@acme.example", name="Alice", password=password, role=Role.ADMINISTRATOR, actor="test")
browser = Client(SERVER_NAME="ownkey.example")
values = dict(slug="x", user_id=1, key_id="x", secret="x", uidb36="1", key="x", pk=1)
from django.urls import reverse
found = {"cookies": {}, "hsts": {}}
answers = [browser.post("/sign-in/", {"login": "alice@acme.example", "password": password}, secure=True)]
names = ["sign in"]
for route in routes():
    address = reverse(route.name, kwargs={name: values.get(name, 1) for name in route.captures})
    names.append(route.name)
    answers.append(browser.get(address, secure=True))
for name, answer in zip(names, answers):
    found["hsts"][name] = answer.headers.get("Strict-Transport-Security", "")
    for cookie in answer.cookies.values():
        found["cookies"][cookie.key] = [cookie["secure"], cookie["path"], cookie["domain"]]
print(json.dumps(found))
"""


def test_every_answer_and_cookie_stays_on_https(tmp_path: Path) -> None:
    ownkey = Ownkey(tmp_path / "home", {"OWNKEY_BASE_URL": "https://ownkey.example"})
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", WALK],
        env=ownkey.environment(PYTHONPATH=":".join(path for path in sys.path if path)),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert set(found["hsts"].values()) == {"max-age=31536000"}, found["hsts"]
    assert found["cookies"]
    for name, (secure, path, domain) in found["cookies"].items():
        assert name.startswith("__Host-"), name
        assert (secure, path, domain) == (True, "/", ""), name


Message = MutableMapping[str, Any]


async def posted(path: str, pieces: list[bytes], *fields: tuple[bytes, bytes]) -> tuple[int, bytes]:
    """Post to the whole application, as a server would hand it over."""
    incoming = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0) if incoming else await asyncio.Future()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *fields],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await build_application()(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("path", ["/sign-in/", "/settings/alm-accounts/add/", "/nowhere/"])
async def test_a_body_larger_than_any_form_is_not_taken(path: str) -> None:
    announced = await posted(path, [b""], (b"content-length", str(LARGEST_BYTES + 1).encode()))
    unannounced = await posted(path, [bytes(LARGEST_BYTES), b"one more"], (b"transfer-encoding", b"chunked"))
    assert announced == unannounced == (413, f"{TOO_LARGE.sentence}\n".encode())


async def test_a_body_that_stays_away_is_given_up() -> None:
    async def silent() -> Message:
        return await asyncio.Future()

    body = BoundedBody(silent, longest_s=0.01)
    assert (await body.receive())["type"] == "http.disconnect"
    assert body.refusal is TOO_SLOW


async def test_after_the_body_a_browser_may_stay_as_long_as_it_likes() -> None:
    left = asyncio.Event()

    async def receive() -> Message:
        if not left.is_set():
            left.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    body = BoundedBody(receive, longest_s=0.01)
    await body.receive()
    assert (await body.receive())["type"] == "http.disconnect"
    assert body.refusal is None
