"""What can I do? decides each operation as a call of it is decided, and as `ownkey explain` says."""

import json
import random
from dataclasses import replace
from typing import Final

import pytest

from ownkey.calls import decision
from ownkey.calls.decision import Allowed, Refused, decide, decide_operation
from ownkey.calls.grants import Connected, ReadOnly, Snapshot, Withheld
from ownkey.calls.refusals import Code
from ownkey.cli.explain import explain
from ownkey.scopes.catalogue import Operation, load_catalogue
from ownkey.scopes.presets import PLANNING_GROUPS
from ownkey.scopes.profiles import PRESETS
from ownkey.workspace.operations import listing
from ownkey.workspace.operations.listing import MAY, MAY_NOT, PAGE_SIZE, Line, line_of, listed, opened_to
from tests.calls.faces import ALICE_SIGNED_IN
from tests.gateway.kit import ALICES_CREDENTIAL

OPERATIONS: Final = load_catalogue().operations
SCOPES: Final = sorted(load_catalogue().scopes)
SETS: Final = 6


def signed_in_with(scopes: frozenset[str], **more: object) -> Snapshot:
    credential = replace(ALICES_CREDENTIAL, token_scopes=scopes)
    account = replace(ALICE_SIGNED_IN.account, profile_scopes=scopes)
    fields = {"account": account, "credential": credential, **more}
    return replace(ALICE_SIGNED_IN, **fields)  # type: ignore[arg-type]


def path_of(operation: Operation) -> str:
    return "/".join("10000" if part.startswith("{") else part for part in operation.path.split("/"))


def explained(operation: Operation, scopes: frozenset[str], capsys: pytest.CaptureFixture[str]) -> object:
    capsys.readouterr()
    explain(operation.method, path_of(operation), scopes=",".join(sorted(scopes)), as_json=True)
    return json.loads(capsys.readouterr().out)


def test_for_random_scopes_every_operation_is_listed_as_explain_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    chosen = random.Random(seed)  # noqa: S311 — see above
    for number in range(SETS):
        scopes = frozenset(chosen.sample(SCOPES, chosen.choice((1, 20, 50))))
        scopes |= frozenset(PLANNING_GROUPS) if number % 2 else frozenset()
        who = signed_in_with(scopes)
        for operation in OPERATIONS:
            line, said = line_of(who, operation), explained(operation, scopes, capsys)
            about = f"seed {seed}: {operation.signature}"
            assert isinstance(said, dict)
            assert line.is_allowed is said["allowed"], about
            assert list(line.missing) == said["missing"], about
            assert line.is_allowed is isinstance(
                decide(signed_in_with(scopes), operation.method, path_of(operation)), Allowed
            ), about


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"read_only": ReadOnly.POLICY},
        {"credential": Withheld(Code.NOT_CONNECTED)},
        {"credential": replace(ALICES_CREDENTIAL, is_main=True)},
        {"credential": replace(ALICES_CREDENTIAL, token_scopes=None)},
        {"key_scopes": frozenset({"read:jira-work"})},
    ],
    ids=["as it is", "read-only", "not connected", "through main", "without scopes", "narrowed"],
)
def test_an_operation_is_decided_as_every_path_of_it(change: dict[str, object]) -> None:
    for operation in OPERATIONS:
        by_path = decide(
            signed_in_with(frozenset(PLANNING_GROUPS), **change), operation.method, path_of(operation)
        )
        by_name = decide_operation(signed_in_with(frozenset(PLANNING_GROUPS), **change), operation)
        assert by_name == by_path, operation.signature


def test_a_line_says_what_is_missing_or_that_it_goes_through_main() -> None:
    who = signed_in_with(frozenset(PLANNING_GROUPS))
    issues = load_catalogue().operation("GET /rest/agile/1.0/sprint/{sprintId}/issue")
    line = line_of(who, issues)
    assert (line.is_allowed, line.missing) == (False, ("read:issue-details:jira", "read:jql:jira"))
    main = replace(who, credential=replace(ALICES_CREDENTIAL, is_main=True), read_only=ReadOnly.POLICY)
    search = load_catalogue().operation("GET /rest/api/3/search/jql")
    assert line_of(main, search) == Line(search, is_allowed=True, through_main=True)
    edit = line_of(main, load_catalogue().operation("PUT /rest/api/3/issue/{issueIdOrKey}"))
    assert not edit.is_allowed
    assert "read" in edit.reason
    assert isinstance(main.credential, Connected)


def test_all_are_listed_once_in_pages_and_counted_alike() -> None:
    who = signed_in_with(PRESETS["planning-complete"].scopes)
    signatures: list[str] = []
    start: int | None = 0
    while start is not None:
        page = listed(who, start=start)
        assert len(page.lines) <= PAGE_SIZE
        signatures += [line.operation.signature for line in page.lines]
        start = page.next_start
    assert signatures == [operation.signature for operation in OPERATIONS]
    may, may_not = listed(who, only=MAY), listed(who, only=MAY_NOT)
    assert may.found == may.allowed == opened_to(who).allowed
    assert may.found + may_not.found == len(OPERATIONS)
    assert {line.is_allowed for line in (*may.lines, *may_not.lines)} == {True, False}


def test_words_are_found_in_path_name_and_scopes_in_any_order_and_case() -> None:
    who = signed_in_with(frozenset(PLANNING_GROUPS))
    found = listed(who, words="SPRINT getBoardissuesfor agile").lines
    assert [line.operation.path for line in found] == [
        "/rest/agile/1.0/board/{boardId}/sprint/{sprintId}/issue"
    ]
    assert listed(who, words="no such operation anywhere").found == 0
    by_scope = listed(who, words="delete:avatar:jira")
    assert {"deleteAvatar"} <= {line.operation.operation_id for line in by_scope.lines}


def test_a_search_decides_each_operation_once_and_builds_no_text_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The work of a search, counted: what took the time before was done for every line of every search."""
    decided: list[str] = []
    texts: list[str] = []
    refused, text_of = decision._refused, listing._text_of

    def count_refused(operation: Operation, who: Snapshot) -> Refused | None:
        decided.append(operation.signature)
        return refused(operation, who)

    def count_text(operation: Operation) -> str:
        texts.append(operation.signature)
        return text_of(operation)

    monkeypatch.setattr(decision, "_refused", count_refused)
    monkeypatch.setattr(listing, "_text_of", count_text)
    listing._texts.cache_clear()
    who = signed_in_with(frozenset(PLANNING_GROUPS))
    listed(who)
    assert (len(decided), len(texts)) == (len(OPERATIONS), 0), "without words no text is looked at"
    for words in ("sprint", "issue", "", "board"):
        listed(who, words=words, only=MAY)
    assert (len(decided), len(texts)) == (len(OPERATIONS), len(OPERATIONS))
