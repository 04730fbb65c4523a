"""*Client keys*: people see and make their own, each is shown in one answer alone, strangers get nowhere."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.models import AlmAccount, ClientKey, Credential, StoredState
from ownkey.people.models import User
from tests.people.sign_ins import JUST_NOW

from .conftest import Connect

KEY = re.compile(r"ok_[a-z2-7]{12}_[a-z2-7]{32}")
LIST = "/profile/client-keys/"
NEW = "/profile/client-keys/new/acme-jira/"


def form(**changes: object) -> dict[str, object]:
    day = timezone.localdate() + timedelta(days=90)
    return {"name": "Sprint report", "expires_on": str(day), **changes}


def key_of(user: User, account: AlmAccount) -> ClientKey:
    day = timezone.localdate() + timedelta(days=1)
    return issue_client_key(user, account, name="Theirs", expires_on=day, actor=user, signed_in=JUST_NOW).row


def test_a_key_is_made_and_shown_once(account: AlmAccount, bob: User, bobs_browser: Client) -> None:
    made = bobs_browser.post(NEW, form())
    address = f"{LIST}{ClientKey.objects.get().pk}/"
    assert (made.status_code, made.headers["Location"]) == (302, address)
    assert not KEY.search(stored_sessions()), "in the session it is sealed"
    bobs_browser.head(address)
    answer = bobs_browser.get(address)
    page = answer.content.decode()
    found = KEY.search(page)
    assert found is not None
    assert "no-store" in answer.headers["Cache-Control"]
    assert f"http://127.0.0.1:8000/jira/{account.slug}/rest/api/3/myself" in page
    key = ClientKey.objects.get()
    assert (key.user, key.alm_account, key.name) == (bob, account, "Sprint report")
    assert (key.scopes, key.read_only) == (None, False)
    shown_later = bobs_browser.get(LIST).content.decode()
    assert address in shown_later
    assert found[0] not in shown_later
    again = bobs_browser.get(address)
    assert again.status_code == 200, "a reload does no harm"
    assert found[0] not in again.content.decode()
    assert "It was shown once" in again.content.decode()
    assert "YOUR-CLIENT-KEY" in again.content.decode()
    assert ClientKey.objects.count() == 1


def stored_sessions() -> str:
    """Return all that the sessions' rows hold, opened."""
    return str([session.get_decoded() for session in Session.objects.all()])


@pytest.mark.usefixtures("account")
def test_a_key_that_was_not_looked_at_in_time_is_not_shown(
    bobs_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bobs_browser.post(NEW, form())
    now = time.time()
    monkeypatch.setattr("ownkey.people.shown_once.time.time", lambda: now + 301)
    assert not KEY.search(bobs_browser.get(made.headers["Location"]).content.decode())


def test_a_sealed_key_opens_for_nobody_else(
    account: AlmAccount, bobs_browser: Client, alices_browser: Client
) -> None:
    made = bobs_browser.post(NEW, form())
    (bobs,) = [one for one in Session.objects.all() if "shown_once" in one.get_decoded()]
    stolen = alices_browser.session
    stolen["shown_once"] = bobs.get_decoded()["shown_once"]
    stolen.save()
    assert alices_browser.get(made.headers["Location"]).status_code == 404
    waiting = stolen["shown_once"]
    theirs = key_of(User.objects.get(email="alice@acme.example"), account)
    stolen["shown_once"] = {f"client key {theirs.pk}": next(iter(waiting.values()))}
    stolen.save()
    page = alices_browser.get(f"{LIST}{theirs.pk}/").content.decode()
    assert not KEY.search(page)


def test_a_key_that_has_ended_keeps_its_page_without_settings(
    account: AlmAccount, bob: User, bobs_browser: Client
) -> None:
    key = key_of(bob, account)
    ClientKey.objects.update(revoked_at=timezone.now())
    page = bobs_browser.get(f"{LIST}{key.pk}/").content.decode()
    assert "Revoked" in page
    assert "Ready-made settings" not in page


@pytest.mark.usefixtures("account")
def test_it_can_be_narrowed(bobs_browser: Client) -> None:
    scopes = ["read:jira-work", "read:jira-user"]
    bobs_browser.post(NEW, form(scopes=scopes, read_only="on", expires_on=""))
    key = ClientKey.objects.get()
    assert (key.scopes, key.read_only, key.expires_at) == (sorted(scopes), True, None)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"expires_on": "2001-01-01"}, "That day is over"),
        ({"expires_on": "soon"}, "Write the date as"),
        ({"scopes": ["admin:everything"]}, "not in the scope profile"),
    ],
)
def test_a_mistake_is_told_and_makes_nothing(
    changes: dict[str, object], sentence: str, bobs_browser: Client
) -> None:
    answer = bobs_browser.post(NEW, form(**changes))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ClientKey.objects.exists()


