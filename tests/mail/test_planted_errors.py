"""Whatever the mail library raises, and wherever, pages answer as ever and nobody learns who is here."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence

import pytest
from django.core.mail import BadHeaderError, EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from ownkey.environment.values import MailSettings
from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.troubles import known
from ownkey.people.models import Invitation, User
from tests.conftest import ChangeEnvironment
from tests.post_office import sent_mail

pytestmark = pytest.mark.django_db

UNICODE = UnicodeEncodeError("ascii", "geheïm", 4, 5, "ordinal not in range(128)")
ERRORS = [
    UNICODE,
    ValueError("Invalid address"),
    BadHeaderError("Header values can't contain newlines"),
    LookupError("unknown encoding"),
    AttributeError("'NoneType' object has no attribute 'token_type'"),
    smtplib.SMTPException("any"),
    smtplib.SMTPServerDisconnected("gone"),
    smtplib.SMTPConnectError(421, b"full"),
    smtplib.SMTPHeloError(550, b"no"),
    smtplib.SMTPNotSupportedError("no AUTH"),
    smtplib.SMTPAuthenticationError(535, b"wrong"),
    smtplib.SMTPSenderRefused(550, b"no", "ownkey@localhost"),
    smtplib.SMTPRecipientsRefused({"x@acme.example": (550, b"unknown")}),
    smtplib.SMTPRecipientsRefused({}),
    smtplib.SMTPDataError(554, b"spam"),
    ssl.SSLError(1, "WRONG_VERSION_NUMBER"),
    ssl.SSLCertVerificationError(1, "certificate verify failed"),
    socket.gaierror(-2, "Name or service not known"),
    TimeoutError("timed out"),
    ConnectionRefusedError(111, "refused"),
    ConnectionResetError(104, "reset"),
    OSError(101, "Network is unreachable"),
    RuntimeError("anything else"),
]


class Raising(BaseEmailBackend):
    """A way out that raises where and what it is told to."""

    error: Exception = OSError()
    place = "open"

    def open(self) -> bool:
        """Raise if it is told to here."""
        return self._at("open")

    def close(self) -> None:
        """Raise if it is told to here."""
        self._at("close")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Raise if it is told to here."""
        self._at("send")
        return len(email_messages)

    def _at(self, place: str) -> bool:
        if place == self.place:
            raise self.error
        return True


Plant = Callable[[Exception, str], None]


@pytest.fixture
def plant(
    settings: Settings, change_environment: ChangeEnvironment, monkeypatch: pytest.MonkeyPatch
) -> Plant:
    """Return a function that has mail raise an error in a place."""
    change_environment(mail=MailSettings(host="mail.acme.example"))
    settings.EMAIL_BACKEND = f"{Raising.__module__}.{Raising.__qualname__}"

    def _plant(error: Exception, place: str) -> None:
        monkeypatch.setattr(Raising, "error", error)
        monkeypatch.setattr(Raising, "place", place)

    return _plant


@pytest.mark.parametrize("place", ["open", "send", "close"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_error_leaves_the_sending(
    plant: Plant, alices_browser: Client, error: Exception, place: str
) -> None:
    plant(error, place)
    carol = {"name": "Carol", "email": "carol@acme.example", "role": "person"}
    answer = alices_browser.post("/settings/people/invite/", carol, follow=True)
    assert answer.status_code == 200
    assert "/invitations/" in answer.content.decode(), "the link is shown whatever mail does"
    sent_mail()
    mail = StoredMail.objects.get(kind="invitation")
    if place == "close":
        assert mail.delivery == Delivery.SENT
        return
    assert mail.delivery in {Delivery.WAITING, Delivery.FAILED}
    assert known(mail.trouble).value == mail.trouble
    page = alices_browser.get("/settings/people/").content.decode()
    assert "The mail is tried again." in page or "could not be delivered" in page
    assert "geheïm" not in page


@pytest.mark.parametrize("place", ["open", "send"])
def test_a_reset_has_one_answer_for_who_is_here_and_who_is_not(plant: Plant, bob: User, place: str) -> None:
    plant(UNICODE, place)
    answers = []
    for email in (bob.email, bob.email.upper(), "stranger@acme.example"):
        answer = Client().post("/password-reset/", {"email": email}, follow=True)
        answers.append((answer.status_code, answer.redirect_chain, answer.content.decode()))
    assert answers[0] == answers[1] == answers[2]
    assert StoredMail.objects.count() == 2, "nothing of a stranger is kept"


def test_a_reset_costs_the_same_queries_whoever_asks(bob: User) -> None:
    kinds = []
    for email in ("stranger@acme.example", bob.email):
        with CaptureQueriesContext(connection) as caught:
            Client().post("/password-reset/", {"email": email})
        about_mail = [query["sql"] for query in caught if "mail_storedmail" in query["sql"]]
        people = [query["sql"] for query in caught if "people_user" in query["sql"]]
        kinds.append((len(people), [sql.split()[0].replace("DELETE", "UPDATE") for sql in about_mail]))
    assert kinds[0] == kinds[1] == (1, ["INSERT", "UPDATE"])


def test_a_reset_link_arrives_for_who_is_here(bob: User) -> None:
    Client().post("/password-reset/", {"email": bob.email.upper()})
    (message,) = sent_mail()
    assert message.to == [bob.email]
    assert "http://127.0.0.1:8000/password-reset/" in str(message.body)


def test_a_person_who_was_suspended_meanwhile_gets_no_link(bob: User) -> None:
    Client().post("/password-reset/", {"email": bob.email})
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert not sent_mail()
    assert StoredMail.objects.get().delivery == Delivery.DROPPED


def test_a_list_goes_on_whatever_mail_does(plant: Plant, alices_browser: Client) -> None:
    plant(UNICODE, "open")
    people = "\n".join(f"p{number}@acme.example" for number in range(3))
    answer = alices_browser.post("/settings/people/invite-many/", {"people": people}, follow=True)
    assert answer.status_code == 200
    assert Invitation.objects.count() == 3
    sent_mail()
    assert StoredMail.objects.filter(delivery=Delivery.WAITING).count() == 3


def test_an_invitation_that_is_revoked_is_not_mailed_any_more(plant: Plant, alices_browser: Client) -> None:
    plant(OSError(), "nowhere")
    alices_browser.post("/settings/people/invite-many/", {"people": "ada@acme.example"})
    alices_browser.post(f"/settings/people/invitations/{Invitation.objects.get().pk}/revoke/")
    mail = StoredMail.objects.get()
    assert (mail.delivery, bytes(mail.envelope)) == (Delivery.DROPPED, b"")
