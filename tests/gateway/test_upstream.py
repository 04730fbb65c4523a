"""Both upstream clients send what they are given and give back what came: the conformance suite."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ownkey.calls.headers import Headers
from ownkey.calls.upstream import (
    BrokeOffError,
    Timeouts,
    TooSlowError,
    UnreachableError,
    Upstream,
    UpstreamError,
    UpstreamRequest,
)
from ownkey.calls.upstream.aiohttp import AiohttpUpstream
from ownkey.calls.upstream.pyreqwest import PyreqwestUpstream
from tests.gateway.kit import until
from tests.gateway.origin import PACKED, Origin, running_origin

BOTH: dict[str, Callable[..., Upstream]] = {"pyreqwest": PyreqwestUpstream, "aiohttp": AiohttpUpstream}


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with running_origin() as running:
        yield running


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def upstream(kind: str) -> AsyncIterator[Upstream]:
    made = BOTH[kind](timeouts=Timeouts(connect_s=5, read_s=5))
    yield made
    await made.close()


class Got:
    """An answer, read to its end."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def values(self, name: str) -> list[bytes]:
        return [value for each, value in self.headers if each == name.encode()]


async def get(
    upstream: Upstream,
    origin: Origin,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Headers | None = None,
    body: bytes | AsyncIterator[bytes] | None = None,
) -> Got:
    request = UpstreamRequest(method, origin.url + path, headers or [], body)
    async with upstream.send(request) as answer:
        return Got(answer.status, answer.headers, b"".join([piece async for piece in answer.pieces()]))


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb%3Fc/%41%7e;x=1,2/@:!$&()*+=~",
        "/%E2%82%AC?jql=a%20%3D%20%22b%22&c=%2F..%2F&d=+&e",
        "/rest/api/3/search/jql?jql=project%3DA&&fields=*all,-comment?&x=/../",
    ],
)
async def test_address_goes_out_byte_for_byte(upstream: Upstream, origin: Origin, target: str) -> None:
    await get(upstream, origin, target)
    assert origin.seen[0].line == f"GET {target} HTTP/1.1".encode()


async def test_nothing_that_matters_is_added(upstream: Upstream, origin: Origin) -> None:
    await get(upstream, origin, headers=[(b"x-mine", b"1"), (b"authorization", b"Basic x")])
    names = {name for name, _ in origin.seen[0].fields}
    assert {b"x-mine", b"authorization", b"host"} <= names
    assert names <= {b"x-mine", b"authorization", b"host", b"accept", b"user-agent"}
    assert origin.seen[0].values("accept") in ([], [b"*/*"])


async def test_the_client_s_own_fields_are_not_replaced(upstream: Upstream, origin: Origin) -> None:
    mine = [(b"accept", b"image/png"), (b"user-agent", b"mine/1"), (b"accept-encoding", b"gzip")]
    await get(upstream, origin, headers=mine)
    assert [origin.seen[0].values(name.decode()) for name, _ in mine] == [[value] for _, value in mine]


async def test_names_in_utf_8_go_out_as_they_are(upstream: Upstream, origin: Origin) -> None:
    await get(upstream, origin, headers=[(b"x-name", "Zoë".encode())])
    assert origin.seen[0].values("x-name") == ["Zoë".encode()]


async def test_no_cookie_is_kept(upstream: Upstream, origin: Origin) -> None:
    origin.host = "localhost"  # libraries take no cookies from bare addresses in any case
    first = await get(upstream, origin, "/cookies")
    await get(upstream, origin, "/cookies")
    assert first.values("set-cookie") == [b"a=1", b"b=2"]
    assert origin.seen[1].values("cookie") == []


