"""The page of a search, what can come next in its query, and its results as CSV."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from django.http import StreamingHttpResponse

from ownkey.audit.exporting import csv_line
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.fields import Fields
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind
from ownkey.workspace.jira.uses import FIELDS, JQL_FIELDS, JQL_VALUES, MY_FILTERS, SEARCH
from ownkey.workspace.jira.values import key_of
from ownkey.workspace.live.watching import QueryWatch
from ownkey.workspace.pages import Page, Part, Place, jira_of, jira_page
from ownkey.workspace.search.columns import COLUMNS, EXPORTED, Column, chosen_of, sorting_field
from ownkey.workspace.search.completion import suggestions_for
from ownkey.workspace.search.query import jql_of, mistake_in, order_of, sorted_by, without_order
from ownkey.workspace.search.reading import MOST_EXPORTED, SavedSearch, results_of, saved_searches
from ownkey.workspace.search.writing import spot_in

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a column.

    Attributes:
        column: The column.
        jql: The query that sorts by it; empty if it does not sort.
        sorted: How the query that was asked sorts by it: `ascending`, `descending`, or not at all.
    """

    column: Column
    jql: str
    sorted: str


@jira_page(SEARCH, FIELDS, MY_FILTERS)
def search(place: Place) -> Page | StreamingHttpResponse:
    """Show what a query finds; without one, the person's own open issues."""
    words = place.request.GET.get("q", "").strip()[:LONGEST]
    token = place.request.GET.get("token", "")[:2000]
    named = place.request.GET.getlist("column")[: len(COLUMNS)]
    jql, columns = jql_of(words), chosen_of(named)
    if place.request.GET.get("as") == "csv":
        return _as_csv(place, jql, chosen_of(named, otherwise=EXPORTED))

    async def content(jira: Jira) -> Part:
        try:
            (results, fields), saved = await together(
                results_of(jira, jql, columns, token=token), _saved(jira)
            )
        except JiraTroubleError as error:
            if error.trouble.kind is not Kind.NOT_UNDERSTOOD:
                raise
            mistake = mistake_in(jql, error.trouble.sentence)
            wrong = {"trouble": error.trouble, "mistake": mistake, "saved": await _saved(jira)}
            return Part("workspace/search/mistake.html", wrong)
        context = {
            "results": results,
            "headings": _headings(columns, fields, jql),
            "saved": saved,
            "key": key_of(words.upper()),
        }
        return Part("workspace/search/search_content.html", context, cards=results.cards)

    chosen = {column.id for column in columns}
    choices = [(column, column.id in chosen) for column in COLUMNS.values()]
    context = {"words": words, "jql": jql, "named": named, "choices": choices, "is_later": bool(token)}
    return Page("workspace/search/search.html", content, context, QueryWatch(without_order(jql)))


@jira_page(JQL_FIELDS, JQL_VALUES)
def completion(place: Place) -> Page:
    """Show how a query can go on at the place where somebody writes, for a page to offer."""
    spot = spot_in(place.request.GET.get("before", "")[:LONGEST])

    async def content(jira: Jira) -> Part:
        found = await suggestions_for(jira, spot)
        return Part("workspace/search/completion.html", {"suggestions": found, "spot": spot})

    return Page("", content)


async def _saved(jira: Jira) -> tuple[SavedSearch, ...]:
    """Return the person's filters; none where they cannot be read: the search stands without them."""
    try:
        return await saved_searches(jira)
    except JiraTroubleError:
        return ()


def _headings(columns: Sequence[Column], fields: Fields, jql: str) -> list[Heading]:
    now = order_of(jql)
    headings = []
    for column in columns:
        field = sorting_field(column, fields)
        is_this = bool(field) and now.field.lower() == field.lower()
        way = ("descending" if now.is_descending else "ascending") if is_this else ""
        headings.append(Heading(column, sorted_by(jql, field) if field else "", way))
    return headings


def _as_csv(place: Place, jql: str, columns: tuple[Column, ...]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_lines(place, jql, columns), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="issues.csv"'
    response["Cache-Control"] = "no-store"
    return response


async def _lines(place: Place, jql: str, columns: tuple[Column, ...]) -> AsyncIterator[str]:
    """Yield the results as lines of CSV, a page of Jira's at a time; a trouble is said in the last line."""
    yield csv_line(column.title for column in columns)
    token, count = "", 0
    try:
        jira = jira_of(place, SEARCH, FIELDS)
        while count < MOST_EXPORTED:
            results, _ = await results_of(jira, jql, columns, token=token, size=100)
            yield "".join(csv_line(column.text_of(card) for column in columns) for card in results.cards)
            count, token = count + len(results.cards), results.next_token
            if not token or not results.cards:
                return
        yield csv_line((f"The first {MOST_EXPORTED} issues; there are more.",))
    except JiraTroubleError as error:
        yield csv_line((f"Not all issues: {error.trouble.sentence}",))
