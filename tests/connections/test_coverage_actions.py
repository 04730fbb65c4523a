"""Administrators remind, suspend, disconnect and revoke in the coverage, on record; nobody else can."""

import pytest
from django.test import Client
from django.urls import reverse

from ownkey.audit.models import Entry
from ownkey.audit.search import Search, matching
from ownkey.connections import saved_credentials
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.models import AlmAccount, ClientKey, Credential
from ownkey.people.flows import make_administrator, make_auditor, suspend_user
from ownkey.people.models import User
from tests.conftest import SignIn
from tests.people.sign_ins import JUST_NOW

from .conftest import Connect

REMIND_ALL = "/settings/coverage/remind/"


@pytest.fixture
def key(account: AlmAccount, bob: User) -> ClientKey:
    return issue_client_key(bob, account, name="Report", expires_on=None, actor=bob, signed_in=JUST_NOW).row


def address(name: str, account: AlmAccount, person: User) -> str:
    return reverse(f"coverage:{name}", args=[account.slug, person.pk])


def entry_of(action: str) -> tuple[str, str, str]:
    entry = Entry.objects.get(action=action)
    return (entry.actor, entry.subject, entry.alm_account)


def grow_old(browser: Client) -> None:
    """Let the sign-in be an hour ago."""
    session = browser.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 3600
    session.save()


class TestDisconnecting:
    """An administrator destroys somebody's secret, after a question and a recent sign-in."""

    def test_the_secret_is_gone_at_once_and_the_binding_stays(
        self, alices_browser: Client, alice: User, account: AlmAccount, bob: User, connect: Connect
    ) -> None:
        connect(bob)
        page = address("disconnect", account, bob)
        assert "cannot be brought back" in alices_browser.get(page).content.decode()
        assert Credential.objects.get(user=bob).is_sealed
        answer = alices_browser.post(page, follow=True)
        assert "Bob Baker is disconnected from Acme Jira" in answer.content.decode()
        left = Credential.objects.get(user=bob)
        assert not left.is_sealed
        assert left.atlassian_account_id == f"id-of-{bob.email}"
        expected = (alice.email, f"{bob.email} at {account.slug}", account.slug)
        assert entry_of("credential.disconnected") == expected

    def test_it_asks_for_a_recent_sign_in(
        self, alices_browser: Client, account: AlmAccount, bob: User, connect: Connect
    ) -> None:
        connect(bob)
        grow_old(alices_browser)
        answer = alices_browser.post(address("disconnect", account, bob))
        assert answer["Location"].startswith("/confirm-password/")
        assert Credential.objects.get(user=bob).is_sealed

    def test_what_is_gone_already_is_said(
        self, alices_browser: Client, alice: User, account: AlmAccount, bob: User, connect: Connect
    ) -> None:
        page = address("disconnect", account, bob)
        assert alices_browser.get(page).status_code == 404
        saved_credentials.disconnect(connect(bob), actor=alice, signed_in=JUST_NOW)
        assert "nothing to delete" in alices_browser.get(page).content.decode()
        assert alices_browser.post(page).status_code == 302
        assert Entry.objects.filter(action="credential.disconnected").count() == 1


class TestSuspending:
    """An administrator keeps somebody out, after a question and a recent sign-in."""

    def test_it_is_asked_done_and_recorded(
        self, alices_browser: Client, alice: User, account: AlmAccount, bob: User
    ) -> None:
        page = address("suspend", account, bob)
        assert alices_browser.get(page).status_code == 200
        assert User.objects.get(pk=bob.pk).is_active
        alices_browser.post(page)
        assert not User.objects.get(pk=bob.pk).is_active
        assert entry_of("person.suspended")[:2] == (alice.email, bob.email)
        assert alices_browser.get(page).status_code == 404

    def test_it_asks_for_a_recent_sign_in(
        self, alices_browser: Client, account: AlmAccount, bob: User
    ) -> None:
        grow_old(alices_browser)
        answer = alices_browser.post(address("suspend", account, bob))
        assert answer["Location"].startswith("/confirm-password/")
        assert User.objects.get(pk=bob.pk).is_active

    def test_nobody_suspends_themselves(
        self, alices_browser: Client, account: AlmAccount, alice: User, bob: User
    ) -> None:
        make_administrator(bob, actor=alice, signed_in=JUST_NOW)
        page = alices_browser.post(address("suspend", account, alice), follow=True)
        assert "cannot suspend yourself" in page.content.decode()
        assert User.objects.get(pk=alice.pk).is_active