async def test_no_proxy_of_the_environment_is_used(
    kind: str, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    upstream: Upstream = BOTH[kind]()
    assert (await get(upstream, origin)).status == 200
    await upstream.close()


async def test_nothing_is_unpacked(upstream: Upstream, origin: Origin) -> None:
    got = await get(upstream, origin, "/packed", headers=[(b"accept-encoding", b"gzip")])
    assert got.body == PACKED
    assert got.values("content-encoding") == [b"gzip"]
    assert got.values("content-length") == [str(len(PACKED)).encode()]


async def test_redirects_are_not_followed(upstream: Upstream, origin: Origin) -> None:
    got = await get(upstream, origin, "/redirect")
    assert (got.status, got.values("location")) == (303, [b"https://media.example/file?token=t"])


@pytest.mark.parametrize(("path", "status"), [("/nothing", 204), ("/unchanged", 304)])
async def test_answers_without_a_body_end(upstream: Upstream, origin: Origin, path: str, status: int) -> None:
    for _ in range(2):
        got = await get(upstream, origin, path)
        assert (got.status, got.body) == (status, b"")


async def test_head_tells_the_length_and_has_no_body(upstream: Upstream, origin: Origin) -> None:
    for _ in range(2):
        got = await get(upstream, origin, "/length", method="HEAD")
        assert (got.values("content-length"), got.body) == ([b"5"], b"")


async def test_connections_are_used_again(upstream: Upstream, origin: Origin) -> None:
    await get(upstream, origin, "/once")
    with pytest.raises(UnreachableError):
        await get(upstream, origin, "/once", method="POST", body=b"x")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_nothing_is_sent_twice(upstream: Upstream, origin: Origin, method: str) -> None:
    await get(upstream, origin, "/once")
    with pytest.raises(UnreachableError):
        await get(upstream, origin, "/once", method=method)
    assert len(origin.seen) == 2


async def test_a_whole_body_goes_out_with_its_length(upstream: Upstream, origin: Origin) -> None:
    await get(upstream, origin, method="POST", headers=[(b"content-length", b"4")], body=b"body")
    assert (origin.seen[0].body, origin.seen[0].values("content-length")) == (b"body", [b"4"])


async def test_pieces_go_out_with_the_length_that_was_told(upstream: Upstream, origin: Origin) -> None:
    headers = [(b"content-length", b"6"), (b"content-type", b"multipart/form-data; boundary=x")]
    await get(upstream, origin, method="POST", headers=headers, body=_pieces(b"abc", b"def"))
    seen = origin.seen[0]
    assert (seen.body, seen.values("content-length"), seen.values("transfer-encoding")) == (
        b"abcdef",
        [b"6"],
        [],
    )
    assert seen.values("content-type") == [b"multipart/form-data; boundary=x"]


async def test_pieces_without_a_length_go_out_chunked(upstream: Upstream, origin: Origin) -> None:
    await get(upstream, origin, method="POST", body=_pieces(b"abc", b"def"))
    seen = origin.seen[0]
    assert (seen.body, seen.values("content-length"), seen.values("transfer-encoding")) == (
        b"abcdef",
        [],
        [b"chunked"],
    )


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"6")]], ids=["chunked", "with length"])
async def test_a_body_that_breaks_off_is_not_sent_as_complete(
    upstream: Upstream, origin: Origin, headers: Headers
) -> None:
    with pytest.raises((UpstreamError, ZeroDivisionError)):
        await get(upstream, origin, method="POST", headers=headers, body=_failing(b"abc"))
    async with asyncio.timeout(30):
        await origin.seen[0].dropped.wait()
    assert not origin.seen[0].is_complete


async def test_a_first_piece_is_not_held_back(upstream: Upstream, origin: Origin) -> None:
    async with upstream.send(UpstreamRequest("GET", origin.url + "/stream", [])) as answer:
        pieces = answer.pieces()
        async with asyncio.timeout(30):
            assert await anext(pieces) == b"first"
        origin.go.set()
        assert [piece async for piece in pieces] == [b"second"]


async def test_a_piece_that_was_waited_for_in_vain_is_not_lost(upstream: Upstream, origin: Origin) -> None:
    async with upstream.send(UpstreamRequest("GET", origin.url + "/stream", [])) as answer:
        pieces = answer.pieces()
        assert await anext(pieces) == b"first"
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await anext(pieces)
        origin.go.set()
        assert [piece async for piece in pieces] == [b"second"]


