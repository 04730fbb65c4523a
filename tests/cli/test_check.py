"""`ownkey check` keeps its contract for every way that a check can end: exit code, JSON, sentence."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ownkey.scopes.advice import MOST_SCOPES
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.profiles import PLANNING
from tests.cli.command import Ended, Ownkey
from tests.sandbox_process import Sandbox, running_sandbox

ADA = "ada@acme.example"
OTHER_CLOUD_ID = "00000000-0000-4000-8000-000000000000"
KEYS = {"verdict", "reason", "cloud_id", "identity", "scopes", "next_step"}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """One sandbox for the module."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """The sandbox, as new."""
    running.reset()
    return running


@pytest.fixture
def ownkey(tmp_path: Path, sandbox: Sandbox) -> Ownkey:
    """The command, with the sandbox in Atlassian's place."""
    return Ownkey(
        tmp_path / "home", {"OWNKEY_ATLASSIAN_API_URL": sandbox.url, "OWNKEY_TRUSTED_SITES": sandbox.url}
    )


def check(ownkey: Ownkey, site: str, token: str, *more: str, email: str = ADA) -> Ended:
    """Check a token, for machines, and hold the answer to the shape that they rely on."""
    ended = ownkey(
        "check", "--site", site, "--email", email, "--token-stdin", "--json", *more, given=f"{token}\n"
    )
    assert set(ended.json) == KEYS
    assert token not in ended.stdout + ended.stderr
    assert ended.json["next_step"].endswith((".", "!"))
    return ended


def states(report: dict[str, Any]) -> dict[str, str]:
    """Return the state of each scope in a report."""
    return {row["scope"]: row["state"] for row in report["scopes"]}


def test_a_token_with_every_scope_is_connected(ownkey: Ownkey, sandbox: Sandbox) -> None:
    ended = check(ownkey, sandbox.url, sandbox.make_token(ADA, PLANNING.scopes))

    assert (ended.code, ended.json["verdict"], ended.json["cloud_id"]) == (0, "connected", sandbox.cloud_id)
    assert ended.json["identity"]["display_name"] == "Ada Lovelace"
    assert set(ended.json["identity"]) == {"account_id", "display_name", "email"}
    assert set(states(ended.json)) == PLANNING.scopes
    assert set(states(ended.json).values()) <= {"granted", "covered"}


@pytest.mark.parametrize(
    "left_out", ["read:sprint:jira-software", "manage:jira-project", "delete:cmdb-object:jira"]
)
def test_a_missing_scope_is_named(ownkey: Ownkey, sandbox: Sandbox, left_out: str) -> None:
    ended = check(ownkey, sandbox.url, sandbox.make_token(ADA, PLANNING.scopes - {left_out}))

    assert (ended.code, ended.json["verdict"]) == (3, "gaps")
    assert [scope for scope, state in states(ended.json).items() if state == "missing"] == [left_out]


def test_a_check_changes_nothing_in_jira(ownkey: Ownkey, sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, PLANNING.scopes)
    before = sandbox.fingerprint()

    check(ownkey, sandbox.url, token)

    assert sandbox.effects() == []
    assert sandbox.fingerprint() == before


def test_without_write_probes_only_reading_requests_are_sent(ownkey: Ownkey, sandbox: Sandbox) -> None:
    check(ownkey, sandbox.url, sandbox.make_token(ADA, PLANNING.scopes), "--no-write-probes")

    assert {request["method"] for request in sandbox.requests()} == {"GET"}


def test_what_was_not_asked_for_is_unknown_and_no_reason_to_call_the_check_inconclusive(
    ownkey: Ownkey, sandbox: Sandbox
) -> None:
    ended = check(ownkey, sandbox.url, sandbox.make_token(ADA, PLANNING.scopes), "--no-write-probes")

    assert (ended.code, ended.json["verdict"]) == (0, "connected")
    assert ended.json["reason"] == "connected_with_unknowns"
    assert "missing" not in states(ended.json).values()
    assert "unknown" in states(ended.json).values()


def test_a_profile_can_be_a_list_or_a_file(ownkey: Ownkey, sandbox: Sandbox, tmp_path: Path) -> None:
    token = sandbox.make_token(ADA, {"read:jira-user", "read:jira-work"})
    profile = tmp_path / "scopes.txt"
    profile.write_text("# what we need\nread:jira-user\nread:jira-work\n")

    for given in ("read:jira-user,read:jira-work", str(profile)):
        ended = check(ownkey, sandbox.url, token, "--profile", given)
        assert (ended.code, set(states(ended.json))) == (0, {"read:jira-user", "read:jira-work"})


def test_a_token_that_may_not_read_its_owner_is_not_called_invalid(ownkey: Ownkey, sandbox: Sandbox) -> None:
    ended = check(
        ownkey, sandbox.url, sandbox.make_token(ADA, {"read:jira-work"}), "--profile", "read:jira-work"
    )

    assert (ended.code, ended.json["verdict"], ended.json["identity"]) == (0, "connected", None)


