"""The project TOUR: company-managed, a scrum board with a past, and all that planning can put on a card."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.access import ADMINISTRATORS, MEMBERS, VIEWERS
from ownkey.sandbox.jira.entities import (
    STORY_POINTS,
    Board,
    Column,
    Component,
    IssueLink,
    Project,
    RemoteLink,
    SecurityLevel,
    Sprint,
    Version,
    Worklog,
)
from ownkey.sandbox.jira.issue.text import RichText
from ownkey.sandbox.jira.seeds.builder import ADA, BO, BOT, GRACE, Builder, Plan
from ownkey.sandbox.jira.seeds.files import add_file, picture

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.world import World

PROJECT, BOARD, CORE_TEAM = "10004", 4, "10210"
_SPRINT_1, _SPRINT_2, _NOW, _NEXT, _LATER = 11, 12, 13, 14, 15
_SPRING, _SUMMER, _OLD = "10310", "10311", "10312"
_TRUCKS, _LIGHTS = "10410", "10411"

_PLANS = (
    Plan("Epic", "Twelve cities in spring", "In Progress", assignee=ADA, age_days=60, due_in_days=80),
    Plan("Epic", "Lights that fit into one truck", "In Progress", assignee=GRACE, age_days=58),
    Plan("Epic", "Nobody stands in a queue", age_days=57),
    Plan("Story", "Sign the halls", "Done", GRACE, ADA, "TOUR-1", (_SPRINT_1,), 8, "High", 45, 29),
    Plan(
        "Story", "Draw the stage plan", "Done", GRACE, ADA, "TOUR-2", (_SPRINT_1,), 5, age_days=44, moved_days=31,
        components=(_LIGHTS,), versions=(_SPRING,), watchers=(ADA, BO, GRACE),
    ),
    Plan("Task", "Insure the instruments", "Done", ADA, GRACE, None, (_SPRINT_1,), 2, age_days=43, moved_days=33),
    Plan("Story", "Rent the trucks", "Done", GRACE, ADA, "TOUR-1", (_SPRINT_1, _SPRINT_2), 8, age_days=42, moved_days=18),
    Plan("Bug", "The dimmer hums", "Done", ADA, GRACE, "TOUR-2", (_SPRINT_2,), 3, "High", 30, 16, components=(_LIGHTS,)),
    Plan("Story", "Sell seats by row", "Done", GRACE, ADA, "TOUR-3", (_SPRINT_2,), 5, age_days=29, moved_days=17),
    Plan("Task", "Print the posters", "Done", ADA, None, None, (_SPRINT_2,), 1, "Low", 28, 20),
    Plan(
        "Story", "Hang the lights in an hour", "In Review", GRACE, ADA, "TOUR-2", (_SPRINT_2, _NOW), 8, "Highest", 27, 1,
        ("lights", "crew"), 6, components=(_LIGHTS,), versions=(_SUMMER,), watchers=(ADA, GRACE), voters=(BO,),
        description=RichText("Six people, one hour, one truck.\nThe plan is in the attachment."),
    ),
    Plan(
        "Story", "Load the trucks in the right order", "In Progress", GRACE, ADA, "TOUR-1", (_NOW,), 5, "High", 20, 3,
        ("crew",), 3, is_flagged=True, components=(_TRUCKS,), versions=(_SUMMER,),
    ),
    Plan("Bug", "Two trucks have the same number", "In Progress", ADA, GRACE, "TOUR-1", (_NOW,), 2, "Highest", 9, 2, due_in_days=-1),
    Plan("Task", "Ask each hall for its power", "To Do", GRACE, ADA, "TOUR-2", (_NOW,), 3, age_days=8, due_in_days=9),
    Plan("Story", "Let people in by two doors", "To Do", GRACE, None, "TOUR-3", (_NOW,), 5, age_days=8),
    Plan("Task", "Buy earplugs", "Done", ADA, GRACE, None, (_NOW,), 1, "Lowest", 7, 1),
    Plan("Subtask", "Count the lamps", "Done", ADA, ADA, "TOUR-11", (), None, age_days=6, moved_days=1),
    Plan("Subtask", "Label the cables", "In Progress", ADA, GRACE, "TOUR-11", (), None, age_days=6),
    Plan("Subtask", "Measure the doors of the trucks", "To Do", GRACE, ADA, "TOUR-12", (), None, age_days=5),
    Plan("Story", "Sell the last seats at the door", "To Do", GRACE, None, "TOUR-3", (_NEXT,), 3, age_days=5),
    Plan("Story", "Park within sight of the hall", "To Do", GRACE, ADA, "TOUR-1", (_NEXT,), None, age_days=5),
    Plan("Story", "A second night where the first is sold out", "To Do", GRACE, None, "TOUR-1", (_LATER,), 13, age_days=4),
    Plan("Task", "Thank the crew", "To Do", ADA, None, None, (), None, "Low", 4, versions=(_SUMMER,)),
    Plan("Bug", "The list of guests is public", "To Do", GRACE, ADA, None, (), 2, "Highest", 3, security_id=CORE_TEAM),
    Plan("Story", "Say what the fee of each band is", "In Progress", GRACE, GRACE, None, (_NOW,), 3, age_days=3, security_id=CORE_TEAM),
)  # fmt: skip


def add_tour(world: World, day: datetime) -> Builder:
    """Add the project. Bo may look and not edit, Charlie sees nothing of it; two issues are for the core team."""
    access = {ADMINISTRATORS: (GRACE,), MEMBERS: (ADA, GRACE, BOT), VIEWERS: (BO,)}
    world.projects[PROJECT] = Project(
        PROJECT, "TOUR", "Tour 2027", GRACE, "Twelve cities, one truck of lights.", "classic", "review",
        STORY_POINTS, access,
    )  # fmt: skip
    world.security_levels[CORE_TEAM] = SecurityLevel(
        CORE_TEAM, PROJECT, "Core team", "Ada and Grace", (ADMINISTRATORS,), (ADA,)
    )
    _add_board(world, day)
    builder = Builder(world, world.projects[PROJECT], day, 11_400)
    for plan in _PLANS:
        builder.add(plan)
    _add_talk(builder)
    return builder


def _add_board(world: World, day: datetime) -> None:
    def moment(days: int) -> str:
        return f"{day + timedelta(days=days):%Y-%m-%dT09:00:00.000Z}"

    world.boards[BOARD] = Board(
        BOARD, "TOUR board", PROJECT, filter_id="10454",
        columns=(
            Column("To Do", ("To Do",)),
            Column("Doing", ("In Progress",), most=3),
            Column("Review", ("In Review",), least=1),
            Column("Done", ("Done",)),
        ),
        quick_filters=(("Only my issues", "assignee = currentUser()"), ("Bugs", "type = Bug")),
    )  # fmt: skip
    for number, title, state, goal, start, end in (
        (_SPRINT_1, "TOUR Sprint 1", "closed", "Know where we play", -47, -33),
        (_SPRINT_2, "TOUR Sprint 2", "closed", "Know how we get there", -33, -15),
        (_NOW, "TOUR Sprint 3", "active", "Lights up in an hour", -5, 9),
        (_NEXT, "TOUR Sprint 4", "future", "Doors open", 9, 23),
    ):
        done = moment(end) if state == "closed" else None
        world.sprints[number] = Sprint(number, BOARD, title, state, goal, moment(start), moment(end), done)
    world.sprints[_LATER] = Sprint(_LATER, BOARD, "TOUR Sprint 5", "future")
    for version_id, name, is_released, is_archived, at in (
        (_SPRING, "Spring", True, False, -30),
        (_SUMMER, "Summer", False, False, 60),
        (_OLD, "Winter 2019", True, True, -2500),
    ):
        released_on = f"{day + timedelta(days=at):%Y-%m-%d}"
        world.versions[version_id] = Version(
            version_id, PROJECT, name, is_released, is_archived, release_date=released_on
        )
    world.components[_TRUCKS] = Component(_TRUCKS, PROJECT, "Trucks", "What stands on wheels")
    world.components[_LIGHTS] = Component(_LIGHTS, PROJECT, "Lights", "What hangs above")


def _add_talk(builder: Builder) -> None:
    world, day = builder.world, builder.day
    builder.comment("TOUR-11", GRACE, "An hour, or an hour and a half?", days_ago=3)
    builder.comment("TOUR-11", ADA, "An hour. We have tried it.", days_ago=2)
    builder.comment(
        "TOUR-12", GRACE, "The third truck belongs to another band.", days_ago=2, role=ADMINISTRATORS
    )
    builder.comment("TOUR-12", ADA, "Ask the driver before the hall.", days_ago=1, role=MEMBERS)
    builder.comment("TOUR-12", ADA, "It waits for the web shop.", days_ago=1)
    lights = builder.made["TOUR-11"]
    for place, (author, hours) in enumerate(((ADA, 3), (GRACE, 1.5))):
        at = day - timedelta(days=2 - place) + timedelta(hours=10)
        number = f"1143{place}"
        lights.worklogs[number] = Worklog(number, author, int(hours * 3600), RichText("On a ladder"), at, at)
    add_file(world, lights, "10640", "stage-plan.png", picture(320, 200), ADA, day)
    add_file(world, lights, "10641", "lamps.csv", b"lamp,watts\nfront,500\nback,750\n", GRACE, day)
    world.remote_links["10850"] = RemoteLink(
        "10850", lights.id, "https://halls.example/rigging", "How each hall wants its lights", "Rigging guide",
        "mentioned in", "Halls",
    )  # fmt: skip


def add_links(world: World) -> None:
    """Link issues of several projects: what blocks what, and what is only related."""
    keys = {issue.key: issue.id for issue in world.issues.values()}
    for number, kind, inward, outward in (
        ("10860", "Blocks", "SHOP-1", "TOUR-12"),
        ("10861", "Blocks", "TOUR-12", "TOUR-11"),
        ("10862", "Blocks", "TOUR-14", "CREW-5"),
        ("10863", "Relates", "CREW-4", "TOUR-13"),
        ("10864", "Blocks", "PAY-1", "TOUR-15"),
        ("10865", "Duplicate", "DESK-2", "DESK-1"),
    ):
        world.links[number] = IssueLink(number, kind, keys[inward], keys[outward])
