"""The API gateway, `/ex/jira/{cloudId}/…`: who calls, whether the token's scopes suffice, and only then Jira.

Its refusals are those of facts.md 1.2; they never name the scope that is missing.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from ownkey.sandbox.credentials import Scheme, presented_by, token_for_gateway
from ownkey.sandbox.exchange import Note, Request, Response, json_response
from ownkey.sandbox.jira import dispatch
from ownkey.sandbox.jira.call import Call, path_parameters
from ownkey.scopes.router import Unrouted, UnroutedReason, load_router

if TYPE_CHECKING:
    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.people import Person
    from ownkey.scopes.catalogue import Operation

PREFIX = "/ex/jira/"
# On each answer from Jira itself (facts.md 4); here nobody comes near the limit, unless a fault says so.
_RATE_LIMIT = (
    ("X-RateLimit-Limit", "100"),
    ("X-RateLimit-Remaining", "99"),
    ("X-RateLimit-NearLimit", "false"),
)


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the gateway's answer: the credential comes first, then the scopes; the body is for Jira."""
    return _decide(cloud, request).with_headers(*edge_headers())


def _decide(cloud: Cloud, request: Request) -> Response:
    cloud_id, _, rest = request.path.removeprefix(PREFIX).partition("/")
    presented = presented_by(request)
    token = token_for_gateway(cloud.tokens, presented, now=cloud.clock())
    if token is None:
        note = Note("refused", presented.login or None, presented.scheme)
        return json_response(401, {"code": 401, "message": "Unauthorized"}).noted(note)
    found = load_router().find(request.method, f"/{rest}")
    signature = None if isinstance(found, Unrouted) else found.signature
    how = "service-account" if presented.scheme is Scheme.BEARER else "scoped-api-token"
    note = Note("answered", token.owner.email, how, signature)
    if isinstance(found, Unrouted) and found.reason is UnroutedReason.UNSAFE_PATH:
        return json_response(400, {"code": 400, "message": "Bad Request"}).noted(note)
    may = cloud_id == cloud.cloud_id and token.app == "jira" and not isinstance(found, Unrouted)
    if (
        not may
        or isinstance(found, Unrouted)
        or not found.requirement.is_satisfied_by(token.scopes or frozenset())
    ):
        return _scope_refusal().noted(Note("scope does not match", note.email, how, signature))
    base_url = f"{request.origin}{PREFIX}{cloud.cloud_id}"
    return ask_jira(cloud, request, found, person=token.owner, path=f"/{rest}", base_url=base_url).noted(note)


def _scope_refusal() -> Response:
    # What a wrong cloud id and an unknown path get is reported as this same answer (facts.md 1.2).
    return json_response(
        401,
        {"code": 401, "message": "Unauthorized; scope does not match"},
        ("X-Failure-Category", "FAILURE_CLIENT_SCOPE_CHECK"),
    )


def ask_jira(  # noqa: PLR0913 - these are the facts of one call
    cloud: Cloud, request: Request, operation: Operation, *, person: Person, path: str, base_url: str
) -> Response:
    """Return Jira's answer to somebody who may call an operation."""
    call = Call(
        world=cloud.world,
        person=person,
        operation=operation,
        parameters=path_parameters(operation.path, path),
        query=request.query,
        body=request.body,
        content_type=request.header("content-type") or "",
        base_url=base_url,
        site_url=request.origin,
        now=cloud.clock(),
        api_version=api_version_of(path),
        headers=request.headers,
        upload=request.upload,
        query_lists=parse_qs(request.query_string, keep_blank_values=True),
    )
    return dispatch.answer(call).with_headers(*_RATE_LIMIT)


def api_version_of(path: str) -> str:
    """Return the version of Jira's platform API that a path asks for.

    `latest` is 2 to the clients that use it: they were written when there was no other.
    """
    return "3" if path.startswith("/rest/api/3/") else "2"


def edge_headers() -> tuple[tuple[str, str], ...]:
    """Return the headers that Atlassian's edge puts on every answer, with cookies that nobody should keep."""
    return (
        ("server", "AtlassianEdge"),
        ("cache-control", "no-cache, no-store, no-transform"),
        ("atl-traceid", secrets.token_hex(16)),
        ("atl-request-id", str(uuid.uuid4())),
        ("set-cookie", f"atlassian.xsrf.token={secrets.token_hex(20)}_lin; Path=/; SameSite=None; Secure"),
        ("set-cookie", f"JSESSIONID={secrets.token_hex(16).upper()}; Path=/; HttpOnly; Secure"),
    )
