"""`ownkey key` makes a client key that is printed once, lists what is known of it, and revokes it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import Ownkey
from tests.sandbox_process import running_sandbox

ADA = "ada@acme.example"
KEY = re.compile(r"ok_([a-z2-7]{12})_[a-z2-7]{32}")


@pytest.fixture(scope="module")
def ownkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ownkey]:
    """The command in an organisation with Ada and one ALM account; the cast's Charlie is nobody there."""
    with running_sandbox() as sandbox:
        places = dict.fromkeys(("OWNKEY_ATLASSIAN_API_URL", "OWNKEY_TRUSTED_SITES"), sandbox.url)
        command = Ownkey(tmp_path_factory.mktemp("keys") / "home", places)
        added = command("user", "add", ADA, "--name", "Ada", "--password-stdin", given="four unrelated words")
        assert added.code == 0, added.stderr
        arguments = ("--name", "Acme", "--site", sandbox.url, "--email", ADA, "--token-stdin")
        token = sandbox.make_token(ADA, PLANNING.scopes)
        assert command("account", "add", "acme", *arguments, given=token).code == 0
        yield command


def create(ownkey: Ownkey, *more: str) -> dict[str, str]:
    ended = ownkey("key", "create", "--user", ADA, "--account", "acme", "--name", "Tool", *more, "--json")
    assert ended.code == 0, ended.stderr
    made: dict[str, str] = ended.json
    return made


def test_json_is_the_id_and_the_key(ownkey: Ownkey) -> None:
    made = create(ownkey)
    assert set(made) == {"id", "key"}
    found = KEY.fullmatch(made["key"])
    assert found is not None
    assert found[1] == made["id"]


def test_for_people_only_the_key_is_on_stdout(ownkey: Ownkey) -> None:
    ended = ownkey("key", "create", "--user", ADA, "--account", "acme", "--name", "Tool")
    assert KEY.fullmatch(ended.stdout.strip())
    assert "shown this once" in ended.stderr


def test_the_list_tells_all_but_the_key(ownkey: Ownkey) -> None:
    made = create(
        ownkey, "--scopes", "read:jira-work,read:jira-user", "--read-only", "--expires", "2999-01-31"
    )
    ended = ownkey("key", "list", "--user", ADA, "--json")
    told = next(key for key in ended.json if key["id"] == made["id"])
    assert told["scopes"] == ["read:jira-user", "read:jira-work"]
    assert (told["read_only"], told["state"], told["expires_on"]) == (True, "blocked", "2999-01-31")
    assert (told["last_used_at"], told["calls"]) == (None, 0)
    assert made["key"] not in ended.stdout
    assert made["id"] in ownkey("key", "list").stdout


def test_a_key_lasts_ninety_days_unless_told_otherwise(ownkey: Ownkey) -> None:
    usual, endless = create(ownkey), create(ownkey, "--never-expires")
    listed = {key["id"]: key["expires_on"] for key in ownkey("key", "list", "--json").json}
    today = datetime.now(UTC).date()
    assert listed[usual["id"]] in {str(today + timedelta(days=90)), str(today + timedelta(days=89))}
    assert listed[endless["id"]] is None


def test_a_key_is_revoked_once(ownkey: Ownkey) -> None:
    made = create(ownkey)
    assert ownkey("key", "revoke", made["id"], "--json").json["state"] == "revoked"
    again = ownkey("key", "revoke", made["id"], "--json")
    assert (again.code, again.json["error"]) == (1, "no-such-client-key")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "error"),
    [
        (("--user", "charlie@acme.example", "--account", "acme"), 2, "no-such-person"),
        (("--user", ADA, "--account", "nowhere"), 2, "no-such-account"),
        (("--user", ADA, "--account", "acme", "--scopes", "read:jira-wrok"), 2, "unknown-scope"),
        (("--user", ADA, "--account", "acme", "--scopes", "read:dashboard:jira"), 1, "scopes-not-in-profile"),
        (("--user", ADA, "--account", "acme", "--expires", "2001-01-01"), 1, "client-key"),
        (
            ("--user", ADA, "--account", "acme", "--expires", "2999-01-01", "--never-expires"),
            2,
            "two-ends",
        ),
    ],
    ids=["person", "account", "typo", "foreign-scope", "over", "two-ends"],
)
def test_mistakes_end_in_a_sentence(
    arguments: tuple[str, ...], exit_code: int, error: str, ownkey: Ownkey
) -> None:
    ended = ownkey("key", "create", *arguments, "--name", "Tool", "--json")
    assert (ended.code, ended.json["error"]) == (exit_code, error)
    assert ended.stderr.strip().endswith((".", "?"))


def test_the_gateway_refuses_an_account_that_is_not_there(ownkey: Ownkey) -> None:
    ended = ownkey("gateway", "--port", "0", "--account", "nowhere")
    assert ended.code == 2
    assert "no ALM account" in ended.stderr
