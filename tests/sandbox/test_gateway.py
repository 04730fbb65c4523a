"""The gateway answers as facts.md 1.2 says Atlassian's does: credential first, then scopes, Jira last."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Client, Clock

UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}
NO_SCOPE = {"code": 401, "message": "Unauthorized; scope does not match"}
BOT = "release-bot-5e4a1ce0@serviceaccount.atlassian.com"
MYSELF = "/rest/api/3/myself"


def is_scope_refusal(answer: Answer) -> bool:
    category = answer.header("X-Failure-Category".lower())
    return answer.status == 401 and answer.json == NO_SCOPE and category == "FAILURE_CLIENT_SCOPE_CHECK"


def test_good_token_is_its_owner(client: Client) -> None:
    answer = client.through_gateway("GET", MYSELF, client.token("read:jira-user"))
    assert answer.status == 200
    assert answer.json["displayName"] == "Ada Lovelace"
    assert answer.json["emailAddress"] == "ada@acme.example"
    assert answer.json["self"].startswith(
        f"http://sandbox.test:8000{client.gateway}/rest/api/3/user?accountId="
    )


@pytest.mark.parametrize("scopes", [("read:jira-work",), ()], ids=["another scope", "no scope"])
def test_missing_scope_is_refused_without_naming_it(client: Client, scopes: tuple[str, ...]) -> None:
    assert is_scope_refusal(client.through_gateway("GET", MYSELF, client.token(*scopes)))


def test_granular_set_opens_only_when_whole(client: Client) -> None:
    whole = ("read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira")
    assert client.through_gateway("GET", MYSELF, client.token(*whole)).status == 200
    assert is_scope_refusal(client.through_gateway("GET", MYSELF, client.token(*whole[1:])))


@pytest.mark.parametrize(
    "how", ["revoked", "expired", "later expired", "unscoped", "wrong e-mail", "made up", "inactive"]
)
def test_dead_wrong_and_unscoped_tokens_are_one_and_the_same_refusal(
    client: Client, clock: Clock, how: str
) -> None:
    token, email = client.token("read:jira-user"), "ada@acme.example"
    if how == "revoked":
        client.control("POST", "revoke", {"token": token})
    elif how == "expired":
        client.control("POST", "expire", {"token": token})
    elif how == "later expired":
        clock.advance(days=365)
    elif how == "unscoped":
        token = client.token(unscoped=True)
    elif how == "wrong e-mail":
        email = "bo@acme.example"
    elif how == "made up":
        token = "ATATT" + "3xFfGF0made-up=00000000"
    else:
        client.control("POST", "people", {"email": email, "is_active": False})
    answer = client.through_gateway("GET", MYSELF, token, email=email)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)
    assert answer.header("x-failure-category") is None


@pytest.mark.parametrize(
    "header", [None, "Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff").decode(), "Digest x"]
)
def test_unreadable_credential_is_refused(client: Client, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = client.call("GET", client.gateway + MYSELF, headers=headers)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


def test_service_account_signs_in_by_basic_and_by_bearer(client: Client) -> None:
    token = client.token("read:jira-user", email=BOT)
    basic = client.through_gateway("GET", MYSELF, token, email=BOT)
    bearer = client.call("GET", client.gateway + MYSELF, headers={"authorization": f"Bearer {token}"})
    assert basic.json == bearer.json
    assert basic.json["displayName"] == "Release Bot"


def test_service_account_token_with_a_wrong_email_is_refused(client: Client) -> None:
    token = client.token("read:jira-user", email=BOT)
    assert client.through_gateway("GET", MYSELF, token, email="ada@acme.example").json == UNAUTHORIZED


def test_persons_token_as_bearer_is_refused(client: Client) -> None:
    headers = {"authorization": "Bearer " + client.token("read:jira-user")}
    assert client.call("GET", client.gateway + MYSELF, headers=headers).json == UNAUTHORIZED


def test_wrong_cloud_id_looks_like_a_missing_scope(client: Client) -> None:
    token = client.token("read:jira-user")
    path = f"/ex/jira/00000000-0000-4000-8000-000000000000{MYSELF}"
    assert is_scope_refusal(client.call("GET", path, auth=("ada@acme.example", token)))


def test_token_for_another_app_has_no_scope_here(client: Client) -> None:
    token = client.token("read:jira-user", app="confluence")
    assert is_scope_refusal(client.through_gateway("GET", MYSELF, token))


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/rest/api/3/nothing"), ("TRACE", MYSELF), ("GET", "/")]
)
def test_what_is_no_operation_is_refused_as_a_scope(client: Client, method: str, path: str) -> None:
    assert is_scope_refusal(client.through_gateway(method, path, client.token("read:jira-user")))


def test_unsafe_path_is_refused(client: Client) -> None:
    answer = client.through_gateway("GET", "/rest/api/3/project/../myself", client.token("read:jira-user"))
    assert answer.status == 400


@pytest.mark.parametrize("version", ["2", "3", "latest"])
def test_versions_of_the_api_are_one(client: Client, version: str) -> None:
    assert (
        client.through_gateway("GET", f"/rest/api/{version}/myself", client.token("read:jira-user")).status
        == 200
    )


def test_scope_is_checked_before_the_body(client: Client) -> None:
    broken = {"method": "POST", "path": "/rest/api/3/issue", "body": b"{"}
    with_scope: dict[str, Any] = broken | {"token": client.token("write:jira-work")}
    without_scope: dict[str, Any] = broken | {"token": client.token("read:jira-work")}
    assert is_scope_refusal(client.through_gateway(**without_scope))
    refused = client.through_gateway(**with_scope)
    assert refused.status == 400
    assert set(refused.json) == {"errorMessages", "errors"}


def test_permission_is_refused_by_jira_and_not_by_the_gate(client: Client) -> None:
    token = client.token("manage:jira-configuration", email="bo@acme.example")
    answer = client.through_gateway("POST", "/rest/api/3/field", token, email="bo@acme.example", body=b"{}")
    assert answer.status == 403
    assert answer.json["errorMessages"]
    assert answer.header("x-failure-category") is None


def test_server_info_needs_no_scope(client: Client) -> None:
    answer = client.through_gateway("GET", "/rest/api/3/serverInfo", client.token())
    assert answer.json["deploymentType"] == "Cloud"


def test_each_answer_carries_the_edge_headers_and_cookies(client: Client) -> None:
    for token in (client.token("read:jira-user"), "nobody's"):
        answer = client.through_gateway("GET", MYSELF, token)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.header("atl-traceid") or "")
        assert answer.header("atl-request-id")
        assert answer.header("server") == "AtlassianEdge"
        assert {value.partition("=")[0] for value in answer.values("set-cookie")} == {
            "atlassian.xsrf.token",
            "JSESSIONID",
        }
        assert "no-store" in (answer.header("cache-control") or "")


def test_hidden_email_is_left_out(client: Client) -> None:
    client.control("POST", "people", {"email": "ada@acme.example", "hides_email": True})
    assert "emailAddress" not in client.through_gateway("GET", MYSELF, client.token("read:jira-user")).json
