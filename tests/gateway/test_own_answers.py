"""What Ownkey itself answers in the gateway: never sniffed, a sandbox to browsers, whatever text is in it."""

import json
from collections.abc import Awaitable, Callable

import pytest

from ownkey.gateway.asgi import Message, Scope
from ownkey.gateway.json_text import as_json
from ownkey.gateway.status_app import build_status_app
from tests.gateway.kit import ALICES_KEY, Answered, Client, FakeUpstream, Sent, build, json_answer

EXPLAIN = "/jira/acme/_ownkey/explain"
SEARCH = "/jira/acme/rest/api/2/search"
HALVES = (
    b'{"accountId":"a\\ud83d","displayName":"\\ude00 half",'
    b'"issues":[{"id":"1","fields":{"summary":"\\ud83d"}}]}'
)


async def gone(sent: Sent):  # type: ignore[no-untyped-def]  # noqa: ANN201 what the kit takes
    return json_answer(b"{}", status=410 if sent.url.partition("?")[0].endswith("/search") else 200)


def app_of(path: str) -> Callable[[Client], Awaitable[Answered]]:
    return lambda client: client.ask("GET", path, query="method=GET&path=/rest/api/3/myself")


OWN: dict[str, Callable[[Client], Awaitable[Answered]]] = {
    "a refusal": lambda client: client.ask("GET", "/jira/acme/rest/no/such"),
    "no key": lambda client: client.ask(
        "GET", "/jira/acme/rest/api/3/myself", headers={"authorization": "x"}
    ),
    "no address": lambda client: client.ask("GET", "/elsewhere"),
    "a wrong method": lambda client: client.ask("BREW", "/jira/acme/rest/api/3/myself"),
    "a dry run": app_of(EXPLAIN),
    "the status": app_of("/jira/acme/_ownkey/status"),
    "the session": app_of("/jira/acme/rest/auth/1/session"),
    "a browse link": app_of("/jira/acme/browse/ACME-1"),
    "a retold search": lambda client: client.ask("GET", SEARCH, query="jql=project%3DA"),
    "Jira's answer": app_of("/jira/acme/rest/api/3/myself"),
}


@pytest.mark.parametrize("ask", OWN.values(), ids=OWN.keys())
async def test_every_answer_of_ownkeys_own_is_a_sandbox_and_not_sniffed(
    ask: Callable[[Client], Awaitable[Answered]],
) -> None:
    answer = await ask(Client(build(FakeUpstream(gone))))
    assert answer.status
    assert [value for name, value in answer.headers if name == b"x-content-type-options"] == [b"nosniff"]
    policies = [value for name, value in answer.headers if name == b"content-security-policy"]
    assert policies == [b"default-src 'none'; sandbox"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing"])
async def test_so_is_the_status_port(path: str) -> None:
    scope: Scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    await build_status_app(build())(scope, receive, send)
    assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]


@pytest.mark.parametrize("path", ["/jira/acme/rest/auth/1/session", SEARCH])
async def test_half_a_character_is_told_as_jira_told_it(path: str) -> None:
    async def answer(sent: Sent):  # type: ignore[no-untyped-def]  # noqa: ANN202 what the kit takes
        is_old = sent.url.partition("?")[0].endswith("/search")
        return json_answer(b"{}", status=410) if is_old else json_answer(HALVES)

    got = await Client(build(FakeUpstream(answer)), key=ALICES_KEY).ask("GET", path, query="jql=project%3DA")
    assert (got.status, got.code) == (200, None)
    told = json.loads(got.body)
    assert "\ud83d" in json.dumps(told, ensure_ascii=False)


def test_whole_text_stays_as_it_is() -> None:
    assert as_json({"a": "Größe ☕ 😀"}) == '{"a": "Größe ☕ 😀"}'.encode()
