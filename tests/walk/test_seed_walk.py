"""The whole walk of `make demo`: from the set-up link to "connected as Ada Lovelace".

Every page and button is used by the words that a person reads. Jira behind the sandbox is the same at the end
as at the beginning: nothing that Ownkey asked had an effect.
"""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ownkey.scopes.profiles import PLANNING
from tests.cli.command import Ownkey
from tests.cli.test_demo import OPENER, Demo, running_demo
from tests.in_browser import running_chromium

pytestmark = pytest.mark.browser

GAP = "read:sprint:jira-software"
PASSWORD = "four unrelated words"
REQUIRED = [required.scope for required in PLANNING.required]


@dataclass(frozen=True, slots=True)
class Walk:
    """The running demo, and a browser for each of its people."""

    ownkey: str
    atlassian: str
    set_up_link: str
    demo_password: str
    grace: BrowserContext
    ada: BrowserContext

    def fingerprint(self) -> str:
        """Return the digest of all that Jira holds."""
        request = urllib.request.Request(f"{self.atlassian}/_sandbox/effects")  # noqa: S310 the sandbox's own
        with OPENER.open(request, timeout=60) as answer:
            return str(json.load(answer)["fingerprint"])


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def walk(tmp_path: Path, chromium: Browser) -> Iterator[Walk]:
    """Start the demo as `make demo` does, on free ports."""
    ownkey = Ownkey(tmp_path / "unused", {})
    with running_demo(ownkey, "--port", "0", "--sandbox-port", "0") as demo:
        yield _walk(demo, chromium)


def _walk(demo: Demo, chromium: Browser) -> Walk:
    grace, ada = chromium.new_context(), chromium.new_context(viewport={"width": 390, "height": 844})
    return Walk(
        ownkey=demo.found(r"Ownkey +(http://\S+)"),
        atlassian=demo.found(r"A pretend Atlassian +(http://\S+)"),
        set_up_link=demo.found(r"(http://\S+/set-up/\S+)"),
        demo_password=demo.found(r"ada@acme\.example with the password (\S+)"),
        grace=grace,
        ada=ada,
    )


