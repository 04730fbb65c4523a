"""The addresses that the gateway answers itself, and all the addresses that it answers under."""

import json
from dataclasses import replace

import pytest

from ownkey.calls.grants import Withheld
from ownkey.calls.refusals import Code
from ownkey.gateway.address import Addresses
from tests.gateway.kit import (
    ALICES_CREDENTIAL,
    ALICES_KEY,
    API_BASE,
    BOBS_KEY,
    CHARLIES_GUESS,
    SITE_URL,
    Client,
    FakeUpstream,
    Given,
    Grants,
    build,
    json_answer,
)

SESSION = "/jira/acme/rest/auth/1/session"


@pytest.mark.parametrize("key", [ALICES_KEY, None], ids=["with a key", "in a browser"])
async def test_browse_links_lead_to_the_site(key: None, upstream: FakeUpstream) -> None:
    client = Client(build(upstream), key=key)
    answer = await client.ask("GET", "/jira/acme/browse/ACME-1", query="focusedId=2")
    assert (answer.status, answer.header("location")) == (
        302,
        f"{SITE_URL}/browse/ACME-1?focusedId=2".encode(),
    )
    assert not upstream.sent


async def test_browse_links_of_nobody_s_account_lead_nowhere(alice: Client) -> None:
    assert (await alice.ask("GET", "/jira/other/browse/ACME-1")).code == "no-such-address"


async def test_the_session_resource_tells_who_is_signed_in(alice: Client, upstream: FakeUpstream) -> None:
    upstream.handler = json_answer(b'{"accountId":"abc","displayName":"Alice \xc3\x84"}')
    answer = await alice.ask("GET", SESSION, headers={"accept-encoding": "gzip"}, query="_=1")
    session = json.loads(answer.body)
    assert answer.status == 200
    assert (session["name"], session["displayName"]) == ("abc", "Alice Ä")
    assert session["self"] == "https://gw.example/jira/acme/rest/api/3/user?accountId=abc"
    assert answer.header("ownkey-acting-as") == b"alice@acme.example; identity=own"
    assert upstream.sent[0].url == f"{API_BASE}/rest/api/3/myself"
    assert upstream.sent[0].header("accept-encoding") is None


async def test_the_session_resource_needs_the_scope_for_it(bob: Client, upstream: FakeUpstream) -> None:
    assert (await bob.ask("GET", SESSION)).code == "scope-not-in-client-key"
    assert not upstream.sent


async def test_the_session_resource_passes_jira_s_refusal(alice: Client, upstream: FakeUpstream) -> None:
    upstream.handler = json_answer(b'{"errorMessages":["no"],"errors":{}}', status=403)
    assert (await alice.ask("GET", SESSION)).status == 403


@pytest.mark.parametrize("body", [b"no json", b"[]", b"x" * 300_000])
async def test_the_session_resource_does_not_make_up_a_user(
    alice: Client, upstream: FakeUpstream, body: bytes
) -> None:
    upstream.handler = Given(200, [(b"content-type", b"application/json")], body)
    assert (await alice.ask("GET", SESSION)).code == "upstream-broke-off"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_no_session_is_opened(alice: Client, upstream: FakeUpstream, method: str) -> None:
    assert (await alice.ask(method, SESSION, body=b'{"password":"x"}')).code == "sign-in-not-needed"
    assert not upstream.sent


async def test_a_dry_run_says_what_would_happen(bob: Client, upstream: FakeUpstream) -> None:
    asked = "method=PUT&path=%2Frest%2Fapi%2F2%2Fissue%2FA-1"
    answer = await bob.ask("GET", "/jira/acme/_ownkey/explain", query=asked)
    told = json.loads(answer.body)
    assert answer.status == 200
    assert (told["operation"], told["allowed"]) == ("editIssue", False)
    assert (told["missing"], told["reason"]) == (["write:jira-work"], "scope-not-in-client-key")
    assert ["write:jira-work"] in told["alternatives"]
    assert told["next_step"]
    assert not upstream.sent


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_dry_run_is_asked_for_and_nothing_else(bob: Client, method: str) -> None:
    asked = "method=PUT&path=%2Frest%2Fapi%2F2%2Fissue%2FA-1"
    answer = await bob.ask(method, "/jira/acme/_ownkey/explain", query=asked)
    assert (answer.status, answer.code) == (405, "wrong-method")


