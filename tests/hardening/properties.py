"""The laws that are fuzzed: each is what to make up, and what must hold of it, whatever it is.

The tests try each some hundred times; `make fuzz` for as long as it is told.
"""

import gzip
import itertools
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from hypothesis import strategies as st

from ownkey.atlassian.answers import Meaning, decode
from ownkey.atlassian.http_dates import retry_after_s
from ownkey.atlassian.sites import Site, SiteError
from ownkey.atlassian.tenant import read_cloud_id
from ownkey.atlassian.wire import Answer
from ownkey.client_key import parse_client_key
from ownkey.gateway.classic_search import read_search
from ownkey.gateway.document_links import DocumentLinks
from ownkey.gateway.link_places import FILES, ORDINARY, Kind
from ownkey.gateway.links import LinkTable
from ownkey.gateway.rewriting import CompressedRewriting, PlainRewriting, UnreadableBodyError
from ownkey.scopes.catalogue import Operation, load_catalogue
from ownkey.scopes.router import Unrouted, UnroutedReason, load_router


@dataclass(frozen=True, slots=True)
class Law:
    """One property: what it is about, what to make up, and what fails when it does not hold."""

    name: str
    made_up: st.SearchStrategy[Any]
    holds: Callable[[Any], None]


# -- The router ------------------------------------------------------------------------------------

OPERATIONS = load_catalogue().operations
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "TRACE", ""]
NASTY = [
    *("..", ".", "%2e", "%2E%2e", "%252e%252e", "%2f", "%5c", "%00", "%0a", "%", "%zz", "%c0%af", "%ff"),
    *(
        "\\",
        ";",
        ";a=b",
        "..;",
        "//",
        "#",
        "?",
        "\x00",
        "\x7f",
        "\u212a",
        "ä",
        " ",
        "~",
        "@",
        "%40",
        "%C3%A4",
        "%3b",
    ),
]
segments = st.one_of(
    st.sampled_from(["rest", "api", "3", "2", "latest", "agile", "1.0", "issue", "10000", *NASTY]),
    st.text(st.sampled_from("aZ0-._~%25eEfFcC2/\\;:@?# "), max_size=8),
    st.text(max_size=4),
)
_templates = st.sampled_from([operation.path for operation in OPERATIONS])


@st.composite
def _paths(draw: st.DrawFn) -> str:
    """Return a path that is near an operation's, or nothing like one."""
    if draw(st.booleans()):
        return "/" + "/".join(draw(st.lists(segments, max_size=8)))
    parts = draw(_templates).split("/")
    filled = [draw(segments) if part.startswith("{") else part for part in parts]
    if draw(st.booleans()):
        filled.insert(draw(st.integers(0, len(filled))), draw(segments))
    return "/".join(filled)


def _template_fits(operation: Operation, path: str) -> bool:
    """Whether a path is what a template says, decided by its text alone."""
    pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]*", re.escape(operation.path))
    aliased = pattern.replace("/rest/api/3/", "/rest/api/(?:3|2|latest)/")
    decoded = "/".join(unquote_to_bytes(part).decode() for part in path.removesuffix("/").split("/"))
    return re.fullmatch(aliased, decoded, re.DOTALL) is not None


def _router_holds(made_up: tuple[str, str]) -> None:
    method, path = made_up
    router = load_router()
    found = router.find(method, path)
    assert found == router._find(method, path), "remembered or not, it is the same"
    if isinstance(found, Unrouted):
        assert (found.reason is UnroutedReason.WRONG_METHOD) == bool(found.allowed_methods)
        return
    assert found.method == ("GET" if method == "HEAD" else method)
    assert _template_fits(found, path), found.path
    # Whoever decodes it any number of times more, or reads it as another program would, finds no other path.
    again = path
    for _ in range(4):
        parts = re.split(r"[/\\]", again)
        assert not {".", ".."} & {part.partition(";")[0] for part in parts}, again
        assert not re.search(r"[\x00-\x20\x7f#?]", path), path
        assert path.count("/") == again.count("/"), again
        again = unquote_to_bytes(again).decode("utf-8", "replace")


# -- The decoder -----------------------------------------------------------------------------------

