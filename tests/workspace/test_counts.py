"""How many calls, in how many rounds, a page costs; and that it can do nothing that its person may not."""

import random
import zlib
from collections.abc import AsyncIterator
from string import ascii_letters
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from ownkey.calls.answers import Answer
from ownkey.calls.decision import Refused, decide
from ownkey.calls.refusals import Refusal
from ownkey.scopes.catalogue import load_catalogue
from ownkey.workspace.boards.reading import Rule, read_board
from ownkey.workspace.boards.shown import AT_ONCE, Filters, shown_board
from ownkey.workspace.boards.views import READS_A_BOARD
from ownkey.workspace.compressing import streamed_page
from ownkey.workspace.jira import uses
from ownkey.workspace.jira.asking import Jira, UndeclaredUseError
from ownkey.workspace.jira.remembered import forget
from ownkey.workspace.jira.trouble import JiraTroubleError, Kind
from ownkey.workspace.jira.uses import BOARDS, MYSELF, SEARCH, Use
from ownkey.workspace.pages import streamed
from ownkey.workspace.urls import urlpatterns
from tests.calls.faces import ALICES_SESSION
from tests.workspace.unit import CountingJira

USES = tuple(each for each in vars(uses).values() if isinstance(each, Use))
ISSUES = 1_000


def a_large_board(_method: str, path: str, document: Any) -> Any:  # noqa: ANN401 — JSON
    """Answer for a board of a thousand issues."""
    if path.endswith("/board"):
        location = {"projectKey": "ACME", "projectName": "Acme", "projectId": 1}
        return {"isLast": True, "values": [{"id": 1, "name": "Plan", "type": "scrum", "location": location}]}
    if path.endswith("/sprint"):
        return {"values": [{"id": 7, "name": "Sprint 7", "state": "active"}]}
    if path.endswith("/field"):
        return [{"id": "c1", "name": "Story Points", "schema": {"type": "number"}}]
    if path.endswith("/search/jql"):
        return {"issues": [{"id": str(number)} for number in range(ISSUES)], "isLast": True}
    return {"issues": [issue(each) for each in document["issueIdsOrKeys"]]}


def issue(issue_id: str) -> dict[str, Any]:
    status = {"name": "To Do", "statusCategory": {"key": "new"}}
    return {"id": issue_id, "key": f"ACME-{issue_id}", "fields": {"summary": "x", "status": status, "c1": 2}}


@pytest.fixture
def world() -> CountingJira:
    forget(ALICES_SESSION)
    return CountingJira(a_large_board)


async def test_a_board_of_a_thousand_issues_takes_few_calls_in_three_rounds_and_later_two(
    world: CountingJira,
) -> None:
    jira = world.jira(*READS_A_BOARD)
    view = await read_board(jira, "1", Rule())
    assert len(view.cards) == ISSUES
    assert view.columns[-1].points == "2000"
    assert (world.calls, world.rounds) == (14, 3)
    world.begin()
    await read_board(jira, "1", Rule())
    assert (world.calls, world.rounds) == (12, 2)
    await world.way.stop()


async def test_a_board_of_a_thousand_issues_is_small_whatever_its_issues_are_called(
    world: CountingJira,
) -> None:
    chosen = random.Random(1)  # noqa: S311 — summaries and names, no secrets
    people = [
        {
            "accountId": f"{chosen.getrandbits(96):x}",
            "displayName": "".join(chosen.choices(ascii_letters, k=20)),
        }
        for _ in range(100)
    ]

    def answers(method: str, path: str, document: Any) -> Any:  # noqa: ANN401 — JSON
        found = a_large_board(method, path, document)
        if path.endswith("/board"):
            found["values"][0]["type"] = "kanban"
        if path.endswith("/bulkfetch"):
            for number, each in enumerate(found["issues"]):
                each["fields"]["status"] = {"name": f"s{number % 5}", "statusCategory": {"key": "new"}}
                each["fields"]["summary"] = "".join(chosen.choices(ascii_letters + "     ", k=80))
                each["fields"]["assignee"] = people[number % len(people)]
        return found

    world = CountingJira(answers)
    view = await read_board(world.jira(*READS_A_BOARD), "1", Rule())
    context = {
        "view": shown_board(view, Filters(), everything=view),
        "filters": Filters(),
        "rule": Rule(),
        "board_id": 1,
        "account": {"slug": "acme"},
    }
    page = render_to_string("workspace/boards/board_content.html", context)
    assert page.count('class="issue-card"') == ISSUES == 5 * AT_ONCE
    frame = 20_000
    assert len(zlib.compress(page.encode(), 6)) + frame <= 150_000
    await world.way.stop()


