"""*Help* is there on every page: how to do what the page is for, the scopes, the version, who administers."""

from importlib.metadata import version

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from ownkey.console.help_page import ALL, BY_VIEW, CONNECT, FOR_ADMINISTRATORS, TOOLS, how_to_for
from ownkey.people.models import Role, User

pytestmark = pytest.mark.django_db


def text_of(browser: Client, query: str = "") -> str:
    answer = browser.get(f"/help/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_charlie_is_sent_to_sign_in(charlies_browser: Client) -> None:
    assert charlies_browser.get("/help/")["Location"].startswith("/sign-in/")


def test_every_page_leads_to_its_own_help(bobs_browser: Client) -> None:
    page = bobs_browser.get("/profile/alm-credentials/").content.decode()
    assert "/help/?from=/profile/alm-credentials/" in page
    text = text_of(bobs_browser, "?from=/profile/alm-credentials/")
    assert text.index(CONNECT.title) < text.index("More") < text.index(TOOLS.title)
    for step in (
        "ALM Credentials",
        "Edit",
        "Change",
        "Password/API Token",
        "Using Scope API",
        "Test Connection",
    ):
        assert step in text


@pytest.mark.parametrize(
    "came_from", ["", "?from=", "?from=//evil.example/", "?from=%00", "?from=" + "a" * 9000]
)
def test_an_address_that_is_none_leads_to_all_of_it(bobs_browser: Client, came_from: str) -> None:
    text = text_of(bobs_browser, came_from)
    for each in ALL:
        assert each.title in text
    assert "evil.example" not in text


def test_administrators_read_how_to_administer_and_others_do_not(
    alices_browser: Client, bobs_browser: Client
) -> None:
    alices, bobs = text_of(alices_browser), text_of(bobs_browser)
    for each in FOR_ADMINISTRATORS:
        assert each.title in alices
        assert each.title not in bobs


def test_the_version_the_scopes_and_the_administrators_are_named(bobs_browser: Client, alice: User) -> None:
    text = text_of(bobs_browser)
    assert version("ownkey") in text
    assert alice.email in text
    assert "write:jira-work" in text


def test_many_administrators_are_named_in_part_and_by_few_queries(bobs_browser: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        text_of(bobs_browser)
    User.objects.bulk_create(
        User(email=f"admin{number}@acme.example", name=f"Admin {number:03}", role=Role.ADMINISTRATOR)
        for number in range(300)
    )
    with CaptureQueriesContext(connection) as many:
        text = text_of(bobs_browser)
    assert len(many) == len(few)
    assert text.count("mailto:") == 20
    assert "and others" in text


def test_every_view_that_has_a_how_to_exists() -> None:
    names = {name for name in BY_VIEW if ":" not in name}
    assert names <= {str(each) for each in get_resolver().reverse_dict}
    assert how_to_for("/profile/client-keys/") is TOOLS
    assert how_to_for("/nothing/") is None
