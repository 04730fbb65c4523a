"""What the pages of Alignment and operations ask of Ownkey's own store: few queries, however many people."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ownkey.connections.models import AlmAccount, Kind
from ownkey.people.flows import add_user
from ownkey.people.models import Role, User
from ownkey.workspace.alignment.of_others import MOST_FOUND, find_people
from ownkey.workspace.models import Opened, Thing, WorkspaceSettings
from tests.conftest import PASSWORD, SignIn
from tests.connections.conftest import Connect, account, atlassian, connect

__all__ = ["account", "atlassian", "connect"]

MOST_QUERIES = 12
PAGES = ("alignment", "alignment_try", "operations", "operation_try")


@pytest.fixture
def graces_browser(sign_in: SignIn, quick_passwords: None) -> Client:  # noqa: ARG001 needed for what it does
    add_user(
        "grace@acme.example", name="Grace Hopper", password=PASSWORD, role=Role.ADMINISTRATOR, actor="test"
    )
    return sign_in("grace@acme.example")


def queries(ask: Callable[[], object]) -> int:
    """Return how many queries are made, the session and the person among them."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def many_people(number: int) -> None:
    User.objects.bulk_create(
        User(email=f"person{each}@acme.example", name=f"Ada Number {each}") for each in range(number)
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_few_queries_however_much_was_opened(
    name: str, account: AlmAccount, bob: User, bobs_browser: Client, connect: Connect
) -> None:
    connect(bob)
    address = reverse(f"workspace:{name}", args=[account.slug])
    named = {"operation": "GET /rest/api/3/issue/{issueIdOrKey}", "scope": "read:jira-work"}
    few = queries(lambda: bobs_browser.get(address, named))
    Opened.objects.bulk_create(
        Opened(user=bob, alm_account=account, thing=thing, ref=str(each), opened_at=account.created_at)
        for thing in (Thing.ISSUE, Thing.BOARD)
        for each in range(500)
    )
    many_people(300)
    assert queries(lambda: bobs_browser.get(address, named)) == few <= MOST_QUERIES


def test_a_person_is_found_in_one_query_and_few_are_read(account: AlmAccount, graces_browser: Client) -> None:
    address = reverse("workspace:alignment_people", args=[account.slug])
    few = queries(lambda: graces_browser.get(address, {"q": "ada"}))
    many_people(1_000)
    assert queries(lambda: find_people("ada")) == 1
    assert queries(lambda: graces_browser.get(address, {"q": "ada"})) == few <= MOST_QUERIES
    page = graces_browser.get(address, {"q": "ada"}).content.decode()
    assert len(re.findall(r"/alignment/people/\d+/", page)) == MOST_FOUND
    assert "There are more" in page


@pytest.mark.usefixtures("db", "quick_passwords")
@pytest.mark.parametrize("words", ["ägypten", "ÄGYPTEN", "Ägypten", "gypt", "%", "_", "'", "\x00"])
def test_a_name_is_found_in_whatever_case_and_odd_words_find_nobody_else(words: str) -> None:
    add_user("a@acme.example", name="Anna Ägypten", password=PASSWORD, actor="test")
    add_user("b@acme.example", name="Bert Meier", password=PASSWORD, actor="test")
    found = [person.email for person in find_people(words)]
    assert found == (["a@acme.example"] if "gypt" in words.casefold() else [])


def test_the_page_of_a_person_asks_few_queries(
    account: AlmAccount, bob: User, connect: Connect, graces_browser: Client
) -> None:
    connect(bob)
    address = reverse("workspace:alignment_person", args=[account.slug, bob.pk])
    few = queries(lambda: graces_browser.get(address))
    many_people(300)
    assert queries(lambda: graces_browser.get(address)) == few <= MOST_QUERIES
    assert (
        graces_browser.get(reverse("workspace:alignment_person", args=[account.slug, 10**9])).status_code
        == 404
    )


def test_charlie_and_auditors_find_nobody(account: AlmAccount, bob: User, sign_in: SignIn) -> None:
    for role in (Role.PERSON, Role.AUDITOR):
        User.objects.filter(pk=bob.pk).update(role=role)
        browser = sign_in(bob.email)
        for name, more in (("alignment_people", []), ("alignment_person", [bob.pk])):
            assert browser.get(reverse(f"workspace:{name}", args=[account.slug, *more])).status_code == 403


@pytest.mark.parametrize("name", ["home", "board_list", "project_list", "search", *PAGES])
def test_a_data_center_has_one_sentence_in_place(
    name: str, account: AlmAccount, bobs_browser: Client
) -> None:
    AlmAccount.objects.filter(pk=account.pk).update(kind=Kind.JIRA_DATA_CENTER, cloud_id="")
    page = bobs_browser.get(reverse(f"workspace:{name}", args=[account.slug])).content.decode()
    assert f"{account.name} is a Jira Data Center" in page
    assert page.count("Pages are for Jira Cloud. Your client keys work with it as before.") == 1


@pytest.mark.parametrize("name", PAGES)
def test_where_pages_are_off_nothing_is_asked_by_a_form_either(
    name: str, account: AlmAccount, bobs_browser: Client
) -> None:
    WorkspaceSettings.objects.create(alm_account=account, is_on=False)
    answer = bobs_browser.post(reverse(f"workspace:{name}", args=[account.slug]), {"scope": "read:jira-work"})
    assert answer.status_code in {404, 405}
