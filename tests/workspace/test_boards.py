"""The list of boards, as Jira shows it to the person."""

import time
from concurrent.futures import ThreadPoolExecutor

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
