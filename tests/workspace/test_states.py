"""Whatever keeps Jira's answer away, every page has a sentence for it, and is never blank or wrong.

Slow, broken, limited, another form, a missing permission, something deleted, renamed or archived, nothing at
all: each page is opened in each state.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from ownkey.workspace.pages import saying_if_slow
from tests.connections.running import ADA, PASSWORD, Organisation, running_organisation
from tests.faults.browser import Browser
from tests.faults.browser import Page as Opened

LISTS = ("/work/acme/", "/work/acme/projects/", "/work/acme/boards/", "/work/acme/search/?q=project=ACME")
PAGES = (
    *LISTS,
    "/work/acme/boards/1/",
    "/work/acme/boards/1/?lanes=epics&text=pay",
    "/work/acme/boards/1/cards/?ids=10001",
    "/work/acme/issues/ACME-3/",
    "/work/acme/search/?q=project=ACME&as=csv",
    "/work/acme/alignment/",
    "/work/acme/files/10001/",
    "/work/acme/files/10001/small/",
)
BROKEN = "Jira answered with a fault of its own"
FORM = "Jira's answer has a form that Ownkey does not know."
STATES: dict[str, tuple[dict[str, Any], str]] = {
    "broken": ({"status": 500}, BROKEN),
    "away for maintenance": ({"status": 503, "html": True}, BROKEN),
    "leading elsewhere": ({"redirect": "/elsewhere"}, BROKEN),
    "a text": ({"body": '"hello"'}, FORM),
    "a list of numbers": ({"body": "[1, 2]"}, FORM),
    "another object": ({"body": '{"values": {}, "issues": 1}'}, FORM),
    "a page of HTML": ({"html": True}, FORM),
    "nested without end": ({"body": "[" * 3_000 + "]" * 3_000}, FORM),
    "cut off": ({"cut": True}, "Atlassian's answer could not be read to its end."),
    "too large": ({"huge_bytes": 40_000_000}, "larger than Ownkey reads at once"),
    "limited": ({"status": 429, "retry_after": 7}, "Jira asks to go on more slowly."),
    "not allowed": ({"status": 403}, "Jira does not let you do this."),
    "gone": ({"status": 404}, "Jira shows you nothing here"),
}
BLANK_WOULD_SAY = ("No boards", "No projects", "No issues", "Nothing open", "no summary")
MISTAKE = "Ownkey made a mistake"
FILES = {"gone": "Jira shows you no such file.", "too large": "This file is too large to be fetched here."}
"""What is said of a file in other words; what is said of an answer's form says nothing of a file."""


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    with running_organisation(tmp_path_factory.mktemp("states") / "home") as running:
        running.add_alm_account("acme", "Acme Jira")
        running.connect("acme", ADA)
        yield running


@pytest.fixture(scope="module")
def anybody(organisation: Organisation) -> Browser:
    """Return a browser of Ada's in which no page was ever opened while Jira was well."""
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    return browser


@pytest.fixture
def ada(organisation: Organisation) -> Browser:
    """Return Ada's browser in a session of its own, for which nothing is remembered."""
    browser = Browser(organisation.url)
    browser.sign_in(ADA)
    return browser


@pytest.fixture
def stage(organisation: Organisation) -> Iterator[Organisation]:
    """Return the organisation; what a test changes in the pretend Jira is undone."""
    yield organisation
    organisation.sandbox.reset(keep_tokens=True)


CASES = [
    (path, state)
    for path in PAGES
    for state, (_, sentence) in STATES.items()
    if not (path.startswith("/work/acme/files/") and sentence == FORM)
]


@pytest.mark.parametrize(("path", "state"), CASES)
def test_each_page_has_a_sentence_for_each_state(
    anybody: Browser, organisation: Organisation, path: str, state: str
) -> None:
    fault, sentence = STATES[state]
    is_file = "/files/" in path
    organisation.sandbox.faults({"path": f"/ex/jira/{organisation.sandbox.cloud_id}", **fault})
    try:
        page = anybody.get(path)
    finally:
        organisation.sandbox.end_faults()
    assert (FILES.get(state, sentence) if is_file else sentence) in page.words
    assert MISTAKE not in page.words
    assert not [words for words in BLANK_WOULD_SAY if words in page.words]
    assert page.text.count("Try again</a>") <= 1


def test_how_long_jira_asks_to_wait_is_said(ada: Browser, organisation: Organisation) -> None:
    path = f"/ex/jira/{organisation.sandbox.cloud_id}"
    organisation.sandbox.faults({"path": path, "status": 429, "retry_after": 7})
    try:
        assert "Try again in 7 seconds." in ada.get("/work/acme/boards/").words
    finally:
        organisation.sandbox.end_faults()


