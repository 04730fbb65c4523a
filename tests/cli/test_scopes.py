"""`ownkey scopes …` shows what scopes open, finds the fewest for calls, and rebuilds the catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest

from ownkey.scopes.catalogue import CATALOGUE_FILE, load_catalogue
from ownkey.scopes.profiles import PLANNING, PRESETS
from tests.cli.command import Ownkey


def test_scopes_are_listed_classic_ones_first(ownkey: Ownkey) -> None:
    rows = ownkey("scopes", "list", "--json").json

    assert {row["scope"]: row["classic"] for row in rows}["write:jira-work"] is True
    assert [row["classic"] for row in rows] == sorted((row["classic"] for row in rows), reverse=True)
    assert all(row["operations"] > 0 for row in rows)


def test_lists_can_be_narrowed(ownkey: Ownkey) -> None:
    software = ownkey("scopes", "list", "--api", "software", "--reads", "--json").json

    assert "read:sprint:jira-software" in {row["scope"] for row in software}
    assert "write:sprint:jira-software" not in {row["scope"] for row in software}
    assert ownkey("scopes", "list", "--api", "confluence").code == 2


def test_a_scope_shows_what_it_opens_alone_and_with_others(ownkey: Ownkey) -> None:
    shown = ownkey("scopes", "show", "read:board-scope:jira-software", "--json").json

    assert "getIssuesForBoard" in {operation["operation"] for operation in shown["opens_with_others"]}
    assert all(operation["others"] for operation in shown["opens_with_others"])
    assert "getAllBoards" not in {
        operation["operation"] for operation in shown["opens"] if operation.get("others")
    }


@pytest.mark.parametrize("scope", ["read:jira-wrok", "planning", "read:jira-work,write:jira-work"])
def test_what_is_not_one_scope_is_misuse(ownkey: Ownkey, scope: str) -> None:
    assert ownkey("scopes", "show", scope).code == 2


def test_the_fewest_scopes_are_found_for_calls(ownkey: Ownkey) -> None:
    ended = ownkey("scopes", "for", "GET", "/rest/api/3/myself", "POST", "/rest/api/2/issue", "--json")

    assert ended.json["scopes"] == ["read:jira-user", "write:jira-work"]
    assert (ended.json["smallest"], ended.json["unrouted"]) == (True, [])


def test_calls_are_read_from_a_list(ownkey: Ownkey, tmp_path: Path) -> None:
    calls = tmp_path / "calls.txt"
    calls.write_text("# what our script does\nGET /rest/api/3/myself\n\nget /rest/api/3/nowhere\n")

    ended = ownkey("scopes", "for", "--from", str(calls), "--json")

    assert (ended.code, ended.json["scopes"]) == (1, ["read:jira-user"])
    assert ended.json["unrouted"] == [
        {"method": "GET", "path": "/rest/api/3/nowhere", "reason": "unknown-path"}
    ]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (("GET", "/rest/nope"), "No operation of Jira is known at this path"),
        (("PUT", "/rest/api/3/mypreferences/locale"), "Atlassian publishes no scope for it"),
        (("GET", "/rest/security/1.0/linkedWorkspaces"), "Atlassian keeps it for apps"),
    ],
)
def test_a_call_that_no_scope_is_known_to_open_fails_with_a_sentence(
    ownkey: Ownkey, call: tuple[str, str], sentence: str
) -> None:
    ended = ownkey("scopes", "for", *call)

    assert (ended.code, ended.stdout) == (1, "")
    assert sentence in ended.stderr
    assert "No scope is needed" not in ended.stderr


def test_calls_are_read_from_a_recording(ownkey: Ownkey, tmp_path: Path) -> None:
    urls = [
        "https://acme.atlassian.net/rest/api/3/myself?expand=groups",
        "https://acme.atlassian.net/browse/A-1",
        "https://api.atlassian.com/ex/jira/7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1/rest/api/3/issue/A-1",
    ]
    recording = tmp_path / "recorded.har"
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    recording.write_text(json.dumps({"log": {"entries": entries}}))

    ended = ownkey("scopes", "for", "--from", str(recording), "--json")

    assert ended.json["scopes"] == ["read:jira-user", "read:jira-work"]
    assert ended.json["unrouted"] == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param((), None, id="nothing"),
        pytest.param(("GET",), None, id="no-path"),
        pytest.param(("FETCH", "/rest/api/3/myself"), None, id="no-method"),
        pytest.param((), "{}", id="no-recording"),
        pytest.param((), "# nothing\n", id="empty-list"),
        pytest.param((), '{"log": {"entries": []}}', id="empty-recording"),
        pytest.param(("GET", "/rest/api/3/myself"), "GET /rest/api/3/myself", id="both"),
    ],
)
def test_calls_that_cannot_be_read_are_misuse(
    ownkey: Ownkey, tmp_path: Path, arguments: tuple[str, ...], text: str | None
) -> None:
    file = tmp_path / "calls"
    if text is not None:
        file.write_text(text)
        arguments = (*arguments, "--from", str(file))

    assert ownkey("scopes", "for", *arguments).code == 2


def test_a_profile_shows_each_scope_with_its_reason(ownkey: Ownkey) -> None:
    shown = ownkey("scopes", "profile", "planning", "--json").json

    assert [row["scope"] for row in shown["scopes"]] == [one.scope for one in PLANNING.required]
    assert all(row["reason"] for row in shown["scopes"])
    assert {row["name"] for row in ownkey("scopes", "profile", "--json").json} == set(PRESETS)


@pytest.mark.parametrize(
    "text", ['{"scopes": {"read:jira-work": "to see"}}', '["read:jira-work"]', "read:jira-work"]
)
def test_a_profile_can_be_a_file(ownkey: Ownkey, tmp_path: Path, text: str) -> None:
    file = tmp_path / "own.profile"
    file.write_text(text)

    shown = ownkey("scopes", "profile", str(file), "--json").json
    assert [row["scope"] for row in shown["scopes"]] == ["read:jira-work"]


def test_a_profile_that_no_token_can_have_is_shown_with_a_warning(ownkey: Ownkey, tmp_path: Path) -> None:
    file = tmp_path / "own.profile"
    file.write_text("\n".join(sorted(load_catalogue().scopes)[:51]))

    ended = ownkey("scopes", "profile", str(file), "--json")

    assert (ended.code, len(ended.json["scopes"]), ended.json["fits_one_token"]) == (0, 51, False)
    assert "lets one API token have 50 at most" in ended.stderr
    assert ownkey("scopes", "profile", "planning").stderr == ""


def test_people_get_words(ownkey: Ownkey) -> None:
    assert "SCOPE" in ownkey("scopes", "list").stdout
    assert "Opens by itself" in ownkey("scopes", "show", "read:jira-work").stdout
    assert ownkey("scopes", "for", "GET", "/rest/api/3/myself").stdout == "read:jira-user\n"
    assert "Delete" in ownkey("scopes", "profile", "planning").stdout


def openapi(path: str, *scopes: str) -> dict[str, Any]:
    """Return a file of Atlassian's form with one operation."""
    operation = {"operationId": "getIt", "security": [{"OAuth2": list(scopes)}]}
    return {"info": {"version": "1"}, "paths": {path: {"get": operation}}}


