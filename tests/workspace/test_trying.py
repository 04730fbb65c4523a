"""Trying an operation: one declared call that reads; hostile parameters and answers are bounded and shown."""

import json
import random
import re
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.atlassian.answers import Meaning
from ownkey.calls.answers import Answer
from ownkey.calls.decision import Refused, decide
from ownkey.calls.refusals import Code
from ownkey.scopes.catalogue import Operation, load_catalogue
from ownkey.scopes.probes import probe_of
from ownkey.workspace.jira.asking import Jira, UndeclaredUseError
from ownkey.workspace.jira.shown_answer import LARGEST, LONGEST, MASK, shown_answer
from ownkey.workspace.jira.tried import Question, Tried, tried
from ownkey.workspace.jira.trouble import Kind
from ownkey.workspace.jira.uses import ISSUE, MYSELF, PROJECT, Use
from ownkey.workspace.operations.forms import (
    LONGEST_DOCUMENT,
    LONGEST_PART,
    LONGEST_QUERY,
    READING,
    TryForm,
    operation_called,
    try_form,
)
from tests.calls.faces import ALICES_SESSION, ByASession, ThroughTheGateway
from tests.gateway.kit import API_BASE, FakeUpstream, Given, Sent, json_answer
from tests.workspace.unit import CountingJira

ADDRESS: Final = "https://ownkey.example/jira/acme"
SCOPES: Final = sorted(load_catalogue().scopes)
OPERATIONS: Final = {operation.signature: operation for operation in load_catalogue().operations}
GET_ISSUE: Final = "GET /rest/api/3/issue/{issueIdOrKey}"


def called(signature: str) -> Operation:
    operation = operation_called(signature)
    assert operation is not None
    return operation


def form_of(signature: str, **data: str) -> TryForm:
    fields = {
        f"in-{name}" if name not in {"query", "document"} else name: text for name, text in data.items()
    }
    return try_form(called(signature), fields, is_sent=True)


def answer_of(body: bytes, *, status: int = 200, kind: str = "application/json") -> Answer:
    return Answer(status, [(b"content-type", kind.encode())], body, "r1", "alice@acme.example", is_main=False)


def shown(body: bytes, **more: Any) -> Any:  # noqa: ANN401 — what `answer_of` takes
    return shown_answer(answer_of(body, **more), base_url=API_BASE, address=ADDRESS)


def test_only_operations_that_read_and_some_token_may_call_can_be_tried() -> None:
    assert {use.signature for use in READING} <= set(OPERATIONS)
    assert all(OPERATIONS[use.signature].reads for use in READING)
    assert operation_called("DELETE /rest/api/3/issue/{issueIdOrKey}") is None
    assert operation_called("GET /rest/api/3/nonsense") is None
    assert operation_called("") is None
    assert operation_called(GET_ISSUE + "\n") is None


async def test_a_declared_operation_that_writes_is_not_sent_either() -> None:
    world = CountingJira(lambda *_: {})
    edit = Use("PUT", "/rest/api/3/issue/{issueIdOrKey}")
    with pytest.raises(UndeclaredUseError):
        await world.jira(edit).outcome(edit, {"issueIdOrKey": "ACME-1"})
    with pytest.raises(UndeclaredUseError):
        await world.jira(ISSUE).probed(probe_of(OPERATIONS[edit.signature], nonce="n"))
    assert world.calls == 0
    await world.way.stop()


async def test_a_value_that_leads_to_another_operation_is_not_sent() -> None:
    world = CountingJira(lambda *_: {})
    with pytest.raises(UndeclaredUseError):
        await world.jira(ISSUE).outcome(ISSUE, {"issueIdOrKey": "picker"})
    form = form_of(GET_ISSUE, issueIdOrKey="picker")
    assert "belongs to another operation, GET /rest/api/3/issue/picker" in form.parts[0].problem
    assert world.calls == 0
    await world.way.stop()


HOSTILE: Final = (
    "..",
    ".",
    "../../admin",
    "a/b",
    "a\\b",
    "ACME-1\r\nX-Injected: 1",
    "a\x00b",
    "a\x85b",
    "",
    "   ",
    "\u202eACME-1",
    "half \ud800",
    "A" * 10_000_000,
    "ATATT" + "3xFfGF0" + "a1B2" * 12,
    "ok_" + "abcdefgh2345" + "_" + "a" * 32,
)


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(each[:20]) for each in HOSTILE])
def test_a_hostile_parameter_has_a_sentence_and_is_not_asked(value: str) -> None:
    form = form_of(GET_ISSUE, issueIdOrKey=value)
    assert not form.is_valid
    assert form.parts[0].problem
    assert len(form.parts[0].value) <= LONGEST_PART + 1