@pytest.mark.usefixtures("account")
def test_with_one_alm_account_there_is_nothing_to_choose(bobs_browser: Client) -> None:
    answer = bobs_browser.get("/profile/client-keys/new/")
    assert answer.headers["Location"] == NEW


def test_who_is_not_connected_is_told_what_the_key_is_worth(
    bob: User, bobs_browser: Client, connect: Connect
) -> None:
    assert "refused until you are" in bobs_browser.get(NEW).content.decode()
    connect(bob, without=["write:jira-work"])
    page = bobs_browser.get(NEW).content.decode()
    assert "refused until you are" not in page
    assert page.count("your token lacks it") == 1


def test_once_connected_the_credentials_page_offers_a_key(
    bob: User, bobs_browser: Client, connect: Connect
) -> None:
    assert NEW not in bobs_browser.get("/profile/alm-credentials/").content.decode()
    connect(bob)
    assert NEW in bobs_browser.get("/profile/alm-credentials/").content.decode()


def test_a_key_is_revoked_after_a_question(account: AlmAccount, bob: User, bobs_browser: Client) -> None:
    key = key_of(bob, account)
    address = reverse("client_keys:revoke", args=[key.pk])
    assert "Revoke “Theirs”?" in bobs_browser.get(address).content.decode()
    assert ClientKey.objects.get().revoked_at is None
    answer = bobs_browser.post(address, follow=True)
    assert "is revoked" in answer.content.decode()
    assert ClientKey.objects.get().revoked_at is not None
    assert bobs_browser.get(address).status_code == 404


@pytest.mark.usefixtures("account")
def test_making_a_key_asks_for_the_password_of_an_old_session(bob: User) -> None:
    browser = Client()
    browser.force_login(bob)
    for answer in (browser.get(NEW), browser.post(NEW, form())):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/confirm-password/")
    assert not ClientKey.objects.exists()


def test_charlie_is_sent_to_sign_in(account: AlmAccount, bob: User, charlies_browser: Client) -> None:
    key = key_of(bob, account)
    for address in (LIST, "/profile/client-keys/new/", NEW, reverse("client_keys:revoke", args=[key.pk])):
        for answer in (charlies_browser.get(address), charlies_browser.post(address, form())):
            assert answer.headers["Location"].startswith("/sign-in/"), address
    assert ClientKey.objects.get().revoked_at is None


def test_nobody_sees_or_revokes_another_persons_key(
    account: AlmAccount, alice: User, bobs_browser: Client
) -> None:
    key = key_of(alice, account)
    address = reverse("client_keys:revoke", args=[key.pk])
    assert key.pk not in bobs_browser.get(LIST).content.decode()
    assert bobs_browser.get(address).status_code == 404
    assert bobs_browser.post(address).status_code == 404
    assert ClientKey.objects.get().revoked_at is None


@pytest.mark.usefixtures("account")
def test_a_form_from_elsewhere_makes_nothing(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)
    assert browser.post(NEW, form()).status_code == 403
    assert not ClientKey.objects.exists()


def refuse(bob: User, account: AlmAccount) -> None:
    Credential.objects.filter(user=bob, alm_account=account).update(state=StoredState.REFUSED)


def expire(bob: User, account: AlmAccount) -> None:
    now = timezone.now()
    Credential.objects.filter(user=bob, alm_account=account).update(
        expires_on=(now - timedelta(days=3)).date(), checked_at=now - timedelta(days=7)
    )


def disconnect(bob: User, account: AlmAccount) -> None:
    Credential.objects.filter(user=bob, alm_account=account).delete()


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (None, "Active"),
        (refuse, "Blocked: token refused"),
        (expire, "Blocked: token expired"),
        (disconnect, "Blocked: not connected"),
    ],
)
def test_the_keys_own_page_says_what_the_list_says(
    account: AlmAccount,
    bob: User,
    *,
    bobs_browser: Client,
    connect: Connect,
    change: Callable[[User, AlmAccount], None] | None,
    title: str,
) -> None:
    connect(bob)
    key = key_of(bob, account)
    if change:
        change(bob, account)
    listed = bobs_browser.get(LIST).content.decode()
    page = bobs_browser.get(f"{LIST}{key.pk}/").content.decode()
    assert f'href="{LIST}{key.pk}/"' in listed, "the name leads to the key's page"
    assert title in listed
    assert title in page
    assert ("Blocked" in page) == ("Active" not in page)
    edit = reverse("connections:credential_edit", args=[account.slug])
    assert (f'href="{edit}"' in page) == (change is not None), "a blocked key leads to what mends it"


def test_a_key_that_is_blocked_from_the_start_says_so_where_it_is_shown(
    account: AlmAccount, bobs_browser: Client
) -> None:
    made = bobs_browser.post(NEW, form())
    page = bobs_browser.get(made.headers["Location"]).content.decode()
    assert KEY.search(page)
    assert "Blocked: not connected" in page
    assert reverse("connections:credential_edit", args=[account.slug]) in page
