"""A real mail server in every mood: each trouble has its name, and what can be tried again is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from ownkey.audit.models import Entry
from ownkey.connections.lifecycle.schedule import queue_mails
from ownkey.mail.letters import Letter
from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.outbox import post
from ownkey.mail.sending import put_back_cut_off, send_stored
from ownkey.mail.troubles import WORDS, Trouble
from ownkey.people.password_reset import write_reset
from tests.lifecycle.mail_server import PASSWORD, USER, Post, make_certificate, running_mail_server

pytestmark = [
    pytest.mark.django_db,
    # The server's own word about what some of these tests are for.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]

ADA = Letter(to="ada@acme.example", subject="Your link", body="Open https://ownkey.example/secret/ now.")


@pytest.fixture(autouse=True)
def _over_the_wire(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "ownkey.mail.server.MailServer"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "localhost", 30
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture
def server(settings: Settings) -> Iterator[Post]:
    """Return a running mail server that the settings name."""
    with running_mail_server() as running:
        settings.EMAIL_PORT = running.port
        yield running


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a certificate for localhost that is trusted here."""
    file = make_certificate(tmp_path / "server.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@contextmanager
def answering(greeting: bytes) -> Iterator[int]:
    """Run a server that says one thing to one visitor, and then nothing; yields its port."""
    done = threading.Event()

    def serve(listener: socket.socket) -> None:
        visitor, _ = listener.accept()
        with visitor:
            visitor.sendall(greeting)
            done.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        done.set()


def send() -> StoredMail:
    mail = post(ADA, kind="invitation")
    sent = send_stored(mail.pk, write=write_reset)
    assert sent is not None
    return StoredMail.objects.get(pk=mail.pk)


def test_what_is_sent_is_forgotten(server: Post) -> None:
    mail = send()
    assert (mail.delivery, mail.trouble, bytes(mail.envelope)) == (Delivery.SENT, "", b"")
    (letter,) = server.letters
    assert (letter["To"], letter["Subject"]) == (ADA.to, ADA.subject)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert ADA.body in letter.get_content()


def test_what_waits_is_sealed() -> None:
    mail = post(ADA, kind="invitation")
    stored = StoredMail.objects.filter(pk=mail.pk).values_list().get()
    assert not any(word in repr(stored) for word in (ADA.to, ADA.subject, "secret", ADA.body))


@pytest.mark.parametrize("password", ["geheïm", "пароль", "plain", "鍵 mit Leerzeichen"])
def test_a_password_in_any_letters_signs_in(settings: Settings, password: str) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, password
    with running_mail_server(password=password) as running:
        settings.EMAIL_PORT = running.port
        assert send().delivery == Delivery.SENT
    assert len(running.letters) == 1


@pytest.mark.parametrize("password", ["wröng", "wrong"])
def test_a_wrong_password_is_called_that_and_tried_again(settings: Settings, password: str) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, password
    with running_mail_server(password="right") as running:
        settings.EMAIL_PORT = running.port
        mail = send()
    assert (mail.delivery, mail.trouble, mail.tries) == (Delivery.WAITING, Trouble.SIGN_IN_REFUSED, 1)
    assert password not in repr(StoredMail.objects.values_list().get())


def test_a_server_without_a_sign_in_is_told_from_a_wrong_password(settings: Settings, server: Post) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, "geheïm"
    assert send().trouble == Trouble.SIGN_IN_NOT_OFFERED
    assert not server.letters


def test_a_server_that_wants_a_sign_in_first_is_told(settings: Settings) -> None:
    with running_mail_server(password="right") as running:
        settings.EMAIL_PORT = running.port
        assert send().trouble == Trouble.SIGN_IN_WANTED


class TestTls:
    """The way of protection that does not fit is named, and neither host nor port is blamed."""

    def test_both_ways_work(self, settings: Settings, certificate: Path) -> None:
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, PASSWORD
        for at_once in (False, True):
            settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = not at_once, at_once
            with running_mail_server(certificate, speaks_tls_at_once=at_once) as running:
                settings.EMAIL_PORT = running.port
                assert send().delivery == Delivery.SENT
            assert running.was_encrypted == [True]

    @pytest.mark.parametrize("starttls", [True, False], ids=["starttls", "none"])
    def test_a_server_that_speaks_tls_at_once_is_recognised(
        self, settings: Settings, certificate: Path, *, starttls: bool
    ) -> None:
        settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = starttls, 1
        with running_mail_server(certificate, speaks_tls_at_once=True) as running:
            settings.EMAIL_PORT = running.port
            mail = send()
        assert mail.trouble == Trouble.WANTS_TLS
        assert "OWNKEY_MAIL_SECURITY to tls" in WORDS[Trouble.WANTS_TLS].next_step

    def test_a_server_that_does_not_speak_tls_at_once_is_recognised(
        self, settings: Settings, server: Post
    ) -> None:
        settings.EMAIL_USE_SSL = True
        assert send().trouble == Trouble.SPEAKS_NO_TLS
        assert not server.letters

    def test_a_server_without_starttls_gets_nothing(self, settings: Settings, server: Post) -> None:
        settings.EMAIL_USE_TLS = True
        assert send().trouble == Trouble.NO_STARTTLS
        assert not server.letters

    @pytest.mark.parametrize("at_once", [True, False], ids=["tls", "starttls"])
    def test_a_certificate_of_an_unknown_authority_is_told(
        self, settings: Settings, tmp_path: Path, *, at_once: bool
    ) -> None:
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = not at_once, at_once
        with running_mail_server(make_certificate(tmp_path / "x.pem"), speaks_tls_at_once=at_once) as running:
            settings.EMAIL_PORT = running.port
            assert send().trouble == Trouble.CERTIFICATE_UNTRUSTED

    def test_a_certificate_for_another_name_is_told(
        self, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = make_certificate(tmp_path / "other.pem", name_in_it="mail.acme.example")
        monkeypatch.setenv("SSL_CERT_FILE", str(other))
        settings.EMAIL_USE_SSL = True
        with running_mail_server(other, speaks_tls_at_once=True) as running:
            settings.EMAIL_PORT = running.port
            assert send().trouble == Trouble.CERTIFICATE_NAME


@pytest.mark.parametrize(
    ("greeting", "trouble"),
    [
        (b"", Trouble.NOT_A_MAIL_SERVER),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Trouble.NOT_A_MAIL_SERVER),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Trouble.NOT_A_MAIL_SERVER),
        (b"554 No service here\r\n", Trouble.TURNED_AWAY),
        (b"421 Too many connections\r\n", Trouble.TURNED_AWAY),
    ],
    ids=["silent", "web", "ssh", "554", "421"],
)
def test_a_server_that_greets_otherwise_is_told(
    settings: Settings, greeting: bytes, trouble: Trouble
) -> None:
    settings.EMAIL_TIMEOUT = 1
    with answering(greeting) as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        mail = send()
    assert (mail.delivery, mail.trouble) == (Delivery.WAITING, trouble)