def test_a_profile_that_no_token_can_have_is_warned_about_and_checked(
    ownkey: Ownkey, sandbox: Sandbox, tmp_path: Path
) -> None:
    scopes = sorted(load_catalogue().scopes)[: MOST_SCOPES + 1]
    profile = tmp_path / "scopes.txt"
    profile.write_text("\n".join(scopes))

    ended = check(ownkey, sandbox.url, sandbox.make_token(ADA, scopes), "--profile", str(profile))

    assert "has 51 scopes, and Atlassian lets one API token have 50 at most" in ended.stderr
    assert set(states(ended.json)) == set(scopes)


@pytest.mark.parametrize("day", ["31.12.2026", "2026-13-01", "tomorrow"])
def test_a_date_in_another_form_is_answered_with_the_right_one(ownkey: Ownkey, day: str) -> None:
    ended = ownkey("check", "--site", "acme", "--email", ADA, "--expires", day, "--json")

    assert (ended.code, ended.json["error"]) == (2, "misuse")
    assert "Write the date as year-month-day, for example 2027-03-31." in ended.json["message"]
    assert day not in ended.stdout


class TestRefused:
    """Each kind of refusal exits with 4, and the credential is sent no second time."""

    def refused(self, ended: Ended, sandbox: Sandbox) -> str:
        assert (ended.code, ended.json["verdict"]) == (4, "refused")
        assert ended.json["identity"] is None
        sent = [request for request in sandbox.requests() if request["sent_authorization"]]
        assert len(sent) <= 2
        return str(ended.json["next_step"])

    def test_wrong_email(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)

        assert self.refused(check(ownkey, sandbox.url, token, email="bo@acme.example"), sandbox)

    def test_revoked(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)
        sandbox.revoke(token)

        assert self.refused(check(ownkey, sandbox.url, token), sandbox)

    def test_expired(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)
        sandbox.expire(token)

        sentence = self.refused(check(ownkey, sandbox.url, token, "--expires", "2020-02-29"), sandbox)
        assert "expire" in sentence

    def test_unscoped_token_where_scopes_are_expected(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        ended = check(ownkey, sandbox.url, sandbox.make_token(ADA))

        sentence = self.refused(ended, sandbox)
        assert "works only with --unscoped" in sentence
        assert "Using Scope API" not in ended.stdout + ended.stderr

    def test_scoped_token_where_none_is_expected(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)

        assert "without --unscoped" in self.refused(check(ownkey, sandbox.url, token, "--unscoped"), sandbox)

    def test_another_cloud_id(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        ended = check(
            ownkey, sandbox.url, sandbox.make_token(ADA, PLANNING.scopes), "--cloud-id", OTHER_CLOUD_ID
        )

        assert (ended.code, ended.json["verdict"]) == (4, "refused")
        assert "cloud id" in ended.json["next_step"]


class TestUnreachable:
    """What Atlassian does not answer is never called a refusal: exit code 5."""

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param({"status": 503}, id="down"),
            pytest.param({"status": 429, "retry_after": 30}, id="rate-limited"),
            pytest.param({"html": True}, id="html"),
            pytest.param({"huge_bytes": 50_000_000}, id="huge"),
            pytest.param({"cut": True}, id="cut-off"),
            pytest.param({"redirect": "https://elsewhere.example/"}, id="redirected"),
        ],
    )
    @pytest.mark.parametrize("path", ["/_edge/tenant_info", "/ex/jira/"])
    def test_a_fault_is_inconclusive(
        self, ownkey: Ownkey, sandbox: Sandbox, fault: dict[str, Any], path: str
    ) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)
        sandbox.faults({"path": path, **fault})

        ended = check(ownkey, sandbox.url, token)

        assert (ended.code, ended.json["verdict"]) == (5, "unreachable")
        if path.startswith("/_edge"):
            assert not any(request["sent_authorization"] for request in sandbox.requests())

    def test_a_rate_limit_in_the_middle_leaves_scopes_unknown_and_none_missing(
        self, ownkey: Ownkey, sandbox: Sandbox
    ) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)
        sandbox.faults({"path": "/rest/agile", "status": 429})

        ended = check(ownkey, sandbox.url, token)

        assert ended.json["identity"]["display_name"] == "Ada Lovelace"
        assert "missing" not in states(ended.json).values()
        assert "unknown" in states(ended.json).values()

    def test_nobody_listens(self, ownkey: Ownkey) -> None:
        nowhere = "http://127.0.0.1:9"

        ended = ownkey(
            "check", "--site", nowhere, "--email", ADA, "--token-stdin", "--json",
            given="ATATT" + "3x-made-up=0A1B2C3D", OWNKEY_TRUSTED_SITES=nowhere,
        )  # fmt: skip

        assert (ended.code, ended.json["verdict"]) == (5, "unreachable")


