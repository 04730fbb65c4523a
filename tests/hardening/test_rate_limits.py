"""Guessing and testing are slowed down, whichever page they go through."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from ownkey.connections.limits import TESTS_A_MINUTE, TOO_MANY
from ownkey.connections.models import AlmAccount
from ownkey.people.inviting import invitations
from ownkey.people.models import Role, User
from ownkey.people.set_up import ensure_setup_link
from ownkey.people.sign_in.links import make_sign_in_link
from tests.conftest import PASSWORD
from tests.connections.conftest import FakeAtlassian, form_data
from tests.connections.test_account_pages import account_data
from tests.people.sign_ins import JUST_NOW
from tests.post_office import sent_mail

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


def exhaust(stranger: Client) -> None:
    """Try from one address until it is refused, and go on."""
    statuses = [
        stranger.post("/sign-in/", {"login": f"person{number}@acme.example", "password": "wrong"}).status_code
        for number in range(70)
    ]
    assert statuses[-1] == 429


def test_a_stranger_at_the_same_address_does_not_keep_a_known_browser_out(
    bob: User, bobs_browser: Client, charlies_browser: Client
) -> None:
    bobs_browser.post("/sign-out/")
    exhaust(charlies_browser)
    answer = bobs_browser.post("/sign-in/", {"login": bob.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert Client().post("/sign-in/", {"login": bob.email, "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("kind", ["invitation", "set-up", "operator's", "password"])
def test_a_stranger_who_tries_links_does_not_close_those_that_are_right(
    kind: str, alice: User, charlies_browser: Client
) -> None:
    path = urlsplit(_link(kind, alice)).path
    wrong = [f"{path[:-2]}{number}/" for number in range(TRIES)]
    statuses = [charlies_browser.get(each).status_code for each in wrong]
    assert kind == "password" or statuses[-1] == 429
    assert Client().get(path).status_code in {200, 302}


def _link(kind: str, alice: User) -> str:
    match kind:
        case "invitation":
            return invitations.invite("c@acme.example", name="C", actor=alice, signed_in=JUST_NOW).link
        case "set-up":
            return _set_up_link()
        case "operator's":
            return make_sign_in_link(alice, actor="test")
    return _reset_link(alice)


def _set_up_link() -> str:
    User.objects.update(role=Role.PERSON)
    link = ensure_setup_link()
    assert link is not None
    return link


def _reset_link(user: User) -> str:
    Client().post("/password-reset/", {"email": user.email})
    (message,) = sent_mail()
    (found,) = re.findall(r"http://\S+/password-reset/\S+", str(message.body))
    return str(found)


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
