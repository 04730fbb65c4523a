"""Banner, states and the demo's mailbox are usable by everybody: axe finds nothing, nothing overflows."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from ownkey.connections.lifecycle import queue
from ownkey.connections.lifecycle.outbox import owe_by_date
from ownkey.connections.lifecycle.schedule import queue_reminders
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.reminders import remind_now
from ownkey.people.models import User
from tests.conftest import ChangeEnvironment
from tests.connections.conftest import Connect
from tests.console.test_pages_in_browser import _assert_usable, _sign_in, chromium, page
from tests.lifecycle.conftest import expiring_in
from tests.people.sign_ins import JUST_NOW

__all__ = ["chromium", "page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _picture(page: Page, name: str) -> None:
    """Take pictures for somebody to look at, where OWNKEY_PICTURES says so."""
    if folder := os.environ.get("PICTURES"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light" if width == 1280 else "dark")
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


@pytest.fixture
def _much_to_say(
    alice: User,
    bob: User,
    account: AlmAccount,
    *,
    connect: Connect,
    settings: Settings,
    change_environment: ChangeEnvironment,
    tmp_path: Path,
) -> None:
    change_environment(is_demo=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    expiring_in(account, 1)
    expiring_in(connect(bob), 7)
    own = connect(alice)
    week_ago = timezone.now() - timedelta(days=7)
    Credential.objects.filter(pk=own.pk).update(unanswered_since=week_ago, unanswered_times=1)
    owe_by_date(today=timezone.localdate())
    expiring_in(own, -2)
    remind_now(alice, account, actor=alice, signed_in=JUST_NOW)
    queue_reminders(timezone.now())
    while taken := queue.take_next("test"):
        queue.run_taken(taken)


@pytest.mark.usefixtures("_much_to_say")
def test_banner_states_and_mailbox(request: pytest.FixtureRequest, alice: User, password: str) -> None:
    # Only now: while a browser runs, nothing asynchronous can be called in this thread.
    page: Page = request.getfixturevalue("page")
    _sign_in(page, alice, password)
    for address, name in (
        ("/", "home"),
        ("/profile/", "banner"),
        ("/profile/alm-credentials/", "list"),
        ("/settings/alm-accounts/", "accounts"),
        ("/demo/mail/", "mail"),
    ):
        page.goto(address)
        _assert_usable(page)
        _picture(page, name)
    page.get_by_role("heading", name="The main credential of Acme Jira expires tomorrow").wait_for()
    page.goto("/profile/")
    banner = page.get_by_role("complementary", name="What needs you")
    assert banner.count() == 1
    assert banner.get_by_role("listitem").count() == 2
    banner.get_by_role("link").first.click()
    page.get_by_role("heading", level=1, name="Acme Jira").wait_for()
    _assert_usable(page)
    _picture(page, "edit")
