"""The main credential is checked against its own list where it has one; people's calls stay within both."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from ownkey.atlassian.check import CheckRequest
from ownkey.audit.models import Entry
from ownkey.calls.decision import Allowed, Refused, decide
from ownkey.calls.refusals import Code
from ownkey.connections import alm_accounts, flows
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.models import AlmAccount, Candidate, Credential, Policy
from ownkey.connections.profile_choice import profile_for, profile_for_people
from ownkey.connections.states import State, missing_scopes, state_of
from ownkey.gateway.store.snapshots import snapshot_of
from ownkey.people.models import User
from ownkey.scopes.profiles import MAIN_ACCOUNT, PLANNING, PRESETS, ScopeProfile
from tests.people.sign_ins import JUST_NOW

from .conftest import FakeAtlassian, Token, pasted, wanted
from .test_account_pages import ADD, ADD_TEST, account_data, edit
from .test_credential_pages import text_of

TODAY = timezone.localdate()
NINE_DAYS = TODAY + timedelta(days=9)


def main_token(atlassian: FakeAtlassian, owner: User, profile: ScopeProfile = MAIN_ACCOUNT) -> str:
    """Make a token that has exactly a profile's scopes."""
    text = atlassian.make_token(owner.email)
    atlassian.tokens[text] = Token(atlassian.tokens[text].identity, profile.scopes)
    return text


def required_in(check: CheckRequest) -> frozenset[str]:
    return check.profile.scopes


@pytest.fixture
def own_list(alice: User, atlassian: FakeAtlassian) -> AlmAccount:
    """An ALM account whose main credential has the fifteen scopes, and whose people need the twenty."""
    outcome = async_to_sync(flows.save_main)(
        wanted(main_profile=MAIN_ACCOUNT, policy=Policy.MAIN),
        pasted(main_token(atlassian, alice), alice.email),
        account=None,
        accept_gaps=False,
        actor=alice,
        signed_in=JUST_NOW,
    )
    assert outcome.saved is not None
    return AlmAccount.objects.get()


def test_a_token_of_fifteen_scopes_is_connected_as_main_and_has_no_gap(
    own_list: AlmAccount, atlassian: FakeAtlassian
) -> None:
    assert state_of(own_list, TODAY).state is State.CONNECTED
    assert missing_scopes(own_list) == ()
    assert required_in(atlassian.checks[-1]) == MAIN_ACCOUNT.scopes
    assert profile_for(own_list) is MAIN_ACCOUNT
    assert profile_for_people(own_list) is PLANNING


def test_people_are_still_checked_against_theirs(
    own_list: AlmAccount, bob: User, atlassian: FakeAtlassian
) -> None:
    token = main_token(atlassian, bob)
    outcome = async_to_sync(flows.connect)(
        bob, own_list, pasted(token, bob.email), accept_gaps=True, actor=bob, signed_in=JUST_NOW
    )
    assert required_in(atlassian.checks[-1]) == PLANNING.scopes
    assert outcome.saved is not None
    row = Credential.objects.get()
    assert set(missing_scopes(row)) == PLANNING.scopes - MAIN_ACCOUNT.scopes
    assert profile_for(row) is PLANNING


def test_testing_the_saved_main_credential_again_asks_for_its_own_list(
    own_list: AlmAccount,
) -> None:
    trial = flows.trial_of_saved(own_list)
    assert trial.profile is MAIN_ACCOUNT


def test_a_call_through_main_is_refused_for_what_main_lacks(own_list: AlmAccount, bob: User) -> None:
    key = issue_client_key(
        bob, own_list, name="Report", expires_on=TODAY + timedelta(days=9), actor=bob, signed_in=JUST_NOW
    ).row
    snapshot = snapshot_of(key.pk, today=TODAY)
    assert snapshot is not None
    assert isinstance(decide(snapshot, "GET", "/rest/api/3/issue/ACME-1"), Allowed)
    refused = decide(snapshot, "DELETE", "/rest/builds/0.1/pipelines/acme-ci/builds/1")
    assert isinstance(refused, Refused)
    assert (refused.code, refused.missing) == (Code.SCOPE_NOT_IN_TOKEN, frozenset({"delete:build-info:jira"}))
    assert "the main credential of this ALM account does not have" in refused.refusal.detail
    assert "Connect your own API token" in refused.refusal.next_step


