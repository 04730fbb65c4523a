"""Making an API token: one page for a token without scopes, four steps for one with scopes.

The draft is kept with the session, so each step can be left, reloaded and come back to. A step that does not
have what it needs sends the person to the step that asks for it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.account import pages
from ownkey.sandbox.account.scope_picker import APPS, KINDS, matching, scopes_for
from ownkey.sandbox.account.sessions import Draft
from ownkey.sandbox.exchange import Request, Response, redirect_response
from ownkey.sandbox.tokens import LONGEST_LIFE_DAYS, SCOPE_LIMIT

if TYPE_CHECKING:
    from ownkey.sandbox.account.sessions import Session
    from ownkey.sandbox.cloud import Cloud

_STEPS = f"{pages.TOKENS}/create-with-scopes"
_LONGEST_NAME = 255


def create_plain(cloud: Cloud, request: Request, session: Session) -> Response:
    """Make a token without scopes."""
    if request.method == "GET":
        session.draft = Draft()
        return _name_page(cloud, session, with_scopes=False)
    errors = _take_name(cloud, request, session.draft)
    if errors:
        return _name_page(cloud, session, errors=errors, with_scopes=False)
    return _create(cloud, session, scopes=None)


def prefilled(cloud: Cloud, request: Request, session: Session) -> Response:
    """Begin as a link to Atlassian's page asks: `?autofillToken&expiryDays=max&appId=jira` (facts.md 1.4)."""
    days, app = request.query.get("expiryDays", "max"), request.query.get("appId", "")
    life = int(days) if days.isdecimal() and 1 <= int(days) <= LONGEST_LIFE_DAYS else LONGEST_LIFE_DAYS
    session.draft = Draft(expires_on=_today(cloud) + timedelta(days=life), app=app if app in APPS else "")
    return redirect_response(f"{_STEPS}/name")


def create_with_scopes(cloud: Cloud, request: Request, session: Session) -> Response:
    """Show or take one step of making a token with scopes; the path ends in the step."""
    step = request.path.rstrip("/").rpartition("/")[2]
    if step not in ("start", "name", "app", "scopes", "review"):
        return pages.message("Page not found", "There is no such step.", status=404, person=session.person)
    if step == "start":
        session.draft = Draft()
        return redirect_response(f"{_STEPS}/name")
    needed = _first_unanswered(session.draft, before=step)
    if needed is not None:
        return redirect_response(f"{_STEPS}/{needed}")
    take = {"name": _name, "app": _app, "scopes": _scopes, "review": _review}[step]
    return take(cloud, request, session)


def _first_unanswered(draft: Draft, *, before: str) -> str | None:
    answered = {
        "name": bool(draft.name and draft.expires_on),
        "app": bool(draft.app),
        "scopes": bool(draft.scopes),
    }
    for step, is_answered in answered.items():
        if step == before:
            return None
        if not is_answered:
            return step
    return None if len(draft.scopes) <= SCOPE_LIMIT else "scopes"


def _name(cloud: Cloud, request: Request, session: Session) -> Response:
    if request.method == "GET":
        return _name_page(cloud, session, with_scopes=True)
    errors = _take_name(cloud, request, session.draft)
    if errors:
        return _name_page(cloud, session, errors=errors, with_scopes=True)
    return redirect_response(f"{_STEPS}/app")


def _name_page(
    cloud: Cloud, session: Session, *, with_scopes: bool, errors: tuple[str, ...] = ()
) -> Response:
    today = _today(cloud)
    return pages.name_step(session.person, session.draft, today=today, errors=errors, with_scopes=with_scopes)


def _take_name(cloud: Cloud, request: Request, draft: Draft) -> tuple[str, ...]:
    """Take the name and the date into the draft; return what is wrong with them."""
    today = _today(cloud)
    latest = today + timedelta(days=LONGEST_LIFE_DAYS)
    errors = []
    draft.name = request.form.get("name", [""])[0].strip()[:_LONGEST_NAME]
    if not draft.name:
        errors.append("Enter a name that says what the token is for.")
    try:
        draft.expires_on = date.fromisoformat(request.form.get("expires_on", [""])[0])
    except ValueError:
        draft.expires_on = None
    if draft.expires_on is None or not today < draft.expires_on <= latest:
        draft.expires_on = None
        errors.append(
            f"Choose an expiry date from {today + timedelta(days=1):%d %B %Y} to {latest:%d %B %Y}: "
            f"a token lives for 1 to {LONGEST_LIFE_DAYS} days."
        )
    return tuple(errors)


def _app(_cloud: Cloud, request: Request, session: Session) -> Response:
    if request.method == "GET":
        return pages.app_step(session.person, session.draft)
    app = request.form.get("app", [""])[0]
    if app not in APPS:
        return pages.app_step(
            session.person, session.draft, errors=("Select the app that the token is for.",)
        )
    if app != session.draft.app:
        session.draft.app, session.draft.scopes = app, frozenset()
    return redirect_response(f"{_STEPS}/scopes")


def _scopes(_cloud: Cloud, request: Request, session: Session) -> Response:
    draft = session.draft
    if request.method == "GET":
        return _scopes_page(session, search="", kind="")
    fields = {name: values[-1] for name, values in request.form.items()}
    offered = {scope.name for scope in scopes_for(draft.app)}
    shown = matching(draft.app, search=fields.get("shown_search", ""), kind=_kind(fields.get("shown_kind")))
    ticked = frozenset(request.form.get("scope", [])) & offered
    # What was not on the page keeps its tick; what was there has the tick that the person gave it.
    draft.scopes = (draft.scopes - {scope.name for scope in shown}) | ticked
    search, kind = fields.get("search", ""), _kind(fields.get("kind"))
    if fields.get("do") == "back":
        return redirect_response(f"{_STEPS}/app")
    if fields.get("do") != "next":
        return _scopes_page(session, search=search, kind=kind)
    if not draft.scopes:
        return _scopes_page(session, search=search, kind=kind, errors=("Select at least one scope.",))
    if len(draft.scopes) > SCOPE_LIMIT:
        too_many = (
            f"You have selected {len(draft.scopes)} scopes, and a token can have {SCOPE_LIMIT} at most. "
            f"Remove {len(draft.scopes) - SCOPE_LIMIT}."
        )
        return _scopes_page(session, search=search, kind=kind, errors=(too_many,))
    return redirect_response(f"{_STEPS}/review")


def _kind(given: str | None) -> str:
    return given if given in KINDS else ""


def _scopes_page(session: Session, *, search: str, kind: str, errors: tuple[str, ...] = ()) -> Response:
    return pages.scopes_step(session.person, session.draft, search=search, kind=kind, errors=errors)


def _review(cloud: Cloud, request: Request, session: Session) -> Response:
    if request.method == "GET":
        return pages.review_step(session.person, session.draft)
    return _create(cloud, session, scopes=session.draft.scopes)


def _create(cloud: Cloud, session: Session, *, scopes: frozenset[str] | None) -> Response:
    draft, now = session.draft, cloud.clock()
    if draft.expires_on is None:
        return redirect_response(pages.TOKENS)
    expires_at = datetime.combine(draft.expires_on, now.astimezone(UTC).timetz())
    _, text = cloud.tokens.issue(
        session.person,
        label=draft.name,
        scopes=scopes,
        created_at=now,
        expires_at=expires_at,
        app=draft.app or "jira",
    )
    session.fresh_token, session.draft = (draft.name, text), Draft()
    return redirect_response(f"{pages.TOKENS}/created")


def _today(cloud: Cloud) -> date:
    return cloud.clock().astimezone(UTC).date()
