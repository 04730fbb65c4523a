"""An answer to a call is about its resource: one question, who is signed in, decides about the credential."""

import asyncio
import gzip
from dataclasses import replace

import pytest

from ownkey.calls.breaker import SharedRefusals
from ownkey.calls.first_call import PAUSES_S, FirstCallGate
from ownkey.calls.upstream import BrokeOffError, TooSlowError, UnreachableError
from ownkey.calls.way import Limits
from tests.gateway.kit import (
    ALICE,
    ALICES_CREDENTIAL,
    ALICES_KEY,
    API_BASE,
    SITE_URL,
    Client,
    FakeUpstream,
    Given,
    Grants,
    Sent,
    build,
    json_answer,
    until,
)

ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"
ROLES = "/jira/acme/rest/api/2/project/ACME/role"
SEARCH = "/jira/acme/rest/api/2/search"
SESSION = "/jira/acme/rest/auth/1/session"
ME = json_answer(b'{"accountId":"acc-alice","displayName":"Alice"}')
UNAUTHORIZED = json_answer(b'{"code":401,"message":"Unauthorized"}', status=401)
SCOPE = json_answer(b'{"code":401,"message":"Unauthorized; scope does not match"}', status=401)
FAILED = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
NO_ADMIN = b'{"errorMessages":["You cannot edit the configuration of this project."],"errors":{}}'


def is_question(sent: Sent) -> bool:
    return sent.header("user-agent") == b"ownkey-gateway"


class Jira:
    """A Jira that answers calls in one way and the question who is signed in another."""

    def __init__(self, call: Given, who: Given | Exception = ME) -> None:
        self.call, self.who = call, who
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, sent: Sent) -> Given:
        if not is_question(sent):
            return self.call
        await self.go.wait()
        if isinstance(self.who, Exception):
            raise self.who
        return self.who


def questions(upstream: FakeUpstream) -> list[Sent]:
    return [sent for sent in upstream.sent if is_question(sent)]


def plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


