"""The page where a person finds what they may do in Jira: its heading asks "What can I do"."""

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.operations.listing import MAY, MAY_NOT, listed
from ownkey.workspace.pages import Page, Part, Place, jira_page, start_of


@jira_page()
def operation_list(place: Place) -> Page:
    """Show every operation of Jira with whether the person may call it; Jira is not asked."""
    words = place.request.GET.get("q", "").strip()[:200]
    only = place.request.GET.get("only", "")
    only = only if only in {MAY, MAY_NOT} else ""
    start = start_of(place)

    async def content(jira: Jira) -> Part:
        found = listed(await jira.who(), words=words, only=only, start=start)
        return Part("workspace/operations/list_content.html", {"found": found, "words": words, "only": only})

    return Page("workspace/operations/list.html", content, {"words": words, "only": only})