@pytest.mark.parametrize("place", ["issueIdOrKey", "query", "document"])
def test_what_looks_like_a_secret_does_not_come_back(place: str) -> None:
    secret = "ATATT" + "3xFfGF0" + "a1B2" * 12
    text = json.dumps({"token": secret}) if place == "document" else secret
    signature = "POST /rest/api/3/issue/{issueIdOrKey}/changelog/list" if place == "document" else GET_ISSUE
    form = form_of(signature, **({"issueIdOrKey": "ACME-1"} | {place: text}))
    assert not form.is_valid
    assert secret not in repr(form)


@pytest.mark.parametrize(
    "value", ["ACME-1", "Zürich", "日本", "a b", "a%2Fb", "a?b#c", "%", "a;b", "٣", "..a"]
)
async def test_an_odd_parameter_reaches_jira_as_one_segment_or_not_at_all(value: str) -> None:
    form = form_of(GET_ISSUE, issueIdOrKey=value)
    if not form.is_valid:
        return
    world = CountingJira(lambda *_: {})
    await tried(world.jira(*READING), form.question(), address=ADDRESS)
    assert world.calls == 1
    path = world.upstream.sent[0].url.removeprefix(f"{API_BASE}/rest/api/3/issue/")
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", path)
    await world.way.stop()


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", ""),
        ("?maxResults=1", "?maxResults=1"),
        ("jql=project = ACME&fields=summary", "?jql=project+%3D+ACME&fields=summary"),
        ("a=1&a=2", "?a=1&a=2"),
        ("x=1\r\nHost: evil", "?x=1%0D%0AHost%3A+evil"),
        ("x=ü", "?x=%C3%BC"),
        ("x=#y", "?x=%23y"),
    ],
)
async def test_a_query_is_sent_encoded(query: str, sent: str) -> None:
    world = CountingJira(lambda *_: {})
    form = form_of("GET /rest/api/3/search/jql", query=query)
    assert form.is_valid
    result = await tried(world.jira(*READING), form.question(), address=ADDRESS)
    assert world.upstream.sent[0].url == f"{API_BASE}/rest/api/3/search/jql{sent}"
    assert result.asked == f"GET /rest/api/3/search/jql{sent}"
    await world.way.stop()


@pytest.mark.parametrize(
    "query", ["x=" + "a" * 10_000_000, "&".join(f"a{n}=1" for n in range(500)), "=1", "x=\ud800"]
)
def test_a_hostile_query_has_a_sentence(query: str) -> None:
    form = form_of("GET /rest/api/3/search/jql", query=query)
    assert form.query.problem
    assert len(form.query.value) <= LONGEST_QUERY + 1


@pytest.mark.parametrize(
    "document", ["{", "1", '"x"', "[" * 5_000, '{"a": ' + "9" * 5_000 + "}", "{}" + " " * 10_000_000]
)
def test_a_document_that_is_none_has_a_sentence(document: str) -> None:
    form = form_of("POST /rest/api/3/search/jql", document=document)
    assert form.document is not None
    assert form.document.problem
    assert len(form.document.value) <= LONGEST_DOCUMENT + 1


async def test_a_document_is_sent_as_json_and_a_page_token_is_no_secret() -> None:
    world = CountingJira(lambda *_: {"issues": [], "nextPageToken": "Aa1" * 20})
    document = json.dumps({"jql": "project = ACME", "nextPageToken": "Aa1" * 20})
    form = form_of("POST /rest/api/3/search/jql", document=document)
    assert form.is_valid
    result = await tried(world.jira(*READING), form.question(), address=ADDRESS)
    assert json.loads(world.upstream.sent[0].body or b"") == json.loads(document)
    assert result.answer is not None
    assert "Aa1Aa1" in result.answer.text
    assert result.answer.masked == 0
    await world.way.stop()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_typed_the_form_answers(part: str, query: str) -> None:
    form = form_of(GET_ISSUE, issueIdOrKey=part, query=query)
    if form.is_valid:
        words = form.question().words
        assert words.isascii()
        assert words.startswith("GET /rest/api/3/issue/")
        assert not any(letter in words for letter in "\r\n\x00")


