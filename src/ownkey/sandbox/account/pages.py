"""The account pages as HTML: what each shows, and nothing of what it does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.account.scope_picker import APPS, KINDS, matching, unknown_in
from ownkey.sandbox.exchange import Response, text_response
from ownkey.sandbox.markup import Markup, fill, joined, piece
from ownkey.sandbox.people import PASSWORD
from ownkey.sandbox.tokens import LONGEST_LIFE_DAYS, SCOPE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from ownkey.sandbox.account.sessions import Draft
    from ownkey.sandbox.people import Person
    from ownkey.sandbox.tokens import ApiToken

TOKENS = "/manage-profile/security/api-tokens"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("cache-control", "no-store"),
    ("content-security-policy", _POLICY),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
)
_STEPS = ("Name and expiry", "App", "Scopes", "Review")
NOTHING = Markup()


def page(
    title: str,
    content: Markup,
    *,
    person: Person | None = None,
    status: int = 200,
    is_jira: bool = False,
) -> Response:
    """Return a whole page; the ribbon that says what this is stands on each."""
    who = NOTHING
    if person is not None:
        who = fill("who", name=person.display_name, email=person.email, user_name=person.user_name)
    brand = fill("brand_jira" if is_jira else "brand_account")
    html = fill("layout", title=title, content=content, brand=brand, who=who)
    return text_response(status, html, *_HEADERS, kind="text/html")


def message(title: str, text: str, *, status: int, person: Person | None = None) -> Response:
    """Return a page that says one thing."""
    return page(title, fill("message", title=title, text=text), status=status, person=person)


def home(origin: str, cloud_id: str, *, person: Person | None, data_center: bool) -> Response:
    """Return the page that says what this is."""
    what = "Jira Cloud site with its API gateway and account pages"
    if data_center:
        what = f"Jira Data Center, where ada, bo and grace have the password “{PASSWORD}”"
    return page("Sandbox", fill("home", what=what, origin=origin, cloud_id=cloud_id), person=person)


def sign_in(people: Iterable[Person], *, go_on: str) -> Response:
    """Return the page on which one picks who to be."""
    choices = joined(
        fill("sign_in_choice", name=person.display_name, email=person.email, user_name=person.user_name,
             role="Jira administrator" if person.is_administrator else "")
        for person in people
    )  # fmt: skip
    return page("Sign in", fill("sign_in", choices=choices, go_on=go_on))


def profile(person: Person) -> Response:
    """Return the account's first page."""
    return page("Account", fill("profile", name=person.display_name, email=person.email), person=person)


def security(person: Person) -> Response:
    """Return the Security tab, from which the API tokens are reached."""
    return page("Security", fill("security"), person=person)


def tokens(person: Person, held: Iterable[ApiToken], *, now: datetime) -> Response:
    """Return the list of a person's API tokens."""
    rows = joined(_token_row(token, now=now) for token in held)
    table = fill("tokens_table", rows=rows) if rows else fill("tokens_none")
    return page("API tokens", fill("tokens", table=table), person=person)


def _token_row(token: ApiToken, *, now: datetime) -> Markup:
    expired = token.expires_at <= now
    return fill(
        "tokens_row",
        id=token.id,
        name=token.label,
        app="All apps" if token.scopes is None else APPS.get(token.app, token.app),
        scopes="Without scopes" if token.scopes is None else len(token.scopes),
        expires=f"{token.expires_at:%d %B %Y}",
        state="expired" if expired else "live",
        state_words=" (expired)" if expired else "",
        last_used=f"{token.last_used_at:%d %B %Y, %H:%M}" if token.last_used_at else "Never",
    )


def error_summary(errors: Collection[str]) -> Markup:
    """Return what is wrong with a form, to be read first; nothing if nothing is."""
    if not errors:
        return NOTHING
    return fill("errors", items=joined(piece("<li>$text</li>", text=error) for error in errors))


def _stepper(step: int) -> Markup:
    here = Markup(' aria-current="step"')
    items = (
        piece("<li$current>$name</li>", name=name, current=here if place == step else NOTHING)
        for place, name in enumerate(_STEPS, 1)
    )
    return fill("stepper", items=joined(items), step=step, steps=len(_STEPS))


