"""Ownkey's gateway as an operator sets it up by the command line, with one person connected."""

from __future__ import annotations

import re
import select
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import Ended, Ownkey

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox_process import Sandbox

ADA, GRACE = "ada@acme.example", "grace@acme.example"
SLUG = "acme"
START_WITHIN_S = 60
_ADDRESS = re.compile(r"http://[^/\s]+/jira/")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: where the ALM account is on it, and Ada's client key."""

    address: str
    client_key: str = field(repr=False)


@contextmanager
def running_gateway(sandbox: Sandbox, folder: Path) -> Iterator[Gateway]:
    """Set Ownkey up in a folder, and run its gateway while the block lasts."""
    ownkey = Ownkey(
        folder / "home", {"OWNKEY_ATLASSIAN_API_URL": sandbox.url, "OWNKEY_TRUSTED_SITES": sandbox.url}
    )
    done(ownkey("init"))
    names = ["--name", "Ada Lovelace", "--password-stdin"]
    done(ownkey("user", "add", ADA, *names, given="four unrelated words"))
    account = ["--name", "Acme", "--site", sandbox.url, "--email", GRACE, "--token-stdin"]
    done(ownkey("account", "add", SLUG, *account, given=sandbox.make_token(GRACE, PLANNING.scopes)))
    person = ["--user", ADA, "--email", ADA, "--token-stdin"]
    done(ownkey("connect", SLUG, *person, given=sandbox.make_token(ADA, PLANNING.scopes)))
    key = done(ownkey("key", "create", "--user", ADA, "--account", SLUG, "--name", "Tests", "--json")).json
    process = ownkey.start("gateway", "--port", "0")
    try:
        address = _address(process)
        _wait_until_it_listens(address)
        yield Gateway(f"{address}{SLUG}", key["key"])
    finally:
        process.terminate()
        process.communicate(timeout=60)


def done(ended: Ended) -> Ended:
    """Return how a command ended, which must be well."""
    assert ended.code == 0, ended.stderr
    return ended


def _address(process: subprocess.Popen[str]) -> str:
    """Return the address that the gateway says it runs at."""
    assert process.stderr is not None
    ready, _, _ = select.select([process.stderr], [], [], START_WITHIN_S)
    said = process.stderr.readline() if ready else ""
    found = _ADDRESS.search(said)
    assert found, said
    return found[0]


def _wait_until_it_listens(address: str) -> None:
    """Return once the gateway takes connections: it says its address a moment before."""
    place = urlsplit(address)
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((place.hostname, place.port or 80), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("The gateway did not begin to listen.")
