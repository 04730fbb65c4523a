"""What a client reads through Ownkey and writes back is in Jira as people wrote it, links and all."""

from __future__ import annotations

import base64
import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.kit import EMAIL

if TYPE_CHECKING:
    from tests.clients.ownkey_way import Gateway
    from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.clients

ISSUE = "/rest/api/3/issue/ACME-1"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks at an address, with a password."""

    address: str
    password: str

    def ask(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 what Jira answers
        """Return what is answered."""
        credentials = base64.b64encode(f"{EMAIL}:{self.password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 loopback
            self.address + path,
            data=None if document is None else json.dumps(document).encode(),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None


@pytest.fixture
def jira(sandbox: Sandbox) -> Caller:
    """Return somebody who asks Jira itself."""
    sandbox.reset(keep_tokens=True)
    return Caller(sandbox.url, sandbox.make_token(EMAIL))


@pytest.fixture
def ownkey(gateway: Gateway) -> Caller:
    """Return somebody who asks through Ownkey."""
    return Caller(gateway.address, gateway.client_key)


def links_of(sandbox: Sandbox) -> list[str]:
    """Return links such as people copy from the address bar and from answers."""
    return [
        f"{base}/rest/api/3/{what}"
        for base in (sandbox.url, sandbox.gateway_url)
        for what in ("issue/10001", "attachment/content/10001", "user?accountId=1")
    ]


def document(texts: list[str]) -> dict[str, Any]:
    """Return a rich text with links in its text, its marks and its cards."""
    inline = [
        {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": text}}]} for text in texts
    ]
    cards = [{"type": "inlineCard", "attrs": {"url": text}} for text in texts]
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": inline + cards}]}


def test_a_description_comes_back_as_it_was(sandbox: Sandbox, jira: Caller, ownkey: Caller) -> None:
    written = {"summary": links_of(sandbox)[0], "description": document(links_of(sandbox))}
    jira.ask("PUT", ISSUE, {"fields": written})
    before = jira.ask("GET", ISSUE)["fields"]
    read = ownkey.ask("GET", ISSUE)
    assert read["self"].startswith(f"{ownkey.address}/rest/api/3/issue/")
    assert read["fields"]["status"]["self"].startswith(ownkey.address)
    ownkey.ask("PUT", ISSUE, {"fields": {name: read["fields"][name] for name in written}})
    after = jira.ask("GET", ISSUE)["fields"]
    assert [after[name] for name in written] == [before[name] for name in written]


def test_a_plain_description_with_an_addition_has_only_that(
    sandbox: Sandbox, jira: Caller, ownkey: Caller
) -> None:
    plain = ISSUE.replace("/3/", "/2/")
    text = "\n".join(f'See "self":"{link}" and {link}.' for link in links_of(sandbox))
    jira.ask("PUT", plain, {"fields": {"description": text}})
    read = ownkey.ask("GET", plain)["fields"]["description"]
    ownkey.ask("PUT", plain, {"fields": {"description": f"{read} (edited)"}})
    assert jira.ask("GET", plain)["fields"]["description"] == f"{text} (edited)"


def test_comments_come_back_as_they_were(sandbox: Sandbox, jira: Caller, ownkey: Caller) -> None:
    made = jira.ask("POST", f"{ISSUE}/comment", {"body": document(links_of(sandbox))})
    path = f"{ISSUE}/comment/{made['id']}"
    read = ownkey.ask("GET", path)
    assert read["self"].startswith(ownkey.address)
    ownkey.ask("PUT", path, {"body": read["body"]})
    assert jira.ask("GET", path)["body"] == made["body"]
