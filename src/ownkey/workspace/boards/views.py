"""The pages of boards."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ownkey.people.access import signed_in
from ownkey.workspace.boards.listing import Board, board_page
from ownkey.workspace.boards.reading import Rule, narrowed, read_board
from ownkey.workspace.boards.shown import AT_ONCE, Filters, shown_board
from ownkey.workspace.boards.watching import BoardWatch, kept_board
from ownkey.workspace.flows import Kept, correct_board, note_opened, recently_opened, rule_of, star, starred
from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.fields import fields_of
from ownkey.workspace.jira.issues import fetched
from ownkey.workspace.jira.projects import why_empty
from ownkey.workspace.jira.remembered import known
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind, Trouble
from ownkey.workspace.jira.uses import (
    BOARD,
    BOARD_CONFIGURATION,
    BOARD_ISSUES,
    BOARD_SPRINTS,
    BOARDS,
    BULK_FETCH,
    FIELDS,
    PROJECT,
    SEARCH,
)
from ownkey.workspace.models import Thing
from ownkey.workspace.pages import Page, Part, Place, jira_page, place_of, start_of

_REF: Final = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)
_ID: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST_IDS: Final = 19 * AT_ONCE


READS_A_BOARD: Final = (
    *(BOARDS, BOARD_SPRINTS, FIELDS, SEARCH, BULK_FETCH, PROJECT),
    # What a wider profile opens, and is better.
    *(BOARD, BOARD_CONFIGURATION, BOARD_ISSUES),
)


@jira_page(BOARDS)
def board_list(place: Place) -> Page:
    """Show the boards that the person sees in Jira, found by name; starred and recent ones first."""
    name = place.request.GET.get("name", "").strip()
    start = start_of(place)
    stars = starred(place.person, place.account, Thing.BOARD)
    recent = recently_opened(place.person, place.account, Thing.BOARD, most=8)

    async def content(jira: Jira) -> Part:
        found = await board_page(jira, name=name, start=start)
        at_hand = _at_hand(jira, stars, recent) if not name and not start else ()
        return Part(
            "workspace/boards/list_content.html",
            {"found": found, "starred": stars, "name": name, "at_hand": at_hand},
        )

    return Page("workspace/boards/list.html", content, {"name": name})


def _at_hand(jira: Jira, stars: frozenset[str], recent: tuple[str, ...]) -> tuple[Board, ...]:
    """Return the starred and recent boards whose names are known in this session already."""
    found = (known(jira.means, f"board {each}") for each in dict.fromkeys((*sorted(stars), *recent)))
    return tuple(board for board in found if board is not None and not jira.leaves_out(board.project_key))


@jira_page(*READS_A_BOARD)
def board(place: Place, board_id: int) -> Page:
    """Show one board: sprints or statuses as columns."""
    kept = Kept(place.person, place.account, Thing.BOARD, str(board_id))
    rule = rule_of(kept)
    is_starred = kept.ref in starred(place.person, place.account, Thing.BOARD)
    filters = Filters.of(place.request.GET)
    note_opened(kept)
    before = known(place.means, f"board {board_id}")
    memory = place.memory

    async def content(jira: Jira) -> Part:
        try:
            view = await read_board(jira, kept.ref, rule, jql=filters.jql, kept=kept_board(memory))
        except JiraTroubleError as error:
            if error.trouble.kind is not Kind.NOT_UNDERSTOOD:
                raise
            trouble = await _explained(jira, error.trouble, kept.ref, rule, filters)
            return Part("workspace/boards/board_trouble.html", {"trouble": trouble})
        narrow = narrowed(
            view, text=filters.text, assignee=filters.assignee, kind=filters.kind, epic=filters.epic
        )
        reason = "" if view.cards else await _why_empty(jira, kept.ref, rule, filters)
        return Part(
            "workspace/boards/board_content.html",
            {
                "view": shown_board(narrow, filters, everything=view),
                "is_named": before is not None,
                "reason": reason,
            },
            cards=view.cards,
            refs=view.refs,
        )

    context = {
        "filters": filters,
        "rule": rule,
        "is_starred": is_starred,
        "board_id": board_id,
        "name": before.name if before is not None else "",
    }
    return Page("workspace/boards/board.html", content, context, BoardWatch(kept.ref, rule, filters.jql))


async def _why_empty(jira: Jira, board_id: str, rule: Rule, filters: Filters) -> str:
    """Return why a board has no issues, where its project says so and the person asked for nothing else."""
    if filters.jql or rule.filter_id:
        return ""
    board = known(jira.means, f"board {board_id}")
    project = rule.project or (board.project_key if board is not None else "")
    return await why_empty(jira, project) if project else ""


async def _explained(jira: Jira, trouble: Trouble, board_id: str, rule: Rule, filters: Filters) -> Trouble:
    """Return why Jira does not understand a board's query: its project may have gone."""
    reason = await _why_empty(jira, board_id, rule, filters)
    return Trouble(Kind.NOT_THERE, reason, "Name another project or a filter below.") if reason else trouble


@jira_page(FIELDS, BULK_FETCH)
def board_cards(place: Place, board_id: int) -> Page:
    """Show some further cards of a column, those that the address names by their ids, for a page to add."""
    rule = rule_of(Kept(place.person, place.account, Thing.BOARD, str(board_id)))
    named = place.request.GET.get("ids", "")[:_LONGEST_IDS].split(",")
    ids = [each for each in named if _ID.fullmatch(each)][:AT_ONCE]

    async def content(jira: Jira) -> Part:
        cards = await fetched(jira, ids, (await fields_of(jira)).with_points(rule.points_field))
        return Part("workspace/boards/cards.html", {"cards": cards})

    return Page("", content)


@require_POST
def board_star(request: HttpRequest, slug: str, board_id: int) -> HttpResponse:
    """Star a board, or take the star away."""
    place = place_of(request, slug)
    kept = Kept(place.person, place.account, Thing.BOARD, str(board_id))
    star(kept, is_on=request.POST.get("on") == "1", actor=place.person, signed_in=signed_in(request))
    return _back(request, slug, board_id)


@require_POST
def board_rule(request: HttpRequest, slug: str, board_id: int) -> HttpResponse:
    """Remember what the person has corrected about a board."""
    place = place_of(request, slug)
    given = {name: request.POST.get(name, "").strip() for name in ("project", "filter_id", "points_field")}
    rule = Rule(**{name: value if _REF.fullmatch(value) else "" for name, value in given.items()})
    kept = Kept(place.person, place.account, Thing.BOARD, str(board_id))
    correct_board(kept, rule, actor=place.person, signed_in=signed_in(request))
    return _back(request, slug, board_id)


def _back(request: HttpRequest, slug: str, board_id: int) -> HttpResponse:
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/work/"):
        return redirect(back)
    return redirect("workspace:board", slug, board_id)
