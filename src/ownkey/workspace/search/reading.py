"""What a query finds: one page of issues, with the token of the next; and the filters that a person keeps."""

from dataclasses import dataclass
from typing import Final

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.expected import list_in
from ownkey.workspace.jira.fields import Fields, fields_of
from ownkey.workspace.jira.issues import CardPage, found_cards
from ownkey.workspace.jira.uses import MY_FILTERS
from ownkey.workspace.jira.values import id_of, text_of
from ownkey.workspace.search.columns import Column

PAGE_SIZE: Final = 50
MOST_EXPORTED: Final = 10_000
MOST_SAVED: Final = 50


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A filter of Jira's that the person owns or has starred there."""

    id: str
    name: str
    jql: str


async def results_of(
    jira: Jira, jql: str, columns: tuple[Column, ...], *, token: str = "", size: int = PAGE_SIZE
) -> tuple[CardPage, Fields]:
    """Return one page of what a query finds, and which fields hold what cards show.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    fields = await fields_of(jira)
    needed = tuple(column.needs for column in columns if column.needs)
    return await found_cards(jira, jql, fields, most=size, token=token, further=needed), fields


async def saved_searches(jira: Jira) -> tuple[SavedSearch, ...]:
    """Return the filters that the person owns or has starred in Jira.

    Raises:
        JiraTroubleError: there is no answer.
    """
    answer = list_in(await jira.json(MY_FILTERS, query={"includeFavourites": "true"}))
    found = (
        SavedSearch(id_of(each.get("id")), text_of(each, "name"), text_of(each, "jql")) for each in answer
    )
    return tuple(each for each in found if each.name and each.jql)[:MOST_SAVED]
