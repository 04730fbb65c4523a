"""Where Jira is asked through the main credential, every page says so, above everything else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.connections.running import ADA, ADMINISTRATOR, BO, Organisation, running_organisation
from tests.faults.browser import Browser
from tests.in_browser import assert_in_reach, assert_usable, running_chromium
from tests.workspace.large import sign_in

POLICIES = {"main": "main", "reading": "read-only"}
PAGES = (
    "",
    "boards/",
    "boards/1/",
    "projects/",
    "search/",
    "search/?q=project%20%3D%20NOTHING",
    "issues/ACME-1/",
    "issues/NOPE-1/",
    "alignment/",
    "alignment/?project=NOPE",
    "alignment/try/?scope=read:jira-work",
    "operations/",
    "operations/try/?operation=GET%20/rest/api/3/myself",
)


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Run an organisation with an ALM account of each policy, to which nobody but Bo is connected."""
    with running_organisation(tmp_path_factory.mktemp("main") / "home") as running:
        for slug, policy in POLICIES.items():
            arguments = ("--name", slug, "--site", running.sandbox.url, "--email", ADMINISTRATOR)
            more = ("--policy", policy, "--token-stdin")
            token = running.make_token(ADMINISTRATOR)
            assert running.ownkey("account", "add", slug, *arguments, *more, given=token).code == 0
        running.connect("reading", BO)
        yield running


def browser_of(organisation: Organisation, email: str) -> Browser:
    browser = Browser(organisation.url)
    browser.sign_in(email)
    return browser


@pytest.mark.parametrize("slug", POLICIES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_jira_is_asked_as_another(
    organisation: Organisation, slug: str, path: str
) -> None:
    page = browser_of(organisation, ADA).get(f"/work/{slug}/{path}")
    assert page.status == 200
    assert page.text.count("data-through-main") == 1
    assert f"Jira is asked as {ADMINISTRATOR} (main) , not as you" in page.words
    assert ("read only" in page.words) is (POLICIES[slug] == "read-only")
    assert f"/profile/alm-credentials/{slug}/edit/" in page.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_person_who_is_connected_does_not(organisation: Organisation, path: str) -> None:
    page = browser_of(organisation, BO).get(f"/work/reading/{path}")
    assert "data-through-main" not in page.text
    assert BO in page.words


def test_alignment_speaks_of_the_main_token_and_the_main_account(organisation: Organisation) -> None:
    words = browser_of(organisation, ADA).get("/work/reading/alignment/?project=ACME").words
    assert "Main token Main account" in words
    assert "Your token" not in words
    assert "20 of 20 scopes granted" in words


def test_what_may_be_called_goes_through_main_and_only_reads_where_the_policy_says(
    organisation: Organisation,
) -> None:
    ada = browser_of(organisation, ADA)
    writing = "operations/?q=createComponent"
    assert "through main" in ada.get(f"/work/main/{writing}").words
    assert "through main" not in ada.get(f"/work/reading/{writing}").words
    assert "through main" in ada.get("/work/reading/operations/?q=getIssueLinkTypes").words


def test_a_scope_that_only_a_probe_decides_is_not_tried_by_who_may_only_read(
    organisation: Organisation,
) -> None:
    ada = browser_of(organisation, ADA)
    before = len(organisation.sandbox.requests())
    address = "/work/reading/alignment/try/"
    page = ada.post(address, form_at=f"{address}?scope=write:jira-work", scope="write:jira-work")
    assert "Ownkey did not send it" in page.words
    assert len(organisation.sandbox.requests()) == before
    offered = ada.get("/work/reading/alignment/?project=ACME").text
    assert 'name="scope" value="read:jira-work"' in offered
    assert 'name="scope" value="write:jira-work"' not in offered
    assert 'name="scope" value="write:jira-work"' in ada.get("/work/main/alignment/?project=ACME").text


def test_what_a_trial_through_main_proves_is_said_of_the_main_token(organisation: Organisation) -> None:
    ada = browser_of(organisation, ADA)
    address = "/work/reading/alignment/try/"
    for scope in ("read:jira-work", "manage:jira-project"):
        page = ada.post(address, form_at=f"{address}?scope={scope}", scope=scope, project="ACME")
        assert f"so the main token has {scope}" in page.words
        shown = page.text.partition("data-tried")[2]
        assert "your token" not in shown
        assert "your account" not in shown


@pytest.mark.browser
def test_the_notice_is_usable_at_each_width(organisation: Organisation) -> None:
    with running_chromium() as chromium:
        page: Page = chromium.new_page()
        sign_in(page, organisation.url)
        page.goto(f"{organisation.url}/work/reading/alignment/?project=ACME")
        expect(page.locator("[data-through-main]")).to_be_visible()
        assert_in_reach(page)
        assert_usable(page)
