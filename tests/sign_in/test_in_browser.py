"""Passkeys and single sign-on in a real browser, with its virtual authenticator and a real provider.

Every new page is usable by everybody: axe finds nothing, nothing overflows, no script or style is refused.
"""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ownkey.environment.process import current_environment
from ownkey.people.models import User
from ownkey.people.sign_in.links import make_sign_in_link
from tests.conftest import ChangeEnvironment
from tests.in_browser import assert_usable, running_chromium
from tests.sign_in.apps import add_app, code_of
from tests.sign_in.conftest import Use
from tests.sign_in.provider import CALLBACK, running_provider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with pytest.MonkeyPatch.context() as patch, running_chromium() as browser:
        # Playwright keeps an event loop in this thread, for which Django would refuse the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture
def page(
    chromium: Browser, live_server: LiveServer, settings: Settings, change_environment: ChangeEnvironment
) -> Iterator[Page]:
    """Return an empty page at a host with a name, as passkeys want; complaints in its console fail a test."""
    url = live_server.url.replace("127.0.0.1", "localhost")
    change_environment(base_url=url)
    settings.CSRF_TRUSTED_ORIGINS = [url]
    page = chromium.new_page(base_url=url, reduced_motion="reduce")
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in {"warning", "error"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    # The browser notes each answer of 4xx; those are what some tests are about.
    assert not [text for text in complaints if "the server responded with a status of" not in text]


@pytest.fixture
def passkeys(page: Page) -> None:
    """Give the browser an authenticator that says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def give_password(page: Page, user: User, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(page: Page, user: User, password: str) -> None:
    give_password(page, user, password)
    expect_inside(page)


def sign_out(page: Page) -> None:
    page.goto("/sign-out/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", level=1, name="Sign in").wait_for()


def expect_inside(page: Page) -> None:
    page.get_by_role("heading", level=1, name="Hello").wait_for()


@pytest.mark.usefixtures("passkeys")
def test_a_passkey_is_added_named_used_in_every_way_and_removed(page: Page, bob: User, password: str) -> None:
    sign_in(page, bob, password)
    page.goto("/profile/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Bob’s laptop")
    assert_usable(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", level=1, name="Recovery codes").wait_for()
    assert_usable(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a file").click()
    codes = page.locator("#recovery-codes li").all_text_contents()
    text = saved.value.path().read_text()
    assert len(codes) == 10
    assert all(code in text for code in codes)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("rowheader", name="Bob’s laptop")).to_be_visible()
    assert_usable(page)

    # In place of e-mail and password.
    sign_out(page)
    page.goto("/sign-in/?next=/profile/sessions/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", level=1, name="Sessions").wait_for()

    # After the password.
    sign_out(page)
    give_password(page, bob, password)
    page.get_by_role("heading", level=1, name="One more step").wait_for()
    assert_usable(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect_inside(page)

    # Before a dangerous act.
    page.goto("/confirm-passkey/?next=/profile/security/")
    assert_usable(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", level=1, name="Sign-in and security").wait_for()

    page.get_by_role("link", name="Rename Bob’s laptop").click()
    assert_usable(page)
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    assert_usable(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet. A passkey is kept")).to_be_visible()
    assert not Authenticator.objects.filter(user=bob).exists()


@pytest.mark.usefixtures("passkeys")
def test_a_passkey_that_was_removed_opens_nothing(page: Page, bob: User, password: str) -> None:
    sign_in(page, bob, password)
    page.goto("/profile/security/passkeys/add/")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", level=1, name="Recovery codes").wait_for()
    Authenticator.objects.filter(user=bob).delete()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("That was not accepted")).to_be_visible()
    page.goto("/profile/")
    page.get_by_role("heading", level=1, name="Sign in").wait_for()


def test_an_app_is_added_and_asked_for(page: Page, bob: User, password: str) -> None:
    sign_in(page, bob, password)
    page.goto("/profile/security/app/add/")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    assert_usable(page)
    secret = page.locator("#totp-key").text_content() or ""
    page.get_by_role("textbox", name="Code").fill(code_of(secret, steps=-1))
    page.get_by_role("button", name="Add the app").click()
    page.get_by_role("heading", level=1, name="Recovery codes").wait_for()
    for path in (
        "/profile/security/",
        "/profile/security/app/remove/",
        "/profile/security/codes/new/",
        "/profile/security/codes/",
        "/confirm-password/",
        "/confirm-code/",
        "/profile/sessions/",
    ):
        page.goto(path)
        assert_usable(page)
    sign_out(page)
    give_password(page, bob, password)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect_inside(page)


def test_the_other_pages_are_usable_by_everybody(page: Page, alice: User, bob: User) -> None:
    add_app(bob)
    page.goto(make_sign_in_link(alice, actor="test"))
    assert_usable(page)
    for _ in range(6):
        give_password(page, alice, "not the password at all")
    page.get_by_role("heading", level=1, name="Too many tries").wait_for()
    assert_usable(page)
    page.goto(make_sign_in_link(alice, actor="test"))
    page.get_by_role("button", name="Sign in").click()
    expect_inside(page)
    page.goto("/settings/people/")
    page.get_by_role("link", name="Reset factors of Bob Baker").click()
    assert_usable(page)


def test_single_sign_on_from_button_to_button(page: Page, bob: User, use: Use) -> None:
    back = f"{current_environment().base_url}{CALLBACK}"
    with running_provider(back) as running:
        use(running)
        page.goto("/sign-in/")
        assert_usable(page)
        page.get_by_role("button", name="Go on with Acme Login").click()
        page.get_by_label("Claims").fill(f'{{"sub": "b", "email": "{bob.email}", "email_verified": true}}')
        page.get_by_role("button", name="Sign in").click()
        expect_inside(page)
        page.goto("/profile/security/")
        expect(page.get_by_text("Connected", exact=True)).to_be_visible()
        assert_usable(page)
        page.goto("/confirm-provider/?next=/profile/security/")
        assert_usable(page)
        page.get_by_role("button", name="Go on with Acme Login").click()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("heading", level=1, name="That did not work").wait_for()
        assert_usable(page)
        use(running, is_only_way=True)
        page.goto("/sign-out/")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Go on with Acme Login").wait_for()
        assert_usable(page)
        page.goto("/password-reset/")
        page.get_by_role("heading", level=1, name="Passwords are switched off").wait_for()
        assert_usable(page)
