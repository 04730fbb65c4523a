"""Which header fields go from the client to Atlassian, and which come back."""

from ownkey.gateway.asgi import Headers
from ownkey.gateway.links import LinkTable
from ownkey.gateway.problems import Code, Problem, RefusedError

HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"proxy-connection"}
)
"""RFC 9110, section 7.6.1: for this connection alone."""

NOT_FORWARDED = HOP_BY_HOP | {
    b"authorization",
    b"cookie",
    b"host",
    b"expect",  # the gateway has answered it already
    b"forwarded",
    b"x-real-ip",
    # Some servers behind Atlassian's edge might take another method or address from these than was
    # authorised.
    b"x-http-method-override",
    b"x-http-method",
    b"x-method-override",
    b"x-original-url",
    b"x-rewrite-url",
}
NOT_FORWARDED_PREFIXES = (b"x-forwarded-", b"proxy-", b"ownkey-")

NOT_RETURNED = HOP_BY_HOP | {
    b"set-cookie",
    b"set-cookie2",
    b"www-authenticate",
    b"proxy-authenticate",
    b"proxy-authentication-info",
    # Browsers would apply these to Ownkey's own pages.
    b"strict-transport-security",
    b"alt-svc",
    b"clear-site-data",
}
WITH_LINKS = frozenset({b"location", b"content-location", b"link"})

DECODABLE = frozenset({b"gzip", b"x-gzip", b"deflate", b"identity"})
"""The content codings that links are rewritten in; no other is asked for."""


def request_headers(headers: Headers, *, authorization: bytes) -> Headers:
    """Return the header fields to send to Atlassian; the injected Authorization is the only one.

    Raises:
        RefusedError: the request has several Content-Lengths, or one beside a Transfer-Encoding.
    """
    dropped = NOT_FORWARDED | _named_by_connection(headers)
    kept: Headers = []
    lengths = 0
    is_chunked = False
    for name, value in headers:
        if name == b"content-length":
            lengths += 1
        elif name == b"transfer-encoding":
            is_chunked = True
        if name in dropped or name.startswith(NOT_FORWARDED_PREFIXES):
            continue
        if name == b"accept-encoding":
            kept.append((name, _decodable(value)))
        else:
            kept.append((name, value))
    if lengths > 1 or (lengths and is_chunked):
        raise RefusedError(
            Problem(
                Code.AMBIGUOUS_REQUEST,
                "The request says in more than one way where its body ends.",
                "Send one Content-Length, or none and a chunked body.",
            )
        )
    kept.append((b"authorization", authorization))
    return kept


def answer_headers(headers: Headers, *, links: LinkTable, drops_length: bool = False) -> Headers:
    """Return the header fields to give back to the client, links in them leading to the gateway.

    `drops_length` is for a body that comes out with another length than it went in.
    """
    dropped = NOT_RETURNED | _named_by_connection(headers)
    kept: Headers = []
    for name, value in headers:
        if name in dropped or name.startswith(b"ownkey-") or (drops_length and name == b"content-length"):
            continue
        if name in WITH_LINKS:
            kept.append((name, _with_links(name, value, links)))
        else:
            kept.append((name, value))
    return kept


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return the first value of a header field, or None."""
    for each, value in headers:
        if each == name:
            return value
    return None


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    """Return the names that `Connection` makes hop-by-hop."""
    named: set[bytes] = set()
    for name, value in headers:
        if name == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
    # A client that names these would change what the request means, not how it travels.
    return frozenset(named - {b"content-length", b"content-type", b"content-encoding"})


def _decodable(accept_encoding: bytes) -> bytes:
    codings = [coding.strip() for coding in accept_encoding.split(b",")]
    kept = [coding for coding in codings if coding.partition(b";")[0].strip().lower() in DECODABLE]
    if not kept and any(coding.startswith(b"*") and not _is_refused(coding) for coding in codings):
        return b"gzip"
    return b", ".join(kept) or b"identity"


def _is_refused(coding: bytes) -> bool:
    weight = coding.replace(b" ", b"").partition(b";q=")[2]
    return bool(weight) and not weight.strip(b"0.")


def _with_links(name: bytes, value: bytes, links: LinkTable) -> bytes:
    if name != b"link" and value.startswith(b"/") and not value.startswith(b"//"):
        return links.rewrite_local(value)
    return links.rewrite(value)
