"""Ownkey and a pretend Atlassian as processes, with an organisation in them: what the browser tests walk in."""

import re
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

    def make_token(self, email: str, *, without: Iterable[str] = ()) -> str:
        """Make a token with the planning scopes, but those in `without`."""
        return self.sandbox.make_token(email, PLANNING.scopes - set(without))

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
def running_organisation(home: Path) -> Iterator[Organisation]:
    """Run both while the block lasts; Grace administers, Ada and Bo work."""
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
        process = ownkey.start("serve", "--port", "0")
        try:
            yield Organisation(_address_said_by(process.stderr), ownkey, sandbox)
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE_S)


def _address_said_by(lines: Iterable[str] | None) -> str:
    said = ""
    for line in lines or ():
        said += line
        if found := re.search(r"listening on 127.0.0.1, port (\d+)", line):
            url = f"http://127.0.0.1:{found[1]}"
            _wait_for(url)
            return url
    raise AssertionError(said)


def _wait_for(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(1000):
        try:
            opener.open(f"{url}/healthz", timeout=PATIENCE_S).close()
        except OSError:
            continue
        return