def test_what_main_has_and_people_do_not_need_is_not_opened_to_them(own_list: AlmAccount, bob: User) -> None:
    key = issue_client_key(
        bob, own_list, name="Report", expires_on=TODAY + timedelta(days=9), actor=bob, signed_in=JUST_NOW
    ).row
    snapshot = snapshot_of(key.pk, today=TODAY)
    assert snapshot is not None
    refused = decide(snapshot, "GET", "/rest/api/3/webhook")
    assert isinstance(refused, Refused)
    assert refused.code is Code.SCOPE_NOT_IN_PROFILE


def test_a_main_credential_of_the_same_list_follows_peoples(account: AlmAccount, alice: User) -> None:
    assert account.main_scopes is None
    alm_accounts.save(
        wanted(profile=PRESETS["nearly-everything"], revision=account.revision),
        None,
        account=account,
        actor=alice,
        signed_in=JUST_NOW,
    )
    changed = AlmAccount.objects.get()
    assert {*changed.scopes_needed} == PRESETS["nearly-everything"].scopes
    standing = state_of(changed, TODAY)
    assert standing.state is State.RECHECK_PENDING
    assert standing.since == changed.main_scopes_changed_at == changed.profile_changed_at


def test_changing_peoples_list_leaves_a_main_credential_with_its_own_alone(
    own_list: AlmAccount, alice: User
) -> None:
    alm_accounts.save(
        wanted(
            profile=PRESETS["nearly-everything"],
            main_profile=MAIN_ACCOUNT,
            policy=Policy.MAIN,
            revision=own_list.revision,
        ),
        None,
        account=own_list,
        actor=alice,
        signed_in=JUST_NOW,
    )
    changed = AlmAccount.objects.get()
    assert state_of(changed, TODAY).state is State.CONNECTED
    assert changed.main_scopes_changed_at is None


def test_a_token_that_was_tested_for_one_list_is_not_saved_for_another(
    alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    alices_browser.post(ADD_TEST, account_data(main_token(atlassian, alice), main_profile="main-account"))
    candidate = str(Candidate.objects.get().pk)
    answer = alices_browser.post(ADD, account_data(candidate=candidate, action="save", main_profile="same"))
    assert answer.status_code == 409
    assert "The scope profile changed after the test" in text_of(answer)


def test_the_form_offers_it_and_the_guide_lists_its_scopes(
    alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    page = alices_browser.get(ADD).content.decode()
    assert '<option value="main-account">Main account (15 scopes)</option>' in page
    assert '<option value="same" selected>The same as for people</option>' in page
    tested = alices_browser.post(
        ADD_TEST, account_data(main_token(atlassian, alice), main_profile="main-account")
    )
    assert "Select the 15 required scopes" in text_of(tested)
    again = alices_browser.get(ADD).content.decode()
    assert '<option value="main-account" selected>' in again, "a reload keeps what was tested"
    saved = alices_browser.post(
        ADD,
        account_data(candidate=str(Candidate.objects.get().pk), action="save", main_profile="main-account"),
    )
    assert saved.status_code == 302
    account = AlmAccount.objects.get()
    assert account.main_scopes is not None
    assert {*account.main_scopes} == MAIN_ACCOUNT.scopes
    assert {*account.required_scopes} == PLANNING.scopes
    assert '<option value="main-account" selected>' in alices_browser.get(edit(account)).content.decode()
    entry = Entry.objects.get(action="alm-account.added")
    assert "main-account" in str(entry.details)


def test_an_own_list_for_main_is_kept_and_shown_again(
    alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    own = "read:jira-work read:jira-user"
    sent = account_data(atlassian.make_token(alice.email), main_profile="own", main_own_scopes=own)
    assert alices_browser.post(ADD, sent | {"action": "save"}).status_code == 302
    account = AlmAccount.objects.get()
    assert account.scopes_needed == ["read:jira-work", "read:jira-user"]
    page = alices_browser.get(edit(account)).content.decode()
    assert "read:jira-work\nread:jira-user</textarea>" in page


@pytest.mark.parametrize("typed", ["", "read:jira-wrok"], ids=["empty", "unknown"])
def test_a_list_for_main_that_cannot_be_read_is_refused_beside_its_field(
    typed: str, alice: User, alices_browser: Client, atlassian: FakeAtlassian
) -> None:
    sent = account_data(atlassian.make_token(alice.email), main_profile="own", main_own_scopes=typed)
    answer = alices_browser.post(ADD, sent | {"action": "save"})
    assert answer.status_code == 422
    assert not AlmAccount.objects.exists()
    assert 'data-slot="error:main_own_scopes"' in answer.content.decode()


def test_what_the_form_does_not_send_stays_the_same_as_peoples() -> None:
    assert replace(wanted(), main_profile=None).profile_of_main is PLANNING
