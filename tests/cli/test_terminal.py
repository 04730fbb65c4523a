"""At a terminal the check draws a live list, asks for the token unseen, and Ctrl-C leaves cleanly."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import PATIENCE_S, Ownkey
from tests.sandbox_process import Sandbox, running_sandbox

ADA = "ada@acme.example"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOURS = re.compile(r"\x1b\[[0-9;]+m")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for the module, slow enough to be watched."""
    with running_sandbox(delay_ms=100) as running:
        yield running


class Terminal:
    """A command with a terminal to itself, as a person would have it."""

    def __init__(self, ownkey: Ownkey, *arguments: str, **variables: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            ownkey.command(*arguments),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=ownkey.environment(TERM="xterm", COLUMNS="100", **variables),
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 makes it the controlling terminal
        )
        os.close(theirs)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        """Read until the text has appeared."""
        until = time.monotonic() + PATIENCE_S
        while text not in ESCAPES.sub("", self.seen):
            assert time.monotonic() < until, self.seen
            assert self._read(), self.seen

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], PATIENCE_S)
        try:
            piece = os.read(self._ours, 65536).decode(errors="replace") if ready else ""
        except OSError:  # how Linux tells that nobody holds the other end any more
            return False
        self.seen += piece
        return bool(piece)


def start_check(tmp_path: Path, sandbox: Sandbox, **variables: str) -> Terminal:
    """Start a check at a terminal."""
    ownkey = Ownkey(
        tmp_path / "home", {"OWNKEY_ATLASSIAN_API_URL": sandbox.url, "OWNKEY_TRUSTED_SITES": sandbox.url}
    )
    return Terminal(ownkey, "check", "--site", sandbox.url, "--email", ADA, **variables)


def test_the_token_is_asked_for_and_not_shown(tmp_path: Path, sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, PLANNING.scopes - {"write:jira-work"})
    terminal = start_check(tmp_path, sandbox)

    terminal.wait_for("API token (it is not shown): ")
    terminal.type(f"{token}\n")
    terminal.wait_for("Signed in as Ada Lovelace")
    code = terminal.end()

    assert code == 3
    assert token not in terminal.seen
    last = ESCAPES.sub("", terminal.seen)
    assert "write:jira-work – missing" in last
    assert "Connected with gaps." in last
    assert "checking" not in last.rpartition("Connected with gaps.")[2]


def test_without_colours_the_words_say_it_all(tmp_path: Path, sandbox: Sandbox) -> None:
    terminal = start_check(tmp_path, sandbox, NO_COLOR="1")

    terminal.wait_for("API token")
    terminal.type(sandbox.make_token(ADA, PLANNING.scopes) + "\n")

    assert terminal.end() == 0
    coloured = [
        code for code in COLOURS.findall(terminal.seen) if code not in {"\x1b[0m", "\x1b[1m", "\x1b[2m"}
    ]
    assert coloured == []


@pytest.mark.parametrize("moment", ["API token", "Site found"])
def test_ctrl_c_ends_with_130(tmp_path: Path, sandbox: Sandbox, moment: str) -> None:
    terminal = start_check(tmp_path, sandbox)

    terminal.wait_for("API token")
    if moment != "API token":
        terminal.type(sandbox.make_token(ADA, PLANNING.scopes) + "\n")
        terminal.wait_for(moment)
    terminal.type("\x03")

    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
