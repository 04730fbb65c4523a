"""Ownkey is set up and used without a browser, and what the operator does is recorded as the operator's."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ownkey.scopes.advice import MOST_SCOPES
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import MAIN_ACCOUNT, PLANNING
from tests.cli.command import Ended, Ownkey
from tests.sandbox_process import Sandbox, running_sandbox

ADA, BO, GRACE = "ada@acme.example", "bo@acme.example", "grace@acme.example"
PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for the module."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def ownkey(tmp_path: Path, sandbox: Sandbox) -> Ownkey:
    """The command, with the sandbox in Atlassian's place."""
    return Ownkey(
        tmp_path / "home", {"OWNKEY_ATLASSIAN_API_URL": sandbox.url, "OWNKEY_TRUSTED_SITES": sandbox.url}
    )


def add_person(ownkey: Ownkey, email: str, name: str, *more: str) -> Ended:
    """Add somebody, for machines."""
    return ownkey("user", "add", email, "--name", name, "--password-stdin", "--json", *more, given=PASSWORD)


def add_account(ownkey: Ownkey, sandbox: Sandbox, *more: str, token: str | None = None) -> Ended:
    """Add the sandbox as the ALM account `acme`, for machines."""
    common = ("account", "add", "acme", "--name", "Acme", "--site", sandbox.url, "--token-stdin", "--json")
    given = token or sandbox.make_token(GRACE, PLANNING.scopes)
    return ownkey(*common, "--email", GRACE, *more, given=given)


def connect(ownkey: Ownkey, token: str, *more: str, user: str = ADA, login: str = ADA) -> Ended:
    """Connect somebody to `acme`, for machines."""
    return ownkey(
        "connect", "acme", "--user", user, "--email", login, "--token-stdin", "--json", *more, given=token
    )


def test_the_whole_way_without_a_browser(ownkey: Ownkey, sandbox: Sandbox) -> None:
    first = ownkey("init", "--json")
    assert "/set-up/" in first.json["set_up_link"]
    assert add_person(ownkey, GRACE, "Grace Hopper", "--admin").json["administrator"] is True
    assert ownkey("init", "--json").json["set_up_link"] is None
    assert add_person(ownkey, ADA, "Ada Lovelace").code == 0

    added = add_account(ownkey, sandbox)
    assert (added.code, added.json["verdict"], added.json["saved"]) == (0, "connected", True)
    connected = connect(ownkey, sandbox.make_token(ADA, PLANNING.scopes), "--expires", day_in(300))
    assert (connected.code, connected.json["verdict"], connected.json["saved"]) == (0, "connected", True)

    (account,) = ownkey("account", "list", "--json").json
    assert (account["slug"], account["state"], account["connected_people"]) == ("acme", "connected", 1)
    assert [person["email"] for person in ownkey("user", "list", "--json").json] == [ADA, GRACE]
    assert ownkey("user", "suspend", ADA, "--json").json["active"] is False
    assert "suspended" in ownkey("user", "list").stdout
    assert ownkey("user", "reinstate", ADA, "--json").json["active"] is True
    assert "suspended" not in ownkey("user", "list").stdout
    assert ownkey("user", "reinstate", ADA).stdout == "Ada Lovelace may sign in again.\n"
    assert ownkey("account", "test", "acme", "--json").json["verdict"] == "connected"
    assert actors(ownkey) == {"operator"}


@pytest.mark.parametrize(
    ("days", "word"),
    [pytest.param(-2, "That day is over", id="past"), pytest.param(367, "365 days at most", id="too-far")],
)
def test_a_date_that_no_token_can_have_is_refused_before_anything_is_sent(
    ownkey: Ownkey, sandbox: Sandbox, days: int, word: str
) -> None:
    add_person(ownkey, ADA, "Ada Lovelace")
    refused = add_account(ownkey, sandbox, "--expires", day_in(days))
    assert (refused.code, refused.json["error"]) == (2, "expiry-impossible")
    assert word in refused.json["message"]
    add_account(ownkey, sandbox)
    sandbox.reset()

    refused = connect(ownkey, "ATATT" + "3x-made-up=0A1B2C3D", "--expires", day_in(days))

    assert (refused.code, refused.json["error"]) == (2, "expiry-impossible")
    assert sandbox.requests() == []


def test_the_main_credential_is_checked_against_its_own_list(ownkey: Ownkey, sandbox: Sandbox) -> None:
    fifteen = sandbox.make_token(GRACE, MAIN_ACCOUNT.scopes)
    added = add_account(ownkey, sandbox, "--main-profile", "main-account", token=fifteen)
    assert (added.code, added.json["verdict"], len(added.json["scopes"])) == (0, "connected", 15)
    (account,) = ownkey("account", "list", "--json").json
    assert (account["profile"], account["main_profile"]) == ("planning", "main-account")
    again = ownkey("account", "test", "acme", "--json").json
    assert (again["verdict"], len(again["scopes"])) == ("connected", 15)


def test_without_a_list_of_its_own_the_main_credential_needs_peoples(
    ownkey: Ownkey, sandbox: Sandbox
) -> None:
    fifteen = sandbox.make_token(GRACE, MAIN_ACCOUNT.scopes)
    refused = add_account(ownkey, sandbox, token=fifteen)
    assert (refused.code, refused.json["verdict"], refused.json["saved"]) == (3, "gaps", False)


def test_a_profile_that_no_token_can_have_is_refused_for_an_account(ownkey: Ownkey, sandbox: Sandbox) -> None:
    sandbox.reset()
    scopes = sorted(load_catalogue().scopes)[: MOST_SCOPES + 1]

    ended = add_account(ownkey, sandbox, "--profile", ",".join(scopes))

    assert (ended.code, ended.json["error"]) == (2, "too-many-scopes")
    assert "leave out 1 or more" in ended.json["message"]
    assert sandbox.requests() == []