def make_api_token(page: Page, *, person: str, name: str, scopes: Iterable[str]) -> str:
    """Make a scoped API token by the steps of the guide, from Atlassian's security page to *Copy*."""
    who = page.get_by_role("button", name=person)
    if who.count():
        who.click()
    page.get_by_role("link", name="Create API token with scopes").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Jira", exact=True).check()
    page.get_by_role("button", name="Next").click()
    wanted = list(scopes)
    page.get_by_label(re.compile("^Search")).fill(" ".join(wanted))
    expect(page.get_by_role("checkbox")).to_have_count(len(wanted))
    for box in page.get_by_role("checkbox").all():
        box.check()
    expect(page.get_by_text(f"{len(wanted)} of 50 selected")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create token").click()
    return page.get_by_label(f"API token “{name}”").input_value()


def to_the_tokens_from_jira(walk: Walk) -> Page:
    """Be Ada: go to her API tokens from a page of Jira, by the way that the guide tells by hand."""
    page = walk.ada.new_page()
    page.goto(walk.atlassian)
    page.get_by_role("link", name="Open Jira").click()
    page.get_by_role("button", name="Ada Lovelace").click()
    page.get_by_role("link", name="ACME-1").first.click()
    page.get_by_role("button", name="Your profile and settings").click()
    page.get_by_role("link", name="Manage account").click()
    page.get_by_role("link", name="Security").click()
    page.get_by_role("link", name="Create and manage API tokens").click()
    return page


def copy_all_scopes(page: Page) -> str:
    """Copy the list that the guide offers, and return what it is."""
    page.get_by_role("button", name="Copy all 20").click()
    return page.get_by_label("All 20 in one line").input_value()


def set_up(walk: Walk) -> Page:
    """Be Grace: open the one-time link and choose a password."""
    page = walk.grace.new_page()
    page.goto(walk.set_up_link)
    expect(page.get_by_label("Name")).to_have_value("Grace Hopper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page.get_by_role("heading", name="Hello, Grace Hopper")).to_be_visible()
    return page


def add_alm_account(walk: Walk, page: Page) -> None:
    """Be Grace: Administration → ALM Accounts → + Add ALM Account … Test Connection → Save."""
    page.get_by_role("link", name="ALM Accounts").first.click()
    page.get_by_role("link", name="Add ALM Account").first.click()
    page.get_by_label("Account name").fill("Acme Jira")
    page.get_by_label("Site URL").fill(walk.atlassian)
    page.get_by_role("button", name="Find the cloud id").click()
    expect(page.get_by_text("Found. The cloud id is")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the token page").click()
    token = make_api_token(opened.value, person="Grace Hopper", name="Ownkey – Acme Jira", scopes=REQUIRED)
    page.get_by_label("Jira login").fill("grace@acme.example")
    page.get_by_label("Password/API Token").fill(token)
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Grace Hopper")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Acme Jira").first).to_be_visible()


def sign_in_as_ada(walk: Walk) -> Page:
    """Be Ada: sign in and see what needs her."""
    page = walk.ada.new_page()
    page.goto(walk.ownkey)
    page.get_by_label("E-mail").fill("ada@acme.example")
    page.get_by_label("Password").fill(walk.demo_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    expect(page.get_by_text("Not connected")).to_be_visible()
    return page


def test_from_an_empty_machine_to_connected_as_ada(walk: Walk) -> None:
    before = walk.fingerprint()
    add_alm_account(walk, set_up(walk))

    page = sign_in_as_ada(walk)
    page.goto(f"{walk.ownkey}/profile/")
    expect(
        page.get_by_role("main").get_by_text("Acme Jira").or_(page.get_by_text("Acme Jira")).first
    ).to_be_visible()
    page.goto(f"{walk.ownkey}/profile/alm-credentials/")
    page.get_by_role("link", name="Edit Acme Jira").click()
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(page.get_by_label("Password/API Token")).to_be_focused()
    expect(page.get_by_label("Using Scope API")).to_be_checked()

    atlassian = to_the_tokens_from_jira(walk)
    incomplete = make_api_token(
        atlassian,
        person="Ada Lovelace",
        name="Ownkey – Acme Jira",
        scopes=[scope for scope in REQUIRED if scope != GAP],
    )
    token = page.get_by_label("Password/API Token")
    token.fill(incomplete)
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="1 required scope is missing")).to_be_visible()
    expect(page.locator(f'[data-slot="scope:{GAP}"]')).to_contain_text("missing")
    expect(page.get_by_text("See sprints", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Save with gaps")).to_be_visible()

    atlassian.get_by_role("link", name="Done").click()
    complete = make_api_token(
        atlassian,
        person="Ada Lovelace",
        name="Ownkey – Acme Jira, complete",
        scopes=copy_all_scopes(page).split(" "),
    )
    token.fill(complete)
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Ada Lovelace")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("You are connected to Acme Jira.")).to_be_visible()
    expect(page).to_have_url(re.compile("/profile/client-keys/[a-z0-9]+/$"))
    curl = page.get_by_label("Settings for curl").inner_text()
    ended = subprocess.run(curl, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert '"displayName":"Ada Lovelace"' in ended.stdout

    page.goto(f"{walk.ownkey}/profile/alm-credentials/")
    page.get_by_role("link", name="Edit Acme Jira").click()
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(token).to_have_value("")
    assert complete not in page.content()
    assert walk.fingerprint() == before, "a check has changed something in Jira"

    key = re.search(r"ok_\w+", curl)
    assert key is not None
    change = [
        "curl",
        "-sSf",
        "-u",
        f"ada@acme.example:{key[0]}",
        "-X",
        "PUT",
        "-H",
        "content-type: application/json",
    ]
    body = json.dumps({"fields": {"summary": "Tickets on every telephone"}})
    subprocess.run([*change, "-d", body, f"{walk.ownkey}/jira/acme-jira/rest/api/3/issue/ACME-1"], check=True)
    atlassian.goto(f"{walk.atlassian}/browse/ACME-1")
    history = atlassian.get_by_role("region", name="History")
    expect(history.get_by_role("article").first).to_contain_text("Ada Lovelace changed")
    expect(history.get_by_role("article").first).to_contain_text("Tickets on every telephone")
    find_it_inside_ownkey(walk, page)


def find_it_inside_ownkey(walk: Walk, page: Page) -> None:
    """Go from Home to the issue that a tool has changed, and read there who did."""
    page.goto(f"{walk.ownkey}/")
    page.get_by_role("link", name="Open Jira").click()
    expect(page.get_by_role("heading", name="My open issues")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="ACME-1", exact=True).click()
    expect(page.get_by_role("heading", name="Tickets on every telephone")).to_be_visible()
    expect(page.get_by_role("region", name="History")).to_contain_text("Ada Lovelace changed summary")