def name_step(
    person: Person,
    draft: Draft,
    *,
    today: date,
    errors: Collection[str] = (),
    with_scopes: bool,
) -> Response:
    """Return the first step: the token's name and when it expires."""
    latest = today + timedelta(days=LONGEST_LIFE_DAYS)
    title = "Create an API token with scopes" if with_scopes else "Create an API token"
    content = fill(
        "step_name",
        title=title,
        stepper=_stepper(1) if with_scopes else NOTHING,
        errors=error_summary(errors),
        name=draft.name,
        expires_on=draft.expires_on or latest,
        earliest=today + timedelta(days=1),
        latest=latest,
        days=LONGEST_LIFE_DAYS,
        button="Next" if with_scopes else "Create",
        warning=NOTHING if with_scopes else fill("unscoped_warning"),
    )
    return page(title, content, person=person, status=422 if errors else 200)


def app_step(person: Person, draft: Draft, *, errors: Collection[str] = ()) -> Response:
    """Return the second step: which app the token is for."""
    choices = joined(
        fill("step_app_choice", id=app, name=name, checked=_flag("checked", when=app == draft.app))
        for app, name in APPS.items()
    )
    content = fill("step_app", stepper=_stepper(2), errors=error_summary(errors), choices=choices)
    return page("Select the app", content, person=person, status=422 if errors else 200)


def scopes_step(
    person: Person,
    draft: Draft,
    *,
    search: str,
    kind: str,
    errors: Collection[str] = (),
) -> Response:
    """Return the third step: the scopes, all of them or those that were searched for."""
    shown = matching(draft.app, search=search, kind=kind)
    unknown = unknown_in(draft.app, search)
    rows = joined(
        fill("scope_row", name=scope.name, kind=scope.kind, description=scope.description,
             style="Classic" if scope.is_classic else "Granular",
             checked=_flag("checked", when=scope.name in draft.scopes))
        for scope in shown
    )  # fmt: skip
    elsewhere = sorted(draft.scopes - {scope.name for scope in shown})
    options = joined(
        piece(
            '<option value="$id"$on>$name</option>', id=one, name=name, on=_flag("selected", when=one == kind)
        )
        for one, name in KINDS.items()
    )
    content = fill(
        "step_scopes",
        stepper=_stepper(3),
        errors=error_summary(errors),
        app=APPS[draft.app],
        rows=rows,
        options=options,
        search=search,
        kind=kind,
        count=len(draft.scopes),
        elsewhere_count=len(elsewhere),
        elsewhere=fill("scopes_elsewhere", names=", ".join(elsewhere)) if elsewhere else NOTHING,
        found=f"{len(shown)} scopes" if len(shown) != 1 else "1 scope",
        limit=SCOPE_LIMIT,
        unknown=fill("scopes_unknown", names=", ".join(unknown)) if unknown else NOTHING,
    )
    return page("Select scopes", content, person=person, status=422 if errors else 200)


def review_step(person: Person, draft: Draft) -> Response:
    """Return the last step: everything that was chosen, to be looked over."""
    groups = joined(
        fill(
            "review_group",
            kind=KINDS[kind],
            scopes=joined(piece("<li><code>$name</code></li>", name=name) for name in names),
        )
        for kind in ("delete", "read", "write", "manage", "other")
        if (names := sorted(name for name in draft.scopes if _kind_of(name) == kind))
    )
    content = fill(
        "step_review",
        stepper=_stepper(4),
        name=draft.name,
        expires=f"{draft.expires_on:%d %B %Y}",
        app=APPS[draft.app],
        count=len(draft.scopes),
        groups=groups,
    )
    return page("Review", content, person=person)


def _kind_of(name: str) -> str:
    action = name.partition(":")[0]
    return action if action in KINDS else "other"


def created(person: Person, *, name: str, text: str) -> Response:
    """Return the page that shows a token, once."""
    return page("Copy your API token", fill("created", name=name, token=text), person=person)


def _flag(name: str, *, when: bool) -> Markup:
    return Markup(f" {name}") if when else NOTHING
