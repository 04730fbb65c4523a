"""Guessing and testing are slowed down, whichever page they go through."""

import pytest
from django.test import Client
from django.urls import reverse

from ownkey.connections.limits import TESTS_A_MINUTE, TOO_MANY
from ownkey.connections.models import AlmAccount
from ownkey.people.models import User
from tests.connections.conftest import FakeAtlassian, form_data
from tests.connections.test_account_pages import account_data

TRIES = 40


def first_refused(browser: Client, address: str, data: dict[str, str]) -> int | None:
    """Return at which try the answer says that there were too many."""
    for number in range(1, TRIES + 1):
        answer = browser.post(address, data)
        if answer.status_code == 429 or "Too many tries" in answer.content.decode():
            return number
    return None


@pytest.mark.parametrize("email", ["bob@acme.example", "nobody@acme.example"])
def test_passwords_cannot_be_guessed_one_after_the_other(
    email: str, bob: User, charlies_browser: Client
) -> None:
    assert bob.email
    assert first_refused(charlies_browser, "/sign-in/", {"login": email, "password": "wrong"}) is not None


def test_guessing_many_people_from_one_address_is_slowed_down(bob: User, charlies_browser: Client) -> None:
    assert bob.email
    statuses = {
        charlies_browser.post(
            "/sign-in/", {"login": f"person{number}@acme.example", "password": "wrong"}
        ).status_code
        for number in range(TRIES)
    }
    assert 429 in statuses


def test_a_header_of_a_proxy_that_is_not_there_does_not_make_another_guesser(
    bob: User, charlies_browser: Client
) -> None:
    assert bob.email
    statuses = {
        charlies_browser.post(
            "/sign-in/",
            {"login": f"person{number}@acme.example", "password": "wrong"},
            headers={"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"},
        ).status_code
        for number in range(TRIES)
    }
    assert 429 in statuses


def test_a_current_password_cannot_be_guessed_from_an_open_session(bobs_browser: Client) -> None:
    assert first_refused(bobs_browser, "/confirm-password/", {"password": "wrong"}) is not None
    changed = {"oldpassword": "wrong", "password1": "another four words", "password2": "another four words"}
    assert first_refused(bobs_browser, "/profile/password/", changed) is not None


def test_nobodys_mailbox_is_filled_with_reset_links(bob: User, charlies_browser: Client) -> None:
    assert first_refused(charlies_browser, "/password-reset/", {"email": bob.email}) is not None


def test_every_way_to_test_a_connection_counts_together(
    account: AlmAccount, alice: User, atlassian: FakeAtlassian
) -> None:
    browser = Client()
    browser.force_login(alice)
    token = atlassian.make_token(alice.email)
    ways = [
        ("connections:credential_test", [account.slug], form_data(token, alice.email)),
        ("connections:account_test", [account.slug], account_data(token)),
        ("connections:account_add_test", [], account_data(token, name="Other")),
        ("connections:site_find", [], {"site_url": "https://acme.atlassian.net"}),
    ]
    for number in range(TESTS_A_MINUTE):
        name, arguments, data = ways[number % 3]
        assert TOO_MANY not in browser.post(reverse(name, args=arguments), data).content.decode(), number
    before = len(atlassian.checks)
    for name, arguments, data in ways:
        assert TOO_MANY in browser.post(reverse(name, args=arguments), data).content.decode(), name
    assert len(atlassian.checks) == before
