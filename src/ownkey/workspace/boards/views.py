"""The pages of boards."""

from ownkey.workspace.boards.listing import board_page
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.uses import BOARDS
from ownkey.workspace.models import Star, Thing
from ownkey.workspace.pages import Page, Part, Place, jira_page


@jira_page(BOARDS)
def board_list(place: Place) -> Page:
    """Show the boards that the person sees in Jira, found by name."""
    name = place.request.GET.get("name", "").strip()
    start = place.request.GET.get("start", "")
    starred = set(
        Star.objects.filter(user=place.person, alm_account=place.account, thing=Thing.BOARD).values_list(
            "ref", flat=True
        )
    )

    async def content(jira: Jira) -> Part:
        found = await board_page(jira, name=name, start=int(start) if start.isdigit() else 0)
        return Part("workspace/boards/list_content.html", {"found": found, "starred": starred})

    return Page("workspace/boards/list.html", content, {"name": name})
