"""Fixtures for the gateway's tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.gateway.kit import ALICE, BOB, BOBS_KEY, Client, FakeUpstream, Grants, build


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that `ownkey serve` and `ownkey gateway` run on."""
    return {"uvloop": uvloop.new_event_loop}


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
    await gateway.way.stop()


@pytest.fixture
async def bob(upstream: FakeUpstream, grants: Grants) -> AsyncIterator[Client]:
    gateway = build(upstream, grants=grants)
    yield Client(gateway, key=BOBS_KEY)
    await gateway.way.stop()
