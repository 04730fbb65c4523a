"""Links in what is sent to Jira: those that a client read here lead to Jira again.

`link_places.request_places` names the few operations and fields in which Jira reads or keeps them. Whatever
people write passes as it is, and so does a body that is streamed rather than taken whole.
"""

from ownkey.calls.headers import Headers, header
from ownkey.gateway.link_places import request_places
from ownkey.gateway.links import LinkTable
from ownkey.gateway.rewriting import is_json
from ownkey.scopes.catalogue import Operation


def lead_back(
    headers: Headers, body: bytes, *, operation: Operation | None, links: LinkTable
) -> tuple[Headers, bytes]:
    """Return the header fields and the body to send; the very same ones where no link leads here."""
    places = request_places(operation)
    if places is None or not is_json(header(headers, b"content-type")):
        return headers, body
    if header(headers, b"content-encoding") is not None:
        return headers, body
    led_back = links.in_requests(places).rewrite(body)
    if led_back is body:
        return headers, body
    length = str(len(led_back)).encode("ascii")
    return [(n, length if n == b"content-length" else value) for n, value in headers], led_back
