"""A caller who was recognised once is known again, and for no longer than it is true."""

import base64
from dataclasses import replace
from datetime import timedelta

from tests.gateway.kit import ALICE, ALICES_KEY, BOBS_KEY, NOW, Client, FakeUpstream, Grants, build

PATH = "/jira/acme/rest/api/3/myself"


async def test_basic_and_bearer_are_both_recognised(alice: Client) -> None:
    basic = base64.b64encode(f"alice:{ALICES_KEY.text()}".encode()).decode()
    for value in (f"Bearer {ALICES_KEY.text()}", f"Basic {basic}") * 2:
        assert (await alice.ask("GET", PATH, headers={"authorization": value})).status == 200


async def test_the_right_id_with_a_wrong_secret_is_never_recognised(alice: Client) -> None:
    assert (await alice.ask("GET", PATH)).status == 200
    guess = f"Bearer ok_{ALICES_KEY.key_id}_{'q' * 32}"
    for _ in range(2):
        assert (await alice.ask("GET", PATH, headers={"authorization": guess})).status == 401


async def test_a_revoked_key_is_refused_at_once_and_the_others_are_not(alice: Client, grants: Grants) -> None:
    assert (await alice.ask("GET", PATH)).status == 200
    grants.revoke(ALICES_KEY.key_id)
    assert (await alice.ask("GET", PATH)).status == 401
    bobs = {"authorization": f"Bearer {BOBS_KEY.text()}"}
    assert (await alice.ask("GET", "/jira/acme/rest/api/3/project/search", headers=bobs)).status == 200


async def test_a_recognised_key_still_expires() -> None:
    now = NOW
    grants = Grants(replace(ALICE, expires_at=NOW + timedelta(seconds=1)))
    gateway = build(FakeUpstream(), grants=grants, clock=lambda: now)
    client = Client(gateway)
    assert (await client.ask("GET", PATH)).status == 200
    now += timedelta(seconds=1)
    assert (await client.ask("GET", PATH)).status == 401
    await gateway.way.stop()


async def test_a_narrowed_snapshot_is_decided_anew(alice: Client, grants: Grants) -> None:
    assert (await alice.ask("GET", PATH)).status == 200
    grants.put(replace(ALICE, key_scopes=frozenset({"write:jira-work"})))
    assert (await alice.ask("GET", PATH)).code == "scope-not-in-client-key"