class TestMistakes:
    """A mistake that can be seen beforehand is misuse, and no verdict of Atlassian's: nothing is sent."""

    @pytest.mark.parametrize(
        ("token", "email"),
        [
            pytest.param("", ADA, id="empty"),
            pytest.param("ada@acme.example", ADA, id="e-mail-as-token"),
            pytest.param("ATCTT" + "3x-made-up=0A1B2C3D", ADA, id="organisation-key"),
            pytest.param("ATATT" + "3x-made-up=0A1B2C3", ADA, id="last-character-missing"),
            pytest.param("ATATT" + "3x-made up=0A1B2C3D", ADA, id="space-inside"),
            pytest.param("********", ADA, id="mask"),
            pytest.param("ATATT" + "3x-made-up=0A1B2C3D", "", id="no-e-mail"),
            pytest.param("ATATT" + "3x-made-up=0A1B2C3D", "ada", id="no-such-e-mail"),
        ],
    )
    def test_paste_mistakes(self, ownkey: Ownkey, sandbox: Sandbox, token: str, email: str) -> None:
        ended = ownkey(
            "check", "--site", sandbox.url, "--email", email, "--token-stdin", "--json", given=token
        )  # fmt: skip

        self.nothing_was_sent(ended, sandbox)

    @pytest.mark.parametrize(
        "site",
        [
            "http://acme.atlassian.net",
            "https://acme.atlassian.net.evil.example",
            "https://10.0.0.1",
            "http://localhost:1",
            "https://ada:secret@acme.atlassian.net",
            "not a site",
            "",
        ],
    )
    def test_sites_that_cannot_be(self, ownkey: Ownkey, sandbox: Sandbox, site: str) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)

        self.nothing_was_sent(
            ownkey("check", "--site", site, "--email", ADA, "--token-stdin", "--json", given=token), sandbox
        )

    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param(("--cloud-id", "acme"), id="cloud-id"),
            pytest.param(("--profile", "read:nothing"), id="unknown-scope"),
            pytest.param(("--unscoped", "--service-account"), id="two-kinds"),
            pytest.param(("--token-file", "/nowhere/token.txt"), id="stdin-and-file"),
        ],
    )
    def test_options_that_cannot_be(
        self, ownkey: Ownkey, sandbox: Sandbox, arguments: tuple[str, ...]
    ) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)

        self.nothing_was_sent(
            ownkey(
                "check",
                "--site",
                sandbox.url,
                "--email",
                ADA,
                "--token-stdin",
                "--json",
                *arguments,
                given=token,
            ),
            sandbox,
        )

    def nothing_was_sent(self, ended: Ended, sandbox: Sandbox) -> None:
        assert (ended.code, ended.json["verdict"], ended.json["scopes"]) == (2, "refused", [])
        assert ended.json["next_step"] == ended.json["message"]
        assert ended.json["message"] in ended.stderr
        assert ended.json["reason"] == ended.json["error"].replace("-", "_")
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", ended.json["error"])
        assert sandbox.requests() == []

    def test_what_pasting_adds_is_taken_off(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        token = sandbox.make_token(ADA, PLANNING.scopes)

        assert check(ownkey, sandbox.url, f' "Bearer {token}" \r').code == 0

    def test_a_token_that_only_looks_wrong_can_be_sent_anyway(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        cut_off = sandbox.make_token(ADA, PLANNING.scopes)[:-1]

        ended = check(ownkey, sandbox.url, cut_off, "--send-anyway")

        assert (ended.code, ended.json["verdict"]) == (4, "refused")

    def test_without_a_terminal_nobody_is_asked(self, ownkey: Ownkey, sandbox: Sandbox) -> None:
        ended = ownkey("check", "--site", sandbox.url, "--email", ADA)

        assert ended.code == 2
        assert "--token-stdin" in ended.stderr


def test_a_token_can_come_from_a_file(ownkey: Ownkey, sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_text(sandbox.make_token(ADA, PLANNING.scopes) + "\n")

    assert (
        ownkey("check", "--site", sandbox.url, "--email", ADA, "--token-file", str(file), "--json").code == 0
    )


def test_a_token_without_scopes_is_checked_at_the_site(ownkey: Ownkey, sandbox: Sandbox) -> None:
    ended = check(ownkey, sandbox.url, sandbox.make_token(ADA), "--unscoped")

    assert (ended.code, ended.json["identity"]["display_name"]) == (0, "Ada Lovelace")


def test_people_read_what_happens_line_by_line(ownkey: Ownkey, sandbox: Sandbox) -> None:
    token = sandbox.make_token(ADA, PLANNING.scopes - {"write:jira-work"})

    ended = ownkey("check", "--site", sandbox.url, "--email", ADA, "--token-stdin", given=token)

    lines = ended.stdout.splitlines()
    assert lines[0].startswith("✓ Site found: ")
    assert lines[1].startswith("✓ Signed in as Ada Lovelace")
    assert any(line.startswith("✗ write:jira-work – missing") for line in lines)
    assert lines[-1].startswith("! Connected with gaps.")
    assert "\x1b" not in ended.stdout
