"""What the pretend Jira holds at the start: two projects, a board, two sprints and a dozen issues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.assets_data import first_assets
from ownkey.sandbox.jira.world import (
    Attachment,
    Avatar,
    Board,
    Build,
    Comment,
    Issue,
    Project,
    Sprint,
    Task,
    Version,
    World,
)

if TYPE_CHECKING:
    from ownkey.sandbox.people import Person

STARTED_AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ADA, BO, GRACE = "ada@acme.example", "bo@acme.example", "grace@acme.example"
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


def first_world(people: dict[str, Person]) -> World:
    """Return the pretend Jira as it is at the start."""
    world = World(people=people, assets=first_assets())
    world.projects = {
        "10000": Project("10000", "ACME", "Acme tickets", GRACE),
        "10001": Project("10001", "SHOP", "Web shop", BO),
    }
    world.boards = {1: Board(1, "ACME board", "10000", {"ownkey.example": {"columns": 3}})}
    world.sprints = {
        1: Sprint(1, 1, "ACME Sprint 1", "active", "Buy one ticket", _FORTNIGHT[0], _FORTNIGHT[1]),
        2: Sprint(2, 1, "ACME Sprint 2", "future", "Never sell it twice"),
    }
    world.versions = {
        "10300": Version("10300", "10000", "1.0", is_released=True, description="One ticket"),
        "10301": Version("10301", "10000", "1.1", description="Many tickets"),
    }
    _add_issues(world)
    _add_the_rest(world)
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
            assignee=assignee, epic_id=ids[epic] if epic else None, sprint_id=sprint,
        )  # fmt: skip


def _add_the_rest(world: World) -> None:
    story = world.issue("ACME-3")
    if story is None:
        raise LookupError("The story that has the comments is gone.")
    story.version_ids = ["10301"]
    later = STARTED_AT + timedelta(days=1)
    story.comments = {
        "10500": Comment("10500", ADA, "Which cards do we take?", later),
        "10501": Comment("10501", BO, "The two that everybody has.", later + timedelta(hours=1)),
    }
    world.attachments = {
        "10600": Attachment("10600", story.id, ADA, "cards.txt", "text/plain", b"One, two\n", later),
        "10601": Attachment("10601", story.id, BO, "notes.txt", "text/plain", b"Ask the bank\n", later),
    }
    world.tasks = {"10700": Task("10700", "Reindex the project ACME", ADA)}
    world.avatars = {"10800": Avatar("10800", "project", "10000")}
    world.builds = {
        ("acme-ci", number): Build("acme-ci", number, "successful", ("ACME-3",), {"provider": "acme-ci"})
        for number in (1, 2)
    }
