"""Closed, full and unreadable streams end in a sentence, never in a traceback, and write into no file."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE_S, Ended, Ownkey

BY = {
    "as the command": [sys.executable, "-W", "error", "-c", "from ownkey.cli.beginning import main; main()"],
    "as the module": [sys.executable, "-W", "error", "-m", "ownkey.cli.main"],
}
PASSWORDLESS = ("user", "add", "q@acme.example", "--name", "Q")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Ownkey:
    ownkey = Ownkey(tmp_path_factory.mktemp("made") / "home", {})
    assert ownkey("init").code == 0
    return ownkey


def run(ownkey: Ownkey, redirection: str, *arguments: str, by: str = "as the module") -> Ended:
    """Run the command with its streams as a shell redirects them."""
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *BY[by], *arguments],
        capture_output=True,
        text=True,
        env=ownkey.environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("by", BY)
def test_closed_input_is_no_terminal_and_holds_nothing(made: Ownkey, by: str) -> None:
    asked = run(made, "<&-", *PASSWORDLESS, by=by)
    assert (asked.code, "There is no terminal to ask" in asked.stderr) == (2, True)
    given = run(made, "<&-", *PASSWORDLESS, "--password-stdin", by=by)
    assert (given.code, "No password was given." in given.stderr) == (2, True)
    listed = run(made, "<&-", "user", "invite", "--file", "-", by=by)
    assert listed.code == 2


@pytest.mark.parametrize(
    "arguments", [("scopes", "list"), ("user", "list", "--json"), ("explain", "GET", "/rest/api/3/myself")]
)
@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_output_that_cannot_be_written_is_said_and_fails(
    made: Ownkey, redirection: str, arguments: tuple[str, ...]
) -> None:
    ended = run(made, redirection, *arguments)
    assert ended.code == 1
    assert "Standard output cannot be written to" in ended.stderr


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&- 2>&-", "<&- >/dev/null 2>&-"])
def test_nobody_to_talk_to_is_no_reason_to_fail(made: Ownkey, redirection: str) -> None:
    assert run(made, redirection, "user", "list").code == 0


def test_no_file_gets_the_number_of_a_closed_stream(made: Ownkey) -> None:
    before = sorted(path.name for path in made.home.iterdir())
    ended = run(made, "<&- >&- 2>&-", "user", "list", "--json")
    assert ended.code == 1
    assert sorted(path.name for path in made.home.iterdir()) == before
    assert made("audit", "verify").code == 0
    assert (
        made(
            "doctor", OWNKEY_ATLASSIAN_API_URL="http://127.0.0.1:1", OWNKEY_BASE_URL="https://a.example"
        ).code
        == 1
    )


def test_input_that_cannot_be_read_is_said(made: Ownkey) -> None:
    ended = run(made, "0>/dev/null", *PASSWORDLESS, "--password-stdin")
    assert ended.code == 2
    assert "Standard input cannot be read" in ended.stderr


@pytest.fixture
def terminal() -> Iterator[int]:
    """Return a terminal that is nobody's controlling one."""
    ours, theirs = pty.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


def test_no_controlling_terminal_is_asked_through_input(made: Ownkey, terminal: int) -> None:
    process = subprocess.Popen(
        [*BY["as the module"], *PASSWORDLESS],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=made.environment(),
        start_new_session=True,
        text=True,
    )
    assert process.stderr is not None
    asked = process.stderr.read(len("password (it is not shown): "))
    process.kill()
    process.communicate()
    assert asked.startswith("password")


def test_a_directory_is_refused_by_python_itself(made: Ownkey, tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" <"$PLACE"', "sh", *BY["as the module"], "user", "list"],
        capture_output=True,
        text=True,
        env=made.environment(PLACE=str(tmp_path)),
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode != 0
    assert "is a directory" in ended.stderr
