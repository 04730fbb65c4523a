"""`ownkey explain` says which scopes an operation needs, in the shape that others rely on."""

import pytest

from tests.cli.command import Ownkey

BOARD_ISSUES = "/rest/agile/1.0/board/1/issue"
OPENING_BOARD_ISSUES = ["read:board-scope:jira-software", "read:issue-details:jira"]


def test_json_holds_what_others_rely_on_and_nothing_else(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", BOARD_ISSUES, "--scopes", "read:board-scope:jira-software", "--json")

    assert ended.code == 0
    assert ended.json == {
        "operation": "getIssuesForBoard",
        "allowed": False,
        "alternatives": [OPENING_BOARD_ISSUES],
        "missing": ["read:issue-details:jira"],
    }


def test_scopes_that_are_enough_miss_nothing(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", BOARD_ISSUES, "--scopes", ",".join(OPENING_BOARD_ISSUES), "--json")

    assert (ended.json["allowed"], ended.json["missing"]) == (True, [])


def test_without_scopes_nobody_is_judged(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", BOARD_ISSUES, "--json", "--exit-code")

    assert (ended.code, ended.json["allowed"], ended.json["missing"]) == (0, None, None)


def test_an_empty_set_of_scopes_is_a_set(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", BOARD_ISSUES, "--scopes", "", "--json")

    assert (ended.json["allowed"], ended.json["missing"]) == (False, OPENING_BOARD_ISSUES)


def test_planning_does_not_open_the_issues_of_a_board(ownkey: Ownkey) -> None:
    assert ownkey("explain", "GET", BOARD_ISSUES, "--profile", "planning", "--exit-code").code == 3


def test_an_operation_that_needs_no_scope_is_allowed_to_an_empty_token(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", "/rest/api/3/serverInfo", "--scopes", "", "--json", "--exit-code")

    assert (ended.code, ended.json["alternatives"], ended.json["allowed"]) == (0, [[]], True)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("/rest/api/3/myself", id="path"),
        pytest.param("/rest/api/2/myself", id="version-2"),
        pytest.param("/rest/api/latest/myself", id="latest"),
        pytest.param("/rest/api/3/myself/", id="trailing-slash"),
        pytest.param("/rest/api/3/myself?expand=groups", id="query"),
        pytest.param("https://acme.atlassian.net/rest/api/3/myself", id="site-address"),
        pytest.param(
            "https://api.atlassian.com/ex/jira/7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1/rest/api/3/myself?expand=x",
            id="gateway-address",
        ),
        pytest.param("/rest/api/3/%6dyself", id="encoded-character"),
    ],
)
def test_the_same_operation_however_it_is_addressed(ownkey: Ownkey, address: str) -> None:
    assert ownkey("explain", "get", address, "--json").json["operation"] == "getCurrentUser"


@pytest.mark.parametrize(
    ("method", "path", "reason", "word"),
    [
        pytest.param("GET", "/rest/api/3/nowhere", "unknown-path", "No operation", id="unknown-path"),
        pytest.param("PATCH", "/rest/api/3/myself", "wrong-method", "answers to GET", id="wrong-method"),
        pytest.param("GET", "/rest/api/3/../3/myself", "unsafe-path", "plainly", id="dot-segment"),
        pytest.param("GET", "/rest/api/3/x%2fy", "unsafe-path", "plainly", id="encoded-slash"),
        pytest.param(
            "GET", "https://acme.atlassian.net//rest/api/3/myself", "unsafe-path", "plainly", id="//"
        ),
        pytest.param("GET", "https://acme.atlassian.net", "unknown-path", "No operation", id="site-alone"),
    ],
)
def test_what_is_no_operation_has_a_reason_and_a_sentence(
    ownkey: Ownkey, method: str, path: str, reason: str, word: str
) -> None:
    for_machines = ownkey("explain", method, path, "--json")
    for_people = ownkey("explain", method, path)

    assert (for_machines.code, for_people.code) == (0, 0)
    assert for_machines.json == {
        "operation": None,
        "allowed": None,
        "alternatives": [],
        "missing": None,
        "reason": reason,
    }
    assert word in for_people.stdout


@pytest.mark.parametrize(
    ("path", "encoded"),
    [("/rest/api/3/issue/é", "%C3%A9"), ("/rest/api/3/issue/a b", "%20"), ("/rest/api/3/issue/a;b", "%3B")],
)
def test_a_character_that_has_to_be_encoded_is_named_with_its_encoding(
    ownkey: Ownkey, path: str, encoded: str
) -> None:
    ended = ownkey("explain", "GET", path)

    assert f"write it percent-encoded, as {encoded}." in ended.stdout
    assert "dot segment" not in ended.stdout


@pytest.mark.parametrize(
    ("method", "path", "word"),
    [
        pytest.param("PUT", "/rest/api/3/mypreferences/locale", "one without scopes may", id="basic-auth"),
        pytest.param(
            "GET", "/jsm/assets/workspace/1/v1/aql/objects", "publishes no scope for it", id="unsaid"
        ),
        pytest.param("GET", "/rest/atlassian-connect/1/app/module/dynamic", "keeps it for apps", id="apps"),
    ],
)
def test_why_no_scope_opens_an_operation_is_told_as_atlassians_files_have_it(
    ownkey: Ownkey, method: str, path: str, word: str
) -> None:
    for_people = ownkey("explain", method, path)
    for_machines = ownkey("explain", method, path, "--scopes", "read:jira-work", "--json").json

    assert word in for_people.stdout
    assert ("for apps" in for_people.stdout) == ("connect" in path)
    assert (for_machines["allowed"], for_machines["alternatives"], for_machines["missing"]) == (False, [], [])


def test_what_is_no_operation_is_not_allowed(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", "/rest/nowhere", "--scopes", "read:jira-work", "--json", "--exit-code")

    assert (ended.code, ended.json["allowed"]) == (3, False)


def test_an_unknown_scope_is_misuse_and_a_near_one_is_named(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "GET", BOARD_ISSUES, "--scopes", "read:jira-wrok", "--json")

    assert (ended.code, ended.json["error"]) == (2, "unknown-scope")
    assert "read:jira-work" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("rest/api/3/myself",), id="path-without-slash"),
        pytest.param((BOARD_ISSUES, "--scopes", "read:jira-work", "--profile", "planning"), id="both"),
        pytest.param((BOARD_ISSUES, "--profile", "no-such-profile"), id="unknown-profile"),
        pytest.param((BOARD_ISSUES, "--profile", "./no-such-file.txt"), id="unreadable-file"),
    ],
)
def test_misuse_exits_with_2(ownkey: Ownkey, arguments: tuple[str, ...]) -> None:
    assert ownkey("explain", "GET", *arguments).code == 2


def test_people_read_which_scopes_to_add(ownkey: Ownkey) -> None:
    ended = ownkey("explain", "DELETE", "/rest/api/3/issue/A-1", "--scopes", "read:jira-work")

    assert "Opened by any one of these lines:\n  write:jira-work\n" in ended.stdout
    assert "Not allowed. The fewest to add: write:jira-work." in ended.stdout
