"""A small Jira Data Center on the site address: personal access tokens and passwords, and who one is.

Repeated wrong passwords bring the CAPTCHA that Data Center answers with, until a right one comes from the
sandbox's control API (`reset`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.credentials import Presented, Scheme, presented_by
from ownkey.sandbox.exchange import Note, Request, Response, json_response, text_response
from ownkey.sandbox.people import PASSWORD
from ownkey.sandbox.site import authentication_failed, www_authenticate

if TYPE_CHECKING:
    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.people import Person

_FAILURES_BEFORE_CAPTCHA = 3
_VERSION = {"version": "10.3.6", "versionNumbers": [10, 3, 6], "buildNumber": 10030006}


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the Data Center's answer to a call of Jira's API."""
    presented = presented_by(request)
    if presented.scheme is Scheme.BASIC and _is_locked(cloud, presented):
        return _captcha(request)
    person = _person(cloud, presented)
    if person is None and presented.scheme is not Scheme.NONE:
        if presented.scheme is Scheme.BASIC:
            name = presented.login.partition("@")[0]
            cloud.failed_sign_ins[name] = cloud.failed_sign_ins.get(name, 0) + 1
        refused = json_response(
            401, {"message": "Client must be authenticated to access this resource.", "status-code": 401}
        )
        headers = (www_authenticate(request), *authentication_failed())
        return refused.with_headers(*headers).noted(
            Note("refused", presented.login or None, presented.scheme)
        )
    how = {Scheme.BASIC: "password", Scheme.BEARER: "personal-access-token"}.get(presented.scheme, "none")
    return _asked(request, person).noted(Note("answered", person.email if person else None, how))


def _person(cloud: Cloud, presented: Presented) -> Person | None:
    if presented.scheme is Scheme.BEARER:
        token = cloud.tokens.find(presented.secret)
        is_good = token is not None and token.app == "data-center" and token.is_live(cloud.clock())
        return token.owner if token is not None and is_good else None
    if presented.secret != PASSWORD:
        return None
    people = cloud.people.values()
    return next((person for person in people if presented.login in (person.user_name, person.email)), None)


def _is_locked(cloud: Cloud, presented: Presented) -> bool:
    return cloud.failed_sign_ins.get(presented.login.partition("@")[0], 0) >= _FAILURES_BEFORE_CAPTCHA


def _captcha(request: Request) -> Response:
    denied = f"CAPTCHA_CHALLENGE; login-url={request.origin}/login.jsp"
    page = text_response(
        403, "<html><title>Forbidden (403)</title><h1>Forbidden (403)</h1></html>", kind="text/html"
    )
    headers = (("x-seraph-loginreason", "AUTHENTICATION_DENIED"), ("x-authentication-denied-reason", denied))
    return page.with_headers(*headers).noted(Note("captcha"))


def _asked(request: Request, person: Person | None) -> Response:
    what = request.path.removeprefix("/rest/api/2/").removeprefix("/rest/api/latest/")
    if what == "serverInfo":
        info = {
            "baseUrl": request.origin,
            **_VERSION,
            "deploymentType": "Server",
            "serverTitle": "Jira (sandbox)",
        }
        return json_response(200, info)
    if person is None:
        return text_response(
            401, "Client must be authenticated to access this resource.", www_authenticate(request)
        )
    if what == "myself":
        shown = {
            "self": f"{request.origin}/rest/api/2/user?username={person.user_name}",
            "key": f"JIRAUSER1000{len(person.user_name)}",
            "name": person.user_name,
            "emailAddress": person.email,
            "displayName": person.display_name,
            "active": person.is_active,
            "avatarUrls": {"48x48": f"{request.origin}/_static/avatars/{person.user_name}.svg"},
        }
        return json_response(200, shown)
    return json_response(
        404, {"errorMessages": ["The sandbox's Data Center does not do this yet."], "errors": {}}
    )
