"""Ownkey and a pretend Atlassian as processes, with an organisation in them."""

import base64
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import PATIENCE_S, Ownkey
from tests.sandbox_process import Sandbox, running_sandbox

PASSWORD = "four unrelated words"
ADMINISTRATOR, ADA, BO = "grace@acme.example", "ada@acme.example", "bo@acme.example"


@dataclass(frozen=True)
class Organisation:
    """A running Ownkey, its command line, and the sandbox that it talks to."""

    url: str
    ownkey: Ownkey
    sandbox: Sandbox
    tokens: list[str] = field(default_factory=list)
    server: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def make_token(self, email: str, *, without: Iterable[str] = ()) -> str:
        """Make a token with the planning scopes, but those in `without`."""
        token = self.sandbox.make_token(email, PLANNING.scopes - set(without))
        self.tokens.append(token)
        return token

    def add_alm_account(self, slug: str, name: str) -> None:
        """Add the sandbox as an ALM account."""
        arguments = ("--name", name, "--site", self.sandbox.url, "--email", ADMINISTRATOR, "--token-stdin")
        ended = self.ownkey("account", "add", slug, *arguments, given=self.make_token(ADMINISTRATOR))
        assert ended.code == 0, ended.stderr

    def connect(self, slug: str, email: str, *, without: Iterable[str] = ()) -> str:
        """Connect a person and return the token."""
        token = self.make_token(email, without=without)
        ended = self.ownkey("connect", slug, "--user", email, "--token-stdin", "--accept-gaps", given=token)
        assert ended.code in {0, 3}, ended.stderr
        return token


@contextmanager
def running_organisation(home: Path, *, program: str = "ownkey.cli.main") -> Iterator[Organisation]:
    """Run both while the block lasts; Grace administers, Ada and Bo work.

    Args:
        home: Ownkey's data directory.
        program: The module that serves; a test of faults may have one of its own.
    """
    with running_sandbox() as sandbox:
        addresses = {
            "OWNKEY_ATLASSIAN_API_URL": sandbox.url,
            "OWNKEY_ATLASSIAN_ID_URL": sandbox.url,
            "OWNKEY_TRUSTED_SITES": sandbox.url,
        }
        ownkey = Ownkey(home, addresses)
        for email, name, more in (
            (ADMINISTRATOR, "Grace Hopper", ("--admin",)),
            (ADA, "Ada Lovelace", ()),
            (BO, "Bo Diddley", ()),
        ):
            ended = ownkey("user", "add", email, "--name", name, "--password-stdin", *more, given=PASSWORD)
            assert ended.code == 0, ended.stderr
        with serving(ownkey, home.parent / "serve.log", program=program) as (url, process):
            organisation = Organisation(url, ownkey, sandbox, server=process)
            yield organisation
        _assert_nothing_is_written_down(organisation.tokens, home.parent)


@contextmanager
def serving(
    ownkey: Ownkey, log: Path, *, program: str = "ownkey.cli.main", **variables: str
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run `ownkey serve` while the block lasts; yield its address and its process once it answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", program, "serve", "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=ownkey.environment(**variables),
        )
        try:
            yield _address_said_in(log, process), process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _address_said_in(log: Path, process: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"listening on 127.0.0.1, port (\d+)", log.read_text()):
            url = f"http://127.0.0.1:{found[1]}"
            if _answers(url):
                return url
    raise AssertionError(log.read_text())


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{url}/healthz", timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def _assert_nothing_is_written_down(tokens: Iterable[str], directory: Path) -> None:
    """Fail when a token stands in any file of the data directory or in what the server said."""
    for path in directory.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for token in tokens:
            assert token.encode() not in content, path.name
            assert base64.b64encode(token.encode())[:-4] not in content, path.name
