"""Filters: one for each board, and those that people have saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import Board, Filter
from ownkey.sandbox.jira.seeds.builder import ADA, BO, CHARLIE, GRACE

if TYPE_CHECKING:
    from ownkey.sandbox.jira.world import World

_OF_BOARDS = (
    ("10451", "ACME", "10000", GRACE),
    ("10452", "SHOP", "10001", BO),
    ("10453", "CREW", "10002", ADA),
    ("10454", "TOUR", "10004", GRACE),
    ("10455", "DESK", "10003", BO),
    ("10457", "PAY", "10005", GRACE),
    ("10458", "NEXT", "10007", GRACE),
)
_OF_PEOPLE = (
    Filter("10470", "My open issues", ADA, "assignee = currentUser() AND resolution = Unresolved ORDER BY updated DESC", favourite_of=[ADA]),
    Filter("10471", "Late", BO, "due < now() AND statusCategory != Done ORDER BY due", "What should be done already", is_shared=True, favourite_of=[ADA, CHARLIE]),
    Filter("10472", "Bugs of the tour", GRACE, "project = TOUR AND type = Bug", shared_project_id="10004", favourite_of=[BO]),
    Filter("10473", "What I pay", GRACE, "project = PAY", shared_project_id="10005", favourite_of=[ADA, GRACE]),
    Filter("10474", "Only mine", BO, "project = SHOP AND reporter = currentUser()"),
)  # fmt: skip


def add_filters(world: World) -> None:
    """Add the filters, and a board over three projects that only its filter names."""
    for number, key, project_id, owner in _OF_BOARDS:
        world.filters[number] = Filter(
            number,
            f"Filter for {key} board",
            owner,
            f"project = {key} ORDER BY Rank ASC",
            shared_project_id=project_id,
        )
    world.filters["10456"] = Filter(
        "10456",
        "Everything on stage",
        GRACE,
        "project in (ACME, SHOP, TOUR) ORDER BY Rank ASC",
        is_shared=True,
    )
    world.boards[6] = Board(
        6, "Everything on stage", "10000", kind="kanban", has_sprints=False, filter_id="10456"
    )
    for item in _OF_PEOPLE:
        world.filters[item.id] = item