class TestReminding:
    """One, or all that need it: at most once an hour, and never whoever has nothing to do."""

    def test_one_is_reminded_once_an_hour(
        self, alices_browser: Client, account: AlmAccount, bob: User
    ) -> None:
        for words in ("Bob Baker gets a mail about Acme Jira", "was not reminded"):
            page = alices_browser.post(address("remind", account, bob), follow=True)
            assert words in page.content.decode()
        assert [one.user for one in Reminder.objects.all()] == [bob]

    def test_who_has_nothing_to_do_is_not_reminded(
        self, alices_browser: Client, account: AlmAccount, bob: User, connect: Connect
    ) -> None:
        connect(bob)
        page = alices_browser.post(address("remind", account, bob), follow=True)
        assert "was not reminded" in page.content.decode()
        assert not Reminder.objects.exists()

    @pytest.mark.usefixtures("account")
    def test_all_are_asked_about_first_and_then_reminded(
        self, alices_browser: Client, alice: User, bob: User, connect: Connect
    ) -> None:
        connect(alice)
        question = alices_browser.get(REMIND_ALL).content.decode()
        assert "Send 1 reminder?" in question
        assert "Bob Baker: Acme Jira (not connected)" in question
        assert "No mail server is set up" in question
        assert not Reminder.objects.exists()
        assert "1 reminder goes" in alices_browser.post(REMIND_ALL, follow=True).content.decode()
        assert [one.user for one in Reminder.objects.all()] == [bob]
        again = alices_browser.post(REMIND_ALL, follow=True).content.decode()
        assert "0 reminders go out in a moment. 1 got a mail" in again

    @pytest.mark.usefixtures("account")
    def test_all_means_all_that_are_shown(self, alices_browser: Client, bob: User) -> None:
        alices_browser.post(f"{REMIND_ALL}?text=bob")
        assert [one.user for one in Reminder.objects.all()] == [bob]

    @pytest.mark.usefixtures("account")
    @pytest.mark.usefixtures("account", "bob")
    def test_nobody_reminds_themselves_and_the_page_says_so_many(
        self, alice: User, alices_browser: Client
    ) -> None:
        page = alices_browser.get("/settings/coverage/").content.decode()
        assert "Remind 1…" in page, "Alice and Bob are not connected, and Alice reads this"
        assert "Send 1 reminder?" in alices_browser.get(REMIND_ALL).content.decode()
        alices_browser.post(REMIND_ALL)
        assert not Reminder.objects.filter(user=alice).exists()
        assert Reminder.objects.count() == 1

    def test_nobody_is_reminded_of_a_list_that_makes_no_sense(self, alices_browser: Client) -> None:
        assert alices_browser.post(f"{REMIND_ALL}?state=x").status_code == 302
        assert not Reminder.objects.exists()

    @pytest.mark.usefixtures("account")
    def test_who_is_suspended_is_left_out(self, alices_browser: Client, alice: User, bob: User) -> None:
        suspend_user(bob, actor=alice, signed_in=JUST_NOW)
        alices_browser.post(f"{REMIND_ALL}?people=everybody")
        assert bob not in [one.user for one in Reminder.objects.all()]


class TestRevoking:
    """An administrator sees others' client keys, never the key itself, and can revoke them."""

    def test_it_is_asked_done_and_recorded(
        self, alices_browser: Client, alice: User, account: AlmAccount, bob: User, key: ClientKey
    ) -> None:
        page = reverse("coverage:revoke_key", args=[key.pk])
        assert alices_browser.get(page).status_code == 200
        key.refresh_from_db()
        assert key.revoked_at is None
        alices_browser.post(page)
        key.refresh_from_db()
        assert key.revoked_at is not None
        expected = (alice.email, f"{bob.email} at {account.slug}", account.slug)
        assert entry_of("client-key.revoked") == expected
        assert alices_browser.get(page).status_code == 404


@pytest.mark.parametrize("who", ["person", "auditor"])
def test_only_administrators_act(  # noqa: PLR0917 the cast
    who: str,
    alice: User,
    account: AlmAccount,
    bob: User,
    connect: Connect,
    key: ClientKey,
    sign_in: SignIn,
    charlies_browser: Client,
) -> None:
    connect(bob, without=["write:sprint:jira-software"])
    if who == "auditor":
        make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    browser = sign_in(bob.email)
    addresses = [address(name, account, bob) for name in ("remind", "suspend", "disconnect")]
    for one in [*addresses, REMIND_ALL, reverse("coverage:revoke_key", args=[key.pk])]:
        assert browser.post(one).status_code == 403, one
        assert browser.get(one).status_code in {403, 405}, one
        assert charlies_browser.post(one).status_code == 302, one
    assert User.objects.get(pk=bob.pk).is_active
    assert Credential.objects.get(user=bob).is_sealed
    assert ClientKey.objects.get(pk=key.pk).revoked_at is None
    assert not Reminder.objects.exists()


def test_a_form_from_elsewhere_is_refused(alice: User, account: AlmAccount, bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(address("remind", account, bob)).status_code == 403
    assert browser.post(REMIND_ALL).status_code == 403


def test_entries_of_credentials_and_keys_name_the_alm_account(
    alice: User, account: AlmAccount, bob: User, connect: Connect, key: ClientKey
) -> None:
    credential = connect(bob)
    saved_credentials.change_expiry(credential, None, actor=bob, signed_in=JUST_NOW)
    saved_credentials.record_refused_in_use(credential.pk, proven_count=credential.proven_count)
    saved_credentials.release(credential, actor=alice, signed_in=JUST_NOW)
    found = matching(Search(alm_account=account.slug))
    assert {entry.action for entry in found if entry.alm_account == account.slug} >= {
        "alm-account.added",
        "client-key.made",
        "credential.tested",
        "credential.connected",
        "credential.expiry-changed",
        "credential.refused",
        "credential.released",
    }
    assert not found.exclude(alm_account=account.slug).exists()
    assert key.user == bob