async def test_a_dry_run_of_what_is_allowed_names_nothing_missing(alice: Client, grants: Grants) -> None:
    asked = "method=get&path=/rest/api/3/myself?expand=groups"
    told = json.loads((await alice.ask("GET", "/jira/acme/_ownkey/explain", query=asked)).body)
    assert (told["allowed"], told["missing"], told["reason"]) == (True, [], None)
    grants.set_credential(ALICES_KEY.key_id, Withheld(Code.CREDENTIAL_EXPIRED))
    told = json.loads((await alice.ask("GET", "/jira/acme/_ownkey/explain", query=asked)).body)
    assert (told["allowed"], told["reason"]) == (False, "credential-expired")


@pytest.mark.parametrize("query", ["", "method=GET", "path=/", "method=GET&path=/&path=/x"])
async def test_a_dry_run_needs_one_method_and_one_path(alice: Client, query: str) -> None:
    assert (await alice.ask("GET", "/jira/acme/_ownkey/explain", query=query)).code == "bad-request"


async def test_a_dry_run_is_for_the_caller_s_own_key(upstream: FakeUpstream) -> None:
    charlie = Client(build(upstream), key=CHARLIES_GUESS)
    assert (await charlie.ask("GET", "/jira/acme/_ownkey/explain", query="method=GET&path=/")).status == 401


@pytest.mark.parametrize(
    ("addresses", "host", "path", "base"),
    [
        (Addresses(), "gw.example:8443", "/jira/acme/rest/x", "https://gw.example:8443/jira/acme"),
        (Addresses(), "gw.example", "/jira/acme//rest/x", "https://gw.example/jira/acme"),
        (
            Addresses(public_url="https://own.example"),
            "10.0.0.1",
            "/jira/acme/rest/x",
            "https://own.example/jira/acme",
        ),
        (
            Addresses(wildcard_host="jira.own.example"),
            "acme.jira.own.example",
            "/rest/x",
            "https://acme.jira.own.example",
        ),
        (
            Addresses(public_url="http://own.example:81", wildcard_host="jira.own.example"),
            "ACME.jira.own.example",
            "/rest/x",
            "http://acme.jira.own.example:81",
        ),
        (
            Addresses(public_url="https://own.example", wildcard_host="jira.own.example"),
            "acme.jira.own.example:80",
            "//rest/x",
            "https://acme.jira.own.example",
        ),
        (Addresses(only_account="acme"), "gw.example", "/rest/x", "https://gw.example"),
        (Addresses(only_account="acme"), "gw.example", "//rest/x", "https://gw.example"),
        (
            Addresses(only_account="acme", public_url="https://acme.example"),
            "127.0.0.1:8002",
            "/rest/x",
            "https://acme.example",
        ),
    ],
)
def test_every_kind_of_address_names_an_account(
    addresses: Addresses, host: str, path: str, base: str
) -> None:
    scope = {"scheme": "https", "raw_path": path.encode(), "headers": [(b"host", host.encode())]}
    target = addresses.target_of(scope)
    assert target is not None
    assert (target.account_slug, target.path, target.base_url) == ("acme", "/rest/x", base)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"a"), (b"host", b"b")],
        [(b"host", b'gw.example"},{"')],
        [(b"host", b"acme.evil.example")],
        [(b"host", b"a.b.jira.own.example")],
    ],
)
def test_hosts_that_are_not_the_gateway_s_name_none(headers: list[tuple[bytes, bytes]]) -> None:
    addresses = Addresses(wildcard_host="jira.own.example")
    assert addresses.target_of({"scheme": "https", "raw_path": b"/rest/x", "headers": headers}) is None


