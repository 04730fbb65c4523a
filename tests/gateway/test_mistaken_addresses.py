"""An address that is slightly wrong, or not Jira's, is answered with whose it is and what to ask instead."""

import base64
import json

import pytest

from ownkey.calls.unknown_operations import describe
from ownkey.gateway.address import Addresses
from ownkey.gateway.unknown_addresses import API_LIKE
from ownkey.scopes.catalogue import load_catalogue
from tests.gateway.kit import ALICES_KEY, SITE_URL, Client, FakeUpstream, build

HERE = "https://gw.example/jira/acme"


@pytest.mark.parametrize(
    "path",
    ["/rest/api/2/serverInfo", "//rest/api/3/search", "/acme/rest/api/3/myself", "/wiki/rest/api/space"],
)
async def test_a_tool_that_dropped_the_path_is_told_which(upstream: FakeUpstream, path: str) -> None:
    gateway = build(upstream, addresses=Addresses(public_url="https://gw.example"))
    answer = await Client(gateway).ask("GET", path)
    assert (answer.status, answer.code) == (404, "no-such-address")
    assert "/jira/acme" in json.loads(answer.body)["errorMessages"][0]
    stranger = await Client(gateway, key=None).ask("POST", path)
    assert (stranger.status, stranger.code) == (404, "no-such-address")
    assert "/jira/ACCOUNT" in json.loads(stranger.body)["detail"]
    assert not upstream.sent


@pytest.mark.parametrize("path", [b"/", b"/work/", b"/login/", b"/restful", b"/settings/alm-accounts/"])
def test_pages_are_not_taken_for_calls(path: bytes) -> None:
    assert API_LIKE.match(path) is None


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/wiki/rest/api/space", "Confluence"),
        ("/wiki/api/v2/pages", "Confluence"),
        ("/rest/greenhopper/1.0/rapidview", "/rest/agile/1.0/"),
        ("/rest/dev-status/latest/issue/detail", "inner API"),
        ("/rest/webhooks/1.0/webhook", "/rest/api/3/webhook"),
        ("/rest/api/1.0/labels/suggest", "/rest/api/3/label"),
        ("/rest/raven/1.0/api/test", "an app"),
        ("/rest/tempo-timesheets/4/worklogs", "an app"),
        ("/secure/Dashboard.jspa", "for people"),
        ("/plugins/servlet/oauth", "for people"),
        ("/_edge/tenant_info", "platform"),
        ("/gateway/api/graphql", "platform"),
        ("/rest/api/3/nothing", "Check the path"),
    ],
)
async def test_whose_an_unknown_address_is(
    alice: Client, upstream: FakeUpstream, path: str, word: str
) -> None:
    answer = await alice.ask("POST", f"/jira/acme{path}")
    assert (answer.status, answer.code) == (403, "unknown-operation")
    assert word in json.loads(answer.body)["errorMessages"][0]
    assert not upstream.sent


def test_what_is_published_is_described_as_no_other() -> None:
    plain = describe("/rest/api/3/nothing")
    for operation in load_catalogue().operations:
        described = describe(operation.path)
        assert described == plain or operation.api == "assets", operation.path


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/secure/attachment/10001/bill%20(1).pdf", f"{HERE}/rest/api/3/attachment/content/10001"),
        ("/secure/attachment/10001/", f"{HERE}/rest/api/3/attachment/content/10001"),
        ("/secure/thumbnail/10001/bill.png", f"{HERE}/rest/api/3/attachment/thumbnail/10001"),
        ("", f"{SITE_URL}/"),
        ("/", f"{SITE_URL}/"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_file_and_the_account_itself_are_somewhere_else(
    alice: Client, upstream: FakeUpstream, method: str, path: str, location: str
) -> None:
    answer = await alice.ask(method, f"/jira/acme{path}")
    assert (answer.status, answer.header("location")) == (302, location.encode())
    assert not upstream.sent


@pytest.mark.parametrize("path", ["attachment/x/y", "attachment/1/../2", "attachment/1"])
async def test_what_is_no_file_s_page_is_none(alice: Client, path: str) -> None:
    assert (await alice.ask("GET", f"/jira/acme/secure/{path}")).status in {400, 403}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("key", [None, ALICES_KEY])
async def test_who_opens_a_session_is_told_that_there_are_none(
    upstream: FakeUpstream, method: str, key: object
) -> None:
    client = Client(build(upstream), key=ALICES_KEY if key else None)
    body = json.dumps({"username": "ada", "password": ALICES_KEY.text()}).encode()
    answer = await client.ask(method, "/jira/acme/rest/auth/1/session", body=body)
    assert answer.code == "sign-in-not-needed"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


KEY, TOKEN = ALICES_KEY.text(), "ATATT" + "3xFf" + "G" * 60


@pytest.mark.parametrize(
    ("authorization", "word"),
    [
        (None, "no sign-in at all"),
        ("Digest username=x", "of a kind"),
        ("Negotiate YII", "of a kind"),
        ("OAuth oauth_token=x", "of a kind"),
        (f"Basic ada:{KEY}", "base64"),
        (f"Basic {KEY}", "base64"),
        ("Bearer " + basic(f"ada:{KEY}").removeprefix("Basic "), "Bearer"),
        (basic(f"{KEY}:"), "user name belongs"),
        (basic("ada:"), "no password"),
        (basic(f"ada@acme.example:{TOKEN}"), "API token"),
        (f"Bearer {TOKEN}", "API token"),
        (f"Basic {TOKEN}", "API token"),
        (f"Bearer {KEY[:-1]}", "cut off"),
        (basic(f'ada:"{KEY}"'), "cut off"),
        (basic(f"ada:{KEY}x"), "cut off"),
        (basic(f"ada:{KEY.upper()}"), "cut off"),
        ("Bearer ok_" + "c" * 12 + "_" + "c" * 32, "mistyped, expired or revoked"),
        (basic("ada:secret"), "mistyped, expired or revoked"),
    ],
)
async def test_a_sign_in_mistake_is_told_by_its_shape(
    upstream: FakeUpstream, authorization: str | None, word: str
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = await Client(build(upstream), key=None).ask(
        "GET", "/jira/acme/rest/api/3/myself", headers=headers
    )
    assert (answer.status, answer.code) == (401, "client-key-refused")
    assert word in json.loads(answer.body)["detail"]
    assert KEY.encode() not in answer.body
    assert TOKEN.encode() not in answer.body
    assert not upstream.sent