async def test_an_answer_that_is_given_up_is_dropped(upstream: Upstream, origin: Origin) -> None:
    async def read() -> None:
        await get(upstream, origin, "/stream")

    reading = asyncio.create_task(read())
    await until(lambda: origin.seen)
    await asyncio.sleep(0.1)
    reading.cancel()
    async with asyncio.timeout(30):
        await origin.seen[0].dropped.wait()


async def test_a_request_that_is_given_up_before_its_answer_is_dropped(
    upstream: Upstream, origin: Origin
) -> None:
    asking = asyncio.create_task(get(upstream, origin, "/wait"))
    await until(lambda: origin.seen)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    # pyreqwest cannot take a request back; the time-out for reading ends it (here 5 s).
    async with asyncio.timeout(30):
        await origin.seen[0].dropped.wait()


@pytest.mark.parametrize("path", ["/short", "/unended"])
async def test_half_an_answer_is_an_error(upstream: Upstream, origin: Origin, path: str) -> None:
    async with upstream.send(UpstreamRequest("GET", origin.url + path, [])) as answer:
        pieces = answer.pieces()
        assert await anext(pieces) == b"half"
        with pytest.raises(BrokeOffError):
            await anext(pieces)


async def test_no_answer_is_an_error(upstream: Upstream, origin: Origin) -> None:
    with pytest.raises(UnreachableError):
        await get(upstream, origin, "/silent")


async def test_nobody_there_is_an_error(upstream: Upstream) -> None:
    nobody = Origin()
    nobody.port = 9
    with pytest.raises(UnreachableError):
        await get(upstream, nobody)


async def test_an_upload_that_is_not_taken_is_an_error(kind: str, origin: Origin) -> None:
    upstream: Upstream = BOTH[kind](timeouts=Timeouts(read_s=0.2))
    with pytest.raises(TooSlowError):
        await get(upstream, origin, "/unread", method="POST", body=_pieces(*[bytes(65536)] * 1024))
    await upstream.close()


async def test_a_client_that_is_slow_with_its_upload_is_no_silence_of_jira_s(
    kind: str, origin: Origin
) -> None:
    upstream: Upstream = BOTH[kind](timeouts=Timeouts(read_s=2))

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(6):
            await asyncio.sleep(0.4)
            yield b"x"

    if kind == "aiohttp":  # pyreqwest counts the upload in, a known imperfection
        assert (await get(upstream, origin, method="POST", body=slowly())).status == 200
        assert origin.seen[0].body == b"xxxxxx"
    await upstream.close()


@pytest.mark.parametrize("path", ["/wait", "/stream"])
async def test_a_silence_is_an_error(kind: str, origin: Origin, path: str) -> None:
    upstream: Upstream = BOTH[kind](timeouts=Timeouts(read_s=0.1))
    with pytest.raises(TooSlowError):
        await get(upstream, origin, path)
    await upstream.close()


async def test_promises_of_an_answer_without_end_are_a_silence(kind: str, origin: Origin) -> None:
    upstream: Upstream = BOTH[kind](timeouts=Timeouts(read_s=0.3))
    with pytest.raises(TooSlowError):
        await get(upstream, origin, "/interim")
    await upstream.close()


async def test_fields_that_are_not_ascii_are_given_back(
    kind: str, upstream: Upstream, origin: Origin
) -> None:
    got = await get(upstream, origin, "/latin")
    assert got.values("x-plain") == [b"yes"]
    # pyreqwest cannot hand them out.
    assert got.values("x-name") == (["café".encode()] if kind == "aiohttp" else [])


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _failing(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0.05)
    raise ZeroDivisionError


async def test_a_connection_is_used_again_once_the_whole_body_is_here(
    upstream: Upstream, origin: Origin
) -> None:
    for _ in range(5):
        async with upstream.send(UpstreamRequest("GET", f"{origin.url}/length", [])) as answer:
            assert b"".join([piece async for piece in answer.pieces()]) == b"12345"
        await asyncio.sleep(0.01)  # the library gives it back in a thread of its own
    assert origin.connection_count == 1
