"""Links are exchanged through every coding, in the places where they are Jira's alone."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownkey.gateway.link_places import ORDINARY
from ownkey.gateway.links import LinkTable
from ownkey.gateway.rewriting import CompressedRewriting, UnreadableBodyError, rewriting_for
from tests.gateway.kit import API_BASE, SITE_URL

PUBLIC = "https://gw.example/jira/acme"
TABLE = LinkTable(api_base=API_BASE, site_url=SITE_URL, public_base=PUBLIC)
LINKS = TABLE.in_answers(ORDINARY)
ESCAPED_API = API_BASE.replace("/", "\\/")

MEMBERS = st.sampled_from(
    [
        f'"self":"{API_BASE}/rest/api/3/x"',
        f'"nextPage" : "{SITE_URL}/rest/x"',
        f'"summary":"{SITE_URL}/browse/A-1, {API_BASE}/rest/x"',
        f'"self":"{ESCAPED_API}\\/rest"',
        '"a":"https://"',
        '"b":"https://api.atlassian.com/ex/jira/"',
        '"c":"h"',
        f'"properties":{{"self":"{API_BASE}/rest/api/3/x"}}',
        f'"fields":{{"status":{{"self":"{API_BASE}/rest/api/3/status/1"}}}}',
        '"d":"ä"',
        '"e":"https:\\/\\/acme.atlassian.net\\/rest\\/"',
    ]
)
DOCUMENTS = st.lists(st.lists(MEMBERS, max_size=8), max_size=8).map(
    lambda parts: "[" + ", ".join("{" + ",".join(members) + "}" for members in parts) + "]"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{API_BASE}/rest/api/3/issue/1", f"{PUBLIC}/rest/api/3/issue/1"),
        (f"{SITE_URL}/rest/agile/1.0/board/1", f"{PUBLIC}/rest/agile/1.0/board/1"),
        (ESCAPED_API + "\\/rest\\/x", "https:\\/\\/gw.example\\/jira\\/acme\\/rest\\/x"),
        (f"{SITE_URL}/browse/A-1", f"{SITE_URL}/browse/A-1"),
        (f"{SITE_URL}/secure/useravatar", f"{SITE_URL}/secure/useravatar"),
        ("https://api.atlassian.com/ex/jira/other/rest/", "https://api.atlassian.com/ex/jira/other/rest/"),
        ("https://acme.atlassian.network/rest/", "https://acme.atlassian.network/rest/"),
        ("https://xacme.atlassian.net/rest/", "https://xacme.atlassian.net/rest/"),
    ],
)
def test_only_links_to_the_api_become_the_gateway_s(before: str, after: str) -> None:
    document = f'{{"self": "{before}", "summary": "{before}"}}'
    assert LINKS.rewrite(document.encode()) == f'{{"self": "{after}", "summary": "{before}"}}'.encode()


def test_only_what_may_begin_a_link_is_held_back() -> None:
    stream = LINKS.stream()
    assert stream.feed(b'{"id":"1","se') == b'{"id":"1",'
    assert stream.feed(b'lf":"https://api.atlassian.com/ex') == b""
    assert stream.feed(b'/confluence/", "a') == b'"self":"https://api.atlassian.com/ex/confluence/", '
    text = b'"description":"' + b"word " * 100
    assert stream.feed(b"b:1," + text) == b'"ab:1,' + text


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "two gzip members"])
@given(DOCUMENTS, st.integers(1, 40))
@settings(deadline=None)
def test_compressed_bodies_are_rewritten_as_plain_ones_are(coding: str, document: str, size: int) -> None:
    whole = document.encode()
    half = len(whole) // 2
    packed = {
        "gzip": gzip.compress(whole),
        "deflate": zlib.compress(whole),
        "raw deflate": zlib.compress(whole, wbits=-15),
        "two gzip members": gzip.compress(whole[:half]) + gzip.compress(whole[half:]),
    }[coding]
    window_bits = 31 if "gzip" in coding else 15
    rewriting = CompressedRewriting(LINKS, window_bits=window_bits)
    out = b"".join(out for i in range(0, len(packed), size) for out in rewriting.feed(packed[i : i + size]))
    out += rewriting.finish()
    assert zlib.decompress(out, wbits=-15 if coding == "raw deflate" else window_bits) == LINKS.rewrite(whole)


def test_compressed_pieces_are_not_held_back() -> None:
    packer = zlib.compressobj(wbits=31)
    unpacker = zlib.decompressobj(wbits=31)
    rewriting = CompressedRewriting(LINKS, window_bits=31)
    first = packer.compress(b'{"a": 1, ') + packer.flush(zlib.Z_SYNC_FLUSH)
    assert unpacker.decompress(b"".join(rewriting.feed(first))) == b'{"a": 1, '


def test_a_bomb_passes_in_pieces() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    largest = max(len(piece) for piece in CompressedRewriting(LINKS, window_bits=31).feed(bomb))
    assert largest < 64 * 1024


def test_a_body_that_is_not_what_it_says_is_unreadable() -> None:
    with pytest.raises(UnreadableBodyError):
        list(CompressedRewriting(LINKS, window_bits=31).feed(b"plain"))


@pytest.mark.parametrize(
    ("status", "headers", "is_rewritten"),
    [
        (200, {"content-type": "application/json"}, True),
        (200, {"content-type": "Application/JSON; charset=utf-8"}, True),
        (200, {"content-type": "application/problem+json"}, True),
        (200, {"content-type": "text/html"}, False),
        (200, {}, False),
        (206, {"content-type": "application/json"}, False),
        (200, {"content-type": "application/json", "content-encoding": "br"}, False),
        (200, {"content-type": "application/json", "content-encoding": "gzip"}, True),
        (200, {"content-type": "application/json", "content-disposition": "attachment"}, False),
    ],
)
def test_only_whole_json_documents_are_rewritten(
    status: int,
    headers: dict[str, str],
    is_rewritten: bool,  # noqa: FBT001 — a column of the table
) -> None:
    fields = {name.encode(): value.encode() for name, value in headers.items()}
    found = rewriting_for(status=status, fields=fields, is_content=False, links=LINKS)
    assert (found is not None) is is_rewritten


def test_replacements_that_begin_an_address_themselves_are_not_replaced_twice() -> None:
    table = LinkTable(
        api_base="https://jira.example/ex",
        site_url="https://jira.example",
        public_base="https://jira.example/rest/gw",
    )
    before = b'{"self":"https://jira.example/rest/api/3","next":"https://jira.example/ex/rest/api/3"}'
    gateway_s = b"https://jira.example/rest/gw/rest/api/3"
    rewritten = table.in_answers(ORDINARY).rewrite(before)
    assert rewritten == b'{"self":"' + gateway_s + b'","next":"' + gateway_s + b'"}'
