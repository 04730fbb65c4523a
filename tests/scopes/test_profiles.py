"""A scope profile lists scopes that exist, says why, and its notes are true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ownkey.scopes.advice import MOST_SCOPES, redundant_scopes, smallest_scopes
from ownkey.scopes.presets import TOOLS, Tool
from ownkey.scopes.profiles import (
    MAIN_ACCOUNT,
    PLANNING,
    PRESETS,
    ProfileError,
    ScopeProfile,
    UnknownScopeError,
    parse_profile,
    profile_from_json,
)

if TYPE_CHECKING:
    from ownkey.scopes.catalogue import Catalogue

PLANNING_SCOPES = {
    "Delete": [
        "delete:async-task:jira",
        "delete:attachment:jira",
        "delete:avatar:jira",
        "delete:board-scope.admin:jira-software",
        "delete:build-info:jira",
        "delete:cmdb-attribute:jira",
        "delete:cmdb-object:jira",
        "delete:cmdb-schema:jira",
        "delete:cmdb-type:jira",
        "delete:comment:jira",
    ],
    "Read": [
        "read:project:jira",
        "read:board-scope:jira-software",
        "read:epic:jira-software",
        "read:sprint:jira-software",
        "read:jira-work",
        "read:jira-user",
    ],
    "Write": ["write:epic:jira-software", "write:sprint:jira-software", "write:jira-work"],
    "Manage": ["manage:jira-project"],
}


def test_planning_profile_has_the_twenty_scopes_in_their_groups_and_order() -> None:
    groups = {group: [one.scope for one in members] for group, members in PLANNING.by_group().items()}
    assert groups == PLANNING_SCOPES
    assert list(groups) == list(PLANNING_SCOPES)
    assert PRESETS["planning"] is PLANNING


COMPLETE = PRESETS["planning-complete"]
READS_OF_THE_THING = {
    "delete:board-scope.admin:jira-software": "read:board-scope.admin:jira-software",
    "delete:build-info:jira": "read:build-info:jira",
    "delete:cmdb-attribute:jira": "read:cmdb-attribute:jira",
    "delete:cmdb-object:jira": "read:cmdb-object:jira",
    "delete:cmdb-schema:jira": "read:cmdb-schema:jira",
    "delete:cmdb-type:jira": "read:cmdb-type:jira",
}


def test_planning_complete_adds_six_reads_of_the_thing_and_what_opens_the_issues_of_boards() -> None:
    added = {"read:issue-details:jira", "read:jql:jira", *READS_OF_THE_THING.values()}
    assert COMPLETE.scopes == PLANNING.scopes | added
    assert set(READS_OF_THE_THING) <= PLANNING.scopes


def test_planning_complete_opens_nothing_more_that_writes(catalogue: Catalogue) -> None:
    more = [
        one
        for one in catalogue.operations_opened_by(COMPLETE.scopes)
        if not one.requirement.is_satisfied_by(PLANNING.scopes)
    ]
    assert more
    assert [one.signature for one in more if not one.reads] == []
    assert redundant_scopes(COMPLETE.scopes, catalogue) == redundant_scopes(PLANNING.scopes, catalogue)


@pytest.mark.parametrize(
    "signature",
    [
        "GET /rest/agile/1.0/board/{boardId}",
        "GET /rest/agile/1.0/board/{boardId}/configuration",
        "GET /rest/agile/1.0/board/{boardId}/quickfilter",
        "GET /rest/agile/1.0/board/{boardId}/issue",
        "GET /rest/agile/1.0/board/{boardId}/backlog",
        "GET /rest/agile/1.0/board/{boardId}/properties/{propertyKey}",
        "GET /rest/agile/1.0/sprint/{sprintId}/issue",
        "GET /rest/agile/1.0/epic/{epicIdOrKey}/issue",
        "GET /rest/builds/0.1/pipelines/{pipelineId}/builds/{buildNumber}",
        "GET /jsm/assets/workspace/{workspaceId}/v1/object/{id}",
    ],
)
def test_planning_complete_reads_what_planning_cannot(catalogue: Catalogue, signature: str) -> None:
    requirement = catalogue.operation(signature).requirement
    assert requirement.is_satisfied_by(COMPLETE.scopes)
    assert not requirement.is_satisfied_by(PLANNING.scopes)


def test_main_account_is_fifteen_scopes_and_planning_stays_the_first() -> None:
    assert len(MAIN_ACCOUNT.required) == 15
    assert PRESETS["main-account"] is MAIN_ACCOUNT
    assert next(iter(PRESETS.values())) is PLANNING


def test_notes_tell_what_adds_nothing_to_the_main_account(catalogue: Catalogue) -> None:
    redundant = redundant_scopes(MAIN_ACCOUNT.scopes, catalogue)
    assert redundant == {"read:issue-type:jira", "read:issue-link-type:jira", "delete:issue-link:jira"}
    (note,) = [note for note in MAIN_ACCOUNT.notes if "add nothing" in note]
    assert all(scope in note for scope in redundant)
    rest = MAIN_ACCOUNT.scopes - redundant
    assert opened_by(rest, catalogue) == opened_by(MAIN_ACCOUNT.scopes, catalogue), "nor all three together"


def test_notes_tell_how_the_main_account_differs_from_planning(catalogue: Catalogue) -> None:
    main, people = opened_by(MAIN_ACCOUNT.scopes, catalogue), opened_by(PLANNING.scopes, catalogue)
    assert (len(main), len(people), len(main - people), len(people - main)) == (358, 358, 8, 8)
    assert {path for path in main - people if "/webhook" not in path and "/context" not in path} == set()
    assert any("358" in note and "eight" in note for note in MAIN_ACCOUNT.notes)


@pytest.mark.parametrize(
    "signature",
    [
        "GET /rest/agile/1.0/board/{boardId}",
        "GET /rest/agile/1.0/board/{boardId}/issue",
        "GET /rest/agile/1.0/board/{boardId}/configuration",
        "GET /rest/agile/1.0/sprint/{sprintId}/issue",
        "PUT /rest/agile/1.0/issue/rank",
    ],
)
def test_notes_tell_what_the_main_account_does_not_open(catalogue: Catalogue, signature: str) -> None:
    assert not catalogue.operation(signature).requirement.is_satisfied_by(MAIN_ACCOUNT.scopes)


def opened_by(scopes: frozenset[str], catalogue: Catalogue) -> set[str]:
    return {one.signature for one in catalogue.operations if one.requirement.is_satisfied_by(scopes)}


@pytest.mark.parametrize("profile", PRESETS.values(), ids=lambda profile: profile.name)
def test_presets_fit_one_token_and_name_scopes_that_exist_with_reasons(
    catalogue: Catalogue, profile: ScopeProfile
) -> None:
    assert profile.scopes <= catalogue.scopes
    assert len(profile.required) == len(profile.scopes) <= MOST_SCOPES
    assert all(one.reason and not one.reason.endswith(".") for one in profile.required)
    assert all(note.endswith(".") for note in profile.notes)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tools_preset_is_the_smallest_that_opens_what_it_calls(catalogue: Catalogue, tool: Tool) -> None:
    advice = smallest_scopes(catalogue.operation(signature) for signature in tool.operations)
    assert (advice.scopes, advice.is_smallest) == (frozenset(tool.scopes), True)


def test_nearly_everything_is_41_scopes_none_of_them_redundant(catalogue: Catalogue) -> None:
    profile = PRESETS["nearly-everything"]
    assert len(profile.scopes) == 41
    assert not redundant_scopes(profile.scopes, catalogue)
    possible = [one for one in catalogue.operations if one.requirement.scopes]
    closed = [one for one in possible if not one.requirement.is_satisfied_by(profile.scopes)]
    assert len(closed) < 0.06 * len(possible)


@pytest.mark.parametrize(
    ("signature", "missing"),
    [
        ("GET /rest/agile/1.0/board/{boardId}/issue", {"read:issue-details:jira"}),
        ("GET /rest/agile/1.0/sprint/{sprintId}/issue", {"read:issue-details:jira", "read:jql:jira"}),
        ("DELETE /rest/agile/1.0/sprint/{sprintId}", {"delete:sprint:jira-software"}),
    ],
)
def test_notes_tell_what_the_planning_profile_does_not_open(
    catalogue: Catalogue, signature: str, missing: set[str]
) -> None:
    assert catalogue.operation(signature).requirement.missing_from(PLANNING.scopes) == missing
    assert all(any(scope in note for note in PLANNING.notes) for scope in missing)


def test_notes_tell_what_the_planning_profile_opens_twice(catalogue: Catalogue) -> None:
    redundant = redundant_scopes(PLANNING.scopes, catalogue)
    assert redundant == {"delete:async-task:jira", "delete:attachment:jira", "delete:comment:jira"}
    (note,) = [note for note in PLANNING.notes if "already opens" in note]
    assert all(scope in note for scope in redundant)


def test_notes_tell_that_some_things_can_be_deleted_but_not_seen(catalogue: Catalogue) -> None:
    assert any("shows none" in note for note in PLANNING.notes)
    for signature in (
        "GET /jsm/assets/workspace/{workspaceId}/v1/object/{id}",
        "GET /rest/builds/0.1/pipelines/{pipelineId}/builds/{buildNumber}",
    ):
        assert not catalogue.operation(signature).requirement.is_satisfied_by(PLANNING.scopes)


def test_search_by_jql_does_the_reading_instead(catalogue: Catalogue) -> None:
    assert any("JQL" in note for note in PLANNING.notes)
    assert catalogue.operation("GET /rest/api/3/search/jql").requirement.is_satisfied_by(PLANNING.scopes)


def test_a_name_or_a_list_is_read() -> None:
    assert parse_profile(" planning ") is PLANNING
    own = parse_profile("write:jira-work, read:jira-work,,read:jira-work")
    assert [(one.scope, one.group) for one in own.required] == [
        ("read:jira-work", "Read"),
        ("write:jira-work", "Write"),
    ]
    assert parse_profile("import:import-configuration:cmdb").required[0].group == "Manage"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("read:jira-wrok", "no scope or profile called read:jira-wrok. Did you mean read:jira-work"),
        ("read:sprint:jira", "Did you mean read:sprint:jira-software"),
        ("plannning", "Did you mean planning?"),
        ("read:jira-work,zzz", "no scope or profile called zzz.$"),
    ],
)
def test_an_unknown_scope_is_told_with_what_looks_like_it(text: str, sentence: str) -> None:
    with pytest.raises(UnknownScopeError, match=sentence):
        parse_profile(text)


def test_what_may_be_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    secret = "ATATT" + "3xFfGF0_made-up=0A1B2C3D"
    with pytest.raises(UnknownScopeError) as caught:
        parse_profile(secret)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("text", ["", " , "])
def test_a_profile_has_at_least_one_scope(text: str) -> None:
    with pytest.raises(ProfileError, match="at least one scope"):
        parse_profile(text)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(["read:jira-work"], id="a list"),
        pytest.param({"scopes": ["read:jira-work"]}, id="an object with a list"),
        pytest.param({"scopes": [{"scope": "read:jira-work"}]}, id="entries with names"),
        pytest.param({"scopes": {"read:jira-work": ""}}, id="scopes with reasons"),
    ],
)
def test_a_profile_is_read_from_json(document: Any) -> None:  # noqa: ANN401
    (required,) = profile_from_json(document).required
    assert (required.scope, required.group, required.reason) == (
        "read:jira-work",
        "Read",
        "see and search issues, projects, comments and attachments",
    )


def test_a_profile_in_json_may_have_name_title_reasons_and_notes() -> None:
    document = {
        "name": "ours",
        "title": "Our own",
        "scopes": [{"scope": "read:jira-work", "reason": "see issues"}],
        "notes": ["Reads only."],
    }
    profile = profile_from_json(document)
    assert (profile.name, profile.title, profile.notes) == ("ours", "Our own", ("Reads only.",))
    assert profile.required[0].reason == "see issues"


@pytest.mark.parametrize(
    "document",
    [
        None,
        "planning",
        {},
        {"scopes": "read:jira-work"},
        {"scopes": [1]},
        {"scopes": [{"reason": "x"}]},
        {"scopes": [{"scope": "read:jira-work", "reason": 1}]},
        {"scopes": {"read:jira-work": 1}},
        {"scopes": ["read:jira-work"], "notes": "one"},
        {"scopes": ["read:jira-work"], "notes": [1]},
        {"scopes": ["read:jira-work"], "title": 1},
        {"scopes": []},
        {"scopes": ["read:jira-wrok"]},
    ],
)
def test_a_document_of_another_shape_is_refused_in_a_sentence(document: Any) -> None:  # noqa: ANN401
    with pytest.raises(ProfileError, match=r"\.|\?"):
        profile_from_json(document)
