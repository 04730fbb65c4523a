"""What a query finds: one page of issues, with the token of the next; and what Jira says of a mistake."""

from dataclasses import dataclass
from typing import Final

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.fields import fields_of
from ownkey.workspace.jira.issues import MY_OPEN_ISSUES, CardPage, found_cards
from ownkey.workspace.jira.uses import FAVOURITE_FILTERS
from ownkey.workspace.jira.values import id_of, key_of, list_of, quoted, text_of

PAGE_SIZE: Final = 50
MOST_EXPORTED: Final = 10_000


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
        return MY_OPEN_ISSUES
    if any(sign in words for sign in ("=", "~", "<", ">", " in ", " IN ", " is ", " IS ")):
        return words
    if key_of(words.upper()):
        return f"key = {quoted(words)}"
    return f"text ~ {quoted(words)} ORDER BY updated DESC"


async def results_of(jira: Jira, jql: str, *, token: str = "", size: int = PAGE_SIZE) -> CardPage:
    """Return one page of what a query finds.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    return await found_cards(jira, jql, await fields_of(jira), most=size, token=token)


async def saved_searches(jira: Jira) -> tuple[SavedSearch, ...]:
    """Return the filters that the person has starred in Jira.

    Raises:
        JiraTroubleError: there is no answer.
    """
    return tuple(
        SavedSearch(id_of(each.get("id")), text_of(each, "name"), text_of(each, "jql"))
        for each in list_of(await jira.json(FAVOURITE_FILTERS))
    )
