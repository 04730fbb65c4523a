"""The pages where a person finds what they may do in Jira: their heading asks "What can I do"."""

from ownkey.workspace.flows import recently_opened
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.tried import Tried, tried
from ownkey.workspace.models import Thing
from ownkey.workspace.operations.forms import READING, TryForm, operation_called, try_form
from ownkey.workspace.operations.listing import MAY, MAY_NOT, line_of, listed
from ownkey.workspace.operations.offers import MOST, offers_for
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


@jira_page(*READING, takes_form=True)
def operation_try(place: Place) -> Page:
    """Ask one operation that only reads, as the person, and show Jira's answer."""
    is_sent = place.request.method == "POST"
    data = place.request.POST if is_sent else place.request.GET
    operation = operation_called(data.get("operation", ""))
    if operation is None:
        return Page("workspace/operations/try.html", _nothing_to_try)
    form = try_form(operation, data.dict(), is_sent=is_sent)
    issues = recently_opened(place.person, place.account, Thing.ISSUE, most=MOST)
    address = place.tools_address

    async def content(jira: Jira) -> Part:
        names = [field.label for field in form.parts]
        offers, result = await together(
            offers_for(jira, names, issues), _result(jira, form, address, is_sent=is_sent)
        )
        line = line_of(await jira.who(), form.operation)
        context = {"form": form, "line": line, "offers": offers, "tried": result, "is_sent": is_sent}
        return Part("workspace/operations/try_content.html", context)

    return Page("workspace/operations/try.html", content, {"form": form})


async def _nothing_to_try(_jira: Jira) -> Part:
    return Part("workspace/operations/nothing_to_try.html")


async def _result(jira: Jira, form: TryForm, address: str, *, is_sent: bool) -> Tried | None:
    return await tried(jira, form.question(), address=address) if is_sent and form.is_valid else None
