"""The sandbox as a program: it starts, tells its address, breaks answers as asked, and stops."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ownkey.sandbox.server import AddressInUseError, NotLoopbackError, run
from tests.sandbox_process import OPENER, Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run the sandbox as a process, for all tests of this module."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.reset()


def fetch(sandbox: Sandbox, path: str = "/_edge/tenant_info") -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(sandbox.url + path, timeout=60) as response:
        body: bytes = response.read()
    return body


def test_started_sandbox_answers(sandbox: Sandbox) -> None:
    assert sandbox.cloud_id.encode() in fetch(sandbox)
    assert [entry["path"] for entry in sandbox.requests()] == ["/_edge/tenant_info"]
    assert sandbox.effects() == []


def test_a_sandbox_can_begin_with_many_issues_and_a_search_that_lags() -> None:
    with running_sandbox(issues=300, search_lag_s=30) as running:
        assert running.add_issues(1) == "MANY-301"
        token = running.make_token()
        assert len(found(running, token, "project = MANY")) == 300
        running.let_search_lag(0)
        assert len(found(running, token, "project = MANY")) == 301
        running.reset()
        token = running.make_token()
        assert len(found(running, token, "project = MANY")) == 300


def found(running: Sandbox, token: str, jql: str) -> list[str]:
    query = f"jql={quote(jql)}&fields=id&maxResults=5000"
    request = urllib.request.Request(f"{running.url}/rest/api/3/search/jql?{query}")  # noqa: S310 - our own
    credential = base64.b64encode(f"ada@acme.example:{token}".encode()).decode()
    request.add_header("authorization", f"Basic {credential}")
    with OPENER.open(request, timeout=60) as response:
        return [issue["id"] for issue in json.load(response)["issues"]]


def test_cut_connection_ends_within_the_body(sandbox: Sandbox) -> None:
    sandbox.faults({"cut": True, "times": 1})
    with pytest.raises(http.client.IncompleteRead):
        fetch(sandbox)
    assert fetch(sandbox)


def test_huge_answer_is_as_large_as_was_asked(sandbox: Sandbox) -> None:
    sandbox.faults({"huge_bytes": 3_000_000})
    assert len(fetch(sandbox)) >= 3_000_000


def test_dripping_answer_arrives_whole(sandbox: Sandbox) -> None:
    sandbox.faults({"drip_ms": 1})
    assert sandbox.cloud_id.encode() in fetch(sandbox)


def test_redirect_is_not_followed_by_the_sandbox_itself(sandbox: Sandbox) -> None:
    sandbox.faults({"redirect": "/nothing", "path": "/_edge/tenant_info"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(sandbox)
    refused.value.close()


def test_taken_port_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(AddressInUseError, match="is taken"):
        run(port=int(sandbox.url.rpartition(":")[2]))


def test_other_machines_are_not_let_in_by_default() -> None:
    with pytest.raises(NotLoopbackError):
        run(host="0.0.0.0")  # noqa: S104 - refused, which is the point


def test_port_that_nothing_holds_is_free_again() -> None:
    with running_sandbox() as running:
        port = int(running.url.rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
