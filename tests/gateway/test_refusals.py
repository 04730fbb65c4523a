"""What may not go out does not: the refusal is a problem of Ownkey's, and nothing has reached Jira."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ownkey.calls.grants import ReadOnly, Withheld
from ownkey.calls.refusals import WITHHELD, Code
from ownkey.client_key import ClientKey
from tests.gateway.kit import (
    ALICE,
    ALICES_CREDENTIAL,
    ALICES_KEY,
    BOBS_KEY,
    CHARLIES_GUESS,
    NOW,
    Answered,
    Client,
    FakeUpstream,
    Grants,
    build,
)

ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"
SPRINT = "/jira/acme/rest/agile/1.0/sprint/1"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(ClientKey("charlie33333", "c" * 32), id="never issued"),
        pytest.param(ClientKey(ALICES_KEY.key_id, "c" * 32), id="wrong secret"),
        pytest.param(BOBS_KEY, id="expired"),
    ],
)
async def test_charlie_learns_nothing_from_a_refused_key(key: ClientKey, grants: Grants) -> None:
    grants.put(replace(grants.of_key(BOBS_KEY.key_id), expires_at=NOW - timedelta(seconds=1)))
    upstream = FakeUpstream()
    answer = await Client(build(upstream, grants=grants), key=key).ask("GET", ISSUE)
    known = await Client(build(upstream, grants=grants), key=CHARLIES_GUESS).ask("GET", ISSUE)
    assert answer.status == 401
    assert _without_id(answer) == _without_id(known)
    assert answer.header("www-authenticate") == b'Bearer realm="Ownkey"'
    assert not upstream.sent


@pytest.mark.parametrize(
    "text", ["", "ok_", "Basic", "Bearer", "Bearer \xff", "Basic ===", "Digest x", "Basic b2s="]
)
async def test_unreadable_credentials_are_refused_keys(alice: Client, text: str) -> None:
    assert (await alice.ask("GET", ISSUE, headers={"authorization": text})).code == "client-key-refused"


async def test_two_authorizations_are_ambiguous(alice: Client, upstream: FakeUpstream) -> None:
    both = [("authorization", f"Bearer {ALICES_KEY.text()}"), ("authorization", "Basic eDp5")]
    answer = await alice.ask("GET", ISSUE, headers=both)
    assert (answer.status, answer.code) == (400, "ambiguous-request")
    assert not upstream.sent


@pytest.mark.parametrize(
    "headers",
    [
        [("content-length", "2"), ("content-length", "2")],
        [("content-length", "2"), ("transfer-encoding", "chunked")],
    ],
)
async def test_two_ends_of_a_body_are_ambiguous(
    alice: Client, upstream: FakeUpstream, headers: list[tuple[str, str]]
) -> None:
    answer = await alice.ask("PUT", ISSUE, headers=headers, body=b"{}")
    assert (answer.status, answer.code) == (400, "ambiguous-request")
    assert not upstream.sent


@pytest.mark.parametrize(
    "path",
    [
        "/jira/acme/rest/api/3/issue/../myself",
        "/jira/acme/rest/api/3/issue/%2e%2e/myself",
        "/jira/acme/rest/api/3/issue/..\\myself",
        "/jira/acme/rest/api/3/issue/a%5cb",
        "/jira/acme/rest/api/3/issue/a%2fb",
        "/jira/acme/rest//api/3/myself",
        "/jira/acme/rest/api/3/issue/a%0d%0ab",
        "/jira/acme/../other/rest/api/3/myself",
        "/jira/acme/browse/../rest/api/3/myself",
    ],
)
async def test_paths_that_can_be_read_in_two_ways_do_not_leave(
    alice: Client, upstream: FakeUpstream, path: str
) -> None:
    answer = await alice.ask("GET", path)
    assert (answer.status, answer.code) == (400, "unsafe-path")
    assert not upstream.sent


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        pytest.param(
            "PUT", "/rest/api/3/mypreferences/locale", "no scope profile allows it", id="basic-auth"
        ),
        pytest.param("GET", "/rest/security/1.0/linkedWorkspaces", "is for Connect apps", id="apps"),
    ],
)
async def test_what_no_scope_opens_does_not_leave_and_the_reason_is_true(
    alice: Client, upstream: FakeUpstream, method: str, path: str, sentence: str
) -> None:
    answer = await alice.ask(method, f"/jira/acme{path}")
    assert (answer.status, answer.code) == (403, "no-token-may")
    assert sentence in json.loads(answer.body)["detail"]
    assert not upstream.sent


@pytest.mark.parametrize("query", ["a=b c", "a=\xe9", "a#b", "a=\x00"])
async def test_queries_that_are_not_encoded_do_not_leave(
    alice: Client, upstream: FakeUpstream, query: str
) -> None:
    assert (await alice.ask("GET", ISSUE, query=query)).code == "bad-request"
    assert not upstream.sent


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/", "no-such-address"),
        ("/jira", "no-such-address"),
        ("/jira/ACME/rest/api/3/myself", "no-such-address"),
        ("/jira/%61cme/rest/api/3/myself", "no-such-address"),
        ("/jira/other/rest/api/3/myself", "wrong-account"),
        ("/jira/acme/secure/Dashboard.jspa", "unknown-operation"),
    ],
)
async def test_addresses_that_are_nobody_s_or_another_s_are_refused(
    alice: Client, upstream: FakeUpstream, path: str, code: str
) -> None:
    assert (await alice.ask("GET", path)).code == code
    assert not upstream.sent


async def test_a_scope_outside_the_profile_is_named(alice: Client, upstream: FakeUpstream) -> None:
    answer = await alice.ask("DELETE", SPRINT)
    problem = json.loads(answer.body)
    assert (answer.status, answer.code) == (403, "scope-not-in-profile")
    assert answer.header("content-type") == b"application/problem+json"
    assert problem["operation"] == "deleteSprint"
    assert problem["missing"] == ["delete:sprint:jira-software"]
    assert "delete:sprint:jira-software" in problem["detail"]
    assert problem["errorMessages"] == [f"Ownkey: {problem['detail']} {problem['next_step']}"]
    assert problem["request_id"].encode() == answer.header("ownkey-request-id")
    assert not upstream.sent


async def test_a_narrowed_key_says_what_it_was_not_given(bob: Client, upstream: FakeUpstream) -> None:
    answer = await bob.ask("PUT", ISSUE, body=b"{}")
    assert answer.code == "scope-not-in-client-key"
    assert json.loads(answer.body)["missing"] == ["write:jira-work"]
    assert not upstream.sent


async def test_a_scope_that_the_token_lacks_does_not_leave(
    alice: Client, upstream: FakeUpstream, grants: Grants
) -> None:
    lacking = replace(ALICES_CREDENTIAL, token_scopes=frozenset({"read:jira-user"}))
    grants.set_credential(ALICES_KEY.key_id, lacking)
    assert (await alice.ask("GET", ISSUE)).code == "scope-not-in-token"
    assert (await alice.ask("GET", "/jira/acme/rest/api/3/myself")).status == 200
    assert len(upstream.sent) == 1


async def test_read_only_lets_posts_that_read_through(upstream: FakeUpstream) -> None:
    alice = Client(build(upstream, grants=Grants(replace(ALICE, read_only=ReadOnly.POLICY))))
    assert (await alice.ask("POST", "/jira/acme/rest/api/3/search/jql", body=b"{}")).status == 200
    answer = await alice.ask("PUT", ISSUE, body=b"{}")
    assert (answer.status, answer.code) == (403, "read-only")
    assert len(upstream.sent) == 1


async def test_unknown_operations_pass_only_where_the_account_says_so(upstream: FakeUpstream) -> None:
    account = replace(ALICE.account, passes_unknown_operations=True)
    path = "/jira/acme/rest/plugin/1.0/thing"
    assert (await Client(build(upstream)).ask("GET", path)).code == "unknown-operation"
    grants = Grants(replace(ALICE, account=account))
    assert (await Client(build(upstream, grants=grants)).ask("GET", path)).status == 200
    for narrowed in (
        replace(ALICE, account=account, read_only=ReadOnly.CLIENT_KEY),
        replace(ALICE, account=account, key_scopes=frozenset({"read:jira-work"})),
    ):
        client = Client(build(upstream, grants=Grants(narrowed)))
        assert (await client.ask("GET", path)).code == "unknown-operation"
    assert len(upstream.sent) == 1


async def test_another_method_is_told_which_ones_there_are(alice: Client) -> None:
    answer = await alice.ask("PATCH", ISSUE)
    assert (answer.status, answer.header("allow")) == (405, b"DELETE, GET, PUT")
    assert (await alice.ask("BREW", ISSUE)).status == 405


@pytest.mark.parametrize("reason", sorted(WITHHELD))
async def test_without_a_credential_nothing_leaves(
    alice: Client, upstream: FakeUpstream, grants: Grants, reason: Code
) -> None:
    grants.set_credential(ALICES_KEY.key_id, Withheld(reason))
    answer = await alice.ask("GET", ISSUE)
    assert (answer.status, answer.code) == (403, reason.value)
    assert json.loads(answer.body)["next_step"]
    assert not upstream.sent


async def test_while_grants_cannot_be_read_nothing_leaves(
    alice: Client, upstream: FakeUpstream, grants: Grants
) -> None:
    assert (await alice.ask("GET", ISSUE)).status == 200
    grants.is_away = True
    answer = await alice.ask("GET", ISSUE)
    assert (answer.status, answer.code) == (503, "unsure")
    grants.is_away = False
    assert (await alice.ask("GET", ISSUE)).status == 200
    assert len(upstream.sent) == 2


async def test_a_refused_head_has_no_body(alice: Client) -> None:
    answer = await alice.ask("HEAD", "/jira/acme/secure/x")
    assert (answer.status, answer.body) == (403, b"")


def _without_id(answer: Answered) -> tuple[int, object, list[bytes]]:
    problem = json.loads(answer.body)
    del problem["request_id"]
    return answer.status, problem, [name for name, _ in answer.headers]