# -- answers


def test_json_is_shown_with_links_through_ownkey() -> None:
    found = shown(json.dumps({"self": f"{API_BASE}/rest/api/3/issue/1", "n": 1}).encode())
    assert json.loads(found.text) == {"self": f"{ADDRESS}/rest/api/3/issue/1", "n": 1}
    assert "api.atlassian.com" not in found.text


def test_what_looks_like_a_secret_is_counted_and_not_shown() -> None:
    token = "ATATT" + "3xFfGF0" + "a1B2" * 12
    document = {
        "accessToken": "short",
        "sharedSecret": "s",
        "note": f"my token is {token}",
        "content": "https://media.example/file?token=abc.def&name=x",
        "nested": [{"password": "p"}],
        "passwordPolicy": {"minimum": 8},
        token: 1,
    }
    found = shown(json.dumps(document).encode())
    for secret in (token, "short", "abc.def", '"p"', '"s"'):
        assert secret not in found.text
    assert found.masked == 6
    assert f"?token={MASK}&name=x" in found.text
    assert '"minimum": 8' in found.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><script>alert(1)</script></html>", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "image/png"),
        (b"[" * 500_000, "application/json"),
        (b'{"n": ' + b"9" * 100_000 + b"}", "application/json"),
        (b"\xff\xfe", "application/json; x=<b>"),
        (b"nonsense", "<script>alert(1)</script>/x"),
    ],
    ids=["html", "svg", "png", "deep", "long number", "no text", "hostile kind"],
)
def test_what_is_no_json_is_not_shown(body: bytes, kind: str) -> None:
    found = shown(body, kind=kind)
    assert not found.text
    assert "not JSON" in found.note
    assert "<" not in found.note


def test_hostile_texts_in_json_are_text_on_the_page() -> None:
    document = {"summary": "<img src=x onerror=alert(1)>", "</pre><script>": "\u202eevil\x1b[2J"}
    result = Tried("GET /x", "", True, Meaning.SUCCESS, None, shown(json.dumps(document).encode()), "a")  # noqa: FBT003
    page = render_to_string("workspace/parts/tried.html", {"tried": result})
    assert "<img" not in page
    assert "<script" not in page
    assert page.count("</pre>") == 1
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_a_redirect_does_not_give_its_address_away() -> None:
    answer = Answer(
        303,
        [(b"location", b"https://media.example/file?token=abc")],
        b"https://media.example/file?token=abc",
        "r1",
        "alice@acme.example",
        is_main=False,
    )
    found = shown_answer(answer, base_url=API_BASE, address=ADDRESS)
    assert "abc" not in repr(found)
    assert "may hold a secret" in found.note


def test_what_is_shown_is_bounded_however_deep_it_is() -> None:
    depth = 200
    body = b'{"a":' * depth + b"[" + b",".join([b"0"] * 300_000) + b"]" + b"}" * depth
    tracemalloc.start()
    found = shown(body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.text) == LONGEST
    assert "first 60,000 characters" in found.note
    assert most < 64 * 1024 * 1024


async def test_a_hundred_megabytes_are_not_read() -> None:
    given = 0

    async def endless(_sent: Sent) -> Given:
        async def pieces() -> AsyncIterator[bytes]:
            nonlocal given
            yield b'{"a": "'
            for _ in range(100):
                given += 1
                yield b"x" * (1024 * 1024)

        answer = json_answer(b"")
        answer.pieces = pieces  # type: ignore[method-assign]
        return answer

    world = CountingJira(lambda *_: {})
    world.upstream.handler = endless
    result = await tried(world.jira(MYSELF), Question(MYSELF), address=ADDRESS)
    assert result.answer is None
    assert result.trouble is not None
    assert "larger than Ownkey reads" in result.trouble.sentence
    assert given <= LARGEST // (1024 * 1024) + 2
    await world.way.stop()


# -- what it does is what the person's client key could do


