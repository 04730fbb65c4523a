"""Who fails again and again waits longer each time, but not where the true person has signed in before."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from ownkey.audit.models import Entry
from ownkey.people.errors import TooManyAttemptsError
from ownkey.people.models import Attempts, User
from ownkey.people.sign_in import attempts
from ownkey.people.sign_in.attempts import LONGEST_WAIT, Counted, Patience, wait_after
from ownkey.people.sign_in.known_browsers import SALT, cookie_name
from tests.post_office import sent_mail
from tests.sign_in.apps import add_app, code_of, wrong_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

SignIn = Callable[..., Client]
WRONG = "not the password at all"
NEW = "five words nobody would guess"
PATIENCE = Patience("tests", free=3)


def fail(browser: Client, email: str, *, times: int, **headers: str) -> list[int]:
    return [
        browser.post("/sign-in/", {"login": email, "password": WRONG}, **headers).status_code  # type: ignore[arg-type]
        for _ in range(times)
    ]


def let_time_pass(by: timedelta) -> None:
    for row in Attempts.objects.all():
        row.since, row.last_at = row.since - by, row.last_at - by
        row.held_until = row.held_until and row.held_until - by
        row.save()


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_waiting_only_ever_grows_and_has_an_end(failures: int, free: int) -> None:
    assert wait_after(failures, free=free) <= wait_after(failures + 1, free=free) <= LONGEST_WAIT
    assert (wait_after(failures, free=free) == timedelta()) is (failures < free)


def test_failing_at_every_chance_gets_a_hundred_guesses_a_day() -> None:
    spent, failures = timedelta(), 0
    while spent < timedelta(days=1):
        failures += 1
        spent += wait_after(failures, free=20)
    assert failures < 20 + 24 * 4 + 10


def test_the_wait_doubles_and_ends() -> None:
    counted = Counted(PATIENCE, "somebody")
    waits = []
    for _ in range(9):
        attempts.begin(counted)
        until = attempts.held_until(counted)
        waits.append(round((until - timezone.now()).total_seconds() / 60) if until else 0)
        let_time_pass(LONGEST_WAIT)
    assert waits == [0, 0, 1, 2, 4, 8, 15, 15, 15]


def test_an_attempt_counts_from_its_beginning_so_many_at_once_gain_nothing() -> None:
    counted = Counted(PATIENCE, "somebody")
    for _ in range(PATIENCE.free):
        attempts.begin(counted)  # none of them has ended yet
    with pytest.raises(TooManyAttemptsError):
        attempts.begin(counted)


def test_success_forgets_what_it_may() -> None:
    own, shared = (
        Counted(PATIENCE, "account"),
        Counted(Patience("shared", 3, is_cleared_by_success=False), "here"),
    )
    attempts.begin(own, shared)
    attempts.begin(own, shared)
    attempts.succeeded(own, shared)
    assert not Attempts.objects.filter(key=own.key).exists()
    assert Attempts.objects.get(key=shared.key).count == 1


def test_failures_of_long_ago_are_forgotten() -> None:
    counted = Counted(PATIENCE, "somebody")
    for _ in range(PATIENCE.free):
        attempts.begin(counted)
    let_time_pass(PATIENCE.forgotten_after)
    attempts.begin(counted)
    assert Attempts.objects.get().count == 1


def test_nobody_waits_for_as_long_as_the_clock_was_ahead() -> None:
    counted = Counted(PATIENCE, "somebody")
    for _ in range(PATIENCE.free):
        attempts.begin(counted)
    let_time_pass(-timedelta(days=365))
    attempts.begin(counted)


def test_rows_that_nobody_needs_are_removed() -> None:
    attempts.begin(Counted(PATIENCE, "somebody"))
    let_time_pass(timedelta(days=3))
    attempts.begin(Counted(PATIENCE, "another"))
    assert Attempts.objects.count() == 1


def test_a_window_counts_what_falls_into_it() -> None:
    counted, minute = Counted(PATIENCE, "somebody"), timedelta(minutes=1)
    assert [attempts.is_within(counted, most=2, window=minute) for _ in range(3)] == [True, True, False]
    let_time_pass(minute)
    assert attempts.is_within(counted, most=2, window=minute)


def test_what_was_typed_is_not_kept(bob: User, charlies_browser: Client) -> None:
    fail(charlies_browser, "my-password@in-the-wrong.field", times=1)
    fail(charlies_browser, bob.email, times=1)
    kept = repr(list(Attempts.objects.values()))
    assert bob.email not in kept
    assert "wrong.field" not in kept
    assert WRONG not in kept


def test_after_five_failures_nothing_more_is_tried_and_the_page_says_until_when(
    bob: User, charlies_browser: Client, password: str
) -> None:
    assert fail(charlies_browser, bob.email, times=6) == [200] * 5 + [429]
    answer = charlies_browser.post("/sign-in/", {"login": bob.email, "password": password})
    assert answer.status_code == 429
    assert re.search(r"Try again in a minute, at \d\d:\d\d UTC", answer.content.decode())
    assert 1 <= int(answer["Retry-After"]) <= 60
    let_time_pass(timedelta(minutes=1))
    assert charlies_browser.post("/sign-in/", {"login": bob.email, "password": password}).status_code == 302


def test_an_unknown_address_waits_just_the_same(charlies_browser: Client) -> None:
    assert fail(charlies_browser, "who@acme.example", times=6) == [200] * 5 + [429]


def test_the_true_person_goes_on_where_they_have_signed_in_before(
    bob: User, bobs_browser: Client, charlies_browser: Client, password: str
) -> None:
    fail(charlies_browser, bob.email, times=6)
    assert bobs_browser.get("/profile/").status_code == 200
    bobs_browser.post("/sign-out/")
    assert bobs_browser.post("/sign-in/", {"login": bob.email, "password": password}).status_code == 302


def test_a_known_browser_is_held_as_well_when_it_guesses(bob: User, bobs_browser: Client) -> None:
    bobs_browser.post("/sign-out/")
    assert fail(bobs_browser, bob.email, times=6)[-1] == 429


def test_a_browser_of_ones_own_is_no_help_with_others(
    alice: User, bob: User, bobs_browser: Client, sign_in: SignIn
) -> None:
    bobs_browser.post("/sign-out/")
    fail(bobs_browser, alice.email, times=5)
    stranger = Client()
    assert fail(stranger, alice.email, times=1) == [429]
    assert sign_in(bob.email).get("/profile/").status_code == 200


@pytest.mark.parametrize("forged", ["", "nonsense", "WzEsIngiXQ:1abc:forged"])
def test_a_forged_browser_is_a_strangers(bob: User, charlies_browser: Client, forged: str) -> None:
    charlies_browser.cookies[cookie_name()] = forged
    fail(charlies_browser, bob.email, times=5)
    assert fail(Client(), bob.email, times=1) == [429]
    assert SALT


def test_many_addresses_together_do_not_get_more_guesses(bob: User) -> None:
    answers = [
        fail(Client(), bob.email, times=1, REMOTE_ADDR=f"192.0.2.{number}")[0] for number in range(1, 22)
    ]
    assert answers == [200] * 20 + [429]


def test_one_address_does_not_try_one_password_on_everybody(db: None) -> None:  # noqa: ARG001 needs it
    answers = [fail(Client(), f"{number}@acme.example", times=1)[0] for number in range(31)]
    assert answers == [200] * 30 + [429]


def test_a_neighbours_success_does_not_pay_for_ones_guesses(
    alice: User, bob: User, charlies_browser: Client, password: str
) -> None:
    for number in range(30):
        fail(charlies_browser, f"{number}@acme.example", times=1)
        if number == 15:
            assert Client().post("/sign-in/", {"login": alice.email, "password": password}).status_code == 302
    assert fail(Client(), bob.email, times=1) == [429]


def test_a_new_password_by_mail_opens_the_way_at_once(bob: User, charlies_browser: Client) -> None:
    fail(charlies_browser, bob.email, times=6)
    other = Client()
    other.post("/password-reset/", {"email": bob.email})
    link = re.search(r"(/password-reset/\S+)", str(sent_mail()[0].body))
    assert link
    page = other.get(link[1], follow=True).redirect_chain[-1][0]
    assert other.post(page, {"password1": NEW}).status_code == 302
    assert other.post("/sign-in/", {"login": bob.email, "password": NEW}).status_code == 302


def test_failures_are_recorded_with_how_long_is_to_wait(bob: User, charlies_browser: Client) -> None:
    fail(charlies_browser, bob.email, times=7)
    entries = list(Entry.objects.filter(action="sign-in.failed").order_by("number"))
    assert len(entries) == 5, "what was not tried is not recorded"
    assert [bool(entry.details["held_until"]) for entry in entries] == [False] * 4 + [True]


def test_codes_are_held_like_passwords(bob: User, charlies_browser: Client, password: str) -> None:
    secret = add_app(bob)
    charlies_browser.post("/sign-in/", {"login": bob.email, "password": password})
    answers = [
        charlies_browser.post("/sign-in/code/", {"code": wrong_code(secret)}).status_code for _ in range(6)
    ]
    assert answers == [200] * 5 + [429]
    assert charlies_browser.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 429
    assert charlies_browser.get("/profile/").status_code == 302


def test_a_guesser_of_codes_does_not_hold_the_true_person(
    bob: User, bobs_browser: Client, charlies_browser: Client, password: str
) -> None:
    secret = add_app(bob)
    charlies_browser.post("/sign-in/", {"login": bob.email, "password": password})
    for _ in range(6):
        charlies_browser.post("/sign-in/code/", {"code": wrong_code(secret)})
    bobs_browser.post("/sign-out/")
    bobs_browser.post("/sign-in/", {"login": bob.email, "password": password})
    assert bobs_browser.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 302
    assert bobs_browser.get("/profile/").status_code == 200


@pytest.mark.parametrize("path", ["/set-up/made-up/", "/invitations/made-up/", "/sign-in/link/made-up/"])
def test_made_up_links_are_held_as_well(charlies_browser: Client, path: str) -> None:
    answers = [charlies_browser.get(path).status_code for _ in range(31)]
    assert answers == [410] * 30 + [429]


def test_limits_hold_for_every_worker_and_after_a_restart(charlies_browser: Client) -> None:
    charlies_browser.post("/password-reset/", {"email": "who@acme.example"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM ownkey_cache")
        assert cursor.fetchone()[0] > 0
