"""Every page of Jira shows its content in a browser and can be used by everybody, at each width."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.connections.running import ADA, PASSWORD, Organisation
from tests.in_browser import assert_in_reach, assert_usable, running_chromium

pytestmark = pytest.mark.browser

PAGES = {
    "/work/acme/": "My open issues",
    "/work/acme/boards/": "ACME board",
    "/work/acme/projects/": "Acme tickets",
    "/work/acme/search/": "Pay with a card",
    "/work/acme/alignment/": "delete:comment:jira",
    "/work/acme/operations/?q=sprint": "getAllSprints",
    "/work/acme/issues/ACME-3/": "A visitor pays for a ticket with a card.",
    "/work/acme/issues/NOPE-1/": "Jira shows you nothing here",
}


@pytest.fixture(scope="module")
def page(organisation: Organisation) -> Iterator[Page]:
    """Return Ada's browser, signed in."""
    with running_chromium() as chromium:
        page = chromium.new_page()
        page.goto(f"{organisation.url}/sign-in/")
        page.fill("[name=login]", ADA)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{organisation.url}/")
        yield page


@pytest.mark.parametrize(("path", "words"), PAGES.items(), ids=PAGES)
def test_a_page_shows_jiras_answer_and_is_usable(
    page: Page, organisation: Organisation, path: str, words: str
) -> None:
    page.goto(f"{organisation.url}{path}")
    expect(page.locator("main")).to_contain_text(words)
    assert_in_reach(page)
    assert_usable(page)