def test_calls_that_nobody_knows_pass_only_where_an_account_was_added_so(
    ownkey: Ownkey, sandbox: Sandbox
) -> None:
    assert add_account(ownkey, sandbox, "--unknown-operations", "pass").code == 0
    (account,) = ownkey("account", "list", "--json").json
    assert account["unknown_operations"] == "pass"


def test_an_auditor_is_added_and_roles_are_listed(ownkey: Ownkey) -> None:
    add_person(ownkey, GRACE, "Grace Hopper", "--admin")
    assert add_person(ownkey, ADA, "Ada Lovelace", "--auditor").json["role"] == "auditor"
    assert add_person(ownkey, BO, "Bo Diddley", "--auditor", "--admin").code == 2
    assert [(one["email"], one["role"]) for one in ownkey("user", "list", "--json").json] == [
        (ADA, "auditor"),
        (GRACE, "administrator"),
    ]
    assert "auditor" in ownkey("user", "list").stdout


def test_no_secret_is_in_any_file_or_output(ownkey: Ownkey, sandbox: Sandbox) -> None:
    add_person(ownkey, ADA, "Ada Lovelace")
    mains, own = sandbox.make_token(GRACE, PLANNING.scopes), sandbox.make_token(ADA, PLANNING.scopes)

    said = [
        add_account(ownkey, sandbox, token=mains),
        connect(ownkey, own),
        ownkey("account", "test", "acme"),
    ]

    kept = b"".join(file.read_bytes() for file in ownkey.home.rglob("*") if file.is_file())
    for secret in (mains, own, PASSWORD):
        assert secret.encode() not in kept
        assert all(secret not in ended.stdout + ended.stderr for ended in said)


def test_gaps_are_saved_only_when_accepted(ownkey: Ownkey, sandbox: Sandbox) -> None:
    add_person(ownkey, ADA, "Ada Lovelace")
    add_account(ownkey, sandbox)
    token = sandbox.make_token(ADA, PLANNING.scopes - {"write:jira-work"})

    refused = connect(ownkey, token)
    assert (refused.code, refused.json["saved"]) == (3, False)
    accepted = connect(ownkey, token, "--accept-gaps")
    assert (accepted.code, accepted.json["saved"]) == (3, True)


def test_another_persons_token_is_not_saved(ownkey: Ownkey, sandbox: Sandbox) -> None:
    add_person(ownkey, ADA, "Ada Lovelace")
    add_account(ownkey, sandbox)

    ended = connect(ownkey, sandbox.make_token(BO, PLANNING.scopes), login=BO)

    assert (ended.code, ended.json["verdict"], ended.json["saved"]) == (4, "refused", False)


def test_a_failed_change_keeps_the_old_token(ownkey: Ownkey, sandbox: Sandbox) -> None:
    add_person(ownkey, ADA, "Ada Lovelace")
    add_account(ownkey, sandbox)
    connect(ownkey, sandbox.make_token(ADA, PLANNING.scopes))
    revoked = sandbox.make_token(ADA, PLANNING.scopes)
    sandbox.revoke(revoked)

    assert connect(ownkey, revoked).code == 4
    assert ownkey("account", "list", "--json").json[0]["connected_people"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("connect", "acme", "--user", ADA, "--token-stdin"), id="connect-unknown-account"),
        pytest.param(("account", "test", "acme"), id="test-unknown-account"),
        pytest.param(
            ("account", "add", "Not A Slug", "--name", "x", "--site", "x", "--token-stdin"), id="slug"
        ),
        pytest.param(("user", "add", ADA, "--name", "Ada"), id="no-password"),
    ],
)
def test_misuse_exits_with_2(ownkey: Ownkey, arguments: tuple[str, ...]) -> None:
    ended = ownkey(
        *arguments, "--json", given="ATATT" + "3x-made-up=0A1B2C3D" if "--token-stdin" in arguments else ""
    )

    assert ended.code == 2
    assert ended.json["message"] in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("user", "suspend", BO), "no-such-person", id="suspend-nobody"),
        pytest.param(("user", "reinstate", BO), "no-such-person", id="reinstate-nobody"),
        pytest.param(("user", "suspend", GRACE), "last-administrator", id="suspend-last-administrator"),
    ],
)
def test_what_cannot_be_done_about_people_is_a_sentence(
    ownkey: Ownkey, arguments: tuple[str, ...], code: str
) -> None:
    add_person(ownkey, GRACE, "Grace Hopper", "--admin")

    ended = ownkey(*arguments, "--json")

    assert (ended.code, ended.json["error"]) == (1, code)


def test_people_are_told_in_words(ownkey: Ownkey, sandbox: Sandbox) -> None:
    assert "ownkey init" in ownkey("user", "list").stderr
    assert "ownkey account add" in ownkey("account", "list").stderr
    add_person(ownkey, ADA, "Ada Lovelace")
    add_account(ownkey, sandbox)

    assert "Ada Lovelace" in ownkey("user", "list").stdout
    assert "acme" in ownkey("account", "list").stdout


def day_in(days: int) -> str:
    """Return the day so many days from today, as the command line takes it."""
    return str(datetime.now().astimezone().date() + timedelta(days=days))


def actors(ownkey: Ownkey) -> set[str]:
    """Return everybody whom the record names as having done something."""
    with sqlite3.connect(ownkey.home / "ownkey.sqlite3") as database:
        rows = database.execute("SELECT DISTINCT actor FROM audit_entry").fetchall()
    database.close()
    return {actor for (actor,) in rows}
