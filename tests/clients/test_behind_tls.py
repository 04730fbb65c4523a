"""At each address of the gateway behind TLS a client that follows links stays there: no key in the clear."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.clients.kit import EMAIL, PYTHON, last_line, require, run
from tests.clients.ownkey_way import SLUG, SetUp, set_up
from tests.clients.tls_front import Front, running_front

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.clients

SCRIPT = """
import json, socket
found = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: found("127.0.0.1", *more, **named)
from jira import JIRA

jira = JIRA(server=DOOR, basic_auth=(EMAIL, KEY), options={"verify": TRUSTED})
issue = jira.issue("ACME-3")
issue.update(summary="By its own link")
issue.fields.assignee and jira._get_json("user", {"accountId": issue.fields.assignee.accountId})
print(json.dumps({"self": issue.self, "summary": jira.issue("ACME-3").fields.summary}))
"""


@pytest.fixture(scope="module")
def made(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> SetUp:
    """Return an Ownkey with Ada connected."""
    return set_up(sandbox, tmp_path_factory.mktemp("ownkey"))


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """Run a front that speaks TLS."""
    with running_front(tmp_path) as running:
        yield running


@pytest.mark.parametrize("door", ["path", "host", "port", "port of a known address", "port by the option"])
def test_an_issue_is_updated_by_its_link(sandbox: Sandbox, made: SetUp, front: Front, door: str) -> None:
    require(PYTHON)
    sandbox.reset(keep_tokens=True)
    base = f"https://localhost:{front.port}"
    arguments: dict[str, list[str]] = {
        "port": ["--account", SLUG],
        "port of a known address": ["--account", SLUG],
        "port by the option": ["--account", SLUG, "--public-url", base],
    }
    variables = {"OWNKEY_BASE_URL": base}
    if door == "port of a known address":
        variables |= {"OWNKEY_ACCOUNT_URL": base, "OWNKEY_BASE_URL": "https://ownkey.example"}
    if door == "port by the option":
        variables |= {"OWNKEY_BASE_URL": "https://ownkey.example"}
    address = {"path": f"{base}/jira/{SLUG}", "host": f"https://{SLUG}.jira.localhost:{front.port}"}.get(
        door, base
    )
    with made.gateway(*arguments.get(door, []), **variables) as port:
        front.behind = port
        values = {"DOOR": address, "EMAIL": EMAIL, "KEY": made.client_key, "TRUSTED": str(front.certificate)}
        given = "; ".join(f"{name} = {value!r}" for name, value in values.items())
        found = last_line(run([PYTHON, "-"], given=given + SCRIPT))
    assert found["self"].startswith(f"{address}/rest/api/2/issue/")
    assert found["summary"] == "By its own link"
    assert front.in_the_clear == []


def test_a_front_that_names_itself_another_host_gets_no_link_in_the_clear(
    sandbox: Sandbox, made: SetUp
) -> None:
    sandbox.reset(keep_tokens=True)
    with made.gateway("--account", SLUG, OWNKEY_BASE_URL="https://ownkey.example") as port:
        for host in (f"127.0.0.1:{port}", "localhost", "jira.internal:80"):
            headers = {
                "Authorization": f"Bearer {made.client_key}",
                "Host": host,
                "X-Forwarded-Proto": "http",
                "Forwarded": "proto=http",
            }
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/rest/api/3/issue/ACME-3", headers=headers
            )
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                request, timeout=30
            ) as answer:
                issue = json.load(answer)
            assert issue["self"].startswith(f"https://{host}/rest/api/3/issue/")
            assert f"http://{host}" not in json.dumps(issue)
