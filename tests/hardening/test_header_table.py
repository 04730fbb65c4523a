"""Whatever header fields a client sends, in whatever case, number and order, what leaves follows the table.

The table here is the design's, written down anew: what is dropped, what is kept, and that the Authorization
which the gateway puts in is the only one.
"""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownkey.calls.headers import answer_headers, request_headers
from ownkey.calls.refusals import RefusedError
from ownkey.gateway.links import LinkTable
from tests.gateway.kit import ALICE, AUTHORIZATION, Client, FakeUpstream, Grants, build, json_answer

DROPPED = re.compile(
    r"authorization|cookie|proxy-.*|forwarded|x-forwarded-.*|connection|keep-alive|te|trailer|transfer-encoding"
    r"|upgrade|host|expect|x-real-ip|x-http-method(-override)?|x-method-override|x-original-url|x-rewrite-url"
    r"|ownkey-.*"
)
NOT_RETURNED = re.compile(
    r"set-cookie2?|www-authenticate|proxy-(authenticate|authentication-info|connection)|connection|keep-alive|te"
    r"|trailer|transfer-encoding|upgrade|strict-transport-security|alt-svc|clear-site-data|nel|report-to"
    r"|reporting-endpoints|service-worker-allowed|ownkey-.*"
)
NAMES = [
    *(
        "authorization",
        "cookie",
        "proxy-authorization",
        "proxy-x",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-x",
    ),
    *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect", "x-real-ip"),
    *("x-http-method-override", "x-original-url", "ownkey-acting-as", "set-cookie", "www-authenticate"),
    *(
        "accept",
        "content-type",
        "etag",
        "if-match",
        "x-atlassian-token",
        "user-agent",
        "accept-encoding",
        "x-a",
        "x-b",
    ),
    *("link", "location", "retry-after", "content-security-policy", "nel", "strict-transport-security"),
]
VALUES = [
    "",
    "x",
    "keep-alive",
    "close, X-A",
    "x-b,authorization",
    "AUTHORIZATION",
    "gzip, br",
    "Basic eDp5",
    "chunked",
    "a\tb",
]
fields = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(NAMES), st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)),
        st.one_of(st.sampled_from(VALUES), st.text(st.sampled_from('aB9 ,;="/*'), max_size=12)),
    ),
    max_size=10,
)
as_bytes = fields.map(lambda pairs: [(name.encode(), value.encode()) for name, value in pairs])
LINKS = LinkTable(
    api_base="https://api.atlassian.com/ex/jira/c",
    site_url="https://acme.atlassian.net",
    public_base="https://ownkey.example/jira/acme",
)
BOUNDED = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def named_by_connection(headers: list[tuple[bytes, bytes]]) -> set[bytes]:
    values = b",".join(value for name, value in headers if name == b"connection")
    kept = {b"content-length", b"content-type", b"content-encoding"}
    return {part.strip().lower() for part in values.split(b",")} - kept


@BOUNDED
@given(as_bytes)
def test_what_leaves_follows_the_table(headers: list[tuple[bytes, bytes]]) -> None:
    try:
        sent = request_headers(headers, authorization=AUTHORIZATION)
    except RefusedError:
        framing = [name for name, _ in headers if name in {b"content-length", b"transfer-encoding"}]
        assert framing
        return
    assert [value for name, value in sent if name == b"authorization"] == [AUTHORIZATION]
    gone = named_by_connection(headers)
    wanted = [
        (name, value) for name, value in headers if not DROPPED.fullmatch(name.decode()) and name not in gone
    ]
    got = [(name, value) for name, value in sent if name != b"authorization"]
    assert [name for name, _ in got] == [name for name, _ in wanted]
    for (name, value), (_, old) in zip(got, wanted, strict=True):
        assert value == old or name == b"accept-encoding"
        if name == b"accept-encoding":
            assert not re.search(rb"\b(br|zstd|compress)\b", value)


@BOUNDED
@given(as_bytes)
def test_what_comes_back_follows_the_table(headers: list[tuple[bytes, bytes]]) -> None:
    back = answer_headers(headers, links=LINKS)
    gone = named_by_connection(headers)
    replaced = {b"content-security-policy", b"x-content-type-options"}
    wanted = [
        name
        for name, _ in headers
        if not NOT_RETURNED.fullmatch(name.decode()) and name not in gone | replaced
    ]
    assert [name for name, _ in back] == wanted


async def test_the_rules_for_browsers_are_the_gateways_own() -> None:
    theirs = {"content-security-policy": "default-src *", "x-content-type-options": "sniff"}
    upstream = FakeUpstream(json_answer(b"{}", headers=theirs))
    gateway = build(upstream, grants=Grants(ALICE))
    back = (await Client(gateway).ask("GET", "/jira/acme/rest/api/3/myself")).headers
    await gateway.way.stop()
    assert [value for name, value in back if name == b"content-security-policy"] == [
        b"default-src 'none'; sandbox"
    ]
    assert [value for name, value in back if name == b"x-content-type-options"] == [b"nosniff"]


@BOUNDED
@given(fields)
async def test_no_field_changes_who_calls_or_where(sent_fields: list[tuple[str, str]]) -> None:
    upstream = FakeUpstream(json_answer(b"{}"))
    gateway = build(upstream, grants=Grants(ALICE))
    client = Client(gateway)
    own = [("authorization", f"Bearer {client._key.text()}")] if client._key else []
    others = [pair for pair in sent_fields if pair[0] not in {"host", "content-length", "transfer-encoding"}]
    answer = await client.ask("GET", "/jira/acme/rest/api/3/myself", headers=own + others)
    await gateway.way.stop()
    if any(name == "authorization" for name, _ in others):
        assert (answer.status, upstream.sent) == (400, [])
        return
    assert [sent.url for sent in upstream.sent] == [f"{ALICE.credential.base_url}/rest/api/3/myself"]  # type: ignore[union-attr]
    assert upstream.sent[0].method == "GET"
    assert [value for name, value in upstream.sent[0].headers if name == b"authorization"] == [AUTHORIZATION]