async def test_the_frame_is_there_before_jira_is_asked(world: CountingJira) -> None:
    jira = world.jira(BOARDS)

    async def content() -> AsyncIterator[str]:
        await jira.json(BOARDS)
        yield "<p>boards</p>"

    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    response = streamed_page(request, streamed("<h1>Boards</h1>", content(), "</html>"))
    pieces = aiter(response)
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert unpack.decompress(await anext(pieces)) == b"<h1>Boards</h1>"
    assert world.calls == 0
    rest = b"".join([unpack.decompress(each) async for each in pieces])
    assert rest.startswith(b"<p>boards</p></html>")
    assert world.calls == 1
    await world.way.stop()


async def test_what_a_page_has_not_declared_fails_before_it_is_sent(world: CountingJira) -> None:
    with pytest.raises(UndeclaredUseError):
        await world.jira(BOARDS).json(SEARCH, document={})
    assert world.calls == 0
    await world.way.stop()


def test_every_use_is_an_operation_that_only_reads() -> None:
    known = {operation.signature: operation for operation in load_catalogue().operations}
    assert {use.signature for use in USES} <= set(known)
    assert [use.signature for use in USES if not known[use.signature].reads] == []


def test_every_page_has_declared_what_it_uses() -> None:
    declared = {
        pattern.name: getattr(pattern.callback, "uses", None)
        for pattern in urlpatterns
        if pattern.name
        not in {"start", "board_star", "board_rule", "attachment", "preview", "thumbnail", "alignment_people"}
    }
    assert [name for name, found in declared.items() if found is None] == []


async def test_for_random_scopes_a_page_may_do_what_is_decided_and_nothing_else() -> None:
    scopes = sorted({scope for each in load_catalogue().operations for scope in each.requirement.scopes})
    seed = random.randrange(2**32)  # noqa: S311 — examples, no secrets
    chosen = random.Random(seed)  # noqa: S311 — see above
    likely = ("read:jira-work", "read:jira-user", "read:project:jira", "read:board-scope:jira-software")
    for _ in range(60):
        held = frozenset(chosen.sample(scopes, 20)) | {each for each in likely if chosen.random() < 0.5}
        world = CountingJira(lambda *_: {}, scopes=held)
        jira = world.jira(*USES)
        for use in chosen.sample(USES, 5):
            parts = dict.fromkeys(("issueIdOrKey", "projectIdOrKey", "id", "boardId", "sprintId"), "1")
            decision = decide(await jira.who(), use.method, use.filled(parts))
            outcome = await jira.outcome(use, parts)
            about = f"seed {seed}: {use.signature}"
            assert isinstance(outcome, Refusal) is isinstance(decision, Refused), about
            assert await jira.may(use, parts) is isinstance(outcome, Answer), about
        await world.way.stop()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.NOT_UNDERSTOOD),
        (403, Kind.JIRA_DOES_NOT_LET),
        (404, Kind.NOT_THERE),
        (429, Kind.TOO_MUCH),
        (500, Kind.AWAY),
        (503, Kind.AWAY),
    ],
)
async def test_every_answer_that_is_none_has_its_kind_and_a_sentence(status: int, kind: Kind) -> None:
    world = CountingJira(lambda *_: {"errorMessages": ["Jira's own words."]})
    answer = world.upstream.handler

    async def with_status(sent: Any) -> Any:  # noqa: ANN401 — as the kit has it
        assert callable(answer)
        given = await answer(sent)
        given.status = status
        return given

    world.upstream.handler = with_status
    jira: Jira = world.jira(MYSELF)
    with pytest.raises(JiraTroubleError) as raised:
        await jira.json(MYSELF)
    assert raised.value.trouble.kind is kind
    assert raised.value.trouble.sentence
    await world.way.stop()