FIELD_NAMES = [
    *("content-type", "x-failure-category", "x-seraph-loginreason", "x-authentication-denied-reason"),
    *("retry-after", "date", "atl-traceid", "x-arequestid", "x-aaccountid", "location"),
]
FIELD_VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "application/json",
            "text/html",
            "FAILURE_CLIENT_SCOPE_CHECK",
            "AUTHENTICATED_FAILED",
            "AUTHENTICATION_DENIED",
            "CAPTCHA_CHALLENGE",
            "Mon, 23 Nov 2026 12:00:00 GMT",
            "Mon, 23 Nov 2026 12:00:00 +99999999999999999999",
            "Mon, 23 Nov 99999999999 12:00:00 GMT",
            "Mon, 32 Nov 2026 25:61:61 -0000",
            "9" * 5000,
            "-1",
            "1e400",
            "\u0663",
        ]
    ),
    st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["code", "message", "error", "errorMessages", "errors", "cloudId", "x", "traceId"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b"[" * 3000,
            b'{"a":' * 2000,
            b"9" * 5000,
            b"\xff\xfe{}",
            b'{"code":401,"message":"Unauthorized; scope does not match"}',
            b"<!doctype html>",
            b'{"cloudId":["x"]}',
        ]
    ),
)
answers = st.builds(
    Answer,
    status=st.one_of(st.sampled_from([200, 302, 400, 401, 403, 404, 429, 503]), st.integers(100, 599)),
    headers=st.lists(st.tuples(st.sampled_from(FIELD_NAMES), FIELD_VALUES), max_size=5).map(tuple),
    body=bodies,
    is_truncated=st.booleans(),
)


def _decoder_holds(answer: Answer) -> None:
    decoded = decode(answer)
    assert decoded == decode(answer)
    if decoded.meaning.refuses_credential:
        said = answer.header("x-seraph-loginreason") + answer.header("x-authentication-denied-reason")
        assert answer.status < 500 or said, (
            "what is down refuses nobody, unless Jira says so in its own field"
        )
    if decoded.meaning is Meaning.SUCCESS:
        assert 200 <= answer.status < 300
        assert not answer.looks_like_html
    if decoded.retry_after_s is not None:
        assert 0 <= decoded.retry_after_s < float("inf")
    assert decoded.trace_id is None or re.fullmatch(r"[A-Za-z0-9-]{1,64}", decoded.trace_id)
    try:
        cloud_id = read_cloud_id(answer, site=Site("https://acme.atlassian.net"))
    except SiteError:
        pass
    else:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", cloud_id)
    pause = retry_after_s(answer.header("retry-after"), now=datetime(2026, 11, 23, tzinfo=UTC))
    assert pause is None or 0 <= pause < float("inf")
    parse_client_key(answer.header("location"))
    for method in ("GET", "POST"):
        read_search(method, "/rest/api/2/search", query=answer.body, body=answer.body)


# -- The link rewriter -----------------------------------------------------------------------------

API, SITE, PUBLIC = (
    "https://api.atlassian.com/ex/jira/7a6f0c0e",
    "https://acme.atlassian.net",
    "https://ownkey.example/jira/acme",
)
TABLES = [
    LinkTable(api_base=API, site_url=SITE, public_base=PUBLIC),
    LinkTable(api_base=SITE, site_url=SITE, public_base=PUBLIC),
    LinkTable(
        api_base=API, site_url=SITE, public_base=f"{SITE}/rest/x"
    ),  # what comes out looks like what goes in
    LinkTable(api_base="http://h/ex", site_url="http://hh", public_base="http://hhh"),
]
LINKS = [table.in_answers(ORDINARY) for table in TABLES]
NAMES = [
    *(
        "self",
        "nextPage",
        "content",
        "48x48",
        "fields",
        "assignee",
        "comment",
        "roles",
        "value",
        "properties",
        "type",
    ),
    *(
        "customfield_1",
        "a__b",
        "ari:x",
        "description",
        "defaultValue",
        'a"self',
        "self\\",
        "",
        ":",
        "{",
        "_links",
    ),
]
PATHS = [
    *("", "/", "/rest/api/3/issue/1", "/rest/api/3/user?accountId=1", "/rest/api/2/customFieldOption/7"),
    *(
        "/rest/api/3/attachment/content/1",
        "/rest/api/3/project/ED/role/1",
        "/browse/A-1",
        '/rest/"self":"',
        "\\",
        '"',
    ),
]
strings = st.one_of(
    st.builds(
        lambda base, path: base + path,
        st.sampled_from([API, SITE, PUBLIC, "http://h/ex", "http://hh"]),
        st.sampled_from(PATHS),
    ),
    st.builds(
        lambda text, link: f'{text} "self":"{link}/rest/', st.text(max_size=3), st.sampled_from([API, SITE])
    ),
    st.text(max_size=6),
)
documents = st.recursive(
    strings | st.none() | st.integers(),
    lambda inner: (
        st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=20,
)
WAYS = [
    (None, (",", ":"), "/"),
    (None, (", ", ": "), "/"),
    (1, (",", " :\n "), "/"),
    (None, (",", ":"), "\\/"),
    (2, (",", ": "), "\\u002f"),
]


def _written(document: object, way: tuple[int | None, tuple[str, str], str]) -> bytes:
    indent, separators, slash = way
    return json.dumps(document, indent=indent, separators=separators).replace("/", slash).encode()


def _led_here(document: object, links: DocumentLinks, kind: Kind | None = None) -> object:
    """Return what a document is meant to become: the rule again, over values instead of bytes."""
    if isinstance(document, list):
        return [_led_here(each, links, kind if kind in _WHOLE else None) for each in document]
    if not isinstance(document, dict):
        return document
    done: dict[str, object] = {}
    for name, value in document.items():
        written = json.dumps(name)[1:-1].encode()
        if isinstance(value, str):
            done[name] = _string_led_here(written, value, links, kind)
        else:
            done[name] = _led_here(value, links, kind if kind in _WHOLE else _kind_within(written, value))
    return done


_WHOLE = {Kind.FIELD_VALUE, Kind.ROLES, Kind.PEOPLES}


def _kind_within(name: bytes, value: object) -> Kind | None:
    kind = ORDINARY.kind_of(name) if not name.endswith(b"\\") and b'"' not in name else None
    is_document = isinstance(value, dict) and next(iter(value), "") in {"type", "version", "content"}
    if kind in {Kind.FIELD_VALUE, Kind.DOCUMENT_OR_LIST} and is_document:
        return Kind.PEOPLES
    if kind is Kind.ROLES and not isinstance(value, dict):
        return None
    return kind if kind in _WHOLE else None


def _string_led_here(name: bytes, value: str, links: DocumentLinks, kind: Kind | None) -> str:
    addresses = links.addresses
    as_member = b'{"' + name + b'":' + json.dumps(value).encode()
    match kind:
        case Kind.PEOPLES:
            return value
        case Kind.FIELD_VALUE:
            found = addresses.field_links.search(as_member)
        case Kind.ROLES:
            found = addresses.role_links.search(as_member)
        case _:
            found = addresses.any_behind.match(json.dumps(value).encode())
            is_named = ORDINARY.kind_of(name) in {Kind.LINK, Kind.FILE}
            behind = json.dumps(value).encode()[found.end() if found else 0 :]
            if not is_named or (name in FILES and not addresses.file_behind.match(behind)):
                found = None
    if found is None:
        return value
    return addresses.replaced(found[1]).decode() + value.removeprefix(found[1].decode())


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(places)]


