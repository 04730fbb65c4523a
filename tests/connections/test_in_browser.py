"""The pages of connections in a real browser, on a real server, with a pretend Atlassian.

Live, with the keyboard alone, without JavaScript; on a desk and on a phone, in light and in dark. axe finds
nothing, and at the end no token is found in anything that Ownkey wrote.
"""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from ownkey.scopes.profiles import PLANNING
from tests.connections.running import ADA, ADMINISTRATOR, BO, PASSWORD, Organisation, running_organisation
from tests.in_browser import assert_usable, running_chromium

pytestmark = pytest.mark.browser

GAP = "write:sprint:jira-software"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation with one ALM account."""
    home = tmp_path_factory.mktemp("acme") / "home"
    with running_organisation(home) as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        yield organisation


@pytest.fixture(autouse=True)
def _no_faults(acme: Organisation) -> Iterator[None]:
    yield
    acme.sandbox.end_faults()


def open_page(
    chromium: Browser, acme: Organisation, email: str, path: str, *, has_script: bool = True
) -> Page:
    """Return a page at `path`, signed in."""
    context = chromium.new_context(
        base_url=acme.url,
        java_script_enabled=has_script,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Hello").wait_for()
    page.goto(path)
    forget = page.get_by_role("button", name="Forget it")
    if forget.count():  # a test before this one left a token that waits
        forget.click()
        page.get_by_text("The tested token is forgotten").wait_for()
    return page


EDIT = "/profile/alm-credentials/acme/edit/"


def test_a_person_connects_live(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, ADA, EDIT)
    token = page.get_by_label("Password/API Token")
    token.fill(acme.make_token(ADA, without=[GAP]))
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="1 required scope is missing")).to_be_visible()
    expect(page.get_by_text("Signed in as Ada Lovelace", exact=True)).to_be_visible()
    expect(page.locator(f'[data-slot="scope:{GAP}"]')).to_contain_text("missing")
    expect(page.locator(f'[data-slot="mark:{GAP}"]')).to_be_visible()
    expect(token).to_have_value("")
    assert_usable(page)
    token.fill(acme.make_token(ADA))
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Ada Lovelace")).to_be_visible()
    expect(page.locator(f'[data-slot="mark:{GAP}"]')).to_be_hidden()
    expect(page.get_by_text("The tested token waits for Save until")).to_be_visible()
    page.reload()
    expect(page.get_by_text("The tested token waits for Save until")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("You are connected to Acme Jira.")).to_be_visible()
    assert_usable(page)
    page.get_by_role("link", name="Edit Acme Jira").click()
    assert_usable(page)
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(page.get_by_label("Password/API Token")).to_be_focused()
    assert_usable(page)
    page.goto("/profile/alm-credentials/acme/disconnect/")
    assert_usable(page)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected", exact=True)).to_be_visible()
    assert_usable(page)


def test_the_head_of_the_page_follows_a_test_without_a_reload(chromium: Browser, acme: Organisation) -> None:
    token = acme.connect("acme", BO)
    page = open_page(chromium, acme, BO, EDIT)
    state = page.locator('[data-slot="state"]')
    expect(state).to_contain_text("Connected")
    refusal = {"status": 401, "path": "/ex/jira/", "body": "{}"}
    acme.sandbox.faults(refusal)
    page.get_by_role("button", name="Test Connection").click()
    expect(state.locator(".badge")).to_have_text("Refused")
    expect(page.locator('[data-slot="facts"]')).to_contain_text("is not sent")
    expect(page.get_by_text("Last successful check")).to_be_visible()
    assert_usable(page)
    acme.sandbox.end_faults()
    page.get_by_role("button", name="Test Connection").click()
    expect(state.locator(".badge")).to_have_text("Connected")
    expect(page.get_by_text("Last successful check")).to_be_hidden()
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(page.get_by_text("Signs in with", exact=True)).to_be_hidden()
    page.goto("/profile/alm-credentials/acme/disconnect/")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected", exact=True)).to_be_visible()
    assert token not in page.content()


def test_each_line_is_shown_as_it_happens(chromium: Browser, acme: Organisation) -> None:
    acme.sandbox.faults({"hold": True, "path": "/rest/agile/"})
    page = open_page(chromium, acme, BO, EDIT)
    page.get_by_label("Password/API Token").fill(acme.make_token(BO))
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_text("Signed in as Bo Diddley", exact=True)).to_be_visible()
    waiting = page.locator('[data-slot="scope:read:sprint:jira-software"]')
    expect(waiting).to_have_attribute("data-state", "pending")
    expect(page.locator('[data-slot="verdict"]')).to_be_hidden()
    acme.sandbox.end_faults()
    expect(waiting).to_have_attribute("data-state", "granted")
    expect(page.get_by_role("heading", name="Connected as Bo Diddley")).to_be_visible()


def test_everything_works_with_the_keyboard_alone(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, BO, EDIT)
    page.get_by_label("Using Scope API").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Jira login")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password/API Token")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Paste the token first")).to_be_visible()
    expect(page.get_by_label("Password/API Token")).to_be_focused()
    assert page.get_by_label("Password/API Token").get_attribute("aria-invalid") == "true"
    assert_usable(page)
    page.keyboard.insert_text(acme.make_token(BO))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Connected as Bo Diddley")).to_be_visible()


def test_the_guide_keeps_its_ticks_and_no_secret(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, BO, EDIT)
    page.get_by_label("Open Atlassian’s token page").check()
    expect(page.get_by_text("of 20 ticked")).to_be_hidden()
    page.get_by_text("One name after another").click()
    page.get_by_role("button", name="Copy read:jira-work").click()
    assert page.evaluate("navigator.clipboard.readText()") == "read:jira-work"
    expect(page.locator('[data-scope="read:jira-work"]')).to_be_checked()
    page.get_by_role("button", name="Copy all 20").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split(" ") == [required.scope for required in PLANNING.required]
    assert page.get_by_label("All 20 in one line").input_value() == copied
    page.get_by_role("button", name="Copy the name").click()
    assert page.evaluate("navigator.clipboard.readText()") == "Ownkey – Acme Jira"
    token = acme.make_token(BO)
    page.get_by_label("Password/API Token").fill(token)
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Bo Diddley")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Open Atlassian’s token page")).to_be_checked()
    expect(page.locator('[data-scope="read:jira-work"]')).to_be_checked()
    expect(page.locator('[data-scope="write:jira-work"]')).not_to_be_checked()
    expect(page.get_by_text("1 of 20 ticked")).to_be_visible()
    kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert token not in kept
    assert token not in page.content()


def _half_an_answer(route: Route) -> None:
    line = json.dumps({"slot": "save", "html": "<span data-slot='save'></span>"})
    route.fulfill(status=200, content_type="application/x-ndjson", body=f'{line}\n{{"slot": "sit')


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (_half_an_answer, "broke off before the test had ended"),
        (lambda route: route.abort(), "Ownkey could not be reached"),
        (lambda route: route.fulfill(status=500, body="<h1>Oh"), "Something went wrong in Ownkey"),
        (lambda route: route.fulfill(status=403, body="<h1>Stale"), "You are signed out"),
    ],
    ids=["cut", "unreachable", "broken", "signed-out"],
)
def test_a_lost_connection_is_told_and_keeps_the_form(
    answer: object, sentence: str, chromium: Browser, acme: Organisation
) -> None:
    page = open_page(chromium, acme, BO, EDIT)
    page.get_by_label("Password/API Token").fill("typed")
    page.route("**/test/", answer)  # type: ignore[arg-type]
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.get_by_label("Password/API Token")).to_have_value("typed")
    assert_usable(page)


def test_a_server_that_lost_the_session_says_so(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, BO, EDIT)
    page.get_by_label("Password/API Token").fill(acme.make_token(BO))
    page.context.clear_cookies()
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")


def test_a_person_connects_without_javascript(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, BO, EDIT, has_script=False)
    page.get_by_label("Jira login").fill(f" {BO}")
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(page.get_by_label("Password/API Token")).to_be_focused()
    expect(page.get_by_label("Jira login")).to_have_value(f" {BO}")
    page.get_by_label("Password/API Token").fill(acme.make_token(BO))
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Bo Diddley")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("You are connected to Acme Jira.")).to_be_visible()
    page.get_by_role("link", name="Edit Acme Jira").click()
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Bo Diddley")).to_be_visible()
    page.get_by_role("link", name="Change the Password/API Token").click()
    expect(page.get_by_label("Password/API Token")).to_be_visible()
    page.goto("/profile/alm-credentials/acme/disconnect/")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Disconnected", exact=True)).to_be_visible()


def test_an_administrator_adds_and_removes_an_alm_account(chromium: Browser, acme: Organisation) -> None:
    page = open_page(chromium, acme, ADMINISTRATOR, "/settings/alm-accounts/")
    assert_usable(page)
    page.get_by_role("link", name="Add ALM Account").click()
    assert_usable(page)
    expect(page.get_by_label("Own list of scopes", exact=True)).to_be_hidden()
    page.get_by_label("Scope profile", exact=True).select_option(label="Own list")
    expect(page.get_by_label("Own list of scopes", exact=True)).to_be_visible()
    page.get_by_label("Scope profile", exact=True).select_option("planning")
    page.get_by_label("Jira Data Center", exact=True).check()
    expect(page.get_by_role("heading", name="Make your personal access token")).to_be_visible()
    expect(page.get_by_label("Service account")).to_be_hidden()
    assert_usable(page)
    page.get_by_label("Jira Cloud").check()
    page.get_by_label("Account name").fill("Second Jira")
    page.get_by_label("Site URL").fill(acme.sandbox.url)
    page.get_by_role("button", name="Find the cloud id").click()
    expect(page.get_by_text(acme.sandbox.cloud_id)).to_be_visible()
    expect(page.locator(".copy-line code")).to_have_text("Ownkey – Second Jira")
    page.get_by_label("Password/API Token").fill(acme.make_token(ADMINISTRATOR))
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("heading", name="Connected as Grace Hopper")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Second Jira is saved.")).to_be_visible()
    acme.connect("second-jira", ADA, without=[GAP])
    page.get_by_role("link", name="Edit Second Jira").click()
    expect(page.get_by_role("row", name="Ada Lovelace")).to_contain_text(f"1 scope is missing: {GAP}.")
    assert_usable(page)
    page.get_by_role("link", name="Delete…").click()
    expect(page.get_by_text("Ada Lovelace (gaps)")).to_be_visible()
    assert_usable(page)
    page.get_by_label("Type the account name").fill("Second Jira")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Second Jira is removed")).to_be_visible()
