"""However Jira's search lags, nobody is shown a state of an issue that is older than one they were shown.

Five people work in a pretend Jira, through Ownkey and in Jira itself, and look at their boards in between;
the clock is the test's own.
"""

import base64
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from ownkey.calls.means import BySession
from ownkey.calls.writes import Ref, Written
from ownkey.sandbox.app import answer
from ownkey.sandbox.cloud import Cloud
from ownkey.sandbox.exchange import Request
from ownkey.sandbox.jira.entities import Issue
from ownkey.workspace import contents
from ownkey.workspace.boards.reading import BoardView, Rule, read_board
from ownkey.workspace.boards.watching import BoardWatch, kept_board
from ownkey.workspace.contents import Content, Page, Part
from ownkey.workspace.jira.asking import NO_PARTS, Jira, Parts, Query
from ownkey.workspace.jira.issues import id_of_key
from ownkey.workspace.jira.uses import BOARD_SPRINTS, BOARDS, BULK_FETCH, FIELDS, SEARCH, Use
from ownkey.workspace.live.hearing import Heard, Hearing
from ownkey.workspace.live.memory import PageMemory
from ownkey.workspace.live.share import Share
from tests.sandbox.conftest import Clock

OPERATIONS = 10_000
PEOPLE = ("ada@acme.example", "bo@acme.example", "grace@acme.example", "ada@acme.example", "bo@acme.example")
"""Two of them have two browsers: what one writes in the one is shown in the other."""
BOARD = "1"
DONE = frozenset({"Done"})
USES = frozenset((BOARDS, BOARD_SPRINTS, FIELDS, SEARCH, BULK_FETCH))

State = tuple[str, str, str] | None
"""Summary, status and sprint of an issue as a board shows it; None where it does not."""


@dataclass(frozen=True)
class Was:
    """What an issue was, and whether it belonged on the board; None when it was not there."""

    state: State
    belongs: bool

    def may_be_shown_as(self, state: State) -> bool:
        """Whether a board may show this: one that is behind shows it though it belongs there no more."""
        return not self.belongs if state is None else state == self.state


