"""Every page of Jira shows its content in a browser and can be used by everybody, at each width."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.connections.running import ADA, ADMINISTRATOR, PASSWORD, Organisation
from tests.in_browser import assert_in_reach, assert_usable, running_chromium
from tests.workspace.large import sign_in

pytestmark = pytest.mark.browser

PAGES = {
    "/work/acme/": "My open issues",
    "/work/acme/boards/": "ACME board",
    "/work/acme/projects/": "Acme tickets",
    "/work/acme/search/": "Pay with a card",
    "/work/acme/alignment/": "delete:comment:jira",
    "/work/acme/operations/?q=sprint": "getAllSprints",
    "/work/acme/issues/ACME-3/": "A visitor pays for a ticket with a card.",
    "/work/acme/operations/try/?operation=GET%20/rest/api/3/issue/%7BissueIdOrKey%7D": "One call, as",
    "/work/acme/operations/try/?operation=POST%20/rest/api/3/search/jql": "JSON document",
    "/work/acme/alignment/try/?scope=write:jira-work": "cannot have an effect",
    "/work/acme/issues/NOPE-1/": "Jira shows you nothing here",
    "/work/acme/boards/1/": "Pay with a card",
    "/work/acme/boards/4/?lanes=epics": "Hang the lights in an hour",
    "/work/acme/boards/2/?text=nothing-like-that": "No card matches",
    "/work/acme/boards/987654/": "Jira shows you no such board",
    "/work/acme/issues/TOUR-11/": "On a ladder",
    "/work/acme/search/?q=project+%3D+%3D+1": "These are Jira",
    "/work/acme/search/?q=project+%3D+TOUR&column=key&column=reporter&column=due": "Grace Hopper",
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


def test_a_scope_is_tried_in_place_by_keyboard(page: Page, organisation: Organisation) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{organisation.url}/work/acme/alignment/?project=ACME")
    for scope in ("read:jira-work", "delete:avatar:jira"):
        button = page.locator(f"form:has([value='{scope}']) button")
        button.focus()
        page.keyboard.press("Enter")
        place = page.locator(f"#tried-{scope.replace(':', '')}")
        expect(place).to_contain_text(f"your token has {scope}")
        expect(place).to_be_focused()
    assert page.url.endswith("/alignment/?project=ACME"), "it stays where it is"
    assert_in_reach(page)
    assert_usable(page)


def test_an_operation_is_tried_in_place_and_what_was_typed_stays(
    page: Page, organisation: Organisation
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{organisation.url}/work/acme/operations/?q=getIssue+%7BissueIdOrKey%7D")
    page.locator("tr", has_text="getIssue ·").get_by_role("link", name="Try it").click()
    page.get_by_label("issueIdOrKey").fill("ACME-3")
    page.get_by_label("Query").fill("fields=summary")
    page.keyboard.press("Enter")
    expect(page.locator("[data-tried]")).to_contain_text("Pay with a card")
    expect(page.get_by_label("issueIdOrKey")).to_have_value("ACME-3")
    page.get_by_label("issueIdOrKey").fill("NOPE-1")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("[data-tried]")).to_contain_text("404 Not Found")
    page.get_by_label("issueIdOrKey").fill("..")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("[data-tried]")).to_contain_text("Not asked yet")
    assert_in_reach(page)
    assert_usable(page)


def test_without_a_server_what_was_typed_stays_and_a_sentence_says_why(
    page: Page, organisation: Organisation
) -> None:
    page.goto(f"{organisation.url}/work/acme/operations/try/?operation=GET%20/rest/api/3/myself")
    page.get_by_label("Query").fill("expand=groups")
    page.route("**/operations/try/**", lambda route: route.abort())
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be reached, so nothing was asked")
    expect(page.get_by_label("Query")).to_have_value("expand=groups")
    page.unroute("**/operations/try/**")


def test_operations_are_found_while_they_are_typed(page: Page, organisation: Organisation) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{organisation.url}/work/acme/operations/")
    expect(page.locator(".figures")).to_contain_text("operations open")
    page.get_by_label("Name, path or scope").press_sequentially("getissuesforsprint")
    rows = page.locator("table.operations tbody tr")
    expect(rows).to_have_count(2)
    expect(page.get_by_label("Name, path or scope")).to_be_focused()
    page.get_by_label("Which").select_option("may")
    expect(page.get_by_text("No operation matches")).to_be_visible()
    assert "q=getissuesforsprint&only=may" in page.url, "the address leads to what is shown"
    page.reload()
    expect(page.get_by_text("No operation matches")).to_be_visible()


def test_the_guide_with_a_scope_that_its_reader_came_for_is_usable(
    page: Page, organisation: Organisation
) -> None:
    named = "write:sprint:jira-software,read:issue-details:jira"
    page.goto(f"{organisation.url}/profile/alm-credentials/acme/edit/?scope={named}#guide")
    expect(page.locator("[data-wanted]")).to_be_visible()
    expect(page.locator("[data-wanted]")).to_contain_text("wanted")
    assert_in_reach(page)
    assert_usable(page)


def test_an_administrator_finds_a_person_and_their_alignment_by_keyboard(
    page: Page, organisation: Organisation
) -> None:
    chromium = page.context.browser
    assert chromium is not None
    page = chromium.new_context().new_page()
    sign_in(page, organisation.url, ADMINISTRATOR)
    page.goto(f"{organisation.url}/work/acme/alignment/people/")
    page.get_by_label("Name or e-mail").fill("lovelace")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    assert_in_reach(page)
    assert_usable(page)
    page.get_by_role("link", name="Ada Lovelace").focus()
    page.keyboard.press("Enter")
    expect(page.locator("table.alignment")).to_contain_text("delete:comment:jira")
    assert_in_reach(page)
    assert_usable(page)
