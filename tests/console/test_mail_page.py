"""The demo's mailbox: what would have been mailed, to whom it was meant, and nowhere but in the demo."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from ownkey.environment.values import MailSettings
from tests.conftest import ChangeEnvironment

PAGE = "/demo/mail/"


@pytest.fixture
def _demo(settings: Settings, change_environment: ChangeEnvironment, tmp_path: Path) -> None:
    change_environment(is_demo=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    for to, subject in (("bob@acme.example", "To Bob"), ("ada@acme.example", "To Ada")):
        body = "Open this:\n\nhttps://ownkey.example/somewhere/\n\n<b>Ünïcode</b> & more\n" + "-" * 79 + "x"
        EmailMessage(subject, body, to=[to]).send()


@pytest.mark.usefixtures("_demo")
def test_everybody_reads_their_own_and_an_administrator_all(
    alices_browser: Client, bobs_browser: Client
) -> None:
    bobs, all_ = bobs_browser.get(PAGE).content.decode(), alices_browser.get(PAGE).content.decode()
    assert "To Bob" in bobs
    assert "To Ada" not in bobs
    assert "To Bob" in all_
    assert "To Ada" in all_
    assert '<a href="https://ownkey.example/somewhere/"' in bobs
    assert "&lt;b&gt;Ünïcode&lt;/b&gt; &amp; more" in bobs
    assert f'<a href="{PAGE}">Mail</a>' in bobs, "the ribbon leads here"


@pytest.mark.usefixtures("_demo")
def test_an_invitation_says_that_its_mail_is_there(alices_browser: Client) -> None:
    invited = {"email": "carol@acme.example", "name": "Carol Diaz", "role": "person"}
    answer = alices_browser.post("/settings/people/invite/", invited, follow=True).content.decode()
    assert f'the mail to carol@acme.example is on its <a href="{PAGE}">Mail</a> page' in answer
    assert "No mail could be sent" not in answer
    assert "You are invited to Ownkey" in alices_browser.get(PAGE).content.decode()


@pytest.mark.usefixtures("_demo")
def test_charlie_reads_nothing(charlies_browser: Client) -> None:
    assert charlies_browser.get(PAGE).status_code == 302


@pytest.mark.usefixtures("_demo")
def test_where_mail_leaves_there_is_no_such_page(
    alices_browser: Client, change_environment: ChangeEnvironment
) -> None:
    change_environment(mail=MailSettings(host="mail.acme.example"))
    assert alices_browser.get(PAGE).status_code == 404


def test_outside_the_demo_there_is_no_such_page(alices_browser: Client) -> None:
    assert alices_browser.get(PAGE).status_code == 404


def test_an_empty_mailbox_says_so(
    settings: Settings, change_environment: ChangeEnvironment, tmp_path: Path, bobs_browser: Client
) -> None:
    change_environment(is_demo=True)
    settings.EMAIL_FILE_PATH = str(tmp_path / "none-yet")
    assert "No mail yet" in bobs_browser.get(PAGE).content.decode()
