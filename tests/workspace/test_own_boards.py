"""With a wider profile a board shows its own issues, columns and estimate, and no rule is needed."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from ownkey.scopes.profiles import PLANNING, PRESETS
from ownkey.workspace.boards.own import NO_COLUMN
from ownkey.workspace.boards.reading import Rule, read_board
from ownkey.workspace.boards.views import READS_A_BOARD
from ownkey.workspace.jira.remembered import forget
from tests.calls.faces import ALICES_SESSION
from tests.connections.running import ADA, ADMINISTRATOR, Organisation, running_organisation
from tests.faults.browser import Browser
from tests.workspace.unit import CountingJira

COMPLETE = PRESETS["planning-complete"].scopes
ISSUES = 1_000
STATUSES = {"1": "To Do", "2": "Doing", "3": "Waiting"}


class OwnBoard(CountingJira):
    """A Jira with one board, that answers for itself where it is asked."""

    def __init__(self, scopes: frozenset[str], *, kind: str = "scrum") -> None:
        forget(ALICES_SESSION)
        self.kind = kind
        super().__init__(self._say, scopes=scopes)

    @property
    def asked(self) -> set[str]:
        """What was asked, without the numbers of issues."""
        return {urlsplit(sent.url).path.partition("/rest/")[2] for sent in self.upstream.sent}

    def _say(self, _method: str, path: str, document: Any) -> Any:  # noqa: ANN401, PLR0911 — JSON, one each
        board = {"id": 1, "name": "Plan", "type": self.kind, "location": {"projectKey": "ACME"}}
        if path.endswith("/board"):
            return {"isLast": True, "values": [board]}
        if path.endswith("/board/1"):
            return board
        if path.endswith("/configuration"):
            columns = [
                {"name": "Now", "statuses": [{"id": "2"}]},
                {"name": "Next", "statuses": [{"id": "1"}]},
            ]
            field = {"fieldId": "c2", "displayName": "Size"}
            return {"columnConfig": {"columns": columns}, "estimation": {"type": "field", "field": field}}
        if path.endswith("/sprint"):
            return {"values": [{"id": 7, "name": "Sprint 7", "state": "active"}]}
        if path.endswith("/field"):
            named = {"c1": "Story Points", "c2": "Size"}
            return [{"id": key, "name": name, "schema": {"type": "number"}} for key, name in named.items()]
        if path.endswith(("/search/jql", "/board/1/issue")):
            return {"issues": [{"id": str(number)} for number in range(ISSUES)], "isLast": True}
        return {"issues": [_issue(each) for each in document["issueIdsOrKeys"]]}


def _issue(issue_id: str) -> dict[str, Any]:
    status_id = str(int(issue_id) % 3 + 1)
    status = {"id": status_id, "name": STATUSES[status_id], "statusCategory": {"key": "new"}}
    return {
        "id": issue_id,
        "key": f"ACME-{issue_id}",
        "fields": {"summary": "x", "status": status, "c1": 2, "c2": 5},
    }


async def test_a_board_shows_its_own_issues_and_estimate_in_as_many_rounds() -> None:
    world = OwnBoard(COMPLETE)
    jira = world.jira(*READS_A_BOARD)
    view = await read_board(jira, "1", Rule())
    assert view.is_own
    assert len(view.cards) == ISSUES
    assert view.columns[-1].points == str(ISSUES * 5)
    assert "software/1.0/board/1/issue" in world.asked
    assert not {each for each in world.asked if each.endswith(("search/jql", "1.0/board"))}
    assert (world.calls, world.rounds) == (15, 3)
    world.begin()
    await read_board(jira, "1", Rule())
    assert (world.calls, world.rounds) == (12, 2)
    await world.way.stop()


async def test_with_planning_alone_nothing_of_it_is_asked() -> None:
    world = OwnBoard(PLANNING.scopes)
    view = await read_board(world.jira(*READS_A_BOARD), "1", Rule())
    assert not view.is_own
    assert view.columns[-1].points == str(ISSUES * 2)
    assert not {each for each in world.asked if "board/1/" in each and not each.endswith("/sprint")}
    assert (world.calls, world.rounds) == (14, 3)
    await world.way.stop()


async def test_a_kanban_board_has_its_own_columns() -> None:
    world = OwnBoard(COMPLETE, kind="kanban")
    view = await read_board(world.jira(*READS_A_BOARD), "1", Rule())
    assert [column.title for column in view.columns] == ["Now", "Next", NO_COLUMN]
    assert {card.status.name for card in view.columns[0].cards} == {"Doing"}
    assert sum(len(column.cards) for column in view.columns) == ISSUES
    await world.way.stop()


async def test_what_a_person_has_corrected_goes_before_what_the_board_says() -> None:
    world = OwnBoard(COMPLETE)
    view = await read_board(world.jira(*READS_A_BOARD), "1", Rule(project="SHOP", points_field="c1"))
    assert not view.is_own
    assert 'project = "SHOP"' in view.query
    assert view.columns[-1].points == str(ISSUES * 2)
    await world.way.stop()


async def test_what_a_person_looks_for_narrows_the_boards_own_issues() -> None:
    world = OwnBoard(COMPLETE)
    await read_board(world.jira(*READS_A_BOARD), "1", Rule(), jql="labels = x")
    (sent,) = [each for each in world.upstream.sent if "/board/1/issue" in each.url]
    (jql,) = parse_qs(urlsplit(sent.url).query)["jql"]
    assert jql == "(statusCategory != Done OR sprint in openSprints()) AND (labels = x)"
    await world.way.stop()


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Run an organisation whose people's tokens have the complete profile."""
    with running_organisation(tmp_path_factory.mktemp("own") / "home") as running:
        arguments = ("--name", "Acme", "--site", running.sandbox.url, "--email", ADMINISTRATOR)
        more = ("--profile", "planning-complete", "--token-stdin")
        token = running.sandbox.make_token(ADMINISTRATOR, COMPLETE)
        assert running.ownkey("account", "add", "acme", *arguments, *more, given=token).code == 0
        theirs = running.sandbox.make_token(ADA, COMPLETE)
        running.tokens.extend((token, theirs))
        ended = running.ownkey("connect", "acme", "--user", ADA, "--token-stdin", given=theirs)
        assert ended.code == 0, ended.stderr
        running.sandbox.add_hostile()
        yield running