class Clock:
    """A clock that a test moves, and that never stands still."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now


IN_JIRAS_WORDS = {
    "project roles": json_answer(NO_ADMIN, status=401),
    "screen tabs": json_answer(b'{"errorMessages":[],"errors":{}}', status=401),
    "packed": Given(
        401, [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")], gzip.compress(NO_ADMIN)
    ),
    "the account's header": json_answer(b"{}", status=401, headers={"x-aaccountid": "acc-alice"}),
    "the account's header on a web page": Given(
        401, [(b"content-type", b"text/html"), (b"x-aaccountid", b"acc-alice")], b"<html>no"
    ),
    "the account in the gateway's words": json_answer(
        b'{"code":401,"message":"Unauthorized"}', status=401, headers={"x-aaccountid": "acc-alice"}
    ),
    "Jira's request id and nothing else": Given(401, [(b"x-arequestid", b"1x2")], b""),
    "service desk": json_answer(b'{"errorMessage":"no","i18nErrorMessage":{"i18nKey":"x"}}', status=401),
    "agile": json_answer(b'{"message":"Client must be authenticated","status-code":401}', status=401),
    "field errors": json_answer(b'{"errors":{"permission":"no"}}', status=401),
    "in pieces": Given(401, [(b"content-type", b"application/json")], [NO_ADMIN[:20], NO_ADMIN[20:]]),
}


@pytest.mark.parametrize("answer", IN_JIRAS_WORDS.values(), ids=IN_JIRAS_WORDS.keys())
async def test_jiras_own_401_is_no_verdict_and_no_doubt(answer: Given, grants: Grants) -> None:
    upstream = FakeUpstream(answer)
    alice = Client(build(upstream, grants=grants))
    got = await alice.ask("GET", ROLES)
    assert (got.status, got.code) == (401, None)
    assert plain(got.body) == plain(answer.body if isinstance(answer.body, bytes) else b"".join(answer.body))
    upstream.handler = ME
    assert (await alice.ask("GET", ISSUE)).status == 200
    assert len(upstream.sent) == 2, "nothing was asked besides"
    assert not grants.refused


IN_DOUBT = {
    "the gateway's words": UNAUTHORIZED,
    "no body": Given(401, [], b""),
    "Jira's web page": Given(
        401,
        [(b"content-type", b"text/html"), (b"x-seraph-loginreason", b"AUTHENTICATED_FAILED")],
        b"<html>Unauthorized",
    ),
    "a web page with Atlassian's trace id": Given(
        401, [(b"content-type", b"text/html"), (b"atl-traceid", b"0c0ffee0")], b"<html>Unauthorized"
    ),
    "a proxy's JSON": json_answer(b'{"statusCode":401,"error":"Unauthorized"}', status=401),
    "errors as others list them": json_answer(b'{"errors":[{"status":"401"}]}', status=401),
    "Jira's words for nobody": json_answer(NO_ADMIN, status=401, headers=FAILED),
    "CAPTCHA": Given(403, [(b"x-authentication-denied-reason", b"CAPTCHA_CHALLENGE; login-url=x")], b""),
    "sign-in denied": Given(403, [(b"x-seraph-loginreason", b"AUTHENTICATION_DENIED")], b"no"),
    "not found for nobody": json_answer(NO_ADMIN, status=404, headers=FAILED),
    "Bearer refused": json_answer(b'{"error":"Failed to parse Connect Session Auth Token"}', status=403),
    "broken gzip": Given(401, [(b"content-encoding", b"gzip")], b"\x1f\x8bnonsense"),
}
ALIVE = {
    "who": ME,
    "no scope to say": SCOPE,
    "no scope, header alone": Given(401, [(b"x-failure-category", b"FAILURE_CLIENT_SCOPE_CHECK")], b""),
    "no access": json_answer(b'{"errorMessages":["no"]}', status=403),
    "Jira's 401": json_answer(NO_ADMIN, status=401),
    "the account's header": json_answer(b"{}", status=401, headers={"x-aaccountid": "acc-alice"}),
}


@pytest.mark.parametrize("who", ALIVE.values(), ids=ALIVE.keys())
@pytest.mark.parametrize("answer", IN_DOUBT.values(), ids=IN_DOUBT.keys())
async def test_a_credential_that_is_confirmed_goes_on(answer: Given, who: Given, grants: Grants) -> None:
    upstream = FakeUpstream(Jira(answer, who))
    alice = Client(build(upstream, grants=grants))
    got = await alice.ask("GET", ROLES)
    assert (got.status, got.code, got.body) == (answer.status, None, answer.body)
    upstream.handler = Jira(json_answer(b"{}"), who)
    for _ in range(3):
        assert (await alice.ask("GET", ISSUE)).status == 200
    assert len(questions(upstream)) == 1
    assert not grants.refused


async def test_the_question_is_the_harmless_one_and_carries_the_same_credential() -> None:
    upstream = FakeUpstream(Jira(UNAUTHORIZED))
    await Client(build(upstream)).ask("POST", "/jira/acme/rest/api/3/issue", body=b"{}")
    await until(lambda: questions(upstream))
    asked = questions(upstream)[0]
    assert (asked.method, asked.url, asked.body) == ("GET", f"{API_BASE}/rest/api/3/myself", b"")
    assert asked.header("authorization") == ALICES_CREDENTIAL.authorization


@pytest.mark.parametrize("who", IN_DOUBT.values(), ids=IN_DOUBT.keys())
async def test_a_credential_that_is_not_confirmed_is_held(who: Given, grants: Grants) -> None:
    upstream = FakeUpstream(Jira(UNAUTHORIZED, who))
    alice = Client(build(upstream, grants=grants))
    assert (await alice.ask("GET", ROLES)).status == 401
    for _ in range(5):
        assert (await alice.ask("GET", ISSUE)).code == "credential-refused"
    assert len(upstream.sent) == 2, "the call and the question"
    await until(lambda: grants.refused == [("alices", 1)])


@pytest.mark.parametrize("is_dead", [True, False], ids=["dead", "alive"])
async def test_a_hundred_calls_that_are_out_raise_one_question(is_dead: bool, grants: Grants) -> None:  # noqa: FBT001
    upstream = FakeUpstream(json_answer(b"{}"))
    gate = FirstCallGate(monotonic=Clock())
    gateway = build(upstream, grants=grants, gate=gate, limits=Limits(open_calls_per_means=100))
    clients = [Client(gateway) for _ in range(100)]
    go = asyncio.Event()

    async def refuse(sent: Sent) -> Given:
        if is_question(sent):
            return UNAUTHORIZED if is_dead else ME
        await go.wait()
        return UNAUTHORIZED

    await clients[0].ask("GET", ISSUE)
    upstream.handler = refuse
    out = [asyncio.create_task(client.ask("GET", ISSUE)) for client in clients]
    await until(lambda: len(upstream.sent) == 1 + 100)
    go.set()
    statuses = [answer.status for answer in await asyncio.gather(*out)]
    assert statuses == [401] * 100
    assert len(questions(upstream)) == 1
    upstream.handler = ME
    later = await clients[0].ask("GET", ISSUE)
    assert later.code == ("credential-refused" if is_dead else None)
    assert len(questions(upstream)) == 1


async def test_while_the_question_is_out_nothing_else_leaves(grants: Grants) -> None:
    jira = Jira(UNAUTHORIZED)
    jira.go.clear()
    upstream = FakeUpstream(jira)
    alice = Client(build(upstream, grants=grants, gate=FirstCallGate(monotonic=Clock(), patience_s=0.05)))
    assert (await alice.ask("GET", ROLES)).status == 401
    waiting = [asyncio.create_task(alice.ask("GET", ISSUE)) for _ in range(20)]
    for answer in await asyncio.gather(*waiting):
        assert (answer.status, answer.code) == (503, "credential-in-doubt")
        assert answer.header("retry-after") == b"1"
    assert len(upstream.sent) == 2, "the call and the question"
    jira.call = json_answer(b"{}")
    jira.go.set()
    await until(lambda: not upstream.open_count)
    assert (await alice.ask("GET", ISSUE)).status == 200
    assert not grants.refused


PROXYS_PAGE = Given(
    401, [(b"content-type", b"text/html"), (b"www-authenticate", b"Negotiate")], b"<html>Sign in to the proxy"
)
UNPROVEN: dict[str, Given | Exception] = {
    "a proxy's page with 401": PROXYS_PAGE,
    "a firewall's page with 401": Given(401, [(b"server", b"cloudflare")], b"<!doctype html><title>Blocked"),
    "a packed page with 401": Given(401, [(b"content-encoding", b"gzip")], gzip.compress(b"<html>Denied")),
    "rate limit": json_answer(b"{}", status=429),
    "down": json_answer(b"{}", status=503),
    "a redirect": Given(302, [(b"location", b"https://elsewhere.example/")], b""),
    "a page": Given(200, [(b"content-type", b"text/html")], b"<html>Sign in"),
    "nothing": UnreachableError(),
    "silence": TooSlowError(),
    "half an answer": BrokeOffError(),
    "our own fault": ValueError("x"),
}


@pytest.mark.parametrize("who", UNPROVEN.values(), ids=UNPROVEN.keys())
async def test_what_is_not_proven_cuts_nobody_off_and_sends_little(
    who: Given | Exception, grants: Grants
) -> None:
    clock = Clock()
    upstream = FakeUpstream(Jira(UNAUTHORIZED, who))
    alice = Client(build(upstream, grants=grants, gate=FirstCallGate(monotonic=clock)))
    for number, pause_s in enumerate((*PAUSES_S, PAUSES_S[-1]), start=1):
        assert (await alice.ask("GET", ROLES)).status == 401
        for _ in range(10):
            held = await alice.ask("GET", ISSUE)
            assert held.code == "credential-in-doubt"
            assert int(held.header("retry-after") or b"0") == pytest.approx(pause_s, abs=1)
        assert len(upstream.sent) == 2 * number
        clock.now += pause_s + 0.001
    assert not grants.refused
    upstream.handler = json_answer(b"{}")
    for _ in range(3):
        assert (await alice.ask("GET", ISSUE)).status == 200, "a good answer ends the doubt"


async def test_a_page_of_a_proxy_before_everything_cuts_nobody_off(grants: Grants) -> None:
    upstream = FakeUpstream(PROXYS_PAGE)
    alice = Client(build(upstream, grants=grants, gate=FirstCallGate(monotonic=Clock())))
    got = await alice.ask("GET", ROLES)
    assert (got.status, got.body) == (401, PROXYS_PAGE.body)
    for _ in range(5):
        assert (await alice.ask("GET", ISSUE)).code == "credential-in-doubt"
    assert len(upstream.sent) == 2, "the call and the question"
    assert not grants.refused


async def test_a_wait_that_atlassian_names_is_kept_up_to_a_bound(grants: Grants) -> None:
    clock = Clock()
    who = json_answer(b"{}", status=429, headers={"retry-after": "99999"})
    alice = Client(
        build(FakeUpstream(Jira(UNAUTHORIZED, who)), grants=grants, gate=FirstCallGate(monotonic=clock))
    )
    await alice.ask("GET", ROLES)
    held = await alice.ask("GET", ISSUE)
    assert 299 <= int(held.header("retry-after") or b"0") <= 300


async def test_a_server_that_is_down_ends_no_doubt(grants: Grants) -> None:
    clock = Clock()
    jira = Jira(UNAUTHORIZED, json_answer(b"{}", status=503))
    upstream = FakeUpstream(jira)
    alice = Client(build(upstream, grants=grants, gate=FirstCallGate(monotonic=clock)))
    await alice.ask("GET", ROLES)
    assert (await alice.ask("GET", ISSUE)).code == "credential-in-doubt"
    clock.now += 2
    jira.call = json_answer(b"{}", status=503)
    assert (await alice.ask("GET", ISSUE)).status == 503
    jira.call = UNAUTHORIZED
    await alice.ask("GET", ROLES)
    held = await alice.ask("GET", ISSUE)
    assert int(held.header("retry-after") or b"0") > 1, "the second question is still the second"


async def test_each_lone_401_is_confirmed_anew(grants: Grants) -> None:
    jira = Jira(UNAUTHORIZED)
    upstream = FakeUpstream(jira)
    alice = Client(build(upstream, grants=grants, gate=FirstCallGate(monotonic=Clock())))
    for _ in range(3):
        assert (await alice.ask("GET", ROLES)).status == 401
    jira.who = UNAUTHORIZED
    assert (await alice.ask("GET", ROLES)).status == 401
    assert (await alice.ask("GET", ROLES)).code == "credential-refused"
    assert len(questions(upstream)) == 4


class Shared(SharedRefusals):
    """What another process has seen; the file between real processes is tested elsewhere."""

    def __init__(self) -> None:
        self.refused: set[tuple[str, int]] = set()

    def holds(self, credential_id: str, version: int) -> bool:
        return (credential_id, version) in self.refused

    def add(self, credential_id: str, version: int) -> None:
        self.refused.add((credential_id, version))


async def test_what_another_process_has_found_out_is_not_asked_again(grants: Grants) -> None:
    shared = Shared()

    async def refuse(_: Sent) -> Given:
        shared.add("alices", 1)  # meanwhile, elsewhere
        return UNAUTHORIZED

    upstream = FakeUpstream(refuse)
    alice = Client(build(upstream, grants=grants, refusals=shared))
    assert (await alice.ask("GET", ROLES)).status == 401
    assert (await alice.ask("GET", ROLES)).code == "credential-refused"
    assert len(upstream.sent) == 1


@pytest.mark.parametrize(
    ("who", "code"), [(ME, "answered-for-nobody"), (json_answer(b"[]", headers=FAILED), "credential-refused")]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ISSUE), ("GET", SESSION), ("GET", SEARCH), ("POST", "/jira/acme/rest/api/3/issue")],
)
async def test_what_was_answered_for_nobody_is_passed_on_to_nobody(
    method: str, path: str, who: Given, code: str, grants: Grants
) -> None:
    upstream = FakeUpstream(Jira(json_answer(b"[]", headers=FAILED), who))
    alice = Client(build(upstream, grants=grants))
    answer = await alice.ask(method, path, body=b"{}" if method == "POST" else b"")
    assert answer.code == code
    assert len(upstream.sent) == 2
    assert not upstream.open_count
    upstream.handler = json_answer(b"{}")
    later = await alice.ask("GET", ISSUE)
    assert later.code == (None if code == "answered-for-nobody" else code)


async def test_a_retold_search_looks_at_each_answer(grants: Grants) -> None:
    async def gone(sent: Sent) -> Given:
        if is_question(sent):
            return ME
        is_old = sent.url.split("?")[0].endswith("/search")
        return json_answer(b"{}", status=410) if is_old else json_answer(b'{"issues":[]}', headers=FAILED)

    upstream = FakeUpstream(gone)
    answer = await Client(build(upstream, grants=grants)).ask("GET", SEARCH, query="jql=project%3DACME")
    assert answer.code == "answered-for-nobody"
    assert not upstream.open_count


async def test_a_401_whose_body_breaks_off_is_confirmed_all_the_same(grants: Grants) -> None:
    class Half(Given):
        async def pieces(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            yield b'{"code":401'
            raise BrokeOffError

    upstream = FakeUpstream(Jira(Half(401, []), UNAUTHORIZED))
    alice = Client(build(upstream, grants=grants))
    assert (await alice.ask("GET", ROLES)).code == "upstream-broke-off"
    assert (await alice.ask("GET", ROLES)).code == "credential-refused"
    assert len(questions(upstream)) == 1


async def test_a_head_has_no_words_and_is_confirmed(grants: Grants) -> None:
    upstream = FakeUpstream(Jira(Given(401, [], b""), SCOPE))
    alice = Client(build(upstream, grants=grants))
    assert (await alice.ask("HEAD", ROLES)).status == 401
    await until(lambda: questions(upstream))
    assert [sent.method for sent in upstream.sent] == ["HEAD", "GET"]


def on_site() -> Grants:
    credential = replace(ALICES_CREDENTIAL, base_url=SITE_URL, token_scopes=None)
    return Grants(replace(ALICE, credential=credential))


@pytest.mark.parametrize(
    "answer",
    [
        Given(
            401,
            [(b"content-type", b"text/html"), (b"x-seraph-loginreason", b"AUTHENTICATED_FAILED")],
            b"<html>",
        ),
        json_answer(b'{"errorMessages":["You are not authenticated."],"errors":{}}', status=401),
        json_answer(b"{}", status=401, headers={"x-ausername": "anonymous"}),
        Given(403, [(b"x-authentication-denied-reason", b"CAPTCHA_CHALLENGE; login-url=x")], b""),
    ],
    ids=["page", "words", "anonymous", "captcha"],
)
@pytest.mark.parametrize("is_dead", [True, False], ids=["dead", "alive"])
async def test_where_jira_itself_looks_its_401_is_confirmed(answer: Given, is_dead: bool) -> None:  # noqa: FBT001
    grants = on_site()
    upstream = FakeUpstream(Jira(answer, answer if is_dead else ME))
    alice = Client(build(upstream, grants=grants))
    got = await alice.ask("GET", ROLES)
    assert (got.status, got.body) == (answer.status, answer.body)
    await until(lambda: questions(upstream))
    assert questions(upstream)[0].url == f"{SITE_URL}/rest/api/2/myself"
    upstream.handler = Jira(ME)
    assert (await alice.ask("GET", ISSUE)).code == ("credential-refused" if is_dead else None)
    assert len(questions(upstream)) == 1


async def test_where_jira_itself_looks_and_names_the_person_nothing_is_asked() -> None:
    grants = on_site()
    upstream = FakeUpstream(json_answer(NO_ADMIN, status=401, headers={"x-ausername": "alice"}))
    alice = Client(build(upstream, grants=grants))
    for _ in range(2):
        assert (await alice.ask("GET", ROLES)).status == 401
    assert len(upstream.sent) == 2


async def test_the_question_of_a_process_that_ends_is_given_up(grants: Grants) -> None:
    jira = Jira(UNAUTHORIZED)
    jira.go.clear()
    upstream = FakeUpstream(jira)
    gateway = build(upstream, grants=grants)
    await Client(gateway).ask("GET", ROLES)
    await until(lambda: questions(upstream))
    await gateway.way.stop()
    assert not upstream.open_count
    assert not grants.refused


async def test_a_test_by_its_owner_meanwhile_is_what_counts(grants: Grants) -> None:
    jira = Jira(UNAUTHORIZED, UNAUTHORIZED)
    jira.go.clear()
    upstream = FakeUpstream(jira)
    alice = Client(build(upstream, grants=grants))
    await alice.ask("GET", ROLES)
    await until(lambda: questions(upstream))
    grants.set_credential(ALICES_KEY.key_id, replace(ALICES_CREDENTIAL, version=2))
    jira.call = json_answer(b"{}")
    assert (await alice.ask("GET", ISSUE)).status == 200
    jira.go.set()
    await until(lambda: not upstream.open_count)
    assert (await alice.ask("GET", ISSUE)).status == 200, "the answer was about the older version"