@dataclass(frozen=True)
class Pretend:
    """The pretend Jira as one person sees it, in process."""

    cloud: Cloud
    email: str
    authorization: str

    @classmethod
    def of(cls, cloud: Cloud, email: str) -> "Pretend":
        now = cloud.clock()
        _, text = cloud.tokens.issue(
            cloud.people[email],
            label="law",
            scopes=None,
            created_at=now,
            expires_at=now + timedelta(days=300),
        )
        return cls(cloud, email, "Basic " + base64.b64encode(f"{email}:{text}".encode()).decode())

    def ask(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 — JSON
        raw_path, _, query = path.partition("?")
        body = b"" if document is None else json.dumps(document).encode()
        headers = (
            ("host", "acme.test"),
            ("authorization", self.authorization),
            ("content-type", "application/json"),
        )
        found = answer(self.cloud, Request(method, raw_path, query, headers, body))
        assert found.status < 300, (method, path, found.status, found.body[:300])
        return json.loads(found.body) if found.body else None


class PretendJira(Jira):
    """What a page asks of the pretend Jira."""

    def __init__(self, pretend: Pretend, means: BySession) -> None:
        self.pretend, self.means, self.uses, self.calls = pretend, means, USES, 0
        self.fresh_ids: tuple[str, ...] = ()
        self.left_out: frozenset[str] = frozenset()

    def now(self) -> datetime:
        return self.pretend.cloud.clock()

    async def may(self, use: Use, parts: Parts = NO_PARTS) -> bool:  # noqa: ARG002 — as with planning's scopes
        return use in self.uses

    async def who(self) -> Any:  # noqa: ANN401 — what Content looks at
        return SimpleNamespace(credential=None, read_only=None)

    async def json(
        self, use: Use, parts: Parts = NO_PARTS, *, query: Query | None = None, document: object = None
    ) -> Any:  # noqa: ANN401 — JSON
        self.calls += 1
        pairs = query.items() if isinstance(query, Mapping) else query or ()
        words = urlencode([(name, value) for name, value in pairs if value is not None])
        return self.pretend.ask(use.method, f"{use.filled(dict(parts))}?{words}", document)


class Reading(Content):
    """A page's content whose Jira is the pretend one; it renders nothing."""

    __slots__ = ("ask",)

    def _jira(self) -> Jira:
        return self.ask()  # type: ignore[attr-defined, no-any-return]

    async def _rendered(self, part: Part, shown: Any) -> str:  # noqa: ANN401, ARG002 — as in Content
        return repr([(card.id, card.summary, card.status.name, card.sprint_ids) for card in part.cards])


@dataclass
class Person:
    """One person with a board open."""

    pretend: Pretend
    means: BySession
    hearing: Hearing
    page: Page = field(init=False)
    memory: PageMemory = field(init=False)
    view: BoardView | None = None

    def __post_init__(self) -> None:
        self.memory = PageMemory(self.means, "/board")
        watch = BoardWatch(BOARD, Rule())

        async def content(jira: Jira) -> Part:
            self.view = await read_board(jira, BOARD, Rule(), kept=kept_board(self.memory))
            return Part("", cards=self.view.cards, refs=self.view.refs)

        self.page = Page("", content, watch=watch)

    def jira(self) -> Jira:
        jira = PretendJira(self.pretend, self.means)
        names = self.hearing.recent_issues("acme", self.means.person_id)
        ids = (name if name.isdigit() else id_of_key("acme", name) for name in names)
        jira.fresh_ids = tuple(dict.fromkeys(filter(None, ids)))[:50]
        return jira

    async def look(self, *, anew: bool) -> dict[str, State]:
        """Return what the board shows, read again by its own rules or opened anew."""
        reading = Reading(self.page, {"csrf": "-"}, self.means, USES, self.memory)
        object.__setattr__(reading, "ask", self.jira)
        if anew or self.view is None:
            await reading.html()
        else:
            found = await reading.news(Share(1e9), is_urgent=True)
            assert found["state"] in {"same", "changed"}, found
        assert self.view is not None
        return {
            card.id: (card.summary, card.status.name, column.id)
            for column in self.view.columns
            for card in column.cards
        }


@dataclass
class World:
    """Everything that happens, and what every issue has been."""

    people: list[Person]
    chosen: random.Random
    clock: Clock
    about: str
    looks: int = 0
    writes: int = 0
    number: int = 0
    history: dict[str, list[Was]] = field(default_factory=dict)
    shown: dict[tuple[int, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cloud = self.people[0].pretend.cloud
        self.note()

    def note(self) -> None:
        """Write down what every issue of the project is now."""
        seen = set()
        for issue in self.cloud.world.issues.values():
            if issue.key.startswith("ACME-"):
                seen.add(issue.id)
                self._append(issue.id, self._state(issue))
        for issue_id in self.history:
            if issue_id not in seen:
                self._append(issue_id, Was(None, belongs=False))

    def _append(self, issue_id: str, was: Was) -> None:
        states = self.history.setdefault(issue_id, [Was(None, belongs=False)])
        if states[-1] != was:
            states.append(was)

    def _state(self, issue: Issue) -> Was:
        sprint = self.cloud.world.sprints.get(issue.sprint_id) if issue.sprint_id is not None else None
        is_open = sprint is not None and sprint.state == "active"
        column = str(sprint.id) if sprint is not None and sprint.state != "closed" else "backlog"
        is_left_out = column == "backlog" and issue.issue_type == "Epic"
        belongs = (issue.status not in DONE or is_open) and not is_left_out
        return Was((issue.summary, issue.status, column), belongs=belongs)

    async def run(self, operations: int) -> None:
        for _ in range(operations):
            self.clock.advance(seconds=self.chosen.choice((0.05, 0.3, 1, 4)))
            if self.chosen.random() < 0.01:
                self.cloud.let_search_lag(self.chosen.choice((0, 1, 10, 60)))
            if self.chosen.random() < 0.55:
                self.write()
            else:
                number = self.chosen.randrange(len(self.people))
                self.compare(number, await self.people[number].look(anew=self.chosen.random() < 0.1))

    def write(self) -> None:
        person = self.chosen.choice(self.people)
        keys = [each.key for each in self.cloud.world.issues.values() if each.key.startswith("ACME-")]
        key = self.chosen.choice(keys)
        refs = self._written(person.pretend, key)
        self.writes += 1
        self.note()
        if self.chosen.random() < 0.6:
            # Through Ownkey, so that it is heard; the others write in Jira itself.
            self.number += 1
            written = Written("acme", person.means.person_id, refs, self.clock())
            person.hearing.hear(Heard(self.number, written))

    def _written(self, pretend: Pretend, key: str) -> tuple[Ref, ...]:
        kind = self.chosen.choice(
            ("summary", "summary", "status", "status", "sprint", "backlog", "create", "delete")
        )
        issue = f"/rest/api/3/issue/{key}"
        name = self.chosen.choice((key, next(i.id for i in self.cloud.world.issues.values() if i.key == key)))
        match kind:
            case "status":
                found = pretend.ask("GET", f"{issue}/transitions")["transitions"]
                if found:
                    pretend.ask(
                        "POST",
                        f"{issue}/transitions",
                        {"transition": {"id": self.chosen.choice(found)["id"]}},
                    )
            case "sprint":
                sprints = [
                    each.id
                    for each in self.cloud.world.sprints.values()
                    if each.board_id == 1 and each.state != "closed"
                ]
                pretend.ask(
                    "POST", f"/rest/agile/1.0/sprint/{self.chosen.choice(sprints)}/issue", {"issues": [key]}
                )
                return ()
            case "backlog":
                pretend.ask("POST", "/rest/agile/1.0/backlog/issue", {"issues": [key]})
                return ()
            case "create" if len(self.cloud.world.issues) < 120:
                fields = {
                    "project": {"key": "ACME"},
                    "issuetype": {"name": "Task"},
                    "summary": self._summary(),
                }
                pretend.ask("POST", "/rest/api/3/issue", {"fields": fields})
                return ()
            case "delete" if len(self.cloud.world.issues) > 60:
                GRACE_OF[0].ask("DELETE", f"{issue}?deleteSubtasks=true")
            case _:
                pretend.ask("PUT", issue, {"fields": {"summary": self._summary()}})
        return (Ref("issue", name.upper()),)

    def _summary(self) -> str:
        return f"Version {self.chosen.randrange(10**9)}"

    def compare(self, number: int, shown: dict[str, State]) -> None:
        """Compare what a person is shown with what they were shown before."""
        self.looks += 1
        for issue_id, states in self.history.items():
            state = shown.get(issue_id)
            last = self.shown.get((number, issue_id), 0)
            found = next((i for i in range(last, len(states)) if states[i].may_be_shown_as(state)), None)
            assert found is not None, (
                f"{self.about}, look {self.looks}: person {number} is shown {state} of {issue_id}, "
                f"and was shown {states[last]} before; it has been {states[-6:]}"
            )
            self.shown[number, issue_id] = found
        assert set(shown) <= set(self.history), self.about


GRACE_OF: list[Pretend] = []


async def test_nobody_is_shown_a_state_that_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    clock = Clock()
    cloud = Cloud(clock=clock)
    hearing = Hearing(Path("/nowhere"), clock=clock)
    monkeypatch.setattr(contents, "current_hearing", lambda: hearing)
    people = [
        Person(Pretend.of(cloud, email), BySession(email, "acme", str(number)), hearing)
        for number, email in enumerate(PEOPLE)
    ]
    GRACE_OF[:] = [people[2].pretend]
    world = World(people, random.Random(seed), clock, f"seed {seed}")  # noqa: S311 — see above
    await world.run(OPERATIONS)
    assert world.looks > OPERATIONS / 4
    assert world.writes > OPERATIONS / 4
