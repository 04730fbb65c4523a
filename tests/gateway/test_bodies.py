"""Whether a request has a body, and how long it is, is read from what arrives and never guessed."""

import asyncio

import pytest

from ownkey.gateway.asgi import Message, Scope
from tests.gateway.kit import ALICES_KEY, Answered, Client, FakeUpstream, build, json_answer

COMMENT = "/jira/acme/rest/api/3/issue/ACME-1/comment"
SEARCH = "/jira/acme/rest/api/2/search"
BODY = b'{"body":"hello"}'


async def ask(
    upstream: FakeUpstream,
    pieces: list[bytes],
    *,
    version: str,
    method: str = "POST",
    path: str = COMMENT,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Answered:
    scope: Scope = {
        "type": "http",
        "http_version": version,
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"host", b"gw.example"),
            (b"authorization", f"Bearer {ALICES_KEY.text()}".encode()),
            *headers,
        ],
    }
    return await Client(build(upstream)).run(scope, pieces)


@pytest.mark.parametrize("version", ["2", "3", "2.0"])
@pytest.mark.parametrize(
    "pieces", [[BODY], [BODY[:3], BODY[3:]], [b"", BODY], [BODY, b""], [b"", b"", BODY, b""]]
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_body_without_a_length_arrives(
    version: str, pieces: list[bytes], method: str, upstream: FakeUpstream
) -> None:
    path = COMMENT if method == "POST" else "/jira/acme/rest/api/3/issue/ACME-1"
    assert (await ask(upstream, pieces, version=version, method=method, path=path)).status == 200
    assert [sent.body for sent in upstream.sent] == [BODY]


@pytest.mark.parametrize("version", ["2", "3"])
async def test_a_large_body_without_a_length_is_streamed(version: str, upstream: FakeUpstream) -> None:
    pieces = [b"x" * 60_000] * 20
    assert (await ask(upstream, pieces, version=version)).status == 200
    assert len(upstream.sent[0].body) == 1_200_000


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_no_body_is_none(method: str, upstream: FakeUpstream) -> None:
    path = (
        "/jira/acme/rest/api/3/issue/ACME-1/watchers"
        if method == "POST"
        else "/jira/acme/rest/api/3/issue/A-1"
    )
    assert (await ask(upstream, [b""], version="2", method=method, path=path)).status == 200
    assert upstream.sent[0].body == b""
    assert upstream.sent[0].header("transfer-encoding") is None


async def test_in_http1_the_head_alone_says_that_there_is_none(upstream: FakeUpstream) -> None:
    async with asyncio.timeout(60):  # nothing is waited for
        assert (
            await ask(upstream, [], version="1.1", method="GET", path="/jira/acme/rest/api/3/myself")
        ).status


OTHER_LENGTHS = [
    (b"3", [BODY]),
    (b"99", [BODY]),
    (b"99", [BODY, b""]),
    (b"16", [BODY, b"x"]),
    (b"1", [b""]),
]


@pytest.mark.parametrize(
    ("version", "length", "pieces"),
    [
        *(("1.1", length, pieces) for length, pieces in OTHER_LENGTHS),
        # In HTTP/1 what follows a length of nothing is the next request.
        *(("2", length, pieces) for length, pieces in [(b"0", [BODY]), *OTHER_LENGTHS]),
    ],
)
async def test_a_body_of_another_length_does_not_leave(
    version: str, length: bytes, pieces: list[bytes], upstream: FakeUpstream
) -> None:
    answer = await ask(upstream, pieces, version=version, headers=((b"content-length", length),))
    assert (answer.status, answer.code) == (400, "ambiguous-request")
    assert not upstream.sent


async def test_a_large_body_of_another_length_is_broken_off() -> None:
    upstream = FakeUpstream()
    headers = ((b"content-length", b"100000"),)
    answer = await ask(upstream, [b"x" * 60_000, b"x" * 60_000], version="1.1", headers=headers)
    assert answer.code == "ambiguous-request"
    assert not upstream.sent, "the fake keeps what arrived whole"


@pytest.mark.parametrize(
    "headers",
    [
        ((b"transfer-encoding", b"gzip, chunked"),),
        ((b"transfer-encoding", b"identity"),),
        ((b"transfer-encoding", b"chunked"), (b"content-length", b"16")),
        ((b"content-length", b"16"), (b"content-length", b"16")),
        ((b"content-length", b"sixteen"),),
        ((b"host", b"evil.example"),),
    ],
)
async def test_what_can_be_read_in_two_ways_does_not_leave(
    headers: tuple[tuple[bytes, bytes], ...], upstream: FakeUpstream
) -> None:
    answer = await ask(upstream, [BODY], version="1.1", headers=headers)
    assert (answer.status, answer.code) == (400, "ambiguous-request")
    assert not upstream.sent


async def test_a_client_that_leaves_within_a_body_of_no_length_sends_nothing(upstream: FakeUpstream) -> None:
    client = Client(build(upstream))
    client.leaves.set()
    scope: Scope = {
        "type": "http",
        "http_version": "2",
        "method": "POST",
        "scheme": "https",
        "path": COMMENT,
        "raw_path": COMMENT.encode(),
        "query_string": b"",
        "headers": [(b"host", b"gw.example"), (b"authorization", f"Bearer {ALICES_KEY.text()}".encode())],
    }
    messages: list[Message] = [
        {"type": "http.request", "body": BODY[:3], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        pass

    await build(upstream)(scope, receive, send)
    assert not upstream.sent


@pytest.mark.parametrize(
    "pieces", [[b'{"jql":"project = A"}'], [b'{"jql":', b'"project = A"}'], [b"", b"{}", b""]]
)
@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_a_search_of_the_old_kind_may_come_in_any_framing(version: str, pieces: list[bytes]) -> None:
    async def answer(sent):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 what the kit takes
        return json_answer(b'{"issues":[]}', status=410 if sent.url.endswith("/search") else 200)

    upstream = FakeUpstream(answer)
    headers = ((b"transfer-encoding", b"chunked"),) if version == "1.1" else ()
    got = await ask(upstream, pieces, version=version, path=SEARCH, headers=headers)
    assert (got.status, got.header("ownkey-answered-from")) == (200, b"search/jql")
    assert upstream.sent[0].body == b"".join(pieces)


async def test_a_search_too_large_to_be_one_passes_on_as_it_is(upstream: FakeUpstream) -> None:
    pieces = [b"x" * 50_000] * 3
    got = await ask(
        upstream, pieces, version="1.1", path=SEARCH, headers=((b"transfer-encoding", b"chunked"),)
    )
    assert got.status == 200
    assert len(upstream.sent[0].body) == 150_000
