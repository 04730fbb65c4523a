"""The page of a search, and its results as CSV."""

from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse

from ownkey.audit.exporting import csv_line
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.issues import Card
from ownkey.workspace.jira.trouble import JiraTroubleError
from ownkey.workspace.jira.uses import FAVOURITE_FILTERS, FIELDS, SEARCH
from ownkey.workspace.jira.values import key_of
from ownkey.workspace.pages import Page, Part, Place, jira_of, jira_page
from ownkey.workspace.search.reading import MOST_EXPORTED, jql_of, results_of, saved_searches

COLUMNS = (
    "Key",
    "Type",
    "Summary",
    "Status",
    "Assignee",
    "Priority",
    "Points",
    "Parent",
    "Labels",
    "Changed",
)


@jira_page(SEARCH, FIELDS, FAVOURITE_FILTERS)
def search(place: Place) -> Page | StreamingHttpResponse:
    """Show what a query finds; without one, the person's own open issues."""
    words = place.request.GET.get("q", "").strip()[:4000]
    token = place.request.GET.get("token", "")[:2000]
    if place.request.GET.get("as") == "csv":
        return _as_csv(place, jql_of(words))

    async def content(jira: Jira) -> Part:
        try:
            saved = await saved_searches(jira)
        except JiraTroubleError:
            saved = ()
        results = await results_of(jira, jql_of(words), token=token)
        context = {
            "results": results,
            "jql": jql_of(words),
            "words": words,
            "saved": saved,
            "key": key_of(words.upper()),
        }
        return Part("workspace/search/search_content.html", context)

    return Page("workspace/search/search.html", content, {"words": words, "jql": jql_of(words)})


def _as_csv(place: Place, jql: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_lines(place, jql), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="issues.csv"'
    response["Cache-Control"] = "no-store"
    return response


async def _lines(place: Place, jql: str) -> AsyncIterator[str]:
    """Yield the results as lines of CSV, a page of Jira's at a time; a trouble is said in the last line."""
    yield csv_line(COLUMNS)
    token, count = "", 0
    try:
        jira = jira_of(place, SEARCH, FIELDS)
        while count < MOST_EXPORTED:
            results = await results_of(jira, jql, token=token, size=100)
            yield "".join(csv_line(_row(card)) for card in results.cards)
            count, token = count + len(results.cards), results.next_token
            if not token or not results.cards:
                return
        yield csv_line((f"The first {MOST_EXPORTED} issues; there are more.",))
    except JiraTroubleError as error:
        yield csv_line((f"Not all issues: {error.trouble.sentence}",))


def _row(card: Card) -> tuple[str, ...]:
    return (
        card.key,
        card.kind,
        card.summary,
        card.status.name,
        card.assignee.name if card.assignee else "",
        card.priority,
        card.points_words,
        card.parent_key,
        " ".join(card.labels),
        card.updated.isoformat() if card.updated else "",
    )
