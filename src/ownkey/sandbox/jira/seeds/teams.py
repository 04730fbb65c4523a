"""Team-managed projects, CREW with sprints and DESK without, and small projects for what else there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.access import ADMINISTRATORS, EVERYBODY, MEMBERS
from ownkey.sandbox.jira.entities import Board, Project, Sprint
from ownkey.sandbox.jira.seeds.builder import ADA, BO, BOT, CHARLIE, GRACE, Builder, Plan
from ownkey.sandbox.jira.seeds.documents import every_kind

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.world import World

_CREW, _DESK, _PAY, _OLD, _NEXT = "10002", "10003", "10005", "10006", "10007"
_CREW_DONE, _CREW_NOW, _CREW_NEXT = 21, 22, 23

_CREW_PLANS = (
    Plan("Epic", "Everybody knows their shift", "In Progress", ADA, ADA, age_days=40),
    Plan("Epic", "Nobody works two nights in a row", "To Do", ADA, None, age_days=39),
    Plan("Story", "See my shifts on a phone", "Done", ADA, BO, "CREW-1", (_CREW_DONE,), 5, age_days=35, moved_days=15),
    Plan("Story", "Swap a shift with a colleague", "In Progress", ADA, BO, "CREW-1", (_CREW_DONE, _CREW_NOW), 8, "High", 30, 1, voters=(ADA, CHARLIE)),
    Plan("Task", "Import last year's crew", "To Do", ADA, ADA, "CREW-1", (_CREW_NOW,), 3, age_days=12, due_in_days=4),
    Plan("Bug", "A night shift ends before it begins", "In Progress", BO, ADA, "CREW-2", (_CREW_NOW,), 2, "Highest", 6, 1, ("time",), is_flagged=True),
    Plan("Subtask", "Write down the time zones", "Done", BO, BO, "CREW-6", (), None, age_days=5, moved_days=1),
    Plan("Story", "How we write a ticket", "To Do", ADA, BO, "CREW-1", (_CREW_NOW,), 1, age_days=5, description=every_kind()),
    Plan("Story", "Warn before a double shift", "To Do", ADA, None, "CREW-2", (_CREW_NEXT,), 5, age_days=4),
    Plan("Task", "Ask the crew what they miss", "To Do", BO, None, None, (), None, "Low", 3),
)  # fmt: skip
_DESK_PLANS = (
    Plan("Task", "The door to the store is locked", "In Progress", CHARLIE, BO, age_days=9, moved_days=1),
    Plan("Task", "Nobody can open the store", "Done", CHARLIE, BO, age_days=8, moved_days=7),
    Plan("Bug", "The label printer prints backwards", "To Do", BO, None, age_days=6, priority="Low", labels=("printer",)),
    Plan("Task", "A new lamp for the desk", "Done", ADA, BO, age_days=5, moved_days=2),
    Plan("Task", "Where are the spare keys?", "To Do", CHARLIE, CHARLIE, age_days=1, due_in_days=2),
)  # fmt: skip
_PAY_PLANS = (
    Plan("Task", "Fees of the spring tour", "In Progress", GRACE, ADA, age_days=20, moved_days=2),
    Plan("Task", "Pay the overtime", "To Do", GRACE, GRACE, age_days=10, due_in_days=5),
)
_OLD_PLANS = (
    Plan("Task", "Count the ticket stubs", "Done", GRACE, ADA, age_days=2000, moved_days=1990),
    Plan("Bug", "The till is short by one coin", "To Do", GRACE, None, age_days=1995),
)


def add_teams(world: World, day: datetime) -> None:
    """Add the team-managed projects: Ada leads CREW and Bo DESK. Charlie sees DESK, and of CREW nothing."""
    crew = Project(
        _CREW, "CREW", "Crew planner", ADA, "Who stands where, and when.", "next-gen",
        access={ADMINISTRATORS: (ADA,), MEMBERS: (ADA, BO, GRACE, BOT)},
    )  # fmt: skip
    desk = Project(
        _DESK, "DESK", "Help desk", BO, "Everybody may ask.", "next-gen", access={MEMBERS: (EVERYBODY,)}
    )
    world.projects |= {_CREW: crew, _DESK: desk}
    world.boards[3] = Board(3, "CREW board", _CREW, kind="simple", filter_id="10453")
    world.boards[5] = Board(5, "DESK board", _DESK, kind="simple", has_sprints=False, filter_id="10455")

    def moment(days: int) -> str:
        return f"{day + timedelta(days=days):%Y-%m-%dT08:00:00.000Z}"

    world.sprints |= {
        _CREW_DONE: Sprint(
            _CREW_DONE, 3, "CREW Sprint 1", "closed", "", moment(-36), moment(-14), moment(-14)
        ),
        _CREW_NOW: Sprint(_CREW_NOW, 3, "CREW Sprint 2", "active", "Swap a shift", moment(-7), moment(7)),
        _CREW_NEXT: Sprint(_CREW_NEXT, 3, "CREW Sprint 3", "future"),
    }
    builder = Builder(world, crew, day, 11_200)
    for plan in _CREW_PLANS:
        builder.add(plan)
    builder.comment("CREW-8", BO, every_kind(), days_ago=1)
    builder.comment("CREW-4", ADA, "Both have to agree, and the lead has to know.", days_ago=2)
    _fill(world, desk, day, _DESK_PLANS, 11_300)


def add_others(world: World, day: datetime) -> None:
    """Add a project that Bo and Charlie may not browse, one that is archived, and one in which nothing is."""
    pay = Project(_PAY, "PAY", "Salaries", GRACE, access={MEMBERS: (ADA, GRACE)})
    old = Project(_OLD, "OLD", "Box office 2019", GRACE, is_archived=True)
    following = Project(_NEXT, "NEXT", "Next year", GRACE)
    world.projects |= {_PAY: pay, _OLD: old, _NEXT: following}
    world.boards[7] = Board(7, "PAY board", _PAY, kind="kanban", has_sprints=False, filter_id="10457")
    world.boards[8] = Board(8, "NEXT board", _NEXT, filter_id="10458")
    _fill(world, pay, day, _PAY_PLANS, 11_500)
    _fill(world, old, day, _OLD_PLANS, 11_600)


def _fill(world: World, project: Project, day: datetime, plans: tuple[Plan, ...], first_id: int) -> None:
    builder = Builder(world, project, day, first_id)
    for plan in plans:
        builder.add(plan)
