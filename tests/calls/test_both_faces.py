"""What holds for a tool's call holds for a page's: one suite, run through both."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ownkey.calls.grants import ReadOnly, Withheld
from ownkey.calls.refusals import WITHHELD, Code
from ownkey.calls.upstream import BrokeOffError, TooSlowError, UnreachableError
from ownkey.calls.usage import Counted, Outcome
from tests.calls.faces import Face
from tests.gateway.kit import (
    ALICES_CREDENTIAL,
    AUTHORIZATION,
    NOW,
    FakeUpstream,
    Given,
    Sent,
    json_answer,
    until,
)

ISSUE = "/rest/api/3/issue/ACME-1"
SPRINT = "/rest/agile/1.0/sprint/1"
NAME = "GET /rest/api/3/issue/{issueIdOrKey}"


async def test_a_call_is_made_as_the_person(face: Face, upstream: FakeUpstream) -> None:
    upstream.handler = json_answer(b'{"key": "ACME-1"}')
    given = await face.ask("GET", ISSUE, query="fields=summary")
    assert (given.status, given.code, given.body) == (200, None, b'{"key": "ACME-1"}')
    (sent,) = upstream.sent
    assert sent.url.endswith(f"{ISSUE}?fields=summary")
    assert sent.header("authorization") == AUTHORIZATION


async def test_jiras_own_refusal_is_an_answer(face: Face, upstream: FakeUpstream) -> None:
    upstream.handler = json_answer(b'{"errorMessages": ["gone"]}', status=404)
    given = await face.ask("GET", ISSUE)
    assert (given.status, given.code) == (404, None)


@pytest.mark.parametrize(
    ("change", "path", "method", "code"),
    [
        ({"read_only": ReadOnly.POLICY}, ISSUE, "DELETE", Code.READ_ONLY),
        ({"key_scopes": frozenset({"read:jira-user"})}, ISSUE, "GET", Code.SCOPE_NOT_IN_CLIENT_KEY),
        (
            {"credential": replace(ALICES_CREDENTIAL, token_scopes=frozenset())},
            ISSUE,
            "GET",
            Code.SCOPE_NOT_IN_TOKEN,
        ),
        ({}, "/rest/api/3/workflow/search", "GET", Code.SCOPE_NOT_IN_PROFILE),
        ({}, "/rest/api/3/nothing/here", "GET", Code.UNKNOWN_OPERATION),
        ({}, "/rest/api/3/issue/../myself", "GET", Code.UNSAFE_PATH),
        ({}, "/rest/api/3/myself", "PATCH", Code.WRONG_METHOD),
        ({}, ISSUE, "BREW", Code.WRONG_METHOD),
        *[({"credential": Withheld(code)}, ISSUE, "GET", code) for code in sorted(WITHHELD)],
    ],
)
async def test_what_may_not_be_done_is_refused_and_not_sent(
    face: Face, change: dict[str, object], path: str, method: str, code: Code
) -> None:
    face.change(**change)
    given = await face.ask(method, path)
    assert given.code == code.value
    assert given.detail
    assert face.upstream.sent == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreachableError, Code.UPSTREAM_UNREACHABLE),
        (TooSlowError, Code.UPSTREAM_TOO_SLOW),
        (BrokeOffError, Code.UPSTREAM_BROKE_OFF),
    ],
)
async def test_trouble_at_atlassian_has_its_own_code(
    face: Face, upstream: FakeUpstream, error: type[Exception], code: Code
) -> None:
    async def fail(_: Sent) -> Given:
        raise error

    upstream.handler = fail
    assert (await face.ask("GET", ISSUE)).code == code.value


async def test_while_grants_cannot_be_read_nothing_is_sent(face: Face, upstream: FakeUpstream) -> None:
    face.grants.is_away = True
    assert (await face.ask("GET", ISSUE)).code == Code.UNSURE.value
    assert upstream.sent == []


async def test_a_fault_is_a_refusal_without_its_words(face: Face, upstream: FakeUpstream) -> None:
    async def crash(_: Sent) -> Given:
        raise KeyError(AUTHORIZATION)

    upstream.handler = crash
    given = await face.ask("GET", ISSUE)
    assert given.code == Code.FAULT.value
    assert "Basic" not in str(given)


async def test_calls_are_counted_by_their_means(face: Face, upstream: FakeUpstream) -> None:
    await face.ask("GET", ISSUE)
    face.change(read_only=ReadOnly.POLICY)
    await face.ask("DELETE", ISSUE)
    batch = face.way.usage.drain()
    assert batch.last_used_at == {face.means: NOW}
    assert batch.calls == {
        Counted(face.means, NAME, Outcome.ANSWERED): 1,
        Counted(face.means, "DELETE /rest/api/3/issue/{issueIdOrKey}", Outcome.REFUSED): 1,
    }
    assert len(upstream.sent) == 1


@pytest.mark.parametrize("field", ["set-cookie", "www-authenticate", "ownkey-acting-as", "x-other"])
async def test_answer_headers_pass_by_one_table(face: Face, upstream: FakeUpstream, field: str) -> None:
    upstream.handler = json_answer(b"{}", headers={field: "planted"})
    given = await face.ask("GET", ISSUE)
    assert (given.headers.get(field) == "planted") is (field == "x-other")


@pytest.mark.parametrize("field", ["cookie", "x-forwarded-for", "proxy-authorization", "x-other"])
async def test_request_headers_pass_by_one_table(face: Face, upstream: FakeUpstream, field: str) -> None:
    await face.ask("GET", ISSUE, headers={field: "planted"})
    assert (upstream.sent[0].header(field) == b"planted") is (field == "x-other")


async def test_what_is_no_longer_allowed_is_cut_while_it_is_open(face: Face, upstream: FakeUpstream) -> None:
    async def wait(_: Sent) -> Given:
        await asyncio.Event().wait()
        raise AssertionError

    upstream.handler = wait
    asking = asyncio.create_task(face.ask("GET", ISSUE))
    await until(lambda: upstream.open_count == 1)
    face.change(credential=Withheld(Code.NOT_CONNECTED))
    assert (await asking).code == Code.NOT_CONNECTED.value
    assert upstream.open_count == 0


@pytest.mark.parametrize("how", ["gone", "expired"])
async def test_a_means_that_has_ended_is_cut_and_refused(
    face: Face, upstream: FakeUpstream, how: str
) -> None:
    async def wait(_: Sent) -> Given:
        await asyncio.Event().wait()
        raise AssertionError

    upstream.handler = wait
    asking = asyncio.create_task(face.ask("GET", ISSUE))
    await until(lambda: upstream.open_count == 1)
    if how == "gone":
        face.grants.end(face.means)
    else:
        face.change(expires_at=NOW - timedelta(seconds=1))
    wanted = Code.CLIENT_KEY_REFUSED if face.name == "gateway" else Code.SESSION_ENDED
    assert (await asking).code == wanted.value
    assert (await face.ask("GET", ISSUE)).code == wanted.value
    assert len(upstream.sent) == 1


async def test_a_refused_credential_is_not_sent_again(face: Face, upstream: FakeUpstream) -> None:
    async def refuse(sent: Sent) -> Given:
        return json_answer(
            b'{"code": 401, "message": "Unauthorized"}' if "myself" in sent.url else b"{}", status=401
        )

    upstream.handler = refuse
    assert (await face.ask("GET", ISSUE)).status == 401
    await until(lambda: face.grants.refused == [("alices", 1)])
    sent = len(upstream.sent)
    assert (await face.ask("GET", ISSUE)).code == Code.CREDENTIAL_REFUSED.value
    assert len(upstream.sent) == sent
