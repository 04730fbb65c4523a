"""*Client keys* in a real browser: from connected to a curl line that works; usable by everybody."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.connections.running import ADA, BO, Organisation, running_organisation
from tests.connections.test_in_browser import chromium, open_page
from tests.in_browser import assert_usable

pytestmark = pytest.mark.browser

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation with one ALM account, to which Ada is connected."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        organisation.connect("acme", ADA)
        yield organisation


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_a_person_makes_and_revokes_a_key(
    has_script: bool,  # noqa: FBT001 a parameter of the test
    chromium: Browser,
    acme: Organisation,
) -> None:
    page = open_page(chromium, acme, ADA, "/profile/alm-credentials/", has_script=has_script)
    page.get_by_role("link", name="Make a client key for Acme Jira").click()
    page.get_by_label("Name").fill("Sprint report")
    page.get_by_label("Only reading").check()
    page.get_by_text("Fewer scopes").first.click()
    page.get_by_label("read:jira-user").check()
    if has_script:
        assert_usable(page)
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("#client-key").inner_text()
    acme.tokens.append(key)
    assert re.fullmatch(r"ok_[a-z2-7]{12}_[a-z2-7]{32}", key)
    line = page.locator("pre").first.inner_text()
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert '"displayName":"Ada Lovelace"' in ended.stdout
    if has_script:
        assert_usable(page)
        page.get_by_role("button", name="Copy the key").click()
        assert page.evaluate("navigator.clipboard.readText()") == key
    page.get_by_role("link", name="Done").click()
    row = page.get_by_role("row", name="Sprint report").first
    expect(row).to_contain_text("Only read")
    expect(row).to_contain_text("with 1 scope")
    assert key not in page.content()
    if has_script:
        assert_usable(page)
    row.get_by_role("link", name="Revoke Sprint report").click()
    if has_script:
        assert_usable(page)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("It opens nothing any more.")).to_be_visible()
    if has_script:
        assert_usable(page)
    refused = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert "client-key-refused" in refused.stdout


def test_empty_pages_say_what_to_do(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, BO, "/profile/client-keys/")
    assert_usable(page)
    page.get_by_role("link", name="New client key").click()
    expect(page.get_by_text("You are not connected to Acme Jira.")).to_be_visible()
    page.get_by_label("Works until").fill(str(datetime.now(UTC).date().replace(year=2001)))
    page.get_by_label("Name").fill("x")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("That day is over")).to_be_visible()
    assert_usable(page)
