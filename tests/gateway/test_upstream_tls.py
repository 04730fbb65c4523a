"""Both upstream clients speak TLS with Atlassian, and with nobody who only pretends to be it."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.certificate import make_authority, write_certificate
from ownkey.calls.upstream import UntrustedError, Upstream, UpstreamRequest
from ownkey.calls.upstream.aiohttp import AiohttpUpstream
from ownkey.calls.upstream.pyreqwest import PyreqwestUpstream
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL, Client, Grants, build
from tests.gateway.origin import Origin, running_origin

BOTH: dict[str, Callable[..., Upstream]] = {"pyreqwest": PyreqwestUpstream, "aiohttp": AiohttpUpstream}
WITH_THE_SYSTEM_S_AUTHORITIES = """
import asyncio, sys
from ownkey.calls.upstream import UpstreamRequest
from ownkey.calls.upstream.aiohttp import AiohttpUpstream
from ownkey.calls.upstream.pyreqwest import PyreqwestUpstream

async def main():
    upstream = {"pyreqwest": PyreqwestUpstream, "aiohttp": AiohttpUpstream}[sys.argv[1]]()
    async with upstream.send(UpstreamRequest("GET", sys.argv[2], [])) as answer:
        print(answer.status)
    await upstream.close()

asyncio.run(main())
"""


@pytest.fixture(scope="module", params=["by the book", "as many an organisation's own"])
def authority(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of an authority of our own; beside it lies the one that it gave to 127.0.0.1."""
    signs = make_authority("Acme", is_by_the_book=request.param == "by the book")
    return write_certificate(tmp_path_factory.mktemp("tls"), signs)


@pytest.fixture
async def origin(authority: Path) -> AsyncIterator[Origin]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("certificate.pem"), authority.with_name("key.pem"))
    async with running_origin(context) as running:
        yield running


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def certificate(authority: Path) -> bytes:
    return authority.read_bytes()


@pytest.fixture
async def trusting(kind: str, certificate: bytes) -> AsyncIterator[Upstream]:
    made = BOTH[kind](ca_certificate_pem=certificate)
    yield made
    await made.close()


async def get(upstream: Upstream, url: str) -> tuple[int, bytes]:
    async with upstream.send(UpstreamRequest("GET", url, [(b"authorization", b"Basic x")])) as answer:
        return answer.status, b"".join([piece async for piece in answer.pieces()])


async def test_a_certificate_of_a_trusted_authority_is_good(trusting: Upstream, origin: Origin) -> None:
    assert await get(trusting, f"{origin.url}/a%2Fb?x") == (200, b"ok")
    assert origin.seen[0].line == b"GET /a%2Fb?x HTTP/1.1"


async def test_a_megabyte_comes_through_tls_whole(trusting: Upstream, origin: Origin) -> None:
    status, body = await get(trusting, f"{origin.url}/large-1")
    assert (status, len(body)) == (200, 1024 * 1024)


async def test_an_authority_that_nobody_trusts_is_told_nothing(kind: str, origin: Origin) -> None:
    upstream: Upstream = BOTH[kind]()
    with pytest.raises(UntrustedError):
        await get(upstream, origin.url)
    await upstream.close()
    assert not origin.seen


async def test_a_certificate_for_another_name_is_told_nothing(trusting: Upstream, origin: Origin) -> None:
    origin.host = "localhost"
    with pytest.raises(UntrustedError):
        await get(trusting, origin.url)
    assert not origin.seen


async def test_the_problem_says_what_an_operator_can_do(kind: str, origin: Origin) -> None:
    upstream: Upstream = BOTH[kind]()
    credential = replace(ALICES_CREDENTIAL, base_url=f"{origin.url}/ex/jira/cloud")
    gateway = build(upstream, grants=Grants(replace(ALICE, credential=credential)))
    answer = await Client(gateway).ask("GET", "/jira/acme/rest/api/3/myself")
    assert (answer.status, answer.code) == (502, "upstream-untrusted")
    assert b"SSL_CERT_FILE" in answer.body
    await gateway.way.stop()
    assert not origin.seen


async def test_an_organisation_s_own_authority_is_named_in_ssl_cert_file(
    kind: str, origin: Origin, authority: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WITH_THE_SYSTEM_S_AUTHORITIES,
        kind,
        origin.url,
        env={**os.environ, "SSL_CERT_FILE": str(authority)},
        stdout=subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert told == b"200\n"
