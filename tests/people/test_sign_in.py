"""Signing in tells nobody which e-mails exist, holds out against guessing, and ends when it should."""

import re
from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from pytest_django import Settings

from ownkey.audit.models import Entry
from ownkey.people import flows
from ownkey.people.models import User
from tests.people.sign_ins import JUST_NOW
from tests.post_office import sent_mail

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Client]
WRONG = "not the password at all"
NEW = "five words nobody would guess"


def _alert(html: str) -> str:
    found = re.search(r'role="alert">(.*?)</div>', html, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found.group(1)).strip() if found else ""


@pytest.mark.usefixtures("bob")
def test_signs_in_whatever_the_case_of_the_e_mail(charlies_browser: Client, password: str) -> None:
    answer = charlies_browser.post("/sign-in/", {"login": " BOB@Acme.Example", "password": password})
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_a_wrong_password_and_an_unknown_e_mail_look_the_same(bob: User, charlies_browser: Client) -> None:
    known = charlies_browser.post("/sign-in/", {"login": bob.email, "password": WRONG}).content.decode()
    unknown = charlies_browser.post(
        "/sign-in/", {"login": "who@acme.example", "password": WRONG}
    ).content.decode()
    assert _alert(known) == _alert(unknown) == "The e-mail or the password is not right."


def test_guessing_is_stopped_even_when_the_right_password_comes(
    bob: User, charlies_browser: Client, password: str
) -> None:
    for _ in range(5):
        charlies_browser.post("/sign-in/", {"login": bob.email, "password": WRONG})
    answer = charlies_browser.post("/sign-in/", {"login": bob.email, "password": password})
    assert answer.status_code == 429
    assert "Try again in a minute, at " in answer.content.decode()
    assert 1 <= int(answer["Retry-After"]) <= 60


@pytest.mark.usefixtures("bob")
def test_too_many_requests_get_a_page_that_says_what_to_do(charlies_browser: Client) -> None:
    answers = [charlies_browser.post("/password-reset/", {"email": f"{n}@acme.example"}) for n in range(22)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "300"
    assert "Wait five minutes" in answers[-1].content.decode()


def test_a_failed_sign_in_is_recorded_without_what_was_typed(bob: User, charlies_browser: Client) -> None:
    charlies_browser.post("/sign-in/", {"login": bob.email, "password": WRONG})
    charlies_browser.post("/sign-in/", {"login": "my-password@in-the-wrong.field", "password": WRONG})
    entries = Entry.objects.filter(action="sign-in.failed")
    assert {entry.subject for entry in entries} == {bob.email, ""}


def test_does_not_send_people_to_other_sites_after_signing_in(
    bob: User, charlies_browser: Client, password: str
) -> None:
    answer = charlies_browser.post(
        "/sign-in/", {"login": bob.email, "password": password, "next": "https://evil.example/"}
    )
    assert answer["Location"] == "/"


def test_signing_out_needs_a_post(bobs_browser: Client) -> None:
    assert bobs_browser.get("/sign-out/").status_code == 200
    assert bobs_browser.get("/").status_code == 200
    assert bobs_browser.post("/sign-out/").status_code == 302
    assert bobs_browser.get("/").status_code == 302


def test_a_suspended_person_is_signed_out_at_once(alice: User, bob: User, bobs_browser: Client) -> None:
    flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert bobs_browser.get("/").status_code == 302


def test_a_suspended_person_is_told_so_only_with_the_right_password(
    alice: User, bob: User, charlies_browser: Client, password: str
) -> None:
    flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    wrong = charlies_browser.post("/sign-in/", {"login": bob.email, "password": WRONG})
    assert _alert(wrong.content.decode()) == "The e-mail or the password is not right."
    right = charlies_browser.post("/sign-in/", {"login": bob.email, "password": password}, follow=True)
    assert "suspended your access" in right.content.decode()


def test_a_new_password_ends_every_other_session(bob: User, sign_in: SignIn, password: str) -> None:
    here, elsewhere = sign_in(bob.email), sign_in(bob.email)
    answer = here.post("/profile/password/", {"oldpassword": password, "password1": NEW})
    assert answer.status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert sign_in(bob.email, NEW).get("/").status_code == 200


def test_the_password_is_not_changed_without_the_current_one(
    bob: User, bobs_browser: Client, password: str
) -> None:
    answer = bobs_browser.post("/profile/password/", {"oldpassword": WRONG, "password1": NEW})
    assert "That is not your current password." in answer.content.decode()
    bob.refresh_from_db()
    assert bob.check_password(password)


@pytest.mark.parametrize("weak", ["short", "password12", "bob@acme.example"])
def test_a_weak_password_is_refused(bob: User, bobs_browser: Client, password: str, weak: str) -> None:
    answer = bobs_browser.post("/profile/password/", {"oldpassword": password, "password1": weak})
    assert answer.status_code == 200
    assert 'class="errors"' in answer.content.decode()
    bob.refresh_from_db()
    assert bob.check_password(password)


def test_a_reset_link_works_once_and_carries_the_base_url(bob: User, charlies_browser: Client) -> None:
    charlies_browser.post("/password-reset/", {"email": bob.email}, headers={"host": "localhost"})
    link = re.search(r"http://127\.0\.0\.1:8000(/password-reset/\S+)", str(sent_mail()[0].body))
    assert link
    form = charlies_browser.get(link.group(1), follow=True)
    page = form.redirect_chain[-1][0]
    assert charlies_browser.post(page, {"password1": NEW}).status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(NEW)
    assert "does not work any more" in Client().get(link.group(1)).content.decode()


def test_a_reset_ends_every_session(bob: User, bobs_browser: Client, charlies_browser: Client) -> None:
    charlies_browser.post("/password-reset/", {"email": bob.email})
    link = re.search(r"(/password-reset/\S+)", str(sent_mail()[0].body))
    assert link
    page = charlies_browser.get(link.group(1), follow=True).redirect_chain[-1][0]
    charlies_browser.post(page, {"password1": NEW})
    assert bobs_browser.get("/").status_code == 302


def test_asking_for_a_reset_looks_the_same_for_unknown_e_mails(bob: User, charlies_browser: Client) -> None:
    known = charlies_browser.post("/password-reset/", {"email": bob.email}, follow=True)
    unknown = charlies_browser.post("/password-reset/", {"email": "who@acme.example"}, follow=True)
    assert known.content == unknown.content
    assert [message.to for message in sent_mail()] == [[bob.email]]


def test_a_reset_looks_the_same_when_the_mail_server_is_down(
    bob: User, charlies_browser: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert charlies_browser.post("/password-reset/", {"email": bob.email}).status_code == 302


def test_ending_a_session_ends_only_ones_own(bob: User, alices_browser: Client, sign_in: SignIn) -> None:
    here, elsewhere = sign_in(bob.email), sign_in(bob.email)
    other = UserSession.objects.get(session_key=elsewhere.session.session_key)
    assert alices_browser.post(f"/profile/sessions/{other.pk}/end/").status_code == 404
    assert elsewhere.get("/").status_code == 200
    assert here.post(f"/profile/sessions/{other.pk}/end/").status_code == 302
    assert elsewhere.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_all_other_sessions_end_together(bob: User, sign_in: SignIn) -> None:
    here, first, second = (sign_in(bob.email) for _ in range(3))
    here.post("/profile/sessions/end-others/")
    assert [browser.get("/").status_code for browser in (here, first, second)] == [200, 302, 302]