class TestBuild:
    """The catalogue is made by a command that anybody can run."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> list[str]:
        arguments = []
        for api in ("platform", "software", "service-management", "assets"):
            file = tmp_path / f"{api}.json"
            file.write_text(json.dumps(openapi(f"/rest/{api}", "read:jira-work")))
            arguments += [f"--{api}", str(file)]
        return arguments

    def test_what_changed_is_reported(self, ownkey: Ownkey, files: list[str], tmp_path: Path) -> None:
        before = CATALOGUE_FILE.read_bytes()
        target = tmp_path / "made.json"

        ended = ownkey(
            "scopes", "build", *files, "--accept-losses", "--output", str(target), "--date", "2026-08-15",
            "--json",
        )  # fmt: skip

        assert ended.code == 0
        assert "GET /rest/platform" in ended.json["added"]
        assert "GET /rest/api/3/myself" in ended.json["removed"]
        assert json.loads(target.read_text())["sources"][0]["date"] == "2026-08-15"
        assert CATALOGUE_FILE.read_bytes() == before

    def test_a_dry_run_writes_nothing(self, ownkey: Ownkey, files: list[str], tmp_path: Path) -> None:
        target = tmp_path / "made.json"

        ended = ownkey("scopes", "build", *files, "--accept-losses", "--output", str(target), "--dry-run")

        assert "removed  GET /rest/api/3/myself" in ended.stdout
        assert not target.exists()

    @pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
    def test_a_file_without_most_of_its_api_is_taken_for_a_wrong_one(
        self, ownkey: Ownkey, files: list[str], tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        target = tmp_path / "made.json"

        ended = ownkey("scopes", "build", *files, "--output", str(target), "--json", *arguments)

        assert (ended.code, ended.json["error"]) == (2, "source-lost-most")
        assert "the platform file lacks 619 of the 619 known operations" in ended.json["message"]
        assert "--accept-losses" in ended.json["message"]
        assert not target.exists()

    @pytest.mark.parametrize("text", ["", "[]", '{"paths": {}}', "{}"])
    def test_a_file_of_another_kind_is_misuse(
        self, ownkey: Ownkey, files: list[str], tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "software.json").write_text(text)

        assert ownkey("scopes", "build", *files, "--dry-run").code == 2
