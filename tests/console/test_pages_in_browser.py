"""The pages about people and the shell can be used by everybody: axe finds nothing, nothing overflows.

Looked at on a desk and on a phone, in light and in dark, and with the keyboard alone.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from ownkey.people.models import User
from ownkey.people.set_up import ensure_setup_link
from tests.in_browser import Look, assert_usable, running_chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK, PHONE = 1280, 390
LOOKS: tuple[Look, ...] = ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"))
OPEN = [
    "/sign-in/",
    "/password-reset/",
    "/password-reset/sent/",
    "/suspended/",
    "/invitations/made-up/",
    "/nothing/",
]
SIGNED_IN = [
    "/",
    "/profile/",
    "/profile/password/",
    "/profile/sessions/",
    "/profile/activity/",
    "/help/?from=/profile/",
    "/settings/people/",
    "/settings/people/?text=nobody&role=auditor",
    "/settings/people/?state=nonsense",
    "/settings/people/invite/",
    "/settings/record/",
    "/settings/record/?outcome=failed",
    "/settings/record/?action=nonsense",
    "/sign-out/",
    "/confirm-password/",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with pytest.MonkeyPatch.context() as patch, running_chromium() as browser:
        # Playwright keeps an event loop in this thread, for which Django would refuse the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """Return an empty page of the browser; a warning or an error in its console fails the test."""
    page = chromium.new_page(base_url=live_server.url, reduced_motion="reduce")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "warning" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert not complaints


def _sign_in(page: Page, user: User, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Hello").wait_for()


def _assert_usable(page: Page) -> None:
    """Fail when axe finds anything or something overflows, in any of the four looks."""
    assert_usable(page, looks=LOOKS)


def test_open_pages_are_usable_by_everybody(page: Page) -> None:
    for address in OPEN:
        page.goto(address)
        _assert_usable(page)


def test_the_set_up_page_is_usable_by_everybody_also_with_an_error(
    page: Page, live_server: LiveServer
) -> None:
    link = ensure_setup_link()
    assert link
    page.goto(live_server.url + link.removeprefix("http://127.0.0.1:8000"))
    _assert_usable(page)
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@acme.example")
    page.get_by_role("textbox", name="Password").fill("password12")
    page.get_by_role("button", name="Set up and sign in").click()
    page.get_by_text("too common").wait_for()
    _assert_usable(page)


def test_pages_behind_sign_in_are_usable_by_everybody(
    page: Page, alice: User, bob: User, password: str
) -> None:
    _sign_in(page, alice, password)
    for address in SIGNED_IN:
        page.goto(address)
        _assert_usable(page)
    assert bob.is_active


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_keyboard_reaches_the_content_and_the_menu(
    page: Page, alice: User, password: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    _sign_in(page, alice, password)
    page.goto("/profile/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    if width == PHONE:
        page.locator(".drawer > summary").press("Enter")
    page.locator(".profile-menu > summary:visible").press("Enter")  # open on its own pages: this closes it
    page.locator(".profile-menu > summary:visible").press("Enter")
    page.get_by_role("link", name="Sessions").press("Enter")
    page.get_by_role("heading", level=1, name="Sessions").wait_for()


def test_the_menu_of_a_phone_is_usable_by_everybody(page: Page, alice: User, password: str) -> None:
    page.set_viewport_size({"width": PHONE, "height": 900})
    _sign_in(page, alice, password)
    page.locator(".drawer > summary").click()
    _assert_usable(page)


def test_a_dangerous_button_asks_first(page: Page, alice: User, bob: User, password: str) -> None:
    _sign_in(page, alice, password)
    page.goto("/settings/people/")
    page.get_by_role("button", name="Suspend Bob Baker").click()
    dialog = page.get_by_role("dialog", name="Suspend Bob Baker?")
    dialog.wait_for()
    page.keyboard.press("Escape")
    bob.refresh_from_db()
    assert bob.is_active
    page.get_by_role("button", name="Suspend Bob Baker").click()
    dialog.get_by_role("button", name="Suspend").click()
    page.get_by_text("is suspended and signed out everywhere").wait_for()
    _assert_usable(page)


def test_an_invitation_link_can_be_copied(page: Page, alice: User, password: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _sign_in(page, alice, password)
    page.goto("/settings/people/invite/")
    page.get_by_label("Name").fill("Carol Diaz")
    page.get_by_label("E-mail").fill("carol@acme.example")
    page.get_by_role("button", name="Make the invitation").click()
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_text("Copied.").wait_for(state="attached")
    assert "/invitations/" in page.evaluate("navigator.clipboard.readText()")
    _assert_usable(page)


def test_a_new_password_can_be_looked_at_while_it_is_typed(page: Page, alice: User, password: str) -> None:
    _sign_in(page, alice, password)
    page.goto("/profile/password/")
    page.get_by_role("button", name="Show the password").click()
    assert page.get_by_role("textbox", name="New password").get_attribute("type") == "text"
    page.get_by_role("button", name="Hide the password").click()
    assert page.get_by_role("textbox", name="New password").get_attribute("type") == "password"
