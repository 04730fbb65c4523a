"""Governance in a real browser: coverage, use, invite many; for everybody, with and without JavaScript."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.command import PATIENCE_S
from tests.connections.running import ADA, ADMINISTRATOR, BO, PASSWORD, Organisation, running_organisation
from tests.connections.test_in_browser import chromium, open_page
from tests.in_browser import assert_usable

pytestmark = pytest.mark.browser

__all__ = ["chromium"]

AUDITOR = "edda@acme.example"
GAP = "write:sprint:jira-software"
PATIENCE_MS = PATIENCE_S * 1000


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation: Ada is connected with a gap, Bo reads through main, Edda audits."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.ownkey(
            "user", "add", AUDITOR, "--name", "Edda Auditor", "--auditor", "--password-stdin", given=PASSWORD
        )
        place = ("--name", "Acme Jira", "--site", organisation.sandbox.url, "--email", ADMINISTRATOR)
        token = organisation.make_token(ADMINISTRATOR)
        added = organisation.ownkey(
            "account", "add", "acme", *place, "--policy", "read-only", "--token-stdin", given=token
        )
        assert added.code == 0, added.stderr
        organisation.connect("acme", ADA, without=[GAP])
        yield organisation


def call_as_bo(acme: Organisation) -> None:
    """Let Bo's tool read once, through the main credential."""
    named = ("--user", BO, "--account", "acme", "--name", "Nightly report", "--json")
    key = acme.ownkey("key", "create", *named).json["key"]
    acme.tokens.append(key)
    address = f"{acme.url}/jira/acme/rest/api/3/myself"
    asked = ("curl", "--silent", "--noproxy", "*", "--user", f"bo:{key}", address)
    answer = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    assert answer["displayName"] == "Grace Hopper"


def reload_until(page: Page, text: str) -> None:
    """Reload until counters, which are written every few seconds, say what they must."""
    for _ in range(PATIENCE_S):
        if page.get_by_text(text).count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.get_by_text(text).first).to_be_visible()


def test_an_administrator_looks_after_everybody(chromium: Browser, acme: Organisation) -> None:
    call_as_bo(acme)
    page = open_page(chromium, acme, ADMINISTRATOR, "/settings/coverage/")
    expect(page.get_by_text("1 of 4")).to_be_visible()
    reload_until(page, "1 call")
    assert_usable(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="State", exact=True).click()
    expect(page.get_by_role("columnheader", name="State")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name=re.compile("Gaps")).click()
    expect(page.get_by_role("rowheader")).to_have_count(1)
    page.get_by_text("1 scope missing for Ada Lovelace").click()
    expect(page.get_by_text(GAP)).to_be_visible()
    assert_usable(page)
    page.goto("/settings/coverage/?text=nobody")
    expect(page.get_by_role("heading", name="Nobody is like that")).to_be_visible()
    assert_usable(page)
    page.goto("/settings/coverage/")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Bo Diddley").click()
    expect(page.get_by_text("1 call in the last 30 days.")).to_be_visible()
    expect(page.get_by_role("row", name="GET /rest/api/3/myself")).to_be_visible()
    assert_usable(page)
    page.get_by_role("link", name="Revoke… Nightly report").click()
    assert_usable(page)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("client key “Nightly report” is revoked")).to_be_visible()
    page.get_by_role("link", name="Suspend…").click()
    assert_usable(page)
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Remind").click()
    expect(page.get_by_text("Bo Diddley gets a mail about Acme Jira in a moment.")).to_be_visible()
    page.goto("/settings/coverage/remind/?state=attention")
    page.get_by_text("Who is reminded of what").click()
    assert_usable(page)


def test_an_administrator_disconnects_somebody_without_javascript(
    chromium: Browser, acme: Organisation
) -> None:
    acme.connect("acme", BO)
    page = open_page(chromium, acme, ADMINISTRATOR, "/settings/coverage/", has_script=False)
    page.get_by_label("Name or e-mail").fill("bo did")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="Bo Diddley in Acme Jira").click()
    page.get_by_role("link", name="Disconnect…").click()
    expect(page.get_by_text("cannot be brought back")).to_be_visible()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Bo Diddley is disconnected from Acme Jira")).to_be_visible()


def test_an_auditor_reads_and_finds_nothing_to_press(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, AUDITOR, "/settings/coverage/")
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_role("heading", name="1 of 20 required scopes missing")).to_be_visible()
    assert_usable(page)
    assert page.locator("main form, main .danger").count() == 0
    page.goto("/settings/use/?by=day")
    assert_usable(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    assert download.value.suggested_filename == "ownkey-use.csv"
    page.goto("/settings/record/")
    expect(page.get_by_text("Exported the use of operations").last).to_be_visible()
    page.goto("/settings/people/")
    expect(page.get_by_role("heading", name="This page is for administrators")).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_an_administrator_invites_many(
    has_script: bool,  # noqa: FBT001 a parameter of the test
    chromium: Browser,
    acme: Organisation,
    tmp_path: Path,
) -> None:
    page = open_page(chromium, acme, ADMINISTRATOR, "/settings/people/invite-many/", has_script=has_script)
    if has_script:
        assert_usable(page)
    name = "cy" if has_script else "di"
    page.get_by_label("People").fill(f"Cy Twombly, {name}@acme.example\nAda, {ADA}\nNobody, nobody@")
    file = tmp_path / "people.csv"
    file.write_text(f"E-mail\n{name}2@acme.example")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Invite them").click()
    expect(page.get_by_role("row", name=f"{name}@acme.example")).to_contain_text("Hand over the link")
    expect(page.get_by_role("row", name=ADA)).to_contain_text("There already")
    expect(page.get_by_label("People")).to_have_value("Nobody, nobody@")
    shown = page.locator("#invitation-links").inner_text()
    links = re.findall(r"http://\S+/invitations/\S+", shown)
    assert len(links) == 2
    acme.tokens.extend(link.rstrip("/").rpartition("/")[2] for link in links)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert all(link in download.value.path().read_text() for link in links)
    if has_script:
        assert_usable(page)
        page.get_by_role("button", name="Copy all").click()
        assert links[0] in page.evaluate("navigator.clipboard.readText()")
    page.goto("/settings/people/")
    if has_script:
        assert_usable(page)