async def test_for_random_scopes_a_trial_is_what_is_decided_and_names_what_is_missing() -> None:
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    chosen = random.Random(seed)  # noqa: S311 — see above
    uses = sorted(READING)
    for _ in range(25):
        held = frozenset(chosen.sample(SCOPES, chosen.choice((5, 40))))
        world = CountingJira(lambda *_: {}, scopes=held)
        jira = world.jira(*READING)
        for use in chosen.sample(uses, 12):
            operation = OPERATIONS[use.signature]
            form = try_form(operation, dict.fromkeys(_names(operation), "10000"), is_sent=True)
            if not form.is_valid:
                continue
            world.begin()
            decision = decide(await jira.who(), use.method, use.filled(dict(form.question().parts)))
            result = await tried(jira, form.question(), address=ADDRESS)
            about = f"seed {seed}: {use.signature} {sorted(held)}"
            assert result.is_sent is not isinstance(decision, Refused), about
            assert world.calls == result.is_sent, about
            if isinstance(decision, Refused):
                assert result.trouble is not None
                assert result.trouble.code == decision.code.value, about
                assert set(result.trouble.scopes) == decision.missing, about
        await world.way.stop()


def _names(operation: Operation) -> list[str]:
    return [f"in-{name}" for name in re.findall(r"\{(\w+)\}", operation.path)]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (json_answer(b'{"key": "ACME-1"}'), 200),
        (json_answer(b'{"errorMessages": ["No."], "errors": {}}', status=403), 403),
        (json_answer(b'{"errorMessages": ["Gone."], "errors": {}}', status=404), 404),
        (json_answer(b"{}", status=429), 429),
        (json_answer(b"{}", status=500), 500),
    ],
    ids=["200", "403", "404", "429", "500"],
)
async def test_both_faces_send_the_same_call_and_get_the_same_answer(given: Given, status: int) -> None:
    upstream = FakeUpstream(given)
    tool = ThroughTheGateway(upstream)
    through_tool = await tool.ask("GET", "/rest/api/3/issue/ACME-1", query="fields=summary")
    page = ByASession(upstream)
    jira = Jira(page.way, ALICES_SESSION, uses=frozenset({ISSUE}))
    question = form_of(GET_ISSUE, issueIdOrKey="ACME-1", query="fields=summary").question()
    result = await tried(jira, question, address=ADDRESS)
    by_tool, by_page = upstream.sent
    assert (by_page.method, by_page.url, by_page.body) == (by_tool.method, by_tool.url, by_tool.body)
    assert by_page.header("authorization") == by_tool.header("authorization")
    assert result.answer is not None
    assert result.answer.status == through_tool.status == status
    await tool.way.stop()
    await page.way.stop()


@pytest.mark.parametrize("face", [ThroughTheGateway, ByASession], ids=["tool", "page"])
async def test_neither_face_sends_what_the_scopes_do_not_open(face: Any) -> None:  # noqa: ANN401
    upstream = FakeUpstream(json_answer(b"{}"))
    made = face(upstream)
    made.change(
        account=replace(made.snapshot.account, profile_scopes=frozenset({"read:jira-user"})),
    )
    given = await made.ask("GET", "/rest/api/3/project/ACME")
    assert given.code == Code.SCOPE_NOT_IN_PROFILE.value
    if isinstance(made, ByASession):
        jira = Jira(made.way, ALICES_SESSION, uses=frozenset({PROJECT}))
        result = await tried(jira, Question(PROJECT, {"projectIdOrKey": "ACME"}), address=ADDRESS)
        assert result.trouble is not None
        assert (result.trouble.code, result.is_sent) == (given.code, False)
        assert result.trouble.kind is Kind.TOKEN_MAY_NOT
    assert upstream.sent == []
    await made.way.stop()


async def test_a_scope_that_atlassian_refuses_is_no_permission_of_jira() -> None:
    body = b'{"code":401,"message":"Unauthorized; scope does not match"}'
    world = CountingJira(lambda *_: {})
    headers = {"x-failure-category": "FAILURE_CLIENT_SCOPE_CHECK"}
    world.upstream.handler = json_answer(body, status=401, headers=headers)
    result = await tried(world.jira(MYSELF), Question(MYSELF), address=ADDRESS)
    assert result.meaning is Meaning.SCOPE_REFUSED
    assert result.trouble is not None
    assert result.trouble.kind is Kind.TOKEN_MAY_NOT
    assert "Jira does not let" not in result.trouble.sentence
    await world.way.stop()
