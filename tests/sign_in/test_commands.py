"""The operator's commands for who cannot sign in: as a process, on a real database, recorded."""

import json
from pathlib import Path

import pytest

from tests.cli.command import Ownkey

PASSWORD = "four unrelated words"


@pytest.fixture
def ownkey(tmp_path: Path) -> Ownkey:
    """Return the command with Ada, who administers, and Bo."""
    command = Ownkey(tmp_path / "home", {})
    for email, name, more in (("ada@acme.example", "Ada", ("--admin",)), ("bo@acme.example", "Bo", ())):
        ended = command("user", "add", email, "--name", name, "--password-stdin", *more, given=PASSWORD)
        assert ended.code == 0, ended.stderr
    return command


def test_a_sign_in_link_is_printed_for_an_administrator_and_recorded(ownkey: Ownkey) -> None:
    ended = ownkey("user", "sign-in-link", "ada@acme.example", "--json")
    assert ended.code == 0, ended.stderr
    link = json.loads(ended.stdout)["link"]
    assert link.startswith("http://127.0.0.1:8000/sign-in/link/")
    assert ownkey("user", "sign-in-link", "bo@acme.example").code != 0
    record = ownkey("audit", "export").stdout
    assert "sign-in-link.made" in record
    assert link.rsplit("/", 2)[1] not in record


def test_there_must_be_something_to_reset(ownkey: Ownkey) -> None:
    ended = ownkey("user", "reset-factors", "bo@acme.example")
    assert ended.code != 0
    assert "Bo has no second factor." in ended.stderr
    assert ownkey("user", "reset-factors", "nobody@acme.example").code != 0
