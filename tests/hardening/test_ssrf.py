"""Only addresses that an administrator or operator trusted are ever dialled, however an address is written.

A spy stands where connections are opened: what would have been dialled is what it saw.
"""

import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownkey.atlassian.client import open_client
from ownkey.atlassian.hosts import is_public_address
from ownkey.atlassian.sites import Addresses, SiteError, parse_cloud_id, parse_site
from ownkey.atlassian.tenant import tenant_request
from ownkey.atlassian.wire import (
    Authentication,
    Credential,
    NoAnswer,
    NoAnswerCause,
    WireError,
    WireRequest,
    door_for,
)
from ownkey.calls.upstream import UnreachableError, UpstreamRequest
from ownkey.calls.upstream.aiohttp import AiohttpUpstream
from ownkey.secret import Secret

TRUSTED = "http://127.0.0.1:7999"
ADDRESSES = Addresses(trusted_sites=frozenset({TRUSTED}))
CLOUD_ID = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"
PUBLIC = ["104.192.142.1", "2401:1d80:3000::1", "185.166.143.1", "64:ff9b::68c0:8e01"]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 an address that must not be dialled
    "10.0.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::a9fe:a9fe",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
FORMS_OF_LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[fe80::1%25eth0]",
    "[fd00:ec2::254]",
    "[::]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "foo.localhost",
    "metadata.google.internal",
    "metadata.google.internal.",
    "instance-data",
    "router.local",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "loc\u00adalhost",
    "acme\u2024atlassian\u2024net",
    "acme.atlassian\uff0enet",
    "\u0430cme.atlassian.net",
    "xn--cme-7cd.atlassian.net",
    "acme.atlassian.net.evil.example",
    "acmeatlassian.net",
    "atlassian.net.evil.example",
    "evil.example#.atlassian.net",
    "evil.example?.atlassian.net",
    "evil.example/.atlassian.net",
    "evil.example\\.atlassian.net",
    "evil.example\t.atlassian.net",
    "evil.example%2f.atlassian.net",
    "evil.example%00.atlassian.net",
    "acme.atlassian.net:80",
    "acme.atlassian.net:8443",
    "acme.atlassian.net:443:80",
    "acme.atlassian.net:",
    "acme.atlassian.net:+443",
    "acme.atlassian.net:\uff14\uff14\uff13",
    "acme.atlassian.net@127.0.0.1",
    "user:pass@acme.atlassian.net",
    "acme.atlassian.net\r\nHost: evil.example",
    "127.0.0.1:7999@evil.example",
    "127.0.0.1:07999",
    "127.0.0.1:79990",
    "127.0.0.1:8000",
    "localhost:7999",
]
SCHEMES = [
    "",
    "https://",
    "http://",
    "//",
    "HTTPS://",
    "ftp://",
    "file://",
    "gopher://",
    "javascript:",
    "https:///",
]
PATHS = ["", "/", "/rest/", "/../", "?x=1", "#y", "/@127.0.0.1/", "/\r\nX: y", ":80/"]


class Names(AbstractResolver):
    """A resolver that somebody hostile answers for: another address each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.given: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.given += answer
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else family,
                proto=0,
                flags=0,
            )
            for address in answer
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return the addresses and ports that connections would have been opened to; none is."""
    seen: list[tuple[str, int]] = []

    async def start_connection(addr_infos: list[Any], **_more: object) -> socket.socket:
        seen.extend(info[4][:2] for info in addr_infos)
        raise ConnectionRefusedError(111, "spied on")

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", start_connection)
    return seen


def is_trusted(address: str, port: int) -> bool:
    """Whether an operator or Atlassian chose this address; the product's own rules are not asked."""
    return (address, port) == ("127.0.0.1", 7999) or (port == 443 and address in PUBLIC)


@asynccontextmanager
async def asking(*answers: list[str]) -> AsyncIterator[tuple[Any, Names]]:
    names = Names(*answers)
    async with open_client(ADDRESSES, resolver=names) as client:
        yield client, names


BOUNDED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
typed = st.one_of(
    st.tuples(st.sampled_from(SCHEMES), st.sampled_from(FORMS_OF_LOOPBACK), st.sampled_from(PATHS)).map(
        "".join
    ),
    st.tuples(
        st.sampled_from(SCHEMES),
        st.text(st.sampled_from("acmeexil.0127:[]@%/\\#?‥\uff0e。x-_ \t\r\n"), max_size=30),
        st.sampled_from(["", ".atlassian.net", ".atlassian.net.", ".atlassian.net:443"]),
    ).map("".join),
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda ip: f"https://[{ip}]/"),
    st.text(max_size=40),
)


@BOUNDED
@given(text=typed, first=st.sampled_from(PUBLIC + PRIVATE), then=st.sampled_from(PUBLIC + PRIVATE))
async def test_whatever_is_typed_as_a_site_only_trusted_addresses_are_dialled(
    dialled: list[tuple[str, int]], text: str, first: str, then: str
) -> None:
    dialled.clear()
    try:
        site = parse_site(text, addresses=ADDRESSES)
    except SiteError:
        return
    assert site.origin == TRUSTED or site.origin.endswith(".atlassian.net"), site.origin
    async with asking([first, then], [then]) as (client, _names):
        answers = [await client.send(tenant_request(site)) for _ in range(2)]
    assert all(isinstance(answer, NoAnswer) for answer in answers)
    assert all(is_trusted(address, port) for address, port in dialled), dialled


