"""Refusals as the gateway answers them: RFC 9457 problems, told apart from Jira's answers by a header."""

from typing import TYPE_CHECKING

from ownkey.calls.refusals import Refusal
from ownkey.gateway.asgi import Scope, Send
from ownkey.gateway.for_browsers import FOR_BROWSERS
from ownkey.gateway.json_text import as_json

if TYPE_CHECKING:
    from ownkey.calls.headers import Headers

_SAY_THAT_A_BODY_COMES = frozenset({b"content-length", b"transfer-encoding"})


async def send_problem(scope: Scope, send: Send, refusal: Refusal, *, request_id: str) -> None:
    """Answer a request with a refusal.

    A body that is still on its way will not be read, so the connection ends here, and the client is told.
    """
    body = problem_body(refusal, request_id=request_id)
    headers: Headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"ownkey-error", refusal.code.value.encode("ascii")),
        (b"ownkey-request-id", request_id.encode("ascii")),
        *FOR_BROWSERS,
        *refusal.headers,
    ]
    if refusal.status == 401:
        # Never `Basic`: browsers would ask people for a password.
        headers.append((b"www-authenticate", b'Bearer realm="Ownkey"'))
    if any(name in _SAY_THAT_A_BODY_COMES for name, _ in scope["headers"]):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def problem_body(refusal: Refusal, *, request_id: str) -> bytes:
    """Return a problem as JSON.

    `errorMessages` and `errors` repeat the sentences in Jira's own shape: that is where Jira's clients
    look for something to show, and they ignore the rest.
    """
    sentences = " ".join(filter(None, (refusal.detail, refusal.next_step)))
    document = {
        "type": f"urn:ownkey:problem:{refusal.code.value}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code.value,
        "next_step": refusal.next_step,
        "request_id": request_id,
        **refusal.members,
        "errorMessages": [f"Ownkey: {sentences}"],
        "errors": {},
    }
    return as_json(document)
