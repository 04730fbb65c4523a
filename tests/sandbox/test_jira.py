"""Jira behind the gate: every operation is answered, and a change of state is always on record.

The fingerprint of the state is taken without the record of effects, so the two prove each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.sandbox.cloud import Cloud
from ownkey.sandbox.exchange import Request, Response
from ownkey.sandbox.gateway import ask_jira
from ownkey.sandbox.jira.assets_data import WORKSPACE_ID
from ownkey.sandbox.jira.dispatch import HANDLERS
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.router import Unrouted, load_router

if TYPE_CHECKING:
    from ownkey.scopes.catalogue import Operation
    from tests.sandbox.conftest import Client

BASE = "http://sandbox.test/ex/jira/x"
REAL = {
    "workspaceId": (WORKSPACE_ID,),
    "id": ("10500", "10600", "10300", "10400", "10800", "10000", "1", "11", "101", "1001"),
    "idOrName": ("10000", "Done"),
    "issueTypeId": ("10001",),
    "issueLinkTypeId": ("10000",),
    "issueIdOrKey": ("ACME-3", "10102"),
    "projectIdOrKey": ("ACME", "10001"),
    "boardId": ("1",),
    "sprintId": ("1", "2"),
    "epicIdOrKey": ("ACME-1",),
    "taskId": ("10700",),
    "propertyKey": ("ownkey.example", "new"),
    "pipelineId": ("acme-ci",),
    "buildNumber": ("1",),
    "type": ("project",),
    "owningObjectId": ("10000",),
}
UNREAL = ("0", "9" * 30, "no-such", "%20", "é")
BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b'{"fields":{"summary":"New"}}',
    b'{"name":"New"}',
    b'{"body":"A comment"}',
    b'{"body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"A"}]}]}}',
    b'{"transition":{"id":"31"}}',
    b'{"transition":{"id":"21"},"fields":{"assignee":null},"update":{"labels":[{"add":"x"}]}}',
    b'{"accountId":null}',
    b'{"accountId":"712020:b0d1dd1e-0000-4000-8000-000000000002"}',
    b'{"timeSpent":"1h 30m"}',
    b'{"issues":["ACME-8","SHOP-1"]}',
    b'{"issues":["ACME-8"],"rankBeforeIssue":"ACME-3"}',
    b'{"issues":["nothing"]}',
    b'{"type":{"name":"Blocks"},"inwardIssue":{"key":"ACME-3"},"outwardIssue":{"key":"ACME-4"}}',
    b'{"state":"active","startDate":"2026-09-15T09:00:00.000Z","endDate":"2026-09-29T09:00:00.000Z"}',
    b'{"state":"closed"}',
    b'{"name":"Another","released":true}',
    b'{"fields":{"labels":["a b"],"priority":{"name":"no-such"},"nothing":1}}',
    b'{"fields":{"description":"text","parent":{"key":"ACME-2"},"duedate":"2026-12-01"}}',
    b'{"update":{"labels":[{"add":"money"}],"comment":[{"add":{"body":"text"}}]}}',
    b'{"issueUpdates":[{"fields":{"summary":"New","project":{"id":"10001"},"issuetype":{"id":"10002"}}},{}]}',
    b'{"issueIdsOrKeys":["ACME-3"]}',
    b'{"jql":"status != Done ORDER BY rank","maxResults":2,"fields":["*all"],"expand":"changelog,names"}',
    b'{"name":"New","originBoardId":1}',
    b'{"name":"New","projectId":10000}',
    b'{"done":true}',
    b'{"fields":{"summary":"New","project":{"key":"ACME"},"issuetype":{"name":"Bug"}}}',
    b'{"jql":"project = ACME"}',
    b'{"jql":"nonsense"}',
    b'{"fields":[],"name":{},"body":{"content":[1]},"jql":1}',
)
QUERIES = (
    "",
    "jql=project%3DACME",
    "provider=acme-ci",
    "startAt=1&maxResults=1",
    "startAt=x",
    "permissions=ADMINISTER",
    "accountId=712020:ada0c0de-0000-4000-8000-000000000001",
    "fields=*all,-comment&expand=changelog,names,schema,editmeta",
    "expand=projects.issuetypes.fields&projectKeys=ACME",
    "redirect=false",
)
VERSIONS = ("2", "3", "latest")


def ask(cloud: Cloud, operation: Operation, *, email: str, path: str, query: str, body: bytes) -> Response:
    request = Request(operation.method, path, query, (("content-type", "application/json"),), body)
    return ask_jira(cloud, request, operation, person=cloud.people[email], path=path, base_url=BASE)


def template_names(operation: Operation) -> list[str]:
    return [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]


@st.composite
def calls(draw: st.DrawFn) -> tuple[Operation, str, str, bytes, str]:
    operations = load_catalogue().operations
    modelled = tuple(operation for operation in operations if operation.signature in HANDLERS)
    operation = draw(st.sampled_from(modelled) | st.sampled_from(operations))
    path = operation.path
    for name in template_names(operation):
        path = path.replace(f"{{{name}}}", draw(st.sampled_from(REAL.get(name, ()) + UNREAL)))
    path = path.replace("/rest/api/3/", f"/rest/api/{draw(st.sampled_from(VERSIONS))}/")
    email = draw(st.sampled_from(["ada@acme.example", "bo@acme.example", "grace@acme.example"]))
    return operation, path, draw(st.sampled_from(QUERIES)), draw(st.sampled_from(BODIES)), email


@settings(deadline=None, max_examples=600)
@given(calls())
def test_state_changes_exactly_when_an_effect_is_recorded(
    call: tuple[Operation, str, str, bytes, str],
) -> None:
    operation, path, query, body, email = call
    cloud = Cloud(clock=lambda: datetime(2026, 11, 23, tzinfo=UTC))
    before = cloud.world.fingerprint()
    response = ask(cloud, operation, email=email, path=path, query=query, body=body)
    has_changed = cloud.world.fingerprint() != before
    assert has_changed == bool(cloud.world.effects)
    assert 200 <= response.status < 500
    assert not has_changed or response.status < 300
    assert not has_changed or not operation.reads


def test_each_modelled_operation_is_in_the_catalogue() -> None:
    assert set(HANDLERS) <= {operation.signature for operation in load_catalogue().operations}


def test_every_operation_is_answered_for_things_that_do_not_exist(cloud: Cloud) -> None:
    before = cloud.world.fingerprint()
    for operation in load_catalogue().operations:
        path = "/".join("0" if part.startswith("{") else part for part in operation.path.split("/"))
        for body in (b"", b"{"):
            response = ask(cloud, operation, email="grace@acme.example", path=path, query="", body=body)
            assert response.status in (200, 202, 400, 403, 404, 410, 415), operation
    assert cloud.world.fingerprint() == before
    assert cloud.world.effects == []


ASSETS = f"/jsm/assets/workspace/{WORKSPACE_ID}/v1"
DELETIONS = {
    "delete:async-task:jira": ("POST", "/rest/api/3/task/10700/cancel", 202),
    "delete:attachment:jira": ("DELETE", "/rest/api/3/attachment/10600", 204),
    "delete:avatar:jira": (
        "DELETE",
        "/rest/api/3/universal_avatar/type/project/owner/10000/avatar/10800",
        204,
    ),
    "delete:board-scope.admin:jira-software": (
        "DELETE",
        "/rest/agile/1.0/board/1/properties/ownkey.example",
        204,
    ),
    "delete:build-info:jira": ("DELETE", "/rest/builds/0.1/pipelines/acme-ci/builds/1", 202),
    "delete:cmdb-attribute:jira": ("DELETE", f"{ASSETS}/objecttypeattribute/101", 200),
    "delete:cmdb-object:jira": ("DELETE", f"{ASSETS}/object/1001", 200),
    "delete:cmdb-schema:jira": ("DELETE", f"{ASSETS}/objectschema/1", 200),
    "delete:cmdb-type:jira": ("DELETE", f"{ASSETS}/objecttype/11", 200),
    "delete:comment:jira": ("DELETE", "/rest/api/3/issue/ACME-3/comment/10500", 204),
}


def with_what_else_it_takes(scope: str, method: str, path: str) -> frozenset[str]:
    found = load_router().find(method, path)
    assert not isinstance(found, Unrouted)
    return min((needed for needed in found.requirement.alternatives if scope in needed), key=len)


@pytest.mark.parametrize("scope", DELETIONS)
def test_each_delete_scope_of_the_planning_profile_deletes_something_real_once(
    client: Client, scope: str
) -> None:
    method, path, status = DELETIONS[scope]
    grace = "grace@acme.example"
    token = client.token(*with_what_else_it_takes(scope, method, path), email=grace)
    before = client.control("GET", "effects")
    first = client.through_gateway(method, path, token, email=grace)
    after = client.control("GET", "effects")
    again = client.through_gateway(method, path, token, email=grace)
    assert first.status == status
    assert {effect["actor"] for effect in after["effects"]} == {grace}
    assert after["fingerprint"] != before["fingerprint"]
    assert again.status in (202, 400, 404)
    assert client.control("GET", "effects") == after


def test_comment_of_another_is_not_ones_own_to_delete(client: Client) -> None:
    path = "/rest/api/3/issue/ACME-3/comment/10501"
    token = client.token(*with_what_else_it_takes("delete:comment:jira", "DELETE", path))
    assert client.through_gateway("DELETE", path, token).status == 403
    assert client.control("GET", "effects")["effects"] == []


def test_what_was_written_can_be_read(client: Client) -> None:
    token = client.token(
        "write:jira-work", "read:jira-work", "write:sprint:jira-software", "read:sprint:jira-software"
    )
    body = b'{"fields":{"summary":"Refund a ticket","project":{"key":"ACME"},"issuetype":{"name":"Story"}}}'
    made = client.through_gateway("POST", "/rest/api/3/issue", token, body=body)
    assert (made.status, made.json["key"]) == (201, "ACME-9")
    comment = client.through_gateway(
        "POST", "/rest/api/2/issue/ACME-9/comment", token, body=b'{"body":"At once"}'
    )
    assert comment.json["author"]["displayName"] == "Ada Lovelace"
    found = client.through_gateway(
        "GET",
        "/rest/api/3/search/jql?fields=summary&jql=reporter%20%3D%20currentUser()%20AND%20key%20%3D%20acme-9",
        token,
    )
    assert [issue["fields"]["summary"] for issue in found.json["issues"]] == ["Refund a ticket"]
    sprint = client.through_gateway(
        "POST", "/rest/agile/1.0/sprint", token, body=b'{"name":"Next","originBoardId":1}'
    )
    shown = client.through_gateway("GET", f"/rest/agile/1.0/sprint/{sprint.json['id']}", token)
    assert shown.json["name"] == "Next"


def test_unmodelled_write_says_so_and_changes_nothing(client: Client) -> None:
    token = client.token("write:jira-work")
    answer = client.through_gateway(
        "POST", "/rest/api/3/issue/ACME-3/notify", token, body=b'{"subject":"Look"}'
    )
    assert answer.status == 400
    assert "sandbox does not do this yet" in answer.json["errorMessages"][0]


def test_service_management_has_its_own_error_shape(client: Client) -> None:
    token = client.token("read:servicedesk-request")
    answer = client.through_gateway("GET", "/rest/servicedeskapi/request/NO-1", token)
    assert answer.status == 404
    assert set(answer.json) == {"errorMessage", "i18nErrorMessage"}
