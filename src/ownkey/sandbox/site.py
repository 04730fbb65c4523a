"""The site's own address, with the answers that mislead: what it does with credentials that it does not take.

A token with scopes, a dead one and a wrong one are all the same here: the request is served as nobody's, and
only a header says so (facts.md 0.1 and 1.2).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from ownkey.sandbox.credentials import Presented, Scheme, person_for_site, presented_by
from ownkey.sandbox.exchange import Note, Request, Response, json_response, text_response
from ownkey.sandbox.gateway import ask_jira, edge_headers
from ownkey.sandbox.jira.issue.changes import NO_ISSUE
from ownkey.sandbox.jira.users import BUILD
from ownkey.scopes.router import Unrouted, UnroutedReason, load_router

if TYPE_CHECKING:
    from ownkey.sandbox.cloud import Cloud
    from ownkey.scopes.catalogue import Operation

_EMPTY_PAGE = {"startAt": 0, "maxResults": 50, "total": 0, "isLast": True, "values": []}
_NO_ISSUES = {"issues": [], "isLast": True}
_SIGN_IN = "Client must be authenticated to access this resource."

# What Jira serves to anybody; without a person's permissions that is little or nothing.
_FOR_NOBODY: dict[str, object] = {
    "GET /rest/api/3/project": [],
    "GET /rest/api/3/project/search": _EMPTY_PAGE,
    "GET /rest/api/3/search/jql": _NO_ISSUES,
    "POST /rest/api/3/search/jql": _NO_ISSUES,
    "POST /rest/api/3/search/approximate-count": {"count": 0},
    "GET /rest/api/3/mypermissions": {"permissions": {}},
    "GET /rest/api/3/dashboard": {"startAt": 0, "maxResults": 20, "total": 0, "dashboards": []},
    "GET /rest/api/3/filter/search": _EMPTY_PAGE,
    "GET /rest/api/3/field": [],
    "GET /rest/api/3/issuetype": [],
    "GET /rest/api/3/priority": [],
    "GET /rest/api/3/status": [],
    "GET /rest/api/3/statuscategory": [],
    "GET /rest/api/3/resolution": [],
    "GET /rest/api/3/user/search": [],
}


def tenant_info(cloud: Cloud) -> Response:
    """Return the site's cloud id, which anybody may ask for."""
    return json_response(200, {"cloudId": cloud.cloud_id}, *edge_headers())


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the site's answer to a call of Jira's API."""
    presented = presented_by(request)
    if presented.scheme is Scheme.BEARER:
        return _refused_bearer(presented).with_headers(*edge_headers())
    person = person_for_site(cloud.tokens, presented, now=cloud.clock())
    found = load_router().find(request.method, request.path)
    signature = None if isinstance(found, Unrouted) else found.signature
    if person is not None:
        note = Note("answered", person.email, "unscoped-api-token", signature)
    else:
        note = Note("served as nobody's", presented.login or None, presented.scheme, signature)
    if isinstance(found, Unrouted):
        response = _unrouted(found)
    elif person is not None:
        response = ask_jira(cloud, request, found, person=person, path=request.path, base_url=request.origin)
    else:
        response = _as_nobody(request, found)
    if person is None and presented.scheme is Scheme.BASIC:
        response = response.with_headers(*authentication_failed())
    return response.with_headers(*edge_headers()).noted(note)


def authentication_failed() -> tuple[tuple[str, str], ...]:
    """Return the headers that say that a credential was not taken, whatever the answer's status."""
    lout = f"atlassian.xsrf.token={secrets.token_hex(20)}_lout; Path=/; SameSite=None; Secure"
    return (("x-seraph-loginreason", "AUTHENTICATED_FAILED"), ("set-cookie", lout))


def www_authenticate(request: Request) -> tuple[str, str]:
    """Return the header that the site puts on each 401."""
    return ("www-authenticate", f'OAuth realm="{quote(request.origin, safe="")}"')


def _refused_bearer(presented: Presented) -> Response:
    note = Note("refused", None, "bearer")
    if presented.looks_like_jwt:
        page = "<html><head><title>Unauthorized (401)</title></head><body>Unauthorized (401)</body></html>"
        return text_response(401, page, kind="text/html").noted(note)
    return json_response(403, {"error": "Failed to parse Connect Session Auth Token"}).noted(note)


def _unrouted(found: Unrouted) -> Response:
    if found.reason is UnroutedReason.UNSAFE_PATH:
        return text_response(400, "Bad Request")
    if found.reason is UnroutedReason.WRONG_METHOD:
        return text_response(405, "Method Not Allowed", ("allow", ", ".join(found.allowed_methods)))
    return json_response(404, {"errorMessages": ["null for uri"], "errors": {}})


def _as_nobody(request: Request, operation: Operation) -> Response:
    if operation.signature == "GET /rest/api/3/serverInfo":
        return json_response(
            200,
            {"baseUrl": request.origin, **BUILD, "deploymentType": "Cloud", "serverTitle": "Jira (sandbox)"},
        )
    if operation.signature in _FOR_NOBODY:
        return json_response(200, _FOR_NOBODY[operation.signature])
    if operation.path.startswith("/rest/api/3/issue/{issueIdOrKey}") and operation.method == "GET":
        return json_response(404, {"errorMessages": [NO_ISSUE], "errors": {}})
    if operation.path.startswith("/rest/api/3/project/{") and operation.method == "GET":
        key = unquote(request.path.split("/")[5])
        return json_response(
            404, {"errorMessages": [f"No project could be found with key '{key}'."], "errors": {}}
        )
    return text_response(401, _SIGN_IN, www_authenticate(request))
