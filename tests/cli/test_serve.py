"""`ownkey serve` serves, prints the set-up link at the first start, stops when told, refuses in words."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import PATIENCE_S, Ownkey

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def serving(ownkey: Ownkey, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve on a free port while the block lasts; yield the process and its address."""
    process = ownkey.start("serve", "--port", "0", *arguments, **variables)
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"listening on 127.0.0.1, port (\d+)", line):
                yield process, f"http://127.0.0.1:{found[1]}"
                break
        else:
            pytest.fail(said)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def opened(url: str) -> Any:  # noqa: ANN401 what urllib gives is typed no further
    """Return the answer at an address, as soon as somebody answers."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return OPENER.open(url, timeout=PATIENCE_S)
        except OSError:
            if time.monotonic() > until:
                raise


def page(url: str) -> str:
    """Return a page."""
    with opened(url) as answer:
        text: str = answer.read().decode()
        return text


def test_pages_are_served(ownkey: Ownkey) -> None:
    with serving(ownkey) as (_, url):
        assert page(f"{url}/healthz") == "ok\n"
        assert "Sign in" in page(url)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_stops_when_told_to(ownkey: Ownkey, number: signal.Signals, code: int) -> None:
    with serving(ownkey) as (process, url):
        page(f"{url}/healthz")
        process.send_signal(number)

        assert process.wait(PATIENCE_S) == code


def test_the_first_start_prints_a_link_that_opens(ownkey: Ownkey) -> None:
    with serving(ownkey) as (process, url):
        assert process.stdout is not None
        link = process.stdout.readline().strip()

        assert link.startswith(f"{url}/set-up/")
        assert "administrator" in page(link)


def test_the_link_begins_with_the_base_url(ownkey: Ownkey) -> None:
    with serving(ownkey, OWNKEY_BASE_URL="https://ownkey.acme.example") as (process, _):
        assert process.stdout is not None
        assert process.stdout.readline().startswith("https://ownkey.acme.example/set-up/")


def test_with_an_administrator_no_link_is_printed(ownkey: Ownkey) -> None:
    ownkey(
        "user",
        "add",
        "grace@acme.example",
        "--name",
        "Grace",
        "--admin",
        "--password-stdin",
        given="a-long-one-7",
    )

    with serving(ownkey) as (process, url):
        page(f"{url}/healthz")
        process.terminate()
        assert process.communicate(timeout=PATIENCE_S)[0] == ""


def test_a_port_that_is_taken_is_refused_in_words(ownkey: Ownkey) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = ownkey("serve", "--port", str(port))

    assert ended.code == 1
    assert f"Port {port} is taken" in ended.stderr
    assert not ownkey.home.exists()


def test_a_foreign_address_is_refused_in_words(ownkey: Ownkey) -> None:
    ended = ownkey("serve", "--host", "192.0.2.1")

    assert ended.code == 2
    assert "not an address of this machine" in ended.stderr


def test_a_data_directory_that_cannot_be_made_is_refused_in_words(ownkey: Ownkey, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ended = ownkey("serve", "--port", "0", OWNKEY_HOME=str(file / "home"))

    assert ended.code == 1
    assert "data directory" in ended.stderr


def test_a_data_directory_that_others_may_read_is_refused_in_words(ownkey: Ownkey) -> None:
    ownkey.home.mkdir(mode=0o755)
    ended = ownkey("serve", "--port", "0")

    assert ended.code == 1
    assert "chmod 700" in ended.stderr
    assert list(ownkey.home.iterdir()) == [], "nothing is put where others may look"


def test_mistakes_in_the_environment_are_refused_in_words(ownkey: Ownkey) -> None:
    ended = ownkey("serve", "--port", "0", OWNKEY_BASE_URL="nonsense", OWNKEY_MAIL_SECURITY="maybe")

    assert ended.code == 2
    assert {"OWNKEY_BASE_URL", "OWNKEY_MAIL_SECURITY"} <= set(re.findall(r"OWNKEY_\w+", ended.stderr))


ENDLESS = """
import asyncio
from ownkey.cli import serving

async def endless(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"more ", "more_body": True})
        await asyncio.sleep(0.05)

serving.PATIENCE_S = 0.2
serving.end_process(asyncio.run(serving.serve_until_told(endless, "127.0.0.1", PORT)))
"""


def test_an_answer_without_end_does_not_keep_it_from_stopping(ownkey: Ownkey) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = ENDLESS.replace("PORT", str(port))
    with (
        subprocess.Popen([sys.executable, "-c", program], env=ownkey.environment()) as process,
        opened(f"http://127.0.0.1:{port}") as answer,
    ):
        assert answer.read(4) == b"more"
        process.terminate()

        assert process.wait(PATIENCE_S) == 0
