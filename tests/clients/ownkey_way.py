"""Ownkey's gateway as an operator sets it up by the command line, with one person connected."""

from __future__ import annotations

import re
import select
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
_LISTENING = re.compile(r"listening on 127\.0\.0\.1, port ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: where the ALM account is on it, and Ada's client key."""

    address: str
    client_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetUp:
    """Ownkey with one ALM account and one person connected, not running."""

    ownkey: Ownkey
    client_key: str = field(repr=False)

    @contextmanager
    def gateway(self, *arguments: str, **variables: str) -> Iterator[int]:
        """Run its gateway on a free port while the block lasts; yield the port."""
        process = self.ownkey.start("gateway", "--port", "0", *arguments, **variables)
        try:
            port = _port(process)
            _wait_until_it_listens(port)
            yield port
        finally:
            process.terminate()
            process.communicate(timeout=60)


@contextmanager
def running_gateway(sandbox: Sandbox, folder: Path) -> Iterator[Gateway]:
    """Set Ownkey up in a folder, and run its gateway while the block lasts."""
    made = set_up(sandbox, folder)
    with made.gateway() as port:
        yield Gateway(f"http://127.0.0.1:{port}/jira/{SLUG}", made.client_key)


def set_up(sandbox: Sandbox, folder: Path) -> SetUp:
    """Set Ownkey up in a folder as an operator does."""
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
    return SetUp(ownkey, key["key"])


def done(ended: Ended) -> Ended:
    """Return how a command ended, which must be well."""
    assert ended.code == 0, ended.stderr
    return ended


def _port(process: subprocess.Popen[str]) -> int:
    """Return the port that the gateway says it listens on."""
    assert process.stderr is not None
    ready, _, _ = select.select([process.stderr], [], [], START_WITHIN_S)
    said = process.stderr.readline() if ready else ""
    found = _LISTENING.search(said)
    assert found, said
    return int(found[1])


def _wait_until_it_listens(port: int) -> None:
    """Return once the gateway takes connections: it says where a moment before."""
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("The gateway did not begin to listen.")