def test_a_server_that_is_away_is_tried_again_and_nothing_is_lost(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_PORT = taken.getsockname()[1]
    mail = send()
    assert (mail.delivery, mail.trouble, mail.tries) == (Delivery.WAITING, Trouble.UNREACHABLE, 1)
    assert queue_mails(timezone.now()) == 0, "not at once"
    with running_mail_server() as running:
        settings.EMAIL_PORT = running.port
        assert queue_mails(timezone.now() + timedelta(minutes=1)) == 1
        send_stored(mail.pk, write=write_reset)
    assert ADA.body in running.letters[0].get_content()


LINK = "https://ownkey.example/secret/"


@pytest.mark.parametrize(
    ("where", "says", "delivery", "trouble", "kept"),
    [
        ("recipient", "550 No such person", Delivery.FAILED, Trouble.RECIPIENT_REFUSED, "550 No such person"),
        ("recipient", "552 Mailbox full", Delivery.FAILED, Trouble.RECIPIENT_REFUSED, "552 Mailbox full"),
        ("recipient", "451 Greylisted", Delivery.WAITING, Trouble.RECIPIENT_NOT_NOW, "451 Greylisted"),
        ("sender", "553 Not yours", Delivery.WAITING, Trouble.SENDER_REFUSED, "553 Not yours"),
        ("sender", "452 Full", Delivery.WAITING, Trouble.BUSY, "452 Full"),
        ("data", f"554 Bad {LINK}", Delivery.FAILED, Trouble.CONTENT_REFUSED, "554"),
        ("data", f"451 Later {LINK}", Delivery.WAITING, Trouble.BUSY, "451"),
    ],
)
def test_a_refusal_is_for_good_or_for_now(  # noqa: PLR0917 a table
    server: Post, where: str, says: str, delivery: Delivery, trouble: Trouble, kept: str
) -> None:
    setattr(server, f"{where}_answer", says)
    mail = send()
    assert (mail.delivery, mail.trouble, mail.answer) == (delivery, trouble, kept)
    assert bool(mail.envelope) == (delivery is Delivery.WAITING)
    if delivery is Delivery.WAITING:
        server.recipient_answer = server.sender_answer = server.data_answer = "250 OK"
        send_stored(mail.pk, write=write_reset)
        assert len(server.letters) == 1


def test_what_was_refused_for_good_is_on_record(server: Post) -> None:
    server.recipient_answer = "550 No such person"
    send()
    entry = Entry.objects.get(action="mail.sent")
    assert (entry.outcome, entry.subject) == ("failed", ADA.to)
    assert "550 No such person" in str(entry.details)
    assert "secret" not in str(entry.details)


def test_a_server_that_goes_away_in_the_middle_gets_the_link_again(server: Post) -> None:
    server.hangs_up = True
    mail = send()
    assert (mail.delivery, mail.trouble) == (Delivery.WAITING, Trouble.BROKE_OFF)
    server.hangs_up = False
    send_stored(mail.pk, write=write_reset)
    assert len(server.letters) == 2


def test_a_mail_that_a_kill_cut_off_is_sent_after_all(server: Post) -> None:
    mail = post(ADA, kind="invitation")
    StoredMail.objects.update(delivery=Delivery.SENDING)
    assert send_stored(mail.pk, write=write_reset) is None, "another process has it"
    put_back_cut_off(timezone.now() + timedelta(minutes=11))
    send_stored(mail.pk, write=write_reset)
    assert len(server.letters) == 1


def test_a_mail_whose_link_is_too_old_is_not_sent(server: Post) -> None:
    mail = post(ADA, kind="invitation", good_until=timezone.now())
    send_stored(mail.pk, write=write_reset)
    mail.refresh_from_db()
    assert (mail.delivery, mail.trouble) == (Delivery.FAILED, Trouble.TOO_LATE)
    assert not server.letters