def _links_hold(
    made_up: tuple[DocumentLinks, object, tuple[int | None, tuple[str, str], str], list[int], int],
) -> None:
    table, document, way, cuts, window_bits = made_up
    data, wanted = _written(document, way), _written(_led_here(document, table), way)
    assert table.rewrite(data) == wanted
    plain = PlainRewriting(table)
    assert b"".join(b"".join(plain.feed(piece)) for piece in _cut(data, cuts)) + plain.finish() == wanted
    pack = zlib.compressobj(6, zlib.DEFLATED, window_bits)
    packed = pack.compress(data) + pack.flush()
    given = window_bits if window_bits > 0 else zlib.MAX_WBITS  # `deflate` may come without its wrapper
    assert _unpacked(CompressedRewriting(table, window_bits=given), [packed], is_whole=True) == wanted
    assert _unpacked(CompressedRewriting(table, window_bits=given), _cut(packed, cuts)) == wanted


def _unpacked(rewriting: CompressedRewriting, pieces: list[bytes], *, is_whole: bool = False) -> bytes:
    if is_whole:
        out = rewriting.whole(pieces[0])
    else:
        out = b"".join(b"".join(rewriting.feed(piece)) for piece in pieces if piece) + rewriting.finish()
    return zlib.decompressobj(rewriting._window_bits).decompress(out)


def _broken_bodies_hold(made_up: tuple[bytes, int, int, bool]) -> None:
    """A packed body that broke off, or is none, never comes out as a whole one."""
    data, cut, window_bits, is_rubbish = made_up
    packed = gzip.compress(data) if window_bits > zlib.MAX_WBITS else zlib.compress(data)
    broken = data if is_rubbish else packed[: 1 + cut % (len(packed) - 1)]
    rewriting = CompressedRewriting(LINKS[0], window_bits=window_bits)
    other = CompressedRewriting(LINKS[0], window_bits=window_bits)
    for whole in (True, False):
        try:
            out = rewriting.whole(broken) if whole else b"".join(other.feed(broken)) + other.finish()
        except UnreadableBodyError:
            continue
        assert is_rubbish or broken == packed, "half a body came out as a whole one"
        assert out is not None


LAWS = (
    Law("router", st.tuples(st.sampled_from(METHODS), _paths()), _router_holds),
    Law("decoder", answers, _decoder_holds),
    Law(
        "links",
        st.tuples(
            st.sampled_from(LINKS),
            documents,
            st.sampled_from(WAYS),
            st.lists(st.integers(0, 10_000), max_size=6),
            st.sampled_from([zlib.MAX_WBITS, 16 + zlib.MAX_WBITS, -zlib.MAX_WBITS]),
        ),
        _links_hold,
    ),
    Law(
        "broken bodies",
        st.tuples(
            strings.map(str.encode),
            st.integers(0, 10_000),
            st.sampled_from([zlib.MAX_WBITS, 16 + zlib.MAX_WBITS]),
            st.booleans(),
        ),
        _broken_bodies_hold,
    ),
)
