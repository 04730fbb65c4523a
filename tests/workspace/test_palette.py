"""Anything is found from anywhere: what Ownkey knows at once, then Jira's issues by one call."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from ownkey.people.models import User
from ownkey.workspace.palette.finding import MOST_OF_EACH
from tests.connections.running import ADA, PASSWORD, Organisation
from tests.faults.browser import Browser
from tests.in_browser import assert_usable, running_chromium


def text_of(browser: Client, query: str = "") -> str:
    answer = browser.get(f"/find/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


class TestWhatOwnkeyKnows:
    """Pages, scopes, boards and people, from the store and the catalogue."""

    pytestmark = pytest.mark.django_db

    def test_charlie_is_sent_to_sign_in(self, charlies_browser: Client) -> None:
        assert charlies_browser.get("/find/?q=a")["Location"].startswith("/sign-in/")

    def test_pages_are_found_by_their_names_and_by_what_they_are_for(self, bobs_browser: Client) -> None:
        assert "/profile/alm-credentials/" in text_of(bobs_browser, "?part=list&q=token")
        assert "/profile/sessions/" in text_of(bobs_browser, "?part=list&q=devices")
        assert "Nothing is called that" in text_of(bobs_browser, "?part=list&q=zzzzzz")

    def test_a_person_finds_no_people_and_no_page_of_administration(
        self, bobs_browser: Client, alice: User
    ) -> None:
        text = text_of(bobs_browser, f"?part=list&q={alice.email}")
        assert "mailto" not in text
        assert "People" not in text
        assert "/settings/" not in text_of(bobs_browser, "?part=list&q=")
        assert "/settings/" not in text_of(bobs_browser, "?part=list&q=people")

    def test_administrators_find_people_few_and_by_few_queries(self, alices_browser: Client) -> None:
        with CaptureQueriesContext(connection) as few:
            text_of(alices_browser, "?part=list&q=nn")
        User.objects.bulk_create(
            User(email=f"nn{number}@acme.example", name=f"Nn {number}") for number in range(500)
        )
        with CaptureQueriesContext(connection) as many:
            text = text_of(alices_browser, "?part=list&q=nn")
        assert len(many) == len(few)
        assert text.count("/settings/people/?text=") == MOST_OF_EACH

    def test_scopes_are_found_and_bounded(self, bobs_browser: Client) -> None:
        text = text_of(bobs_browser, "?part=list&q=jira-work")
        assert "read:jira-work" in text
        assert "write:jira-work" in text
        assert text_of(bobs_browser, "?part=list&q=read:").count("what it opens") == MOST_OF_EACH

    def test_a_person_without_a_connection_reads_what_to_do(self, bobs_browser: Client) -> None:
        text = text_of(bobs_browser, "?q=anything")
        assert "Connect your Jira to find issues" in text
        assert "data-issues" not in text

    def test_what_is_typed_is_no_markup(self, bobs_browser: Client) -> None:
        assert "<script>x" not in text_of(bobs_browser, "?q=<script>x</script>" + "a" * 5_000)


class TestIssues:
    """Issues, from Jira, as the person."""

    def test_a_key_and_words_cost_one_call_each_and_one_letter_none(
        self, organisation: Organisation, ada: Browser
    ) -> None:
        def asked(words: str) -> tuple[str, int]:
            before = len(organisation.sandbox.requests())
            text = ada.get(f"/work/acme/find/?q={words}").text
            return text, len(organisation.sandbox.requests()) - before

        text, calls = asked("ACME-3")
        assert "/work/acme/issues/ACME-3/" in text
        assert calls == 1
        text, calls = asked("card")
        assert "ACME-3" in text
        assert calls == 1
        assert asked("a")[1] == 0

    def test_two_people_find_what_jira_shows_them(self, ada: Browser, bo: Browser) -> None:
        assert "/issues/PAY-1/" in ada.get("/work/acme/find/?q=PAY-1").text
        assert bo.get("/work/acme/find/?q=PAY-1").text.startswith("\n<!--")


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


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_everything_is_found_by_keyboard_alone(page: Page, organisation: Organisation, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{organisation.url}/work/acme/boards/1/")
    expect(page.locator(".issue-card").first).to_be_visible()
    page.locator("body").press("/")
    field = page.get_by_role("combobox", name="Issues, boards")
    expect(field).to_be_focused()
    expect(page.locator("#palette-list [role=option]").first).to_be_visible()
    assert_usable(page)
    field.press_sequentially("ACME-3")
    option = page.locator("#palette-list [role=option]", has_text="ACME-3").first
    expect(option).to_be_visible()
    for _ in range(20):
        if option.get_attribute("aria-selected") == "true":
            break
        field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    field.press("Enter")
    page.wait_for_url(f"{organisation.url}/work/acme/issues/ACME-3/")


@pytest.mark.browser
def test_escape_leads_back_to_where_the_focus_was(page: Page, organisation: Organisation) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{organisation.url}/help/")
    help_link = page.locator(".sidebar").get_by_role("link", name="Help")
    help_link.focus()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_be_hidden()
    expect(help_link).to_be_focused()


@pytest.mark.browser
def test_a_slash_in_a_field_is_a_slash(page: Page, organisation: Organisation) -> None:
    page.goto(f"{organisation.url}/work/acme/boards/1/")
    page.locator("#text").press("/")
    assert page.locator("#text").input_value() == "/"
    assert page.get_by_role("combobox").count() == 0
