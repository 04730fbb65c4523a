"""What a query finds: one page of issues, with the token of the next; and what Jira says of a mistake."""

from dataclasses import dataclass
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.fields import fields_of
from ownkey.workspace.jira.issues import CARD_FIELDS, Card, card_of
from ownkey.workspace.jira.uses import FAVOURITE_FILTERS, SEARCH
from ownkey.workspace.jira.values import list_of, mapping_of, quoted, text_of

PAGE_SIZE: Final = 50
MOST_EXPORTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Results:
    """One page of results.

    Attributes:
        cards: The issues, in the order of the query.
        next_token: What asks for the next page; empty on the last.
    """

    cards: tuple[Card, ...]
    next_token: str


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A filter of Jira's that the person has starred there."""

    id: str
    name: str
    jql: str


def jql_of(words: str) -> str:
    """Return the query that words mean: JQL as it is, a key as that issue, other words as text."""
    words = words.strip()
    if not words:
        return "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC"
    if any(sign in words for sign in ("=", "~", "<", ">", " in ", " IN ", " is ", " IS ")):
        return words
    key, dash, number = words.partition("-")
    if dash and key.isalnum() and number.isdigit():
        return f"key = {quoted(words)}"
    return f"text ~ {quoted(words)} ORDER BY updated DESC"


async def results_of(jira: Jira, jql: str, *, token: str = "", size: int = PAGE_SIZE) -> Results:
    """Return one page of what a query finds.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    fields = await fields_of(jira)
    document: dict[str, Any] = {
        "jql": jql,
        "maxResults": size,
        "fields": [*CARD_FIELDS, *fields.of_cards],
    }
    if token:
        document["nextPageToken"] = token
    answer = mapping_of(await jira.json(SEARCH, document=document))
    cards = tuple(card_of(issue, fields) for issue in list_of(answer.get("issues")))
    return Results(cards, text_of(answer, "nextPageToken"))


async def saved_searches(jira: Jira) -> tuple[SavedSearch, ...]:
    """Return the filters that the person has starred in Jira.

    Raises:
        JiraTroubleError: there is no answer.
    """
    return tuple(
        SavedSearch(str(each.get("id")), text_of(each, "name"), text_of(each, "jql"))
        for each in list_of(await jira.json(FAVOURITE_FILTERS))
    )
