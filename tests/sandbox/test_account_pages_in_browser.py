"""In a browser the account pages filter and count as one types, suit a phone, and pass axe."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.sandbox_process import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.sandbox_process import Sandbox

CHROMIUM = shutil.which("chromium")
TOKENS = "/manage-profile/security/api-tokens"
HEIGHTS = "badges => badges.map(badge => badge.getBoundingClientRect().height)"
FLAT = 30
"""In pixels: a badge that was stretched to its row's height would look like an egg."""

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run the sandbox as a process, for all tests of this module."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium, for all tests of this module."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide and light", "phone and dark"])
def page(request: pytest.FixtureRequest, browser: Browser, sandbox: Sandbox) -> Iterator[Page]:
    """Return a page of a browser in which Ada is signed in."""
    sandbox.reset()
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=sandbox.url
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.goto("/login")
    opened.get_by_role("button", name="Ada Lovelace").click()
    yield opened
    context.close()


def walk_to_scopes(page: Page) -> None:
    page.goto(TOKENS)
    page.get_by_role("link", name="Create API token with scopes").click()
    page.get_by_label("Name").fill("Ownkey – Acme")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Jira").check()
    page.get_by_role("button", name="Next").click()


def test_the_way_from_jira_to_a_token(page: Page) -> None:
    page.goto("/browse/ACME-1")
    page.get_by_role("button", name="Your profile and settings").click()
    assert_sound(page)
    page.get_by_role("link", name="Manage account").click()
    page.get_by_role("link", name="Security").click()
    page.get_by_role("link", name="Create and manage API tokens").click()
    page.get_by_role("link", name="Create API token with scopes").click()
    assert page.get_by_label("Name").is_visible()
    page.get_by_role("button", name="Your profile and settings").click()
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", name="A pretend Atlassian").is_visible()


def test_badges_of_scopes_and_of_issues_are_flat(page: Page) -> None:
    walk_to_scopes(page)
    scopes = page.locator(".scopes .tag").evaluate_all(HEIGHTS)
    page.goto("/jira/projects/ACME")
    issues = page.locator("main .status").evaluate_all(HEIGHTS)
    assert max(scopes) < FLAT  # on a phone they are left out
    assert 0 < max(issues) < FLAT


def test_search_filters_and_counts_while_typing(page: Page) -> None:
    walk_to_scopes(page)
    for scope in ("read:jira-user", "delete:comment:jira"):
        page.get_by_label("Search Jira scopes").fill(scope)
        page.get_by_role("checkbox", name=scope).check()
    assert page.get_by_role("checkbox").count() == 1
    assert page.locator("#found").inner_text() == "1 scope"
    assert page.locator("#count").inner_text() == "2 of 50 selected"
    page.get_by_label("Search Jira scopes").fill("read:jira-user delete:comment:jira")
    page.get_by_label("Search Jira scopes").press("Enter")
    assert page.get_by_role("checkbox").count() == 2
    assert page.locator("#unknown").is_hidden()
    page.get_by_label("Search Jira scopes").fill("read:jira-user, read:jira-wrok delete:comment:jira")
    assert page.locator("#unknown").inner_text() == "No scope is called: read:jira-wrok"
    assert page.get_by_role("checkbox").count() == 2
    page.get_by_label("Search Jira scopes").fill("read:jira-wrok")
    assert page.get_by_text("No scope is called that.").is_visible()
    page.get_by_role("button", name="Next").click()
    assert page.locator("main code").all_inner_texts() == ["delete:comment:jira", "read:jira-user"]


def test_too_many_scopes_are_told_at_once(page: Page) -> None:
    walk_to_scopes(page)
    page.wait_for_load_state()
    page.evaluate(
        "document.querySelectorAll('[name=scope]').forEach((box, place) => { box.checked = place < 50 })"
    )
    page.get_by_role("checkbox").nth(50).check()
    assert page.locator("#count").inner_text() == "51 of 50 selected"
    assert page.locator("#count").get_attribute("data-state") == "over"


def test_copied_token_is_the_one_that_was_made(page: Page) -> None:
    walk_to_scopes(page)
    page.get_by_role("checkbox", name="read:jira-user").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create token").click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("API token").input_value()


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(page: Page) -> None:
    for path in (
        "/",
        "/login",
        "/manage-profile",
        "/manage-profile/security",
        TOKENS,
        f"{TOKENS}/create",
        "/nothing",
        "/jira",
        "/jira/projects/ACME",
        "/browse/ACME-1",
        "/browse/ACME-3",
    ):
        page.goto(path)
        assert_sound(page)
    walk_to_scopes(page)
    assert_sound(page)
    page.get_by_role("button", name="Next").click()
    assert_sound(page)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Next").click()
    assert_sound(page)
    page.get_by_role("button", name="Create token").click()
    assert_sound(page)
    page.get_by_role("link", name="Done").click()
    page.locator("summary").click()
    assert_sound(page)


def assert_sound(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url
