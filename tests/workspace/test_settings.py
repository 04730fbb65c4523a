"""An administrator decides about the pages of an ALM account; none shows a project that is left out."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from ownkey.audit.models import Entry
from ownkey.connections.models import AlmAccount
from ownkey.workspace.models import WorkspaceSettings
from tests.connections.running import ADA, ADMINISTRATOR, Organisation, running_organisation
from tests.faults.browser import Browser

PAGE = "/settings/alm-accounts/acme/workspace/"
GIVEN = {"is_on": "on", "left_out": "pay, TOUR\nPAY", "share": "35"}


@pytest.fixture
def alm_account(db: None) -> AlmAccount:  # noqa: ARG001 needed for what it does
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    return AlmAccount.objects.create(
        slug="acme",
        name="Acme",
        site_url="https://acme.atlassian.net",
        cloud_id=str(uuid.uuid4()),
        authentication="scoped-api-token",
        state="disconnected",
        since=now,
        checked_at=now,
        required_scopes=["read:jira-work"],
    )


def test_what_is_decided_is_kept_and_on_record(alices_browser: Client, alm_account: AlmAccount) -> None:
    assert "Show people their Jira" in alices_browser.get(PAGE).content.decode()
    assert alices_browser.post(PAGE, GIVEN).status_code == 302
    kept = WorkspaceSettings.objects.get(alm_account=alm_account)
    assert (kept.is_on, kept.left_out, kept.share) == (True, ["PAY", "TOUR"], 0.35)
    entry = Entry.objects.get(action="alm-account.changed")
    assert entry.details["left_out"] == ["PAY", "TOUR"]
    assert entry.details["share_percent"] == 35
    page = alices_browser.get(PAGE).content.decode()
    assert "PAY\nTOUR" in page
    assert 'value="35"' in page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"share": "101"}, "less than or equal to 100"),
        ({"share": "-1"}, "greater than or equal to 0"),
        ({"share": "a fifth"}, "whole number"),
        ({"left_out": "PAY; <script>"}, "A key of a project is made of letters"),
        ({"left_out": "P" * 40}, "A key of a project is made of letters"),
        ({"left_out": " ".join(f"P{number}" for number in range(201))}, "At most 200 projects"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_kept(
    alices_browser: Client, alm_account: AlmAccount, given: dict[str, Any], sentence: str
) -> None:
    answer = alices_browser.post(PAGE, {**GIVEN, **given})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not WorkspaceSettings.objects.filter(alm_account=alm_account).exists()


def test_others_decide_nothing(
    bobs_browser: Client, charlies_browser: Client, alm_account: AlmAccount
) -> None:
    assert bobs_browser.post(PAGE, GIVEN).status_code == 403
    assert charlies_browser.post(PAGE, GIVEN).status_code == 302
    assert not WorkspaceSettings.objects.filter(alm_account=alm_account).exists()


def test_the_page_of_an_alm_account_leads_there(alices_browser: Client, alm_account: AlmAccount) -> None:
    assert PAGE in alices_browser.get(f"/settings/alm-accounts/{alm_account.slug}/edit/").content.decode()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Run an organisation whose administrator has left PAY and TOUR out."""
    with running_organisation(tmp_path_factory.mktemp("left-out") / "home") as running:
        running.add_alm_account("acme", "Acme Jira")
        running.connect("acme", ADA)
        yield running


def _signed_in(own: Organisation, email: str) -> Browser:
    browser = Browser(own.url)
    browser.sign_in(email)
    return browser


def test_no_page_shows_a_project_that_is_left_out(own: Organisation) -> None:
    ada, grace = _signed_in(own, ADA), _signed_in(own, ADMINISTRATOR)
    paths = (
        "/work/acme/",
        "/work/acme/projects/",
        "/work/acme/boards/",
        "/work/acme/search/?q=text+~+%22tour%22+OR+project+in+(PAY,TOUR,CREW)",
        "/work/acme/search/?q=project+in+(PAY,TOUR)&as=csv",
        "/work/acme/find/?q=TOUR-1",
        "/work/acme/issues/PAY-1/",
        "/work/acme/alignment/",
    )
    before = {path: ada.get(path).text for path in paths}
    marks = ("Fees of the spring tour", "TOUR board", "Twelve cities in spring")
    assert all(any(mark in text for mark in (*marks, "PAY", "TOUR")) for text in before.values())
    assert grace.post(PAGE, **GIVEN).status == 200
    for path in paths:
        text = ada.get(path).text
        for mark in marks:
            assert mark not in text, (path, mark)
    assert "left this project out" in ada.get("/work/acme/issues/PAY-1/").words
    assert "CREW-1" in ada.get("/work/acme/search/?q=project+in+(PAY,TOUR,CREW)").text
    assert grace.post(PAGE, left_out="", share="20").status == 200
    assert ada.get("/work/acme/boards/").status == 404  # off
    assert grace.post(PAGE, is_on="on", left_out="", share="20").status == 200
    assert "TOUR board" in ada.get("/work/acme/boards/").text
