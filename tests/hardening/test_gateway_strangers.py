"""Every address of the gateway, tried by whoever has no business there: nothing leaves, nothing is told.

The table says who may what at the addresses that the gateway answers itself; one without a row fails.
"""

from dataclasses import replace

import pytest

from ownkey.calls.grants import ReadOnly
from ownkey.client_key import ClientKey
from ownkey.gateway import special
from ownkey.scopes.catalogue import load_catalogue
from tests.gateway.kit import (
    ALICE,
    ALICES_KEY,
    BOB,
    BOBS_KEY,
    CHARLIES_GUESS,
    Client,
    FakeUpstream,
    Grants,
    build,
    json_answer,
)

ONLY_WITH_A_KEY = {special.EXPLAIN, special.STATUS, special.SESSION}
FOR_EVERYBODY = {special.BROWSE}
"""A link that people click: it says where the site is, and nothing of who is there."""

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PATHS = sorted(
    {operation.path.replace("{", "").replace("}", "") for operation in load_catalogue().operations}
)
CHARLIES = [
    None,
    CHARLIES_GUESS,
    replace(ALICES_KEY, secret="c" * 32),
    replace(ALICES_KEY, key_id="charlie22222"),
    replace(ALICES_KEY, secret=BOBS_KEY.secret),
]


def test_every_address_of_its_own_has_a_row() -> None:
    assert special.TOLD | {special.SESSION, special.BROWSE} == ONLY_WITH_A_KEY | FOR_EVERYBODY


@pytest.mark.parametrize(
    "key", CHARLIES, ids=["none", "made up", "wrong secret", "wrong id", "another's secret"]
)
async def test_without_a_key_nothing_leaves_and_all_refusals_are_one(key: ClientKey | None) -> None:
    upstream = FakeUpstream(json_answer(b"{}"))
    gateway = build(upstream, grants=Grants(ALICE, BOB))
    client = Client(gateway, key=key)
    refusals = set()
    for path in [*PATHS, *sorted(ONLY_WITH_A_KEY), "/", "/nowhere", "/secure/Dashboard.jspa"]:
        for method in METHODS[:3] if path in PATHS else METHODS:
            if path == special.SESSION and method != "GET":
                continue  # there are no sessions to open, for anybody
            for account in ("acme", "nowhere"):
                answer = await client.ask(method, f"/jira/{account}{path}")
                assert (answer.status, answer.code) == (401, "client-key-refused"), (method, path)
                if method == "GET":
                    refusals.add(answer.body.partition(b'"request_id"')[0])
    await gateway.way.stop()
    assert not upstream.sent
    assert len(refusals) == 1, "whether there is such a key, account or path is not told"


async def test_another_alm_accounts_key_opens_nothing() -> None:
    upstream = FakeUpstream(json_answer(b"{}"))
    other = replace(ALICE, account=replace(ALICE.account, slug="other"))
    gateway = build(upstream, grants=Grants(other))
    for path in [*PATHS, *sorted(ONLY_WITH_A_KEY)]:
        answer = await Client(gateway).ask("GET", f"/jira/acme{path}")
        assert (answer.status, answer.code) == (403, "wrong-account"), path
    await gateway.way.stop()
    assert not upstream.sent


async def test_a_key_that_only_reads_changes_nothing() -> None:
    upstream = FakeUpstream(json_answer(b"{}"))
    everything = frozenset(
        scope for operation in load_catalogue().operations for scope in operation.requirement.scopes
    )
    reader = replace(
        ALICE, read_only=ReadOnly.CLIENT_KEY, account=replace(ALICE.account, profile_scopes=everything)
    )
    gateway = build(upstream, grants=Grants(reader))
    for operation in load_catalogue().operations:
        if not operation.reads:
            path = operation.path.replace("{", "").replace("}", "")
            await Client(gateway).ask(operation.method, f"/jira/acme{path}")
            assert not upstream.sent, operation.signature
    await gateway.way.stop()


async def test_a_browse_link_tells_where_the_site_is_and_nothing_else() -> None:
    gateway = build(FakeUpstream(), grants=Grants(ALICE))
    client = Client(gateway, key=None)
    answer = await client.ask("GET", "/jira/acme/browse/A-1", query="x=//evil.example")
    await gateway.way.stop()
    assert answer.status == 302
    assert answer.header("location") == b"https://acme.atlassian.net/browse/A-1?x=//evil.example"
    assert not answer.body