async def test_a_page_says_when_jira_is_slow_and_goes_on_waiting() -> None:
    async def content() -> AsyncIterator[str]:
        yield "<p>boards</p>"

    async def never() -> AsyncIterator[str]:
        await blocked
        yield "<p>boards</p>"

    quick = [each async for each in saying_if_slow(content(), after_s=60)]
    assert [("slow" in each, "boards" in each) for each in quick] == [(False, False), (False, True)]
    blocked = asyncio.get_running_loop().create_future()
    pieces = saying_if_slow(never(), after_s=0)
    assert "Asking Jira" in await anext(pieces)
    assert "Jira is slow at the moment" in await anext(pieces)
    blocked.set_result(None)
    assert [each async for each in pieces] == ["<p>boards</p>"]


CHARLIE = "charlie@acme.example"
PROJECTS = ("ACME", "SHOP", "CREW", "DESK", "TOUR", "NEXT", "PAY", "OLD")
EMPTY: dict[str, str] = {
    "/work/acme/": "Nothing open is assigned to you.",
    "/work/acme/projects/": "Jira shows you no projects.",
    "/work/acme/search/": "Nothing open is assigned to you.",
    "/work/acme/boards/": "Jira shows you no boards here.",
    "/work/acme/boards/1/": "Jira shows you no such board",
    "/work/acme/search/?q=labels=none": "Jira finds nothing for this query that you may see.",
    "/work/acme/search/?q=project=ACME": "The value 'ACME' does not exist for the field 'project'.",
    "/work/acme/search/?q=ACME-1": "An issue with key 'ACME-1' does not exist for field 'key'.",
    "/work/acme/issues/ACME-3/": "Jira shows you nothing here: it was deleted, moved, or you may not see it.",
}


@pytest.fixture(scope="module")
def charlie(organisation: Organisation) -> Browser:
    """Return the browser of somebody who sees nothing in Jira."""
    added = organisation.ownkey(
        "user", "add", CHARLIE, "--name", "Charlie", "--password-stdin", given=PASSWORD
    )
    assert added.code == 0, added.stderr
    organisation.connect("acme", CHARLIE)
    browser = Browser(organisation.url)
    browser.sign_in(CHARLIE)
    return browser


@pytest.mark.parametrize(("path", "sentence"), EMPTY.items(), ids=EMPTY)
def test_each_page_says_that_nothing_is_there(
    charlie: Browser, stage: Organisation, path: str, sentence: str
) -> None:
    for project in PROJECTS:
        stage.sandbox.change_project(project, access={"Administrators": ["grace@acme.example"]})
    assert sentence in charlie.get(path).words


def lost(organisation: Organisation) -> None:
    organisation.sandbox.change_project("SHOP", access={"Administrators": ["grace@acme.example"]})


def renamed(organisation: Organisation) -> None:
    organisation.sandbox.change_project("SHOP", key="STORE", name="The store")


def archived(organisation: Organisation) -> None:
    organisation.sandbox.change_project("SHOP", is_archived=True)


STAGES: tuple[tuple[Callable[[Organisation], None], str, str], ...] = (
    (lost, "/work/acme/boards/2/", "Jira shows you no such board"),
    (lost, "/work/acme/issues/SHOP-2/", "Jira shows you nothing here"),
    (lost, "/work/acme/projects/?name=SHOP", "Jira shows you no project with this name or key."),
    (renamed, "/work/acme/boards/2/", "The issues of project STORE"),
    (renamed, "/work/acme/issues/SHOP-2/", "SHOP-2 is STORE-2 now"),
    (renamed, "/work/acme/projects/?name=STORE", "The store"),
    (renamed, "/work/acme/search/?q=SHOP-2", "Open SHOP-2"),
    (archived, "/work/acme/boards/2/", "Project SHOP is archived"),
    (archived, "/work/acme/issues/SHOP-2/", "This issue is archived, or its project is"),
    (archived, "/work/acme/projects/?name=SHOP", "archived Jira finds none of its issues."),
    (archived, "/work/acme/search/?q=project=SHOP", "It does not search archived projects."),
)


@pytest.mark.parametrize(
    ("change", "path", "sentence"), STAGES, ids=[f"{change.__name__} {path}" for change, path, _ in STAGES]
)
def test_what_was_renamed_archived_or_taken_away_is_said(
    ada: Browser,
    stage: Organisation,
    change: Callable[[Organisation], None],
    path: str,
    sentence: str,
) -> None:
    change(stage)
    assert sentence in ada.get(path).words


def test_a_board_that_was_open_before_says_that_its_project_is_gone(
    ada: Browser, stage: Organisation
) -> None:
    assert cards_in(ada.get("/work/acme/boards/2/"))
    lost(stage)
    page = ada.get("/work/acme/boards/2/")
    assert "Jira shows you no project SHOP" in page.words
    assert not cards_in(page)


def cards_in(page: Opened) -> list[str]:
    return re.findall(r'<li class="issue-card"', page.text)
