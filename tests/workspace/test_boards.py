"""The list of boards, as Jira shows it to the person."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.command import PATIENCE_S
from tests.connections.running import BO, Organisation
from tests.faults.browser import Browser


def test_boards_are_listed_as_jira_shows_them(ada: Browser) -> None:
    page = ada.get("/work/acme/boards/")
    assert page.status == 200
    assert "Of Acme Jira, as Jira shows them to you." in page.words
    assert "scrum" in page.words
    assert "</html>" in page.text


def test_a_name_finds_a_board_or_says_that_there_is_none(ada: Browser) -> None:
    assert "Jira shows you no board with this name." in ada.get("/work/acme/boards/?name=nowhere").words


def test_content_alone_can_be_asked_for(ada: Browser) -> None:
    part = ada.get("/work/acme/boards/?part=content").text
    assert "scrum" in part
    assert "<html" not in part


def test_an_account_that_is_not_there_is_not_found(ada: Browser) -> None:
    assert ada.get("/work/nowhere/boards/").status == 404


def test_a_session_that_ends_cuts_what_its_page_is_reading(organisation: Organisation) -> None:
    browser = Browser(organisation.url)
    browser.sign_in(BO)
    organisation.sandbox.faults(
        {"path": f"/ex/jira/{organisation.sandbox.cloud_id}/rest/agile", "hold": True}
    )
    try:
        with ThreadPoolExecutor(1) as pool:
            page = pool.submit(browser.get, "/work/acme/boards/?part=content")
            until_asked(organisation, "/rest/agile/1.0/board")
            browser.post("/sign-out/", form_at="/profile/alm-credentials/")
            assert "The session in which this was asked for has ended." in page.result().words
    finally:
        organisation.sandbox.end_faults()


def until_asked(organisation: Organisation, path: str) -> None:
    """Wait until a request for a path has reached the sandbox."""
    until = time.monotonic() + PATIENCE_S
    while not any(path in str(each) for each in organisation.sandbox.requests()):
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("board", "title", "columns"),
    [
        ("ACME board", "Pay with a card", ("ACME Sprint 1", "ACME Sprint 2", "Backlog")),
        ("SHOP board", "Wrap an order as a present", ("To Do", "In Progress", "Done")),
        ("CREW board", "A night shift ends before it begins", ("CREW Sprint 2", "Backlog")),
    ],
    ids=["scrum", "kanban", "team-managed"],
)
def test_a_board_shows_its_issues_in_columns(
    ada: Browser, board: str, title: str, columns: tuple[str, ...]
) -> None:
    page = ada.get(address_of(ada, board))
    assert title in page.words
    for column in columns:
        assert f'dir="auto">{column}</h2>' in page.text
    assert "What this board shows" in page.words


def test_cards_are_filtered_by_words_person_and_jql(ada: Browser) -> None:
    board = address_of(ada, "ACME board")
    assert "Pay with a card" in ada.get(f"{board}?text=pay").words
    assert "Choose a seat on the plan" not in ada.get(f"{board}?text=pay").words
    assert "No card matches" in ada.get(f"{board}?text=nothing-like-that").words
    assert "Pay with a card" in ada.get(f"{board}?jql=labels+%3D+payment").words
    assert "Without an epic" in ada.get(f"{board}?lanes=epics").words


def test_what_a_board_shows_can_be_corrected_and_is_remembered(ada: Browser, bo: Browser) -> None:
    board = address_of(ada, "ACME board")
    ada.post(f"{board}rule/", form_at=board, project="SHOP")
    assert "as you have corrected it" in ada.get(board).words
    assert "Wrap an order as a present" in ada.get(board).words
    assert "as you have corrected it" not in bo.get(board).words
    ada.post(f"{board}rule/", form_at=board, project="")
    assert "as you have corrected it" not in ada.get(board).words


def test_a_board_that_jira_does_not_show_has_a_sentence(ada: Browser) -> None:
    assert "Jira shows you no such board" in ada.get("/work/acme/boards/987654/").words


def address_of(browser: Browser, name: str) -> str:
    """Return the address of a board, from the list of boards."""
    found = re.search(
        rf'href="(/work/acme/boards/\d+/)" dir="auto"><strong>{name}', browser.get("/work/acme/boards/").text
    )
    assert found is not None
    return found[1]
