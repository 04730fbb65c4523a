"""Mails reach a real server, with TLS and a login; one that is away is asked again with patience."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from ownkey.audit.models import Entry
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.outbox import owe_by_date
from ownkey.connections.lifecycle.schedule import queue_reminders
from ownkey.connections.lifecycle.sending import BACK_OFF, send_owed
from ownkey.connections.models import Credential
from ownkey.mail.models import Delivery
from ownkey.people.models import User
from tests.connections.conftest import Connect
from tests.lifecycle.conftest import expiring_in
from tests.lifecycle.mail_server import PASSWORD, USER, Post, make_certificate, running_mail_server


@pytest.fixture
def owed(bob: User, connect: Connect) -> Reminder:
    """Return a reminder that is owed to Bob."""
    expiring_in(connect(bob), 7)
    owe_by_date(today=timezone.localdate())
    return Reminder.objects.get()


@pytest.fixture(autouse=True)
def _over_the_wire(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "ownkey.mail.server.MailServer"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "localhost", 30
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    """Return a running mail server that the settings name."""
    with running_mail_server() as post:
        settings.EMAIL_PORT = post.port
        yield post


def test_it_arrives_through_tls_and_a_login(
    owed: Reminder, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "server.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running_mail_server(certificate) as post:
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = post.port, True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, PASSWORD
        assert send_owed(owed.pk) is Delivery.SENT
    (letter,) = post.letters
    assert post.was_encrypted == [True]
    assert letter["To"] == "bob@acme.example"
    assert letter["Subject"] == "Your API token for Acme Jira expires in 7 days"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert "/profile/alm-credentials/acme-jira/edit/" in letter.get_content()


def test_a_wrong_password_sends_nothing_and_is_tried_again(
    owed: Reminder, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "server.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running_mail_server(certificate) as post:
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = post.port, True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, "another"
        assert send_owed(owed.pk) is Delivery.WAITING
    assert not post.letters


def test_a_server_that_is_away_is_tried_again_later(owed: Reminder, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_PORT = taken.getsockname()[1]
    assert send_owed(owed.pk) is Delivery.WAITING
    owed.refresh_from_db()
    assert owed.tries == 1
    now = timezone.now()
    assert queue_reminders(now) == 0
    with running_mail_server() as post:
        settings.EMAIL_PORT = post.port
        assert queue_reminders(now + BACK_OFF[0]) == 1
        assert send_owed(owed.pk) is Delivery.SENT
    assert len(post.letters) == 1


def test_patience_ends_and_is_recorded(owed: Reminder, post: Post) -> None:
    post.data_answer = "451 Try again later"
    waits = []
    for _ in BACK_OFF:
        assert send_owed(owed.pk) is Delivery.WAITING
        owed.refresh_from_db()
        waits.append(owed.due_at - timezone.now())
    assert all(abs(wait - meant) < timedelta(minutes=4) for wait, meant in zip(waits, BACK_OFF, strict=True))
    assert send_owed(owed.pk) is Delivery.FAILED
    assert Entry.objects.get(action="reminder.sent").outcome == "failed"
    assert not post.letters


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [("550 No such person", Delivery.FAILED), ("450 Busy", Delivery.WAITING)],
    ids=["for-good", "for-now"],
)
def test_a_recipient_that_is_refused(owed: Reminder, post: Post, answer: str, delivery: Delivery) -> None:
    post.recipient_answer = answer
    assert send_owed(owed.pk) is delivery


def test_a_server_that_goes_away_in_the_middle_may_have_it_so_it_is_not_sent_again(
    owed: Reminder, post: Post
) -> None:
    post.hangs_up = True
    assert send_owed(owed.pk) is Delivery.UNSURE
    post.hangs_up = False
    assert send_owed(owed.pk) is Delivery.DROPPED
    assert queue_reminders(timezone.now() + timedelta(days=30)) == 0
    assert len(post.letters) == 1


def test_no_mail_holds_a_secret(owed: Reminder, post: Post) -> None:
    send_owed(owed.pk)
    credential = Credential.objects.get()
    text = post.letters[0].as_string()
    assert "ATATT" not in text
    assert credential.envelope.hex() not in text
