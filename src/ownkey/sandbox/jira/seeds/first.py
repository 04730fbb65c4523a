"""What the pretend Jira holds at the start: ACME and SHOP, a dozen issues with fixed dates; then the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.content import Content
from ownkey.sandbox.jira.access import MEMBERS, VIEWERS
from ownkey.sandbox.jira.assets_data import first_assets
from ownkey.sandbox.jira.background_data import Avatar, Build, Task
from ownkey.sandbox.jira.entities import (
    Attachment,
    Board,
    Change,
    Comment,
    Component,
    History,
    Issue,
    Project,
    Sprint,
    Version,
)
from ownkey.sandbox.jira.issue.text import RichText
from ownkey.sandbox.jira.seeds.builder import ADA, BO, BOT, CHARLIE, GRACE
from ownkey.sandbox.jira.seeds.filters import add_filters
from ownkey.sandbox.jira.seeds.teams import add_others, add_teams
from ownkey.sandbox.jira.seeds.tour import add_links, add_tour
from ownkey.sandbox.jira.world import World

if TYPE_CHECKING:
    from ownkey.sandbox.people import Person

STARTED_AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
_ACME: dict[str, tuple[str, ...]] = {MEMBERS: (ADA, BO, GRACE, BOT), VIEWERS: (CHARLIE,)}
_SHOP: dict[str, tuple[str, ...]] = {MEMBERS: (ADA, BO, GRACE, BOT)}
_OPEN = "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"
_FORTNIGHT = ("2026-09-01T09:00:00.000Z", "2026-09-15T09:00:00.000Z")

# Key, type, summary, status, reporter, assignee, key of the epic, sprint.
_ISSUES = (
    ("ACME-1", "Epic", "Tickets can be bought on a phone", "In Progress", GRACE, ADA, None, None),
    ("ACME-2", "Epic", "Seats are never sold twice", "To Do", GRACE, BO, None, None),
    ("ACME-3", "Story", "Pay with a card", "In Progress", ADA, ADA, "ACME-1", 1),
    ("ACME-4", "Story", "Choose a seat on the plan", "To Do", ADA, BO, "ACME-1", 1),
    ("ACME-5", "Bug", "The plan is upside down in landscape", "To Do", BO, ADA, "ACME-1", 1),
    ("ACME-6", "Story", "Hold a seat for ten minutes", "To Do", BO, None, "ACME-2", 2),
    ("ACME-7", "Task", "Measure how long a purchase takes", "Done", ADA, ADA, None, 1),
    ("ACME-8", "Story", "Send the ticket by mail", "To Do", GRACE, None, None, None),
    ("SHOP-1", "Task", "Move the shop to the new domain", "In Progress", BO, BO, None, None),
    ("SHOP-2", "Bug", "The basket forgets its last item", "To Do", ADA, BO, None, None),
    ("SHOP-3", "Story", "Wrap an order as a present", "To Do", GRACE, None, None, None),
    ("SHOP-4", "Story", "Sort by price", "Done", BO, BO, None, None),
)


def first_world(people: dict[str, Person], now: datetime) -> World:
    """Return the pretend Jira as it is at the start; the later projects have their dates around `now`."""
    world = World(people=people, assets=first_assets())
    world.projects = {
        "10000": Project("10000", "ACME", "Acme tickets", GRACE, access=_ACME),
        "10001": Project("10001", "SHOP", "Web shop", BO, access=_SHOP, former_keys=("WEB",)),
    }
    properties: dict[str, object] = {"ownkey.example": {"columns": 3}}
    world.boards = {
        1: Board(1, "ACME board", "10000", properties, filter_id="10451"),
        2: Board(
            2, "SHOP board", "10001", kind="kanban", has_sprints=False, filter_id="10452", sub_query=_OPEN
        ),
    }
    world.sprints = {
        1: Sprint(1, 1, "ACME Sprint 1", "active", "Buy one ticket", _FORTNIGHT[0], _FORTNIGHT[1]),
        2: Sprint(2, 1, "ACME Sprint 2", "future", "Never sell it twice"),
    }
    world.components = {
        "10400": Component("10400", "10000", "Checkout", "All that has to do with paying"),
        "10401": Component("10401", "10000", "Seats", "The plan and what is sold on it"),
    }
    world.versions = {
        "10300": Version("10300", "10000", "1.0", is_released=True, description="One ticket"),
        "10301": Version("10301", "10000", "1.1", description="Many tickets"),
    }
    _add_issues(world)
    _add_the_rest(world)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    add_filters(world)
    add_teams(world, day)
    add_tour(world, day)
    add_others(world, day)
    add_links(world)
    return world


def _add_issues(world: World) -> None:
    ids = {row[0]: str(10_100 + place) for place, row in enumerate(_ISSUES)}
    for place, (key, kind, summary, status, reporter, assignee, epic, sprint) in enumerate(_ISSUES):
        project = world.project(key.partition("-")[0])
        if project is None:
            raise LookupError(f"{key} belongs to no project.")
        at = STARTED_AT + timedelta(hours=place)
        world.issues[ids[key]] = Issue(
            ids[key], key, project.id, kind, summary, status, reporter, at, at,
            assignee=assignee, parent_id=ids[epic] if epic else None, sprint_id=sprint, creator=reporter,
            resolved_at=at if status == "Done" else None,
        )  # fmt: skip
        world.ranking.append(ids[key])


def _comment(number: str, author: str, text: str, at: datetime) -> Comment:
    return Comment(number, author, RichText(text), at, author, at)


def _text_file(  # noqa: PLR0913 - a file's facts
    number: str, issue_id: str, *, author: str, filename: str, content: bytes, at: datetime
) -> Attachment:
    media_id = f"0c0ffee0-0000-4000-8000-0000000{number}"
    return Attachment(number, media_id, issue_id, author, filename, "text/plain", Content(content), at)


def _add_the_rest(world: World) -> None:
    story = world.issue("ACME-3")
    if story is None:
        raise LookupError("The story that has the comments is gone.")
    story.version_ids, story.component_ids, story.labels = ("10301",), ("10400",), ("payment",)
    story.description = RichText("A visitor pays for a ticket with a card.\nRefunds come later.")
    story.points, story.watchers = 5.0, [ADA, GRACE]
    later = STARTED_AT + timedelta(days=1)
    story.comments = {
        "10500": _comment("10500", ADA, "Which cards do we take?", later),
        "10501": _comment("10501", BO, "The two that everybody has.", later + timedelta(hours=1)),
    }
    begun = Change("status", "status", "10000", "To Do", "10001", "In Progress")
    story.histories = [History("10900", ADA, later, (begun,))]
    epic = world.issue("ACME-1")
    if epic is None:
        raise LookupError("The epic that has the description is gone.")
    epic.description = RichText("A visitor chooses a seat, pays and has the ticket, without a desk.")
    epic.histories = [History("10901", GRACE, later, (begun,))]
    world.attachments = {
        "10600": _text_file(
            "10600", story.id, author=ADA, filename="cards.txt", content=b"One, two\n", at=later
        ),
        "10601": _text_file(
            "10601", story.id, author=BO, filename="notes.txt", content=b"Ask the bank\n", at=later
        ),
    }
    world.tasks = {"10700": Task("10700", "Reindex the project ACME", ADA)}
    world.avatars = {"10800": Avatar("10800", "project", "10000")}
    world.builds = {
        ("acme-ci", number): Build("acme-ci", number, "successful", ("ACME-3",), {"provider": "acme-ci"})
        for number in (1, 2)
    }
