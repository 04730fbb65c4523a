"""The page of finding, and the two pieces of its list: what Ownkey knows at once, and Jira's issues."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ownkey.calls.means import BySession, session_digest
from ownkey.connections.models import AlmAccount
from ownkey.connections.queries import credential_rows
from ownkey.people.access import user_of
from ownkey.people.models import User
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.fields import Fields
from ownkey.workspace.jira.issues import found_cards
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind
from ownkey.workspace.jira.uses import SEARCH
from ownkey.workspace.jira.values import key_of, quoted
from ownkey.workspace.pages import Page, Part, Place, jira_page, settings_of
from ownkey.workspace.palette.finding import SHORTEST, found_for

LONGEST = 200
MOST_ISSUES = 8


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Show what is found for some words; with `?part=list` the list alone."""
    person, words = user_of(request), request.GET.get("q", "")[:LONGEST]
    account = _account(person, request.GET.get("account", "")[:64])
    means = None
    if account is not None:
        key = request.session.session_key or ""
        means = BySession(str(person.pk), account.slug, session_digest(key))
    context = {
        "words": words,
        "found": found_for(person, account, means, words),
        "account": account,
        "asks_jira": account is not None and len(words.strip()) >= SHORTEST,
    }
    name = "list" if request.GET.get("part") == "list" else "find"
    return render(request, f"workspace/palette/{name}.html", context)


@jira_page(SEARCH)
def issues(place: Place) -> Page:
    """Show the issues that a key or words find, by one search."""
    words = place.request.GET.get("q", "").strip()[:LONGEST]

    async def content(jira: Jira) -> Part:
        if len(words) < SHORTEST:
            return Part("workspace/palette/issues.html", {"cards": ()})
        key = key_of(words.upper())
        jql = f"key = {quoted(words)}" if key else f"text ~ {quoted(words + '*')} ORDER BY updated DESC"
        try:
            found = await found_cards(jira, jql, Fields(), most=MOST_ISSUES)
        except JiraTroubleError as error:
            # Jira does not understand a key that it does not show: to the list that is no issue.
            trouble = None if error.trouble.kind is Kind.NOT_UNDERSTOOD else error.trouble
            return Part("workspace/palette/issues.html", {"cards": (), "trouble": trouble})
        return Part(
            "workspace/palette/issues.html", {"cards": found.cards, "words": words}, cards=found.cards
        )

    return Page("", content)


def _account(person: User, slug: str) -> AlmAccount | None:
    """Return the ALM account to look in: the one that is named, else the first that the person works in."""
    rows = [row for row in credential_rows(person) if row.acting.row is not None and row.account.is_cloud]
    usable = [row.account for row in rows if settings_of(row.account).is_on]
    return next((each for each in usable if each.slug == slug), usable[0] if usable else None)