def test_every_board_of_the_pretend_jira_is_its_own(organisation: Organisation) -> None:
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    boards = {each for each in browser.get("/work/acme/boards/").text.split('"') if "/boards/" in each}
    pages = sorted(each for each in boards if each.rstrip("/").rpartition("/")[2].isdecimal())
    assert len(pages) >= 3
    for path in pages:
        page = browser.get(path)
        assert "The board’s own issues, as its filter and its columns say in Jira" in page.words, path
        assert "Jira answered with" not in page.words
    paths = {each["path"] for each in organisation.sandbox.requests() if each.get("email") == ADA}
    assert any(path.endswith("/board/1/configuration") for path in paths)
    assert any("/rest/software/1.0/board/1/issue" in path for path in paths)


def test_alignment_has_a_line_for_each_scope_of_the_complete_profile(organisation: Organisation) -> None:
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    page = browser.get("/work/acme/alignment/?project=ACME")
    assert "28 of 28 scopes granted" in page.words
    address = "/work/acme/alignment/try/"
    for scope in sorted(COMPLETE - PLANNING.scopes):
        assert scope in page.words
        tried = browser.post(address, form_at=f"{address}?scope={scope}", scope=scope, project="ACME")
        assert "proved: granted" in tried.words, scope


@pytest.mark.parametrize(
    "path",
    [
        "alignment/?project=EVIL",
        "alignment/",
        f"operations/try/?operation={quote('GET /rest/api/3/project/{projectIdOrKey}')}",
        f"operations/try/?operation={quote('GET /rest/agile/1.0/board/{boardId}')}",
    ],
)
def test_hostile_names_of_projects_and_boards_are_text(organisation: Organisation, path: str) -> None:
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    page = browser.get(f"/work/acme/{path}")
    inside = page.text.partition("<main")[2]
    assert "<img" not in inside
    assert "<script" not in inside.lower()
    assert "&lt;" in inside, "the hostile names are there, as text"


def test_a_hostile_answer_is_text(organisation: Organisation) -> None:
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    address, signature = "/work/acme/operations/try/", "GET /rest/api/3/issue/{issueIdOrKey}"
    form_at = f"{address}?operation={quote(signature)}"
    page = browser.post(address, form_at=form_at, operation=signature, **{"in-issueIdOrKey": "EVIL-1"})
    assert "200 OK" in page.words
    inside = page.text.partition("<main")[2]
    assert "&lt;" in inside
    for mark in ("<img", "<script", "<svg", 'href="javascript'):
        assert mark not in inside.lower()
