"""A call goes out as its owner and its answer comes back, and only what belongs there passes."""

import base64

import pytest

from tests.gateway.kit import (
    ALICES_KEY,
    API_BASE,
    AUTHORIZATION,
    SITE_URL,
    Client,
    FakeUpstream,
    Given,
    Grants,
    json_answer,
)

ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"


async def test_a_call_goes_to_the_cloud_id_as_the_owner(alice: Client, upstream: FakeUpstream) -> None:
    answer = await alice.ask("GET", ISSUE, query="fields=summary&expand=%2Fa")
    assert answer.status == 200
    assert upstream.sent[0].url == f"{API_BASE}/rest/api/3/issue/ACME-1?fields=summary&expand=%2Fa"
    assert upstream.sent[0].header("authorization") == AUTHORIZATION
    assert answer.header("ownkey-acting-as") == b"alice@acme.example; identity=own"
    assert answer.header("ownkey-request-id")


async def test_basic_with_any_user_name_carries_the_client_key(alice: Client, upstream: FakeUpstream) -> None:
    basic = base64.b64encode(f"whoever@example.com:{ALICES_KEY.text()}".encode()).decode()
    assert (await alice.ask("GET", ISSUE, headers={"authorization": f"Basic {basic}"})).status == 200
    assert upstream.sent[0].header("authorization") == AUTHORIZATION


@pytest.mark.parametrize(
    "name",
    [
        "cookie",
        "proxy-authorization",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "te",
        "upgrade",
        "expect",
        "keep-alive",
        "x-http-method-override",
        "x-original-url",
        "x-named",
    ],
)
async def test_the_client_s_own_circumstances_stay_here(
    alice: Client, upstream: FakeUpstream, name: str
) -> None:
    await alice.ask("GET", ISSUE, headers={name: "x", "connection": "close, X-Named"})
    assert upstream.sent[0].header(name) is None
    assert upstream.sent[0].header("connection") is None
    assert upstream.sent[0].header("host") is None


@pytest.mark.parametrize("name", ["x-atlassian-token", "accept", "user-agent", "if-none-match", "range"])
async def test_what_the_client_asks_of_jira_goes_there(
    alice: Client, upstream: FakeUpstream, name: str
) -> None:
    await alice.ask("GET", ISSUE, headers={name: "asked"})
    assert upstream.sent[0].header(name) == b"asked"


async def test_only_codings_that_links_can_be_rewritten_in_are_asked_for(
    alice: Client, upstream: FakeUpstream
) -> None:
    await alice.ask("GET", ISSUE, headers={"accept-encoding": "br, gzip;q=0.8, zstd, deflate"})
    await alice.ask("GET", ISSUE, headers={"accept-encoding": "br"})
    await alice.ask("GET", ISSUE, headers={"accept-encoding": "*"})
    await alice.ask("GET", ISSUE)
    asked = [sent.header("accept-encoding") for sent in upstream.sent]
    assert asked == [b"gzip;q=0.8, deflate", b"identity", b"gzip", None]


@pytest.mark.parametrize(
    "name", ["set-cookie", "www-authenticate", "strict-transport-security", "connection"]
)
async def test_what_would_act_on_the_client_is_not_returned(
    alice: Client, upstream: FakeUpstream, name: str
) -> None:
    upstream.handler = json_answer(b"{}", headers={name: "x"})
    assert (await alice.ask("GET", ISSUE)).header(name) is None


@pytest.mark.parametrize("name", ["etag", "retry-after", "x-ratelimit-remaining", "atl-traceid", "vary"])
async def test_what_jira_tells_is_returned(alice: Client, upstream: FakeUpstream, name: str) -> None:
    upstream.handler = json_answer(b"{}", headers={name: "told"})
    assert (await alice.ask("GET", ISSUE)).header(name) == b"told"


async def test_jira_s_own_refusals_pass_untouched(alice: Client, upstream: FakeUpstream) -> None:
    body = b'{"errorMessages":["Issue does not exist"],"errors":{}}'
    upstream.handler = json_answer(body, status=404)
    answer = await alice.ask("GET", ISSUE)
    assert (answer.status, answer.body, answer.code) == (404, body, None)


