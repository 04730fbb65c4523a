"""A name that is accepted at the start is one that pages answer to, in each spelling that a client sends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import asyncio, json, os, sys
from ownkey.console.setup import prepare
prepare()
from ownkey.console.asgi import application
from ownkey.console.doctor.addresses import examine_own_name
from ownkey.environment.process import current_environment

async def ask(host):
    sent = []
    given = [{"type": "http.request", "body": b"", "more_body": False}]
    async def receive():
        return given.pop() if given else await asyncio.Event().wait()
    async def send(message):
        sent.append(message)
    await application({
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/sign-in/", "raw_path": b"/sign-in/", "query_string": b"", "root_path": "",
        "headers": [(b"host", host.encode())], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }, receive, send)
    return sent[0]["status"]

async def main():
    return [await ask(host) for host in sys.argv[1:]]

print(json.dumps([asyncio.run(main()), [one.verdict for one in examine_own_name(current_environment())]]))
"""


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        (
            "http://müller.example:8000",
            ["xn--mller-kva.example:8000", "müller.example:8000", "MÜLLER.example:8000"],
        ),
        ("http://xn--mller-kva.example", ["xn--mller-kva.example", "müller.example"]),
        ("http://[2001:db8::1]:8000", ["[2001:db8::1]:8000"]),
        ("http://ownkey.acme.example.", ["ownkey.acme.example", "ownkey.acme.example."]),
        ("http://OWNKEY.acme.example:80", ["ownkey.acme.example", "Ownkey.Acme.Example:80"]),
    ],
)
def test_pages_answer_to_the_name_that_they_were_given(url: str, hosts: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", ASK, *hosts],
        env={"PATH": "/usr/bin:/bin", "OWNKEY_HOME": str(tmp_path / "home"), "OWNKEY_BASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    statuses, verdicts = json.loads(ended.stdout.splitlines()[-1])
    assert statuses == [200] * len(hosts), ended.stderr
    assert "fail" not in verdicts
