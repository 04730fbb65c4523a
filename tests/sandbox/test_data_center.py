"""As a Data Center the site knows personal access tokens and passwords, and no cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Client

MYSELF = "/rest/api/2/myself"


@pytest.fixture
def server(make_client: Callable[..., Client]) -> Client:
    """Return a client of a sandbox that is a Data Center."""
    return make_client(data_center=True)


def test_personal_access_token_signs_in(server: Client) -> None:
    token = server.token(app="data-center")
    answer = server.call("GET", MYSELF, headers={"authorization": f"Bearer {token}"})
    assert (answer.status, answer.json["name"], answer.json["emailAddress"]) == (
        200,
        "ada",
        "ada@acme.example",
    )
    assert "accountId" not in answer.json


@pytest.mark.parametrize("login", ["bo", "bo@acme.example"])
def test_password_signs_in_by_user_name_and_email(server: Client, login: str) -> None:
    assert server.call("GET", MYSELF, auth=(login, "sandbox")).json["displayName"] == "Bo Diddley"


def test_server_info_says_server(server: Client) -> None:
    assert server.call("GET", "/rest/api/2/serverInfo").json["deploymentType"] == "Server"


def test_dead_token_is_refused(server: Client) -> None:
    token = server.token(app="data-center")
    server.control("POST", "revoke", {"token": token})
    answer = server.call("GET", MYSELF, headers={"authorization": f"Bearer {token}"})
    assert (answer.status, answer.header("x-seraph-loginreason")) == (401, "AUTHENTICATED_FAILED")


def test_wrong_passwords_bring_the_captcha_even_for_the_right_one(server: Client) -> None:
    for _ in range(3):
        assert server.call("GET", MYSELF, auth=("ada", "wrong")).status == 401
    answer = server.call("GET", MYSELF, auth=("ada", "sandbox"))
    assert (answer.status, answer.header("x-seraph-loginreason")) == (403, "AUTHENTICATION_DENIED")
    assert "CAPTCHA_CHALLENGE" in (answer.header("x-authentication-denied-reason") or "")
    assert server.call("GET", MYSELF, auth=("bo", "sandbox")).status == 200


def test_nobody_is_asked_to_sign_in(server: Client) -> None:
    assert server.call("GET", MYSELF).status == 401


@pytest.mark.parametrize("path", ["/_edge/tenant_info", "/ex/jira/x/rest/api/3/myself"])
def test_there_is_no_cloud(server: Client, path: str) -> None:
    assert server.call("GET", path).status == 404
