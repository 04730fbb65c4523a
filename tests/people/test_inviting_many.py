"""Inviting many: every line gets a result, nothing that was wrong is lost, links are mailed or shown once."""

import csv
import io
import re
from collections.abc import Sequence
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from ownkey.audit.models import Entry
from ownkey.environment.values import MailSettings
from ownkey.mail.models import Delivery, StoredMail
from ownkey.people import flows
from ownkey.people.inviting.inviting_many import Fate, LineResult, invite_all, to_mend
from ownkey.people.inviting.people_list import MOST_LINES, read_list
from ownkey.people.inviting.sending_now import send_now
from ownkey.people.models import Invitation, Role, User
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW
from tests.post_office import sent_mail

pytestmark = pytest.mark.django_db

PAGE = "/settings/people/invite-many/"


@pytest.fixture
def mail_server(change_environment: ChangeEnvironment) -> None:
    """Let there be a mail server, which is Django's for tests."""
    change_environment(mail=MailSettings(host="mail.acme.example"))


def invited(text: str, alice: User) -> list[LineResult]:
    return list(invite_all(read_list(text), role=Role.PERSON, actor=alice, signed_in=JUST_NOW))


def fates(results: Sequence[LineResult]) -> list[Fate]:
    return [result.fate for result in results]


@pytest.mark.usefixtures("mail_server")
def test_each_line_gets_its_result(alice: User, bob: User) -> None:
    flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    text = """Name; E-mail
    Ada Lovelace; ada@acme.example
    Ada; ADA@acme.example
    Alice; alice@acme.example
    Bob; bob@acme.example
    Nobody; nobody@
    Carol
    """
    results = invited(text, alice)
    assert fates(results) == [Fate.MAILED, *[Fate.THERE] * 3, *[Fate.WRONG] * 2]
    assert results[1].note == "The same as line 2."
    assert "suspended" in results[3].note
    assert [one.email for one in Invitation.objects.all()] == ["ada@acme.example"]
    assert to_mend(results) == "Nobody; nobody@\nCarol"


@pytest.mark.usefixtures("mail_server")
def test_each_invitation_is_on_record_and_mailed(alice: User) -> None:
    invited("ada@acme.example\nbo@acme.example", alice)
    made = Entry.objects.filter(action="invitation.made").order_by("number")
    assert [(entry.actor, entry.subject, entry.details) for entry in made] == [
        (alice.email, "ada@acme.example", {"role": "person"}),
        (alice.email, "bo@acme.example", {"role": "person"}),
    ]
    assert [message.to for message in sent_mail()] == [["ada@acme.example"], ["bo@acme.example"]]


def test_whoever_is_invited_already_keeps_the_link(alice: User) -> None:
    invited("ada@acme.example", alice)
    (again,) = invited("ada@acme.example", alice)
    assert again.fate is Fate.THERE
    assert Invitation.objects.count() == 1


def test_an_invitation_that_was_too_old_is_made_anew(alice: User) -> None:
    invited("ada@acme.example", alice)
    invitation = Invitation.objects.get()
    Invitation.objects.update(expires_at=invitation.invited_at)
    assert fates(invited("ada@acme.example", alice)) == [Fate.TO_HAND_OVER]


def test_a_name_that_cannot_be_shown_is_refused(alice: User) -> None:
    results = invited(f"A\x07da, ada@acme.example\n{'x' * 130}, bo@acme.example", alice)
    assert fates(results) == [Fate.WRONG, Fate.WRONG]
    assert not Invitation.objects.exists()


class HalfDead(EmailBackend):
    """A mail server that breaks off at Bo's mail."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Break off at Bo's."""
        if "bo@acme.example" in messages[0].to:
            raise OSError
        return super().send_messages(messages)


