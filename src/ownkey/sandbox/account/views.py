"""The account pages: sign-in, the list of API tokens, and who may ask for what.

A write is taken only from a page of this very origin: the session's cookie is same-site, and the browser's
`Origin` header has to name this host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ownkey.sandbox.account import jira_pages, pages
from ownkey.sandbox.account.sessions import COOKIE
from ownkey.sandbox.account.wizard import create_plain, create_with_scopes, prefilled
from ownkey.sandbox.exchange import Request, Response, redirect_response, text_response
from ownkey.sandbox.jira.seen import Seen
from ownkey.sandbox.markup import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ownkey.sandbox.account.sessions import Session
    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.people import Person

_SIGNED_IN_ONLY = ("/manage-profile", "/browse/", "/jira")
_STATIC = {"account.css": "text/css", "account.js": "text/javascript", "favicon.svg": "image/svg+xml"}


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the page that was asked for."""
    path = request.path.rstrip("/") or "/"
    if path.startswith("/_static/"):
        return _static(cloud, path.removeprefix("/_static/"))
    if request.method == "POST" and request.header("origin") != request.origin:
        text = (
            "This was not sent from one of this sandbox's own pages. Go back, reload the page and try again."
        )
        return pages.message("Refused", text, status=403)
    public = _PUBLIC.get(f"{request.method} {path}")
    if public is not None:
        return public(cloud, request)
    session = cloud.sessions.find(request.cookie(COOKIE))
    if session is None and path.startswith(_SIGNED_IN_ONLY):
        there = f"{path}?{request.query_string}" if request.query_string else path
        return redirect_response(f"/login?continue={quote(there, safe='')}")
    view = _PRIVATE.get(f"{request.method} {path}") or _PRIVATE.get(
        f"{request.method} {path.rpartition('/')[0]}/*"
    )
    if session is None or view is None:
        return pages.message("Page not found", "There is no such page in this sandbox.", status=404)
    return view(cloud, request, session)


def _home(cloud: Cloud, request: Request) -> Response:
    session = cloud.sessions.find(request.cookie(COOKIE))
    person = session.person if session else None
    return pages.home(request.origin, cloud.cloud_id, person=person, data_center=cloud.data_center)


def _choose_person(cloud: Cloud, request: Request) -> Response:
    return pages.sign_in(_people(cloud), go_on=_local(request.query.get("continue", "")))


def _people(cloud: Cloud) -> list[Person]:
    return [person for person in cloud.people.values() if not person.is_service_account]


def _sign_in(cloud: Cloud, request: Request) -> Response:
    chosen = request.form.get("email", [""])[0]
    person = next((person for person in _people(cloud) if person.email == chosen), None)
    if person is None:
        text = "There is nobody of that name here. Go back and choose again."
        return pages.message("Not signed in", text, status=400)
    cookie = f"{COOKIE}={cloud.sessions.open(person)}; Path=/; HttpOnly; SameSite=Lax"
    return redirect_response(_local(request.form.get("continue", [""])[0]), ("set-cookie", cookie))


def _local(path: str) -> str:
    """Return a path of this sandbox to go on to; anything else would lead away."""
    return path if path.startswith(_SIGNED_IN_ONLY) else "/manage-profile"


def _sign_out(cloud: Cloud, request: Request) -> Response:
    cloud.sessions.close(request.cookie(COOKIE))
    return redirect_response("/", ("set-cookie", f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"))


def _profile(_cloud: Cloud, _request: Request, session: Session) -> Response:
    return pages.profile(session.person)


def _security(_cloud: Cloud, _request: Request, session: Session) -> Response:
    return pages.security(session.person)


def _tokens(cloud: Cloud, request: Request, session: Session) -> Response:
    if "autofillToken" in request.query:
        return prefilled(cloud, request, session)
    return pages.tokens(session.person, cloud.tokens.owned_by(session.person), now=cloud.clock())


def _created(_cloud: Cloud, _request: Request, session: Session) -> Response:
    if session.fresh_token is None:
        text = (
            "An API token is shown once, right after it was made. Not copied? Revoke it and make a new one."
        )
        return pages.message("This token is not visible again", text, status=410, person=session.person)
    (name, text), session.fresh_token = session.fresh_token, None
    return pages.created(session.person, name=name, text=text)


def _revoke(cloud: Cloud, request: Request, session: Session) -> Response:
    token = cloud.tokens.with_id(request.form.get("id", [""])[0])
    if token is None or token.owner is not session.person:
        return pages.message("Not found", "You have no such token.", status=404, person=session.person)
    token.is_revoked = True
    return redirect_response(pages.TOKENS)


def _jira(cloud: Cloud, _request: Request, session: Session) -> Response:
    return jira_pages.home(cloud.world, session.person)


def _project(cloud: Cloud, request: Request, session: Session) -> Response:
    project = Seen(cloud.world, session.person).project(request.path.rstrip("/").rpartition("/")[2])
    if project is None:
        return _not_there("project", session)
    return jira_pages.project(cloud.world, project, session.person)


def _browse(cloud: Cloud, request: Request, session: Session) -> Response:
    issue = Seen(cloud.world, session.person).issue(request.path.rstrip("/").rpartition("/")[2])
    return (
        _not_there("issue", session)
        if issue is None
        else jira_pages.issue(cloud.world, issue, session.person)
    )


def _not_there(what: str, session: Session) -> Response:
    text = "It does not exist or you may not see it."
    return pages.message(f"No such {what}", text, status=404, person=session.person)


def _static(cloud: Cloud, name: str) -> Response:
    if name in _STATIC:
        return text_response(200, (PAGES / name).read_text("utf-8"), kind=_STATIC[name])
    for person in cloud.people.values():
        if name == f"avatars/{person.user_name}.svg":
            picture = (PAGES / "avatar.svg").read_text("utf-8").replace("INITIALS", person.initials)
            return text_response(200, picture, kind="image/svg+xml")
    return text_response(404, "Not found")


_PUBLIC: Mapping[str, Callable[[Cloud, Request], Response]] = {
    "GET /": _home,
    "GET /login": _choose_person,
    "POST /login": _sign_in,
    "POST /logout": _sign_out,
}
_PRIVATE: Mapping[str, Callable[[Cloud, Request, Session], Response]] = {
    "GET /manage-profile": _profile,
    "GET /manage-profile/security": _security,
    f"GET {pages.TOKENS}": _tokens,
    f"GET {pages.TOKENS}/create": create_plain,
    f"POST {pages.TOKENS}/create": create_plain,
    f"GET {pages.TOKENS}/create-with-scopes/*": create_with_scopes,
    f"POST {pages.TOKENS}/create-with-scopes/*": create_with_scopes,
    f"GET {pages.TOKENS}/created": _created,
    f"POST {pages.TOKENS}/revoke": _revoke,
    "GET /jira": _jira,
    "GET /jira/projects/*": _project,
    "GET /browse/*": _browse,
}
