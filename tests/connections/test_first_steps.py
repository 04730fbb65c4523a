"""Home keeps *Invite people* until that is done; in the demo a first client key comes with gaps, too."""

import pytest
from django.test import Client
from django.utils import timezone

from ownkey.connections.models import AlmAccount, ClientKey, Credential, StoredState
from ownkey.people.inviting.invitations import invite
from ownkey.people.models import Invitation, User
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW

from .conftest import FakeAtlassian, form_data
from .test_credential_pages import edit, text_of

STEPS = "First steps"
INVITE = "/settings/people/invite/"


def invite_dana(actor: User) -> None:
    invite("dana@acme.example", name="Dana", actor=actor, signed_in=JUST_NOW)


@pytest.mark.usefixtures("account")
def test_inviting_stays_until_somebody_is_invited_and_is_reachable_after(
    alice: User, alices_browser: Client
) -> None:
    page = alices_browser.get("/").content.decode()
    assert STEPS in page
    assert "Add ALM Account" not in page, "that step is done"
    assert INVITE in page
    invite_dana(alice)
    page = alices_browser.get("/").content.decode()
    assert STEPS not in page
    assert INVITE in page


@pytest.mark.usefixtures("account")
def test_an_invitation_that_was_taken_back_invites_nobody(alice: User, alices_browser: Client) -> None:
    invite_dana(alice)
    Invitation.objects.update(revoked_at=timezone.now())
    assert STEPS in text_of(alices_browser.get("/"))


@pytest.mark.usefixtures("account", "bob")
def test_people_who_were_added_need_no_invitation(alices_browser: Client) -> None:
    assert STEPS not in text_of(alices_browser.get("/"))


@pytest.mark.usefixtures("account", "bob")
def test_the_people_that_a_demo_begins_with_are_not_invited(
    alice: User, alices_browser: Client, change_environment: ChangeEnvironment
) -> None:
    change_environment(is_demo=True)
    assert STEPS in text_of(alices_browser.get("/"))
    invite_dana(alice)
    assert STEPS not in text_of(alices_browser.get("/"))


def test_inviting_first_leaves_the_other_step(alice: User, alices_browser: Client) -> None:
    invite_dana(alice)
    page = text_of(alices_browser.get("/"))
    assert STEPS in page
    assert "Add ALM Account" in page


@pytest.mark.usefixtures("account")
def test_a_person_is_asked_to_invite_nobody(bobs_browser: Client) -> None:
    page = bobs_browser.get("/").content.decode()
    assert STEPS not in page
    assert INVITE not in page


@pytest.mark.parametrize("without", [[], ["write:jira-work"]], ids=["whole", "gaps"])
def test_in_the_demo_a_saved_token_leads_to_a_client_key(
    without: list[str],
    account: AlmAccount,
    bob: User,
    bobs_browser: Client,
    *,
    atlassian: FakeAtlassian,
    change_environment: ChangeEnvironment,
) -> None:
    change_environment(is_demo=True)
    data = form_data(atlassian.make_token(bob.email, without=without), action="save-with-gaps")
    answer = bobs_browser.post(edit(account), data, follow=True)
    page = text_of(answer)
    assert "You are connected to Acme Jira." in page
    assert "Try it: here is a client key, and a line for curl." in page
    assert ("1 scope is missing: write:jira-work" in page) is bool(without)
    assert Credential.objects.get().state == (StoredState.GAPS if without else StoredState.CONNECTED)
    assert ClientKey.objects.get().user == bob


@pytest.mark.parametrize("without", [[], ["write:jira-work"]], ids=["whole", "gaps"])
def test_outside_of_a_demo_no_client_key_is_made_unasked(
    without: list[str], account: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
) -> None:
    data = form_data(atlassian.make_token(bob.email, without=without), action="save-with-gaps")
    assert "You are connected to Acme Jira." in text_of(bobs_browser.post(edit(account), data, follow=True))
    assert not ClientKey.objects.exists()
