"""The catalogue says of every operation what Atlassian's files say of it."""

from __future__ import annotations

import pytest

from ownkey.scopes.build import APIS
from ownkey.scopes.catalogue import Callers, Catalogue, UnknownOperationError
from ownkey.scopes.profiles import PLANNING
from ownkey.scopes.reading import READING_POSTS


def test_every_operation_of_the_four_files_is_there(catalogue: Catalogue) -> None:
    counts = {api: sum(operation.api == api for operation in catalogue.operations) for api in APIS}
    assert counts == {"platform": 619, "software": 105, "service-management": 72, "assets": 66}
    assert counts == {api: source.operations for api, source in catalogue.sources.items()}


def test_every_source_has_a_version_and_a_date(catalogue: Catalogue) -> None:
    assert tuple(catalogue.sources) == APIS
    assert all(source.version and source.date for source in catalogue.sources.values())


def test_planning_profile_opens_340_of_724_operations(catalogue: Catalogue) -> None:
    jira = [operation for operation in catalogue.operations if operation.api in {"platform", "software"}]
    opened = set(catalogue.operations_opened_by(PLANNING.scopes))
    assert (len([operation for operation in jira if operation in opened]), len(jira)) == (340, 724)


def test_method_and_path_name_one_operation(catalogue: Catalogue) -> None:
    assert len({operation.signature for operation in catalogue.operations}) == len(catalogue.operations)
    for operation in catalogue.operations:
        assert catalogue.operation(operation.signature) is operation


def test_an_id_that_several_operations_share_is_not_guessed(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownOperationError, match=r"Several operations are called getIssue: .*agile"):
        catalogue.operation("getIssue")
    assert catalogue.operation("getIssue", api="software").path == "/rest/agile/1.0/issue/{issueIdOrKey}"
    with pytest.raises(UnknownOperationError, match="no operation called getNothing"):
        catalogue.operation("getNothing")


@pytest.mark.parametrize(
    ("signature", "alternatives"),
    [
        pytest.param("GET /rest/api/3/serverInfo", [[]], id="empty sets alone need no scope"),
        pytest.param("GET /rest/servicedeskapi/info", [[]], id="no scope in security alone"),
        pytest.param("POST /rest/api/3/permissions/check", [["read:permission:jira"]], id="granular only"),
        pytest.param("GET /rest/api/3/task/{taskId}", [["read:jira-work"]], id="classic only"),
        pytest.param("GET /rest/atlassian-connect/1/app/module/dynamic", [], id="Connect only"),
        pytest.param("PUT /rest/api/3/mypreferences/locale", [], id="basic authentication only"),
        pytest.param(
            "GET /rest/api/3/user/email", [["read:email-address:jira"]], id="scopes beside basic only"
        ),
        pytest.param("GET /rest/security/1.0/linkedWorkspaces", [], id="no security at all"),
        pytest.param(
            "GET /rest/agile/1.0/board",
            [["read:board-scope:jira-software", "read:project:jira"]],
            id="security only, a set needed whole",
        ),
        pytest.param(
            "DELETE /rest/api/3/issue/{issueIdOrKey}",
            [["write:jira-work"], ["delete:issue:jira"]],
            id="classic or granular",
        ),
        pytest.param(
            "GET /rest/api/3/myself",
            [
                ["read:jira-user"],
                ["read:application-role:jira", "read:avatar:jira", "read:group:jira", "read:user:jira"],
            ],
            id="one classic or four granular",
        ),
        pytest.param(
            "DELETE /jsm/assets/workspace/{workspaceId}/v1/object/{id}",
            [["delete:cmdb-object:jira"]],
            id="Assets",
        ),
        pytest.param("GET /jsm/assets/workspace/{workspaceId}/v1/aql/objects", [], id="Assets, Connect only"),
    ],
)
def test_requirements_follow_the_files(
    catalogue: Catalogue, signature: str, alternatives: list[list[str]]
) -> None:
    assert set(catalogue.operation(signature).requirement.alternatives) == set(map(frozenset, alternatives))


def test_only_what_is_for_connect_apps_is_said_to_be(catalogue: Catalogue) -> None:
    closed = [one for one in catalogue.operations if one.requirement.is_closed]
    assert {one.signature for one in closed if one.callers is Callers.BASIC_AUTH} == {
        "PUT /rest/api/3/mypreferences/locale",
        "PUT /rest/api/3/workflow/rule/config/delete",
        "POST /rest/internal/api/latest/worklog/bulk",
    }
    assert {one.api for one in closed if one.callers is Callers.UNSAID} == {"assets"}
    assert sum(one.callers is Callers.APPS for one in closed) == len(closed) - 6


def test_seven_platform_operations_are_for_connect_apps_only(catalogue: Catalogue) -> None:
    closed = [
        operation
        for operation in catalogue.operations
        if operation.api == "platform" and operation.requirement.is_closed and "connect" in operation.path
    ]
    assert len(closed) == 7


def test_reading_is_told_by_the_operation_and_not_by_its_method(catalogue: Catalogue) -> None:
    for operation in catalogue.operations:
        if operation.method == "GET":
            assert operation.reads
        if operation.method in {"PUT", "DELETE", "PATCH"}:
            assert not operation.reads
    reading_posts = {one.path for one in catalogue.operations if one.method == "POST" and one.reads}
    assert reading_posts == set(READING_POSTS)
    assert {"/rest/api/3/search/jql", "/jsm/assets/workspace/{workspaceId}/v1/object/aql"} <= reading_posts


def test_operations_are_found_by_scope(catalogue: Catalogue) -> None:
    (only,) = catalogue.operations_needing("delete:cmdb-object:jira")
    assert only.signature == "DELETE /jsm/assets/workspace/{workspaceId}/v1/object/{id}"
    assert catalogue.operations_needing("no:such:scope") == ()