class TestSendingAtOnce:
    """As the command does: what did not leave is handed over, with the reason."""

    @pytest.mark.usefixtures("mail_server")
    def test_mail_that_fails_for_one_is_told_at_that_line(self, alice: User, settings: Settings) -> None:
        settings.EMAIL_BACKEND = f"{HalfDead.__module__}.{HalfDead.__qualname__}"
        results = send_now(invited("ada@acme.example\nbo@acme.example\ncy@acme.example", alice))
        assert fates(results) == [Fate.MAILED, Fate.TO_HAND_OVER, Fate.MAILED]
        assert "went away while it took the mail" in results[1].note
        assert [bool(result.link_to_hand_over) for result in results] == [False, True, False]
        waiting = StoredMail.objects.get(delivery=Delivery.WAITING)
        assert waiting.pk == results[1].mail_id, "a running Ownkey tries it again"

    @pytest.mark.usefixtures("mail_server")
    def test_a_mail_server_that_is_away_is_asked_once(self, alice: User, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "ownkey.mail.server.MailServer"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 10
        results = send_now(invited("ada@acme.example\nbo@acme.example", alice))
        assert fates(results) == [Fate.TO_HAND_OVER] * 2
        assert all("cannot be reached" in one.note and one.link_to_hand_over for one in results)
        assert sorted(StoredMail.objects.values_list("tries", flat=True)) == [0, 1]

    @pytest.mark.usefixtures("mail_server")
    def test_mail_that_takes_too_long_leaves_the_rest_to_hand_over(self, alice: User) -> None:
        moments = iter([0.0, 1.0, 10.0])
        results = send_now(
            invited("ada@acme.example\nbo@acme.example", alice), last_s=10, monotonic=lambda: next(moments)
        )
        assert fates(results) == [Fate.MAILED, Fate.TO_HAND_OVER]
        assert "took too long" in results[1].note
        assert len(mail.outbox) == 1


@pytest.mark.usefixtures("mail_server")
def test_a_line_that_cannot_be_saved_is_told_and_the_others_go_on(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = Invitation.save

    def save(self: Invitation, **options: Any) -> None:  # noqa: ANN401 Django's own signature
        if self.email == "bo@acme.example":
            raise OperationalError("database is locked")
        saved(self, **options)

    monkeypatch.setattr(Invitation, "save", save)
    results = invited("ada@acme.example\nbo@acme.example\ncy@acme.example", alice)
    assert fates(results) == [Fate.MAILED, Fate.WRONG, Fate.MAILED]
    assert "could not be saved" in results[1].note
    assert to_mend(results) == "bo@acme.example"
    assert StoredMail.objects.count() == 2, "no mail without its invitation"


def test_in_the_demo_the_mailbox_is_mail(alice: User, change_environment: ChangeEnvironment) -> None:
    change_environment(is_demo=True)
    (result,) = invited("ada@acme.example", alice)
    assert (result.fate, result.link_to_hand_over) == (Fate.MAILED, "")
    assert "Mail page" in result.note
    assert [message.to for message in sent_mail()] == [["ada@acme.example"]]


class TestPage:
    """The page: paste or upload, results, links once, and what was wrong back in the text area."""

    def test_links_are_shown_once_and_can_be_downloaded(self, alices_browser: Client) -> None:
        answer = alices_browser.post(
            PAGE, {"people": "Ada, ada@acme.example\n=Bo, bo@acme.example"}, follow=True
        )
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        page = unescape(answer.content.decode())
        links = re.findall(r"http://\S+/invitations/[\w-]+/", page)
        assert len(set(links)) == 2
        found = re.search(r'href="data:text/csv;charset=utf-8,([^"]+)"', page)
        assert found
        rows = list(csv.DictReader(io.StringIO(unquote(found[1]))))
        assert [row["name"] for row in rows] == ["Ada", "'=Bo"]
        assert Client().get(rows[0]["link"].partition("127.0.0.1:8000")[2]).status_code == 200
        assert "/invitations/" not in alices_browser.get(PAGE).content.decode()

    @pytest.mark.usefixtures("mail_server")
    def test_links_that_were_mailed_are_not_shown(self, alices_browser: Client) -> None:
        page = alices_browser.post(PAGE, {"people": "Ada, ada@acme.example"}, follow=True).content.decode()
        assert "on its way to ada@acme.example" in page
        assert "/invitations/" not in page

    def test_what_was_wrong_comes_back(self, alices_browser: Client) -> None:
        answer = alices_browser.post(
            PAGE, {"people": "Ada, ada@acme.example\nBo, bo@\n<script>, x@"}, follow=True
        )
        assert answer.context["form"]["people"].value() == "Bo, bo@\n<script>, x@"
        assert "<script>," not in answer.content.decode()

    def test_a_file_and_pasted_lines_go_together(self, alices_browser: Client) -> None:
        file = SimpleUploadedFile("people.csv", b"\xef\xbb\xbfBo Diddley;bo@acme.example\r\n\r\n")
        alices_browser.post(PAGE, {"people": "Ada, ada@acme.example", "file": file}, follow=True)
        names = sorted(Invitation.objects.values_list("name", "email"))
        assert names == [("Ada", "ada@acme.example"), ("Bo Diddley", "bo@acme.example")]

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"people": " \n ,\n"},
            {"people": "\n".join(f"p{n}@acme.example" for n in range(MOST_LINES + 1))},
        ],
        ids=["nothing", "blank", "too many"],
    )
    def test_a_list_that_cannot_be_read_comes_back_whole(
        self, alices_browser: Client, data: dict[str, str]
    ) -> None:
        answer = alices_browser.post(PAGE, data, follow=True)
        assert answer.status_code == 422
        assert 'class="errors"' in answer.content.decode()
        assert (answer.context["form"]["people"].value() or "").strip() == data.get("people", "").strip()
        assert not Invitation.objects.exists()

    def test_too_many_lines_in_a_file_come_back_as_text(self, alices_browser: Client) -> None:
        text = "\n".join(f"p{n}@acme.example" for n in range(MOST_LINES + 1))
        answer = alices_browser.post(
            PAGE, {"file": SimpleUploadedFile("people.csv", text.encode())}, follow=True
        )
        assert answer.status_code == 422
        assert answer.context["form"]["people"].value() == text

    @pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x00", b"x" * 1_000_001], ids=["sheet", "large"])
    def test_a_file_that_is_no_list_is_refused(self, alices_browser: Client, data: bytes) -> None:
        answer = alices_browser.post(
            PAGE, {"people": "keep me", "file": SimpleUploadedFile("x.csv", data)}, follow=True
        )
        assert answer.status_code == 422
        assert "keep me" in answer.content.decode()
        assert not Invitation.objects.exists()

    def test_five_hundred_lines_go_in_one_go(self, alices_browser: Client) -> None:
        text = "\n".join(f"Person {n}, p{n}@acme.example" for n in range(MOST_LINES))
        answer = alices_browser.post(PAGE, {"people": text}, follow=True)
        assert answer.status_code == 200
        assert Invitation.objects.count() == MOST_LINES

    def test_nobody_else_opens_it(self, bobs_browser: Client, charlies_browser: Client) -> None:
        for browser, status in ((bobs_browser, 403), (charlies_browser, 302)):
            assert browser.get(PAGE).status_code == status
            assert browser.post(PAGE, {"people": "eve@acme.example"}).status_code == status
        assert not Invitation.objects.exists()
