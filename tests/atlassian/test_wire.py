"""Each kind of credential goes to its own base URL in its own header, and is seen nowhere else."""

import base64

import pytest

from ownkey.atlassian.sites import Addresses, Site
from ownkey.atlassian.wire import (
    Authentication,
    Credential,
    Door,
    WireError,
    WireRequest,
    authorization_of,
    door_for,
    header_fields,
)
from ownkey.secret import Secret

PLANTED = "ATATT" + "3x-planted-in-a-test"
ADA = "ada@acme.example"
CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
GATEWAY = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
SITE = Site("https://acme.atlassian.net")
DATA_CENTER = Site("https://jira.acme.example", "/jira")
BASIC = "Basic " + base64.b64encode(f"{ADA}:{PLANTED}".encode()).decode()
BEARER = f"Bearer {PLANTED}"


@pytest.mark.parametrize(
    ("authentication", "login", "site", "base_url", "header"),
    [
        (Authentication.SCOPED_API_TOKEN, ADA, SITE, GATEWAY, BASIC),
        (Authentication.SERVICE_ACCOUNT, ADA, SITE, GATEWAY, BASIC),
        (Authentication.SERVICE_ACCOUNT, "", SITE, GATEWAY, BEARER),
        (Authentication.UNSCOPED_API_TOKEN, ADA, SITE, "https://acme.atlassian.net", BASIC),
        (Authentication.PERSONAL_ACCESS_TOKEN, "", DATA_CENTER, "https://jira.acme.example/jira", BEARER),
        (Authentication.PASSWORD, ADA, DATA_CENTER, "https://jira.acme.example/jira", BASIC),
    ],
)
def test_each_kind_has_its_door_and_its_header(
    authentication: Authentication, login: str, site: Site, base_url: str, header: str
) -> None:
    credential = Credential(authentication, login, Secret(PLANTED))
    door = door_for(credential, site=site, cloud_id=CLOUD_ID, addresses=Addresses())
    request = door.request("GET", "/rest/api/3/myself")
    assert request.url == f"{base_url}/rest/api/3/myself"
    assert header_fields(request)["Authorization"] == header
    assert authorization_of(door) == header.encode()


def test_the_gateway_needs_a_cloud_id() -> None:
    credential = Credential(Authentication.SCOPED_API_TOKEN, ADA, Secret(PLANTED))
    with pytest.raises(WireError):
        door_for(credential, site=SITE, cloud_id=None, addresses=Addresses())


def _door(base_url: str = GATEWAY) -> Door:
    return Door(base_url, Credential(Authentication.SCOPED_API_TOKEN, ADA, Secret(PLANTED)))


@pytest.mark.parametrize(
    "path",
    [
        "rest",
        "",
        ".evil.example/",
        "@evil.example/",
        "/a/../b",
        "/..",
        "/a/%2e%2E/b",
        "/a/.%2e/b",
        "/a%2f..%2fb",
        "/a%5C..%5Cb",
        "/a\\..\\b",
        "/./a",
        "/a b",
        "/a\r\nX: y",
        "/a#b",
        "/é",
    ],
)
def test_a_credential_does_not_leave_its_base_url(path: str) -> None:
    with pytest.raises(WireError):
        _door().request("GET", path)


def test_a_credential_cannot_be_put_on_another_request() -> None:
    with pytest.raises(WireError):
        WireRequest("GET", "https://acme.atlassian.net/rest/api/3/myself", door=_door())


def test_dots_in_a_query_are_no_climbing() -> None:
    assert _door().request("GET", "/a?b=../..").url == f"{GATEWAY}/a?b=../.."


def test_a_request_without_a_door_has_no_authorization() -> None:
    assert "Authorization" not in header_fields(
        WireRequest("GET", "https://acme.atlassian.net/_edge/tenant_info")
    )


def test_nothing_that_carries_a_credential_shows_it() -> None:
    door = _door()
    request = door.request("PUT", "/x", body=b"{}", content_type="application/json")
    for shown in (repr(door), repr(request), str(request), repr(door.credential), f"{door.credential}"):
        assert PLANTED not in shown
        assert BASIC.removeprefix("Basic ") not in shown
    assert header_fields(request)["Content-Type"] == "application/json"


@pytest.mark.parametrize("login", ["ada:x", "ada\r\nX-Injected: y", "ada\x00"])
def test_a_login_that_would_break_the_header_is_refused(login: str) -> None:
    with pytest.raises(WireError):
        Credential(Authentication.PASSWORD, login, Secret(PLANTED))


@pytest.mark.parametrize("secret", ["a b", "a\r\nX-Injected: y", "é"])
def test_a_secret_that_would_break_the_header_is_refused(secret: str) -> None:
    credential = Credential(Authentication.PERSONAL_ACCESS_TOKEN, "", Secret(secret))
    request = Door("https://jira.acme.example", credential).request("GET", "/")
    with pytest.raises(WireError) as refusal:
        header_fields(request)
    assert secret not in str(refusal.value)
