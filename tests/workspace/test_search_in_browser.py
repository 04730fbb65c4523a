"""A query is written by keyboard, with what Jira suggests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.connections.running import Organisation
from tests.in_browser import assert_usable, running_chromium
from tests.workspace.large import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(organisation: Organisation) -> Iterator[Page]:
    with running_chromium() as chromium:
        page = chromium.new_page()
        sign_in(page, organisation.url)
        yield page


def test_a_query_is_written_by_keyboard(page: Page, organisation: Organisation) -> None:
    page.goto(f"{organisation.url}/work/acme/search/")
    field = page.get_by_role("combobox", name="JQL, a key or words")
    field.focus()
    page.keyboard.type("proj")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("project")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "completion-1")
    assert_usable(page)
    field.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("project ")
    expect(options.first).to_contain_text("=")
    page.keyboard.type("= AC")
    expect(options.first).to_contain_text("Acme tickets")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("project = ACME ")
    expect(options.first).to_contain_text("AND")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Pay with a card")