@BOUNDED
@given(
    scheme=st.sampled_from(["http", "https", "HTTPS", "ftp", "ws"]),
    host=st.sampled_from([*FORMS_OF_LOOPBACK, "acme.atlassian.net", "api.atlassian.com", "127.0.0.1:7999"]),
    answer=st.sampled_from(PUBLIC + PRIVATE),
)
async def test_whatever_the_url_only_trusted_addresses_are_dialled(
    dialled: list[tuple[str, int]], scheme: str, host: str, answer: str
) -> None:
    dialled.clear()
    async with asking([answer]) as (client, _names):
        came = await client.send(WireRequest("GET", f"{scheme}://{host}/rest"))
    assert isinstance(came, NoAnswer)
    assert all(is_trusted(address, port) for address, port in dialled), dialled


@pytest.mark.parametrize("form", FORMS_OF_LOOPBACK)
def test_no_form_of_an_untrusted_host_is_a_site(form: str) -> None:
    for scheme in ("", "https://", "http://"):
        try:
            site = parse_site(scheme + form, addresses=ADDRESSES)
        except SiteError:
            continue
        assert site.origin in {
            TRUSTED,  # written with another port that is the same number
            "https://acme.atlassian.net",
            "https://instance-data.atlassian.net",  # a bare name is a site's at Atlassian
        }


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_site_that_leads_into_a_private_network_is_not_dialled(
    dialled: list[tuple[str, int]], address: str
) -> None:
    async with asking([address]) as (client, names):
        answer = await client.send(WireRequest("GET", "https://acme.atlassian.net/_edge/tenant_info"))
    assert answer == NoAnswer(NoAnswerCause.PRIVATE_ADDRESS)
    assert (dialled, names.asked) == ([], ["acme.atlassian.net"])


async def test_one_private_address_among_public_ones_is_enough(dialled: list[tuple[str, int]]) -> None:
    async with asking([PUBLIC[0], "127.0.0.1"]) as (client, _names):
        answer = await client.send(WireRequest("GET", "https://acme.atlassian.net/"))
    assert answer == NoAnswer(NoAnswerCause.PRIVATE_ADDRESS)
    assert not dialled


async def test_a_name_that_changes_its_mind_is_dialled_at_what_was_checked(
    dialled: list[tuple[str, int]],
) -> None:
    async with asking([PUBLIC[0]], ["127.0.0.1"]) as (client, names):
        await client.send(WireRequest("GET", "https://acme.atlassian.net/"))
    assert [address for address, _ in dialled] == names.given == [PUBLIC[0]]


@given(ip=st.ip_addresses(v=6))
def test_ipv6_outside_the_public_internet_is_never_public(ip: ipaddress.IPv6Address) -> None:
    may_be = ("2000::/3", "64:ff9b::/96", "::ffff:0:0/96")  # the last two hold an IPv4 address
    if not any(ip in ipaddress.ip_network(network) for network in may_be):
        assert not is_public_address(str(ip))


@given(ip=st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_in_ipv6_clothes(ip: ipaddress.IPv4Address) -> None:
    forms = (f"::ffff:{ip}", str(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(ip))))
    assert {is_public_address(form) for form in forms} == {is_public_address(str(ip))}


@given(text=st.one_of(st.text(), st.from_regex(r"[0-9a-f/.:@%-]{0,60}"), st.just(CLOUD_ID + "/../../x")))
def test_a_typed_cloud_id_changes_neither_host_nor_path(text: str) -> None:
    try:
        cloud_id = parse_cloud_id(text)
    except SiteError:
        return
    credential = Credential(Authentication.SCOPED_API_TOKEN, "a@b.example", Secret("x"))
    site = parse_site("acme", addresses=ADDRESSES)
    door = door_for(credential, site=site, cloud_id=cloud_id, addresses=ADDRESSES)
    assert door.base_url == f"https://api.atlassian.com/ex/jira/{cloud_id}"
    assert len(cloud_id) == 36
    assert set(cloud_id) <= set("0123456789abcdef-")


@given(
    path=st.one_of(
        st.text(max_size=40),
        st.text(st.sampled_from("/.%2eEfF5cC\\@:?#a\r\n\t "), max_size=30),
    )
)
def test_no_path_takes_a_credential_elsewhere(path: str) -> None:
    credential = Credential(Authentication.SCOPED_API_TOKEN, "a@b.example", Secret("x"))
    site = parse_site("acme", addresses=ADDRESSES)
    door = door_for(credential, site=site, cloud_id=CLOUD_ID, addresses=ADDRESSES)
    try:
        request = door.request("GET", path)
    except WireError:
        return
    assert request.url.startswith(f"https://api.atlassian.com/ex/jira/{CLOUD_ID}/")
    assert not any(character in request.url for character in "\r\n\t \\#")
    steps = request.url.partition("?")[0].lower().replace("%2e", ".").replace("%2f", "/").split("/")
    assert not {".", ".."} & set(steps)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:10.0.0.1"])
async def test_the_gateway_dials_no_private_address_either(
    dialled: list[tuple[str, int]], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names([address])
    monkeypatch.setattr("ownkey.calls.upstream.aiohttp.ThreadedResolver", lambda: names)
    upstream = AiohttpUpstream(addresses=ADDRESSES)
    request = UpstreamRequest("GET", "https://acme.atlassian.net/rest/api/3/myself", [])
    with pytest.raises(UnreachableError):
        await upstream.send(request).__aenter__()
    await upstream.close()
    assert (dialled, names.asked) == ([], ["acme.atlassian.net"])
