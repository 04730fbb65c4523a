"""A tested token that nobody saved is destroyed within a minute or so, and is in no backup."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ownkey.connections.candidates import CANDIDATE_WAITS
from ownkey.connections.lifecycle.schedule import Schedule
from ownkey.connections.models import AlmAccount, Candidate
from ownkey.people.flows import suspend_user
from ownkey.people.models import User
from tests.connections.conftest import FakeAtlassian, form_data
from tests.people.sign_ins import JUST_NOW


@pytest.fixture
def waiting(bob: User, bobs_browser: Client, account: AlmAccount, atlassian: FakeAtlassian) -> Candidate:
    """Return Bob's tested token, which waits for Save."""
    address = f"/profile/alm-credentials/{account.slug}/test/"
    bobs_browser.post(address, form_data(atlassian.make_token(bob.email), bob.email))
    return Candidate.objects.get()


def tidy() -> None:
    """Let the schedule run for the first time, as each process does that gets the duty."""
    Schedule().run()


def test_one_that_can_still_be_saved_stays(waiting: Candidate) -> None:
    tidy()
    assert Candidate.objects.get() == waiting


@pytest.mark.parametrize(
    "until",
    [timedelta(seconds=-1), timedelta(hours=-1), 2 * CANDIDATE_WAITS + timedelta(minutes=1)],
    ids=["just over", "an hour ago", "the clock was set back"],
)
def test_one_that_cannot_be_saved_any_more_is_destroyed(waiting: Candidate, until: timedelta) -> None:
    Candidate.objects.filter(pk=waiting.pk).update(waits_until=timezone.now() + until)
    tidy()
    assert not Candidate.objects.exists()


def test_that_of_a_suspended_person_is_destroyed(waiting: Candidate, alice: User, bob: User) -> None:
    suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert waiting.waits_until > timezone.now()
    tidy()
    assert not Candidate.objects.exists()


def test_that_of_the_command_line_waits_like_any(waiting: Candidate) -> None:
    Candidate.objects.filter(pk=waiting.pk).update(user=None)
    tidy()
    assert Candidate.objects.exists()


def test_that_of_a_suspended_administrator_is_destroyed_too(
    alice: User, alices_browser: Client, bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    data = form_data(atlassian.make_token(alice.email), alice.email)
    alices_browser.post(f"/profile/alm-credentials/{account.slug}/test/", data)
    Candidate.objects.update(is_main=True)
    assert bob.is_active
    User.objects.filter(pk=alice.pk).update(is_active=False)
    tidy()
    assert not Candidate.objects.exists()