async def test_bodies_go_out_as_they_came_in(alice: Client, upstream: FakeUpstream) -> None:
    await alice.ask("PUT", ISSUE, body=[b'{"fields":', b"{}}"], headers={"content-type": "application/json"})
    assert upstream.sent[0].body == b'{"fields":{}}'
    large = [b"x" * 50_000] * 4
    await alice.ask("POST", f"{ISSUE}/attachments", body=large)
    assert upstream.sent[1].body == b"".join(large)


async def test_links_lead_back_through_the_gateway(alice: Client, upstream: FakeUpstream) -> None:
    upstream.handler = json_answer(
        f'{{"self":"{API_BASE}/rest/api/3/issue/1","b":"{SITE_URL}/browse/A-1","next":"{SITE_URL}/rest/x"}}'.encode()
    )
    answer = await alice.ask("GET", ISSUE)
    base = "https://gw.example/jira/acme"
    expected = (
        f'{{"self":"{base}/rest/api/3/issue/1","b":"{SITE_URL}/browse/A-1","next":"{base}/rest/x"}}'.encode()
    )
    assert answer.body == expected
    assert answer.header("content-length") == str(len(expected)).encode()


async def test_links_are_found_across_pieces_of_unknown_length(alice: Client, upstream: FakeUpstream) -> None:
    whole = f'{{"self":"{API_BASE}/rest/api/3/issue/1"}}'.encode()
    upstream.handler = json_answer([whole[i : i + 7] for i in range(0, len(whole), 7)])
    answer = await alice.ask("GET", ISSUE)
    assert answer.body == b'{"self":"https://gw.example/jira/acme/rest/api/3/issue/1"}'
    assert answer.header("content-length") is None
    assert answer.is_whole


async def test_people_s_own_files_are_never_rewritten(alice: Client, upstream: FakeUpstream) -> None:
    body = f'{{"mine":"{API_BASE}/rest/"}}'.encode()
    upstream.handler = json_answer(body)
    answer = await alice.ask("GET", "/jira/acme/rest/api/3/attachment/content/1")
    assert answer.body == body
    upstream.handler = json_answer(body, headers={"content-disposition": "attachment"})
    assert (await alice.ask("GET", ISSUE)).body == body


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (f"{API_BASE}/rest/api/3/task/1", "https://gw.example/jira/acme/rest/api/3/task/1"),
        (f"{SITE_URL}/rest/api/3/task/1", "https://gw.example/jira/acme/rest/api/3/task/1"),
        ("/rest/api/3/task/1", "https://gw.example/jira/acme/rest/api/3/task/1"),
        (
            API_BASE.removeprefix("https://api.atlassian.com") + "/rest/x",
            "https://gw.example/jira/acme/rest/x",
        ),
        (f"{SITE_URL}/browse/A-1", f"{SITE_URL}/browse/A-1"),
        ("//other.example/x", "//other.example/x"),
        ("https://api.media.atlassian.com/file/1?token=t", "https://api.media.atlassian.com/file/1?token=t"),
    ],
)
async def test_redirects_lead_back_through_the_gateway_or_away(
    alice: Client, upstream: FakeUpstream, location: str, expected: str
) -> None:
    upstream.handler = Given(303, [(b"location", location.encode()), (b"content-length", b"0")], b"")
    answer = await alice.ask("GET", ISSUE)
    assert (answer.status, answer.header("location")) == (303, expected.encode())
    assert answer.is_whole


async def test_head_has_the_headers_and_no_body(alice: Client, upstream: FakeUpstream) -> None:
    upstream.handler = Given(200, [(b"content-type", b"image/png"), (b"content-length", b"500")], b"")
    answer = await alice.ask("HEAD", "/jira/acme/rest/api/3/attachment/content/1")
    assert (answer.status, answer.header("content-length"), answer.body) == (200, b"500", b"")
    assert upstream.sent[0].method == "HEAD"


async def test_steady_state_asks_the_store_nothing(alice: Client, grants: Grants) -> None:
    for _ in range(5):
        await alice.ask("GET", ISSUE)
    assert len(grants.lookups) == 1