@pytest.mark.parametrize(
    ("addresses", "host", "path"),
    [
        (Addresses(only_account="acme", is_https=True), "127.0.0.1:8002", "/rest/x"),
        (Addresses(only_account="acme", is_https=True), "localhost", "//rest/x"),
        (Addresses(only_account="acme", is_https=True), "[::1]:8002", "/rest/x"),
        (Addresses(wildcard_host="jira.own.example", is_https=True), "acme.jira.own.example", "/rest/x"),
        (Addresses(is_https=True), "own.example:80", "/jira/acme/rest/x"),
    ],
)
def test_where_ownkey_is_https_no_request_makes_a_link_in_the_clear(
    addresses: Addresses, host: str, path: str
) -> None:
    headers = [(b"host", host.encode()), (b"x-forwarded-proto", b"http"), (b"forwarded", b"proto=http")]
    target = addresses.target_of({"scheme": "http", "raw_path": path.encode(), "headers": headers})
    assert target is not None
    assert target.base_url.startswith("https://")


def test_a_request_without_a_raw_path_names_none() -> None:
    scope = {"scheme": "https", "raw_path": None, "headers": [(b"host", b"gw.example")]}
    assert Addresses().target_of(scope) is None


@pytest.mark.parametrize(
    "path", ["/rest/api/3/issue/ED-1/properties/Jos\u00e9", "/rest/\u2603", "/browse/\u00e9"]
)
async def test_characters_that_have_to_be_encoded_are_named(
    upstream: FakeUpstream, alice: Client, path: str
) -> None:
    for client, prefix in (
        (alice, "/jira/acme"),
        (Client(build(upstream, addresses=Addresses(only_account="acme"))), ""),
    ):
        answer = await client.ask("GET", (prefix + path).encode().decode("latin-1"))
        assert (answer.code, upstream.sent) == ("unsafe-path", [])
        assert b"percent-encoded" in answer.body


async def test_the_main_credential_is_named_on_every_answer(alice: Client, grants: Grants) -> None:
    snapshot = grants.of_key(ALICES_KEY.key_id)
    main = replace(ALICES_CREDENTIAL, credential_id="main", is_main=True, acting_as="bot@acme.example")
    grants.put(replace(snapshot, credential=main))
    answer = await alice.ask("GET", "/jira/acme/rest/api/3/myself")
    assert answer.header("ownkey-acting-as") == b"bot@acme.example; identity=main"
    assert BOBS_KEY.text().encode() not in answer.body


STATUS = "/jira/acme/_ownkey/status"


async def test_the_status_tells_a_caller_about_their_own_credential(
    alice: Client, grants: Grants, upstream: FakeUpstream
) -> None:
    lookups = len(grants.lookups)
    answer = await alice.ask("GET", STATUS)
    assert json.loads(answer.body) == {
        "alm_account": "acme",
        "person": "",
        "state": "connected",
        "next_step": "",
        "acting_as": "alice@acme.example",
        "through_main": False,
    }
    assert answer.header("cache-control") == b"no-store"
    assert not upstream.sent
    assert len(grants.lookups) == lookups + 1, "the snapshot; only the standing is asked for each time"


async def test_the_status_of_one_that_is_withheld_acts_as_nobody(alice: Client, grants: Grants) -> None:
    grants.set_credential(ALICES_KEY.key_id, Withheld(Code.CREDENTIAL_REFUSED))
    assert json.loads((await alice.ask("GET", STATUS)).body)["acting_as"] is None


@pytest.mark.parametrize("key", [CHARLIES_GUESS, None], ids=["charlie", "nobody"])
async def test_the_status_is_nobody_else_s(key: None, upstream: FakeUpstream, grants: Grants) -> None:
    answer = await Client(build(upstream, grants=grants), key=key).ask("GET", STATUS)
    assert (answer.status, answer.code) == (401, "client-key-refused")


async def test_the_status_of_another_alm_account_is_refused(alice: Client) -> None:
    assert (await alice.ask("GET", "/jira/other/_ownkey/status")).code == "wrong-account"
