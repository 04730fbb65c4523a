"""A link lets in the one person it was made for, once, while it is good, and nobody else."""

import re
from datetime import timedelta
from typing import ClassVar

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ownkey.audit.models import Entry
from ownkey.environment.values import MailSettings
from ownkey.people import flows
from ownkey.people.errors import (
    EmailTakenError,
    LastAdministratorError,
    NoSuchPersonError,
    OwnAccountError,
    PeopleError,
    WeakPasswordError,
)
from ownkey.people.models import Invitation, Role, SetUpLink, User
from ownkey.people.set_up import ensure_setup_link
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW, make_sign_in_old
from tests.post_office import sent_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

CAROL = {"name": "Carol Diaz", "email": "Carol@Acme.Example", "role": "person"}


def _path(link: str | None) -> str:
    assert link
    return link.removeprefix("http://127.0.0.1:8000")


def _invite(browser: Client, **fields: str) -> str:
    """Invite Carol through the page and return the path of the link that it shows."""
    page = browser.post("/settings/people/invite/", {**CAROL, **fields}, follow=True).content.decode()
    found = re.search(r"(/invitations/[\w-]+/)</code>", page)
    assert found, page
    return found.group(1)


class TestSetUp:
    """The set-up link makes the first administrator."""

    FIELDS: ClassVar = {
        "name": "Grace Hopper",
        "email": "grace@acme.example",
        "password": "anchors aweigh, compiler",
    }

    def test_makes_an_administrator_and_signs_in(self, charlies_browser: Client) -> None:
        path = _path(ensure_setup_link())
        assert charlies_browser.get(path).status_code == 200
        answer = charlies_browser.post(path, self.FIELDS)
        assert (answer.status_code, answer["Location"]) == (302, "/")
        grace = User.objects.get()
        assert grace.is_administrator
        assert "Hello, Grace Hopper" in charlies_browser.get("/").content.decode()

    def test_works_once(self, charlies_browser: Client) -> None:
        path = _path(ensure_setup_link())
        charlies_browser.post(path, self.FIELDS)
        again = Client().post(path, {**self.FIELDS, "email": "mallory@acme.example"})
        assert again.status_code == 410
        assert User.objects.count() == 1
        assert ensure_setup_link() is None

    def test_ends_when_an_administrator_is_added_otherwise(self, charlies_browser: Client) -> None:
        path = _path(ensure_setup_link())
        flows.add_user(
            "op@acme.example",
            name="Op",
            password="out of band, by hand",
            role=Role.ADMINISTRATOR,
            actor="operator",
        )
        assert charlies_browser.get(path).status_code == 410
        assert not SetUpLink.objects.exists()

    def test_only_the_newest_link_works(self, charlies_browser: Client) -> None:
        older, newest = _path(ensure_setup_link()), _path(ensure_setup_link())
        assert charlies_browser.get(older).status_code == 410
        assert charlies_browser.get(newest).status_code == 200

    def test_its_secret_is_not_in_the_database(self) -> None:
        secret = _path(ensure_setup_link()).split("/")[2]
        assert secret not in SetUpLink.objects.get().secret_hash

    def test_a_weak_password_is_refused_and_the_link_stays_good(self, charlies_browser: Client) -> None:
        path = _path(ensure_setup_link())
        answer = charlies_browser.post(path, {**self.FIELDS, "password": "password"})
        assert answer.status_code == 422
        assert "too common" in answer.content.decode()
        assert charlies_browser.get(path).status_code == 200

    def test_a_link_fills_nothing_in_outside_the_demo(self, charlies_browser: Client) -> None:
        page = charlies_browser.get(_path(ensure_setup_link()) + "?name=Mallory").content.decode()
        assert "Mallory" not in page


