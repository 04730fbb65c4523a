"""Fixtures for the gateway's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.kit import ALICE, BOB, BOBS_KEY, Client, FakeUpstream, Grants, build


@pytest.fixture
def grants() -> Grants:
    return Grants(ALICE, BOB)


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


@pytest.fixture
async def alice(upstream: FakeUpstream, grants: Grants) -> AsyncIterator[Client]:
    gateway = build(upstream, grants=grants)
    yield Client(gateway)
    await gateway.stop()


@pytest.fixture
async def bob(upstream: FakeUpstream, grants: Grants) -> AsyncIterator[Client]:
    gateway = build(upstream, grants=grants)
    yield Client(gateway, key=BOBS_KEY)
    await gateway.stop()
