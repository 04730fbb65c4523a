"""The operator's link signs an administrator in once, soon, with the second factor; and nobody else."""

from contextlib import suppress

import pytest
from django.core import signing
from django.test import Client

from ownkey.audit.models import Entry
from ownkey.audit.record import OPERATOR
from ownkey.environment.values import SingleSignOn
from ownkey.people import flows
from ownkey.people.errors import LinkError, PeopleError
from ownkey.people.models import User
from ownkey.people.sign_in import links
from ownkey.people.sign_in.links import make_sign_in_link
from ownkey.secret import Secret
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW
from tests.sign_in.apps import add_app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


def link_for(user: User) -> str:
    link = make_sign_in_link(user, actor=OPERATOR)
    assert link.startswith("http://127.0.0.1:8000/sign-in/link/")
    return link.removeprefix("http://127.0.0.1:8000")


def is_in(browser: Client) -> bool:
    return browser.get("/profile/").status_code == 200


def test_it_signs_in_once_when_the_button_is_pressed(alice: User, charlies_browser: Client) -> None:
    path = link_for(alice)
    assert "Sign in as Alice" in charlies_browser.get(path).content.decode()
    assert not is_in(charlies_browser), "a program that looks at links does not use it up"
    assert charlies_browser.post(path).status_code == 302
    assert is_in(charlies_browser)
    assert Client().post(path).status_code == 410
    assert Entry.objects.get(action="sign-in-link.made").actor == OPERATOR
    assert Entry.objects.get(action="signed-in").details == {"with": ["link"]}


def test_of_many_browsers_at_once_one_gets_in(alice: User) -> None:
    """Each has looked before any has signed in: that it is used is stored where it is used."""
    token = link_for(alice).rstrip("/").rpartition("/")[2]
    entered = []
    for _ in range(4):
        assert links.find_linked_person(token) == alice
        with suppress(LinkError):
            entered.append(links.use_sign_in_link(token))
    assert entered == [alice]


def test_a_link_whose_second_factor_was_not_given_is_used_up(alice: User, charlies_browser: Client) -> None:
    add_app(alice)
    path = link_for(alice)
    assert charlies_browser.post(path)["Location"] == "/sign-in/code/"
    assert Client().post(path).status_code == 410


def test_a_new_link_works_after_one_that_was_used(alice: User, charlies_browser: Client) -> None:
    charlies_browser.post(link_for(alice))
    alice.refresh_from_db()
    another = Client()
    another.post(link_for(alice))
    assert is_in(another)


def test_it_works_where_passwords_are_switched_off(
    alice: User, charlies_browser: Client, change_environment: ChangeEnvironment
) -> None:
    said = SingleSignOn("https://login.acme.example", "ownkey", Secret("not a real one"), is_only_way=True)
    change_environment(single_sign_on=said)
    charlies_browser.post(link_for(alice))
    assert is_in(charlies_browser)


def test_the_second_factor_is_asked_for(alice: User, charlies_browser: Client) -> None:
    add_app(alice)
    assert charlies_browser.post(link_for(alice))["Location"] == "/sign-in/code/"
    assert not is_in(charlies_browser)


def test_it_is_for_administrators_who_are_not_suspended(
    alice: User, bob: User, charlies_browser: Client
) -> None:
    with pytest.raises(PeopleError):
        make_sign_in_link(bob, actor=OPERATOR)
    flows.make_administrator(bob, actor=alice, signed_in=JUST_NOW)
    path = link_for(bob)
    flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert charlies_browser.post(path).status_code == 410
    bob.refresh_from_db()
    with pytest.raises(PeopleError):
        make_sign_in_link(bob, actor=OPERATOR)


def test_a_sign_in_and_a_new_password_end_it(alice: User, charlies_browser: Client, password: str) -> None:
    path = link_for(alice)
    Client().post("/sign-in/", {"login": alice.email, "password": password})
    assert charlies_browser.post(path).status_code == 410
    alice.refresh_from_db()
    path = link_for(alice)
    alice.set_password("five words nobody would guess")
    alice.save()
    assert charlies_browser.post(path).status_code == 410


def test_it_is_good_for_a_quarter_of_an_hour(
    alice: User, charlies_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = link_for(alice)
    monkeypatch.setattr(links, "LASTS_S", -1)
    assert "quarter of an hour" in charlies_browser.post(path).content.decode()
    assert not is_in(charlies_browser)


@pytest.mark.parametrize("salt", ["", "ownkey.people.known-browser"])
def test_nothing_else_that_ownkey_signed_will_do(alice: User, charlies_browser: Client, salt: str) -> None:
    forged = signing.dumps([alice.pk, ""], salt=salt or "django.core.signing")
    assert charlies_browser.post(f"/sign-in/link/{forged}/").status_code == 410
    assert not is_in(charlies_browser)