class TestInvitation:
    """An invitation makes one person."""

    def test_lets_in_with_the_chosen_password(self, alices_browser: Client, charlies_browser: Client) -> None:
        path = _invite(alices_browser)
        assert "Alice Liddell invited you" in charlies_browser.get(path).content.decode()
        answer = charlies_browser.post(path, {"name": "Carol D.", "password": "nobody guesses this one"})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        carol = User.objects.get(email="carol@acme.example")
        assert (carol.name, carol.is_administrator) == ("Carol D.", False)

    def test_cannot_be_given_another_e_mail_or_role(
        self, alices_browser: Client, charlies_browser: Client
    ) -> None:
        path = _invite(alices_browser)
        charlies_browser.post(
            path,
            {
                "name": "C",
                "password": "nobody guesses this one",
                "email": "evil@acme.example",
                "role": "administrator",
                "is_administrator": "on",
            },
        )
        carol = User.objects.get(name="C")
        assert (carol.email, carol.is_administrator) == ("carol@acme.example", False)

    def test_works_once(self, alices_browser: Client, charlies_browser: Client) -> None:
        path = _invite(alices_browser)
        charlies_browser.post(path, {"name": "C", "password": "nobody guesses this one"})
        assert "has been used" in Client().get(path).content.decode()

    def test_is_mailed_with_the_same_link(
        self, alices_browser: Client, change_environment: ChangeEnvironment
    ) -> None:
        change_environment(mail=MailSettings(host="mail.acme.example"))
        path = _invite(alices_browser)
        assert path in str(sent_mail()[0].body)
        assert sent_mail()[0].to == ["carol@acme.example"]

    def test_is_shown_when_mail_fails(self, alices_browser: Client, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert _invite(alices_browser)

    def test_is_shown_once_on_a_page_that_no_browser_stores(self, alices_browser: Client) -> None:
        made = alices_browser.post("/settings/people/invite/", CAROL)
        page = f"/settings/people/invitations/{Invitation.objects.get().pk}/"
        assert (made.status_code, made["Location"].partition("?")[0]) == (302, page)
        first = alices_browser.get(made["Location"])
        assert "no-store" in first["Cache-Control"]
        assert "/invitations/" in first.content.decode().partition('id="invitation-link"')[2]
        again = alices_browser.get(made["Location"])
        assert again.status_code == 200
        assert "It was shown once" in again.content.decode()
        assert 'id="invitation-link"' not in again.content.decode()
        assert Invitation.objects.count() == 1

    @pytest.mark.parametrize(
        ("email", "sentence"),
        [
            ("jörg@acme.example", flows.OUTSIDE_ASCII),
            ("acme.example", "That is not an e-mail address."),
            ("carol@acme", "That is not an e-mail address."),
            (f"{'c' * 250}@acme.example", "longer than 254 characters"),
        ],
        ids=["outside ASCII", "no @", "no domain", "too long"],
    )
    def test_is_not_made_for_an_address_that_cannot_be_mailed(
        self, alices_browser: Client, email: str, sentence: str
    ) -> None:
        answer = alices_browser.post("/settings/people/invite/", {**CAROL, "email": email})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_that_replaces_another_is_shown_once_and_leads_back_to_the_list(
        self, alices_browser: Client
    ) -> None:
        _invite(alices_browser)
        before = Invitation.objects.open().get()
        sent = alices_browser.post(
            f"/settings/people/invitations/{before.pk}/send-again/", {"list": "text=carol"}
        )
        after = Invitation.objects.open().get()
        assert sent["Location"].startswith(f"/settings/people/invitations/{after.pk}/?")
        page = alices_browser.get(sent["Location"]).content.decode()
        assert 'id="invitation-link"' in page
        assert "/settings/people/?text=carol" in page
        assert alices_browser.get(f"/settings/people/invitations/{before.pk}/").status_code == 404

    def test_is_not_kept_anywhere_but_as_a_hash(self, alices_browser: Client) -> None:
        secret = _invite(alices_browser).split("/")[2]
        stored = " ".join(str(value) for value in Invitation.objects.values_list())
        recorded = " ".join(str(value) for value in Entry.objects.values_list())
        assert secret not in stored + recorded

    def test_ends_after_a_week(self, alices_browser: Client, charlies_browser: Client) -> None:
        path = _invite(alices_browser)
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        answer = charlies_browser.post(path, {"name": "C", "password": "nobody guesses this one"})
        assert answer.status_code == 410
        assert "send it again" in answer.content.decode()
        assert not User.objects.filter(name="C").exists()

    def test_sending_again_ends_the_earlier_link(
        self, alices_browser: Client, charlies_browser: Client
    ) -> None:
        older = _invite(alices_browser)
        newest = _invite(alices_browser)
        assert charlies_browser.get(older).status_code == 410
        assert charlies_browser.get(newest).status_code == 200

    def test_the_new_link_button_makes_a_new_link(
        self, alices_browser: Client, charlies_browser: Client
    ) -> None:
        older = _invite(alices_browser)
        invitation = Invitation.objects.get()
        page = alices_browser.post(
            f"/settings/people/invitations/{invitation.pk}/send-again/", follow=True
        ).content.decode()
        assert "/invitations/" in page
        assert charlies_browser.get(older).status_code == 410

    def test_revoking_ends_the_link(self, alices_browser: Client, charlies_browser: Client) -> None:
        path = _invite(alices_browser)
        alices_browser.post(f"/settings/people/invitations/{Invitation.objects.get().pk}/revoke/")
        assert charlies_browser.get(path).status_code == 410

    def test_unknown_and_revoked_links_look_the_same(
        self, alices_browser: Client, charlies_browser: Client
    ) -> None:
        path = _invite(alices_browser)
        alices_browser.post(f"/settings/people/invitations/{Invitation.objects.get().pk}/revoke/")
        revoked = charlies_browser.get(path).content
        assert revoked == charlies_browser.get("/invitations/made-up/").content

    def test_somebody_who_is_here_is_not_invited(self, alices_browser: Client, bob: User) -> None:
        answer = alices_browser.post("/settings/people/invite/", {**CAROL, "email": bob.email.upper()})
        assert answer.status_code == 422
        assert "is here already" in answer.content.decode()

    def test_a_set_up_secret_is_not_an_invitation(self, charlies_browser: Client) -> None:
        secret = _path(ensure_setup_link()).split("/")[2]
        assert charlies_browser.get(f"/invitations/{secret}/").status_code == 410

    def test_inviting_an_administrator_asks_for_the_password(
        self, alices_browser: Client, password: str
    ) -> None:
        make_sign_in_old(alices_browser)
        answer = alices_browser.post("/settings/people/invite/", {**CAROL, "role": "administrator"})
        assert answer["Location"].startswith("/confirm-password/")
        assert not Invitation.objects.exists()
        page = alices_browser.post(
            answer["Location"], {"password": password, "next": "/settings/people/invite/"}, follow=True
        )
        assert "/invitations/" in page.content.decode()
        assert Invitation.objects.get().is_administrator


class TestAdministration:
    """Administrators look after people, and one of them always stays."""

    def test_suspends_and_reinstates(self, alices_browser: Client, bob: User) -> None:
        alices_browser.post(f"/settings/people/{bob.pk}/suspend/")
        bob.refresh_from_db()
        assert not bob.is_active
        alices_browser.post(f"/settings/people/{bob.pk}/reinstate/")
        bob.refresh_from_db()
        assert bob.is_active

    def test_making_an_administrator_asks_for_the_password(
        self, alices_browser: Client, bob: User, password: str
    ) -> None:
        make_sign_in_old(alices_browser)
        address = f"/settings/people/{bob.pk}/make-administrator/"
        answer = alices_browser.post(address)
        bob.refresh_from_db()
        assert not bob.is_administrator
        alices_browser.post(answer["Location"], {"password": password, "next": address})
        bob.refresh_from_db()
        assert bob.is_administrator

    def test_the_last_administrator_stays(self, alices_browser: Client, alice: User) -> None:
        page = alices_browser.post(f"/settings/people/{alice.pk}/unmake-administrator/", follow=True)
        alice.refresh_from_db()
        assert alice.is_administrator
        assert "only administrator" in page.content.decode()

    def test_a_suspended_administrator_does_not_count(self, alice: User, bob: User) -> None:
        flows.make_administrator(bob, actor=alice, signed_in=JUST_NOW)
        flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
        with pytest.raises(LastAdministratorError):
            flows.unmake_administrator(alice, actor="operator", signed_in=AT_THE_COMMAND_LINE)

    def test_the_command_line_cannot_suspend_the_last_administrator_either(self, alice: User) -> None:
        with pytest.raises(LastAdministratorError):
            flows.suspend_user(alice, actor="operator", signed_in=AT_THE_COMMAND_LINE)

    def test_nobody_suspends_themselves(self, alice: User, bob: User) -> None:
        flows.make_administrator(bob, actor=alice, signed_in=JUST_NOW)
        with pytest.raises(OwnAccountError):
            flows.suspend_user(alice, actor=alice, signed_in=JUST_NOW)

    @pytest.mark.usefixtures("bob")
    def test_an_e_mail_is_taken_in_any_case(self) -> None:
        with pytest.raises(EmailTakenError):
            flows.add_user(
                "BOB@acme.example", name="Bobby", password="some other long words", actor="operator"
            )

    @pytest.mark.parametrize(
        ("email", "name"), [("no e-mail", "Name"), ("a@acme.example", "   "), ("a@acme.example", "x" * 121)]
    )
    def test_unusable_details_are_refused(self, email: str, name: str) -> None:
        with pytest.raises(PeopleError):
            flows.add_user(email, name=name, password="some other long words", actor="operator")

    def test_a_weak_password_is_refused(self) -> None:
        with pytest.raises(WeakPasswordError) as refused:
            flows.add_user("a@acme.example", name="A", password="12345", actor="operator")
        assert refused.value.reasons

    def test_finds_people_in_any_case(self, bob: User) -> None:
        assert flows.find_person(" Bob@ACME.example") == bob
        with pytest.raises(NoSuchPersonError):
            flows.find_person("who@acme.example")

    def test_what_is_done_is_recorded_with_who_did_it(self, alices_browser: Client, bob: User) -> None:
        alices_browser.post(f"/settings/people/{bob.pk}/suspend/")
        entry = Entry.objects.get(action="person.suspended")
        assert (entry.actor, entry.subject) == ("alice@acme.example", "bob@acme.example")

    def test_people_rename_themselves(self, bobs_browser: Client, bob: User) -> None:
        assert bobs_browser.post("/profile/", {"name": "  Robert   Baker "}).status_code == 302
        bob.refresh_from_db()
        assert bob.name == "Robert Baker"
        assert bobs_browser.post("/profile/", {"name": ""}).status_code == 422
