"""Calls that Jira sees under the main credential are counted as such; questions and refusals are not."""

from dataclasses import replace

import pytest

from ownkey.calls.grants import ReadOnly
from ownkey.calls.upstream import BrokeOffError
from ownkey.calls.usage import Counted, Outcome
from tests.gateway.kit import (
    ALICE,
    ALICES_CREDENTIAL,
    Client,
    FakeUpstream,
    Given,
    Grants,
    Sent,
    build,
)

ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"
NAME = "GET /rest/api/3/issue/{issueIdOrKey}"
DELETION = "DELETE /rest/api/3/issue/{issueIdOrKey}"


async def fail(_: Sent) -> Given:
    raise BrokeOffError


@pytest.mark.parametrize("is_main", [False, True], ids=["own", "main"])
async def test_calls_are_counted_by_whom_jira_saw(upstream: FakeUpstream, *, is_main: bool) -> None:
    credential = replace(ALICES_CREDENTIAL, is_main=is_main)
    read_only = ReadOnly.POLICY if is_main else ReadOnly.CLIENT_KEY
    gateway = build(upstream, grants=Grants(replace(ALICE, credential=credential, read_only=read_only)))
    client = Client(gateway)
    await client.ask("GET", ISSUE)
    await client.ask("DELETE", ISSUE)
    await client.ask("GET", "/jira/acme/_ownkey/explain?method=GET&path=/rest/api/3/myself")
    upstream.handler = fail
    await client.ask("GET", ISSUE)
    counted = gateway.drain_usage().calls
    means = ALICE.means
    assert {one: number for one, number in counted.items() if one.operation != "none"} == {
        Counted(means, NAME, Outcome.ANSWERED, is_main): 1,
        Counted(means, DELETION, Outcome.REFUSED): 1,
        Counted(means, NAME, Outcome.FAILED, is_main): 1,
    }
    assert not any(one.through_main for one in counted if one.operation == "none")
    await gateway.way.stop()
