"""Each client goes each way: to the sandbox's site, to its API gateway, and through Ownkey's gateway.

The last is what Ownkey is for; the first two show that what differs there is Jira's doing and not Ownkey's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ownkey.scopes.profiles import PLANNING
from tests.clients.kit import EMAIL, File, Way, make_file
from tests.clients.ownkey_way import Gateway, running_gateway
from tests.sandbox_process import Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest import FixtureRequest  # noqa: PT013 - only a type

WAYS = ("site", "api-gateway", "ownkey")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Run the sandbox as a process."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def gateway(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run Ownkey's gateway as a process, with Ada connected."""
    with running_gateway(sandbox, tmp_path_factory.mktemp("ownkey")) as running:
        yield running


@pytest.fixture(params=WAYS)
def way(request: FixtureRequest, sandbox: Sandbox) -> Way:
    """Return a way to a fresh Jira."""
    if request.param == "ownkey":
        gateway: Gateway = request.getfixturevalue("gateway")
        sandbox.reset(keep_tokens=True)
        return Way("ownkey", gateway.address, gateway.client_key, sandbox)
    sandbox.reset(keep_tokens=True)
    if request.param == "site":
        return Way("site", sandbox.url, sandbox.make_token(EMAIL), sandbox)
    token = sandbox.make_token(EMAIL, PLANNING.scopes)
    return Way("api-gateway", sandbox.gateway_url, token, sandbox)


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Return the file that a client uploads."""
    return make_file(tmp_path)
