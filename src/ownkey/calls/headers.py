"""Which header fields go from a caller to Atlassian, and which come back."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, TypeAlias

from ownkey.calls.refusals import Code, Refusal, RefusedError

Headers: TypeAlias = list[tuple[bytes, bytes]]
"""Header fields as bytes, names in lower case, in the order in which they came."""

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
    b"nel",
    b"report-to",
    b"reporting-endpoints",
    b"service-worker-allowed",
    # The gateway puts its own in their place.
    b"content-security-policy",
    b"x-content-type-options",
}

_NOT_RETURNED_NOR_LENGTH = NOT_RETURNED | {b"content-length"}
WITH_LINKS = frozenset({b"location", b"content-location", b"link"})

DECODABLE = frozenset({b"gzip", b"x-gzip", b"deflate", b"identity"})
"""The content codings that links are rewritten in; no other is asked for."""


def request_headers(headers: Headers, *, authorization: bytes) -> Headers:
    """Return the header fields to send to Atlassian; the injected Authorization is the only one.

    Raises:
        RefusedError: the request has several Content-Lengths, one that is no number, or one beside a
            Transfer-Encoding; or its body was coded for the way in another manner than in chunks.
    """
    dropped = _with_named_by_connection(NOT_FORWARDED, headers)
    kept: Headers = []
    lengths = 0
    is_chunked = False
    for each in headers:
        name = each[0]
        if name == b"transfer-encoding":
            is_chunked = True
            lengths += each[1].strip().lower() != b"chunked"  # another coding nobody would undo
        if name in dropped or name.startswith(NOT_FORWARDED_PREFIXES):
            continue
        if name == b"content-length":
            lengths += 1 if each[1].isdigit() else 2
        kept.append((name, _decodable(each[1])) if name == b"accept-encoding" else each)
    if lengths > 1 or (lengths and is_chunked):
        raise RefusedError(Refusal(Code.AMBIGUOUS_REQUEST))
    kept.append((b"authorization", authorization))
    return kept


class FieldLinks(Protocol):
    """What rewrites links in header fields: `ownkey.gateway.links.LinkTable`."""

    def rewrite_field(self, name: bytes, value: bytes) -> bytes:
        """Return the value of one of the fields in `WITH_LINKS` as the caller gets it."""


def answer_headers(headers: Headers, *, links: FieldLinks, drops_length: bool = False) -> Headers:
    """Return the header fields of an answer that the caller gets, links in them rewritten.

    `drops_length` is for a body that comes out with another length than it went in.
    """
    without = _NOT_RETURNED_NOR_LENGTH if drops_length else NOT_RETURNED
    dropped = _with_named_by_connection(without, headers)
    kept: Headers = []
    for each in headers:
        name = each[0]
        if name in dropped or name.startswith(b"ownkey-"):
            continue
        kept.append((name, links.rewrite_field(name, each[1])) if name in WITH_LINKS else each)
    return kept


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return the first value of a header field, or None."""
    for each, value in headers:
        if each == name:
            return value
    return None


def first_values(headers: Headers) -> Mapping[bytes, bytes]:
    """Return the first value of every header field: for whoever looks at several of one message."""
    return dict(reversed(headers))


def _with_named_by_connection(dropped: frozenset[bytes], headers: Headers) -> frozenset[bytes]:
    """Return the names that are dropped, with those that `Connection` makes hop-by-hop."""
    for name, value in headers:
        if name == b"connection" and value != b"keep-alive":
            break
    else:
        return dropped
    connections = [value for name, value in headers if name == b"connection"]
    named = {token.strip().lower() for value in connections for token in value.split(b",")}
    # A client that names these would change what the request means, not how it travels.
    return dropped | (named - {b"content-length", b"content-type", b"content-encoding"})


@lru_cache(maxsize=128)
def _decodable(accept_encoding: bytes) -> bytes:
    codings = [coding.strip() for coding in accept_encoding.split(b",")]
    kept = [coding for coding in codings if coding.partition(b";")[0].strip().lower() in DECODABLE]
    if not kept and any(coding.startswith(b"*") and not _is_refused(coding) for coding in codings):
        return b"gzip"
    return b", ".join(kept) or b"identity"


def _is_refused(coding: bytes) -> bool:
    weight = coding.replace(b" ", b"").partition(b";q=")[2]
    return bool(weight) and not weight.strip(b"0.")
