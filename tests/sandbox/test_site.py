"""The site's own address misleads as facts.md 0.1 and 1.2 say, and works with a token without scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client, Clock

ADA = "ada@acme.example"
SIGN_IN = "Client must be authenticated to access this resource."


@pytest.fixture(params=["scoped", "revoked", "expired", "wrong e-mail", "made up"])
def not_taken(request: pytest.FixtureRequest, client: Client) -> tuple[str, str]:
    """Return credentials that the site does not take."""
    if request.param == "scoped":
        return ADA, client.token("read:jira-user", "read:jira-work", "read:board-scope:jira-software")
    token = client.token(unscoped=True)
    if request.param in ("revoked", "expired"):
        client.control("POST", request.param.removesuffix("d"), {"token": token})
    return {"wrong e-mail": ("bo@acme.example", token), "made up": (ADA, "nonsense")}.get(
        request.param, (ADA, token)
    )


def test_tenant_info_is_for_everybody(client: Client) -> None:
    assert client.call("GET", "/_edge/tenant_info").json == {"cloudId": client.cloud.cloud_id}


def test_myself_is_401_with_www_authenticate(client: Client, not_taken: tuple[str, str]) -> None:
    answer = client.call("GET", "/rest/api/3/myself", auth=not_taken)
    assert answer.status == 401
    assert answer.header("x-seraph-loginreason") == "AUTHENTICATED_FAILED"
    assert answer.header("www-authenticate") == 'OAuth realm="http%3A%2F%2Fsandbox.test%3A8000"'


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        ("/rest/api/3/project", []),
        (
            "/rest/api/3/project/search",
            {"startAt": 0, "maxResults": 50, "total": 0, "isLast": True, "values": []},
        ),
        ("/rest/api/2/search/jql?jql=project%3DACME", {"issues": [], "isLast": True}),
        ("/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS", {"permissions": {}}),
    ],
)
def test_lists_lie_and_only_a_header_tells(
    client: Client, not_taken: tuple[str, str], path: str, empty: object
) -> None:
    answer = client.call("GET", path, auth=not_taken)
    assert (answer.status, answer.json) == (200, empty)
    assert answer.header("x-seraph-loginreason") == "AUTHENTICATED_FAILED"
    assert any("_lout" in cookie for cookie in answer.values("set-cookie"))


def test_server_info_lies_too(client: Client, not_taken: tuple[str, str]) -> None:
    answer = client.call("GET", "/rest/api/3/serverInfo", auth=not_taken)
    assert answer.status == 200
    assert answer.header("x-seraph-loginreason") == "AUTHENTICATED_FAILED"


def test_issue_by_key_does_not_exist(client: Client, not_taken: tuple[str, str]) -> None:
    answer = client.call("GET", "/rest/api/3/issue/ACME-1", auth=not_taken)
    assert answer.status == 404
    assert answer.json == {
        "errorMessages": ["Issue does not exist or you do not have permission to see it."],
        "errors": {},
    }


def test_board_is_401_in_words(client: Client, not_taken: tuple[str, str]) -> None:
    answer = client.call("GET", "/rest/agile/1.0/board", auth=not_taken)
    assert (answer.status, answer.text) == (401, SIGN_IN)


def test_nobodys_request_carries_no_failure(client: Client) -> None:
    answer = client.call("GET", "/rest/api/3/project")
    assert (answer.status, answer.json, answer.header("x-seraph-loginreason")) == (200, [], None)


@pytest.mark.parametrize("path", ["/rest/api/3/serverInfo", "/rest/api/3/myself", "/rest/api/3/nothing"])
def test_opaque_bearer_is_refused_before_routing(client: Client, path: str) -> None:
    answer = client.call("GET", path, headers={"authorization": "Bearer " + client.token("read:jira-user")})
    assert (answer.status, answer.json) == (403, {"error": "Failed to parse Connect Session Auth Token"})
    assert answer.header("x-seraph-loginreason") is None


def test_bearer_shaped_like_a_jwt_is_401_html(client: Client) -> None:
    answer = client.call("GET", "/rest/api/3/serverInfo", headers={"authorization": "Bearer aa.bb.cc"})
    assert answer.status == 401
    assert (answer.header("content-type") or "").startswith("text/html")


@pytest.mark.parametrize("spelling", ["bearer x", "BEARER x", "Bearer  x", "Bearer"])
def test_other_spellings_of_bearer_are_no_credential(client: Client, spelling: str) -> None:
    answer = client.call("GET", "/rest/api/3/project", headers={"authorization": spelling})
    assert (answer.status, answer.header("x-seraph-loginreason")) == (200, None)


def test_token_without_scopes_may_what_its_person_may(client: Client) -> None:
    auth = (ADA, client.token(unscoped=True))
    assert client.call("GET", "/rest/api/3/myself", auth=auth).json["displayName"] == "Ada Lovelace"
    projects = client.call("GET", "/rest/api/3/project", auth=auth).json
    assert {"ACME", "SHOP"} <= {project["key"] for project in projects}
    assert client.call("GET", "/rest/agile/1.0/board/1", auth=auth).json["id"] == 1
    assert client.call("POST", "/rest/api/3/field", auth=auth).status == 403
    links = client.call("GET", "/rest/api/3/issue/ACME-3", auth=auth).json["self"]
    assert links.startswith("http://sandbox.test:8000/rest/api/3/issue/")


def test_expired_token_without_scopes_is_dead(client: Client, clock: Clock) -> None:
    auth = (ADA, client.token(unscoped=True, expires_in_days=1))
    assert client.call("GET", "/rest/api/3/myself", auth=auth).status == 200
    clock.advance(days=1)
    assert client.call("GET", "/rest/api/3/myself", auth=auth).status == 401


def test_unknown_path_is_404_and_wrong_method_405(client: Client) -> None:
    auth = (ADA, client.token(unscoped=True))
    assert client.call("GET", "/rest/api/3/nothing", auth=auth).status == 404
    wrong = client.call("DELETE", "/rest/api/3/myself", auth=auth)
    assert (wrong.status, wrong.header("allow")) == (405, "GET")


def test_email_is_known_in_any_case(client: Client) -> None:
    auth = ("Ada@Acme.Example", client.token(unscoped=True))
    assert client.call("GET", "/rest/api/3/myself", auth=auth).status == 200
