"""The control API sets the stage, serves this machine only, and its log holds no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ownkey.sandbox.exchange import Request, Response
from ownkey.sandbox.request_log import LONGEST

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

MYSELF = "/rest/api/3/myself"


def test_strangers_are_refused(client: Client) -> None:
    client.peer = "192.0.2.7"
    assert client.call("POST", "/_sandbox/reset").status == 403


def test_web_pages_are_refused(client: Client) -> None:
    assert client.call("POST", "/_sandbox/reset", headers={"origin": "http://charlie.example"}).status == 403


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"email":"mallory@acme.example","scopes":[]}',
        b'{"email":"ada@acme.example","scopes":"read:jira-user"}',
        b'{"email":"ada@acme.example","unscoped":true,"expires_in_days":"soon"}',
    ],
)
def test_unreadable_order_is_refused_in_words(client: Client, body: bytes) -> None:
    answer = client.call("POST", "/_sandbox/tokens", body=body)
    assert answer.status == 400
    assert answer.json["error"].endswith(".")


def test_log_tells_who_asked_what_and_what_came_of_it(client: Client) -> None:
    client.through_gateway("GET", MYSELF, client.token("read:jira-user"))
    client.through_gateway("GET", MYSELF, client.token("read:jira-work"))
    client.through_gateway("GET", MYSELF, "wrong")
    logged = client.control("GET", "requests")["requests"]
    assert [(entry["outcome"], entry["status"]) for entry in logged] == [
        ("answered", 200),
        ("scope does not match", 401),
        ("refused", 401),
    ]
    assert logged[0]["operation"] == "GET /rest/api/3/myself"
    assert {entry["email"] for entry in logged} == {"ada@acme.example"}


def test_log_holds_no_token_wherever_it_was_put(client: Client) -> None:
    token = client.token("read:jira-user")
    client.through_gateway("GET", MYSELF, token)
    client.through_gateway("GET", MYSELF, token, email=token)
    client.call("GET", f"/ex/jira/{token}{MYSELF}", auth=("ada@acme.example", token))
    client.call("GET", f"{MYSELF}?token={token}", headers={"authorization": f"Bearer {token}"})
    text = client.call("GET", "/_sandbox/requests").text
    assert token not in text
    assert token[20:60] not in text


def test_log_keeps_the_latest_and_no_more(client: Client) -> None:
    log = client.cloud.requests
    for place in range(LONGEST + 3):
        request = Request("GET", f"/{place}")
        log.add(request, Response(200), known=client.cloud.people, in_flight=1)
    assert [entry.path for entry in log.entries] == [f"/{place}" for place in range(3, LONGEST + 3)]


def test_reset_forgets_everything(client: Client) -> None:
    start = client.control("GET", "effects")
    token = client.token("delete:comment:jira", "write:jira-work")
    client.through_gateway("DELETE", "/rest/api/3/issue/ACME-3/comment/10500", token)
    client.control("POST", "faults", {"status": 503})
    assert client.control("GET", "effects") != start
    client.control("POST", "reset")
    assert client.control("GET", "effects") == start
    assert client.control("GET", "requests") == {"requests": []}
    assert client.through_gateway("GET", MYSELF, token).json == {"code": 401, "message": "Unauthorized"}


def test_fault_strikes_the_next_answers_of_its_path(client: Client) -> None:
    token = client.token("read:jira-user")
    client.control("POST", "faults", {"path": MYSELF, "status": 429, "retry_after": 7, "times": 2})
    statuses = [client.through_gateway("GET", MYSELF, token).status for _ in range(3)]
    assert statuses == [429, 429, 200]
    assert client.call("GET", "/_edge/tenant_info").status == 200


def test_429_carries_what_atlassian_sends(client: Client) -> None:
    client.control("POST", "faults", {"status": 429, "retry_after": 7})
    answer = client.call("GET", MYSELF)
    assert answer.header("retry-after") == "7"
    assert answer.header("ratelimit-reason") == "jira-burst-based"
    assert answer.header("x-failure-category") not in (None, "FAILURE_CLIENT_SCOPE_CHECK")


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"body": '{"cloudId":"not-a-uuid"}'}, 200, b'{"cloudId":"not-a-uuid"}'),
        ({"redirect": "https://charlie.example/"}, 302, b""),
        ({"status": 503}, 503, b'{"code":503,"message":"Service Unavailable"}'),
    ],
)
def test_tenant_info_lies_on_demand(client: Client, fault: dict[str, Any], status: int, body: bytes) -> None:
    client.control("POST", "faults", {"path": "/_edge/tenant_info", **fault})
    answer = client.call("GET", "/_edge/tenant_info")
    assert (answer.status, answer.body) == (status, body)


def test_html_takes_the_place_of_json(client: Client) -> None:
    client.control("POST", "faults", {"html": True})
    assert (client.call("GET", "/_edge/tenant_info").header("content-type") or "").startswith("text/html")


def test_delay_alone_leaves_the_answer_as_it_is(client: Client) -> None:
    client.control("POST", "faults", {"delay_ms": 1})
    assert client.call("GET", "/_edge/tenant_info").json == {"cloudId": client.cloud.cloud_id}


def test_faults_end_on_demand(client: Client) -> None:
    client.control("POST", "faults", {"status": 500})
    client.control("DELETE", "faults")
    assert client.call("GET", "/_edge/tenant_info").status == 200


@pytest.mark.parametrize("fault", [{"colour": "red"}, {"status": "500"}, {"times": True}])
def test_unknown_fault_is_refused(client: Client, fault: dict[str, Any]) -> None:
    assert client.call("POST", "/_sandbox/faults", body=json.dumps(fault).encode()).status == 400


def test_unknown_action_lists_the_known_ones(client: Client) -> None:
    answer = client.call("GET", "/_sandbox/nothing")
    assert answer.status == 404
    assert "POST reset" in answer.json["error"]
