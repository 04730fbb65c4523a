"""A snapshot says what the rows say: whose key, which credential, which policy; nothing beyond them."""

import base64
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from ownkey.atlassian.check import Report, Verdict
from ownkey.calls.grants import Connected, ReadOnly, Snapshot, Withheld
from ownkey.calls.refusals import Code
from ownkey.client_key import parse_client_key
from ownkey.connections import flows, saved_credentials
from ownkey.connections.client_keys import Allowance, hasher_of, issue_client_key, revoke_client_key
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.sealing import key_ring
from ownkey.connections.states import SITE_CHANGED, State, state_of
from ownkey.gateway.store.snapshots import CredentialUnusableError, site_url_of, snapshot_of
from ownkey.people.flows import suspend_user
from ownkey.people.models import User
from ownkey.scopes.profiles import PLANNING
from tests.connections.conftest import CLOUD_ID, Connect, FakeAtlassian
from tests.people.sign_ins import JUST_NOW

TODAY = timezone.localdate()


def key_for(user: User, account: AlmAccount, **changes: Any) -> str:  # noqa: ANN401 whatever a test changes
    usual = {"name": "Report", "expires_on": TODAY + timedelta(days=30), "actor": user, "signed_in": JUST_NOW}
    return issue_client_key(user, account, **{**usual, **changes}).row.pk


def granted(key_id: str, today: date = TODAY) -> Snapshot:
    found = snapshot_of(key_id, today=today)
    assert found is not None
    return found


def connected(snapshot: Snapshot) -> Connected:
    assert isinstance(snapshot.credential, Connected)
    return snapshot.credential


def test_it_holds_the_owners_credential_and_nobody_elses(
    bob: User, alice: User, account: AlmAccount, connect: Connect, atlassian: FakeAtlassian
) -> None:
    connect(alice)
    row = connect(bob)
    snapshot = granted(key_for(bob, account))
    credential = connected(snapshot)
    scheme, _, sent = credential.authorization.partition(b" ")
    login, _, token = base64.b64decode(sent).decode().partition(":")
    assert (scheme, login) == (b"Basic", bob.email)
    assert atlassian.tokens[token].identity.email == bob.email
    assert credential.base_url == f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
    assert (credential.credential_id, credential.is_main) == (str(row.pk), False)
    assert credential.acting_as == bob.email
    assert credential.token_scopes == PLANNING.scopes
    assert snapshot.account.profile_scopes == PLANNING.scopes
    assert (snapshot.account.slug, snapshot.account.place) == (account.slug, CLOUD_ID)
    assert snapshot.account.site_url == "https://acme.atlassian.net"
    assert snapshot.person_id == str(bob.pk)
    assert token not in repr(snapshot)


def test_the_hash_is_the_keys(bob: User, account: AlmAccount) -> None:
    issued = issue_client_key(bob, account, name="Report", expires_on=None, actor=bob, signed_in=JUST_NOW)
    key = parse_client_key(issued.text)
    assert key is not None
    snapshot = granted(key.key_id)
    assert hasher_of(key_ring()).matches(key, snapshot.key_hash)
    assert snapshot.expires_at is None


def test_a_narrowed_key_is_narrow(bob: User, account: AlmAccount, connect: Connect) -> None:
    connect(bob)
    scopes = frozenset({"read:jira-work"})
    snapshot = granted(key_for(bob, account, allowance=Allowance(scopes, read_only=True)))
    assert (snapshot.key_scopes, snapshot.read_only) == (scopes, ReadOnly.CLIENT_KEY)


def test_scopes_proved_missing_are_not_the_tokens(bob: User, account: AlmAccount, connect: Connect) -> None:
    connect(bob, without=["write:sprint:jira-software"])
    assert connected(granted(key_for(bob, account))).token_scopes == PLANNING.scopes - {
        "write:sprint:jira-software"
    }


def test_revoked_unknown_and_suspended_grant_nothing(
    bob: User, alice: User, account: AlmAccount, connect: Connect
) -> None:
    connect(bob)
    revoked, kept = key_for(bob, account), key_for(bob, account)
    revoke_client_key(revoked, actor=bob, signed_in=JUST_NOW)
    assert snapshot_of(revoked, today=TODAY) is None
    assert snapshot_of("unknownunkno", today=TODAY) is None
    assert snapshot_of(kept, today=TODAY) is not None
    suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert snapshot_of(kept, today=TODAY) is None


@pytest.mark.parametrize(
    ("policy", "read_only"), [("read-only", ReadOnly.POLICY), ("main", None)], ids=["read-only", "main"]
)
def test_who_is_not_connected_goes_by_the_policy(
    policy: str, read_only: ReadOnly | None, bob: User, alice: User, account: AlmAccount
) -> None:
    key = key_for(bob, account)
    assert granted(key).credential == Withheld(Code.NOT_CONNECTED)
    AlmAccount.objects.update(policy=policy)
    snapshot = granted(key)
    credential = connected(snapshot)
    assert (credential.is_main, credential.credential_id) == (True, str(account.pk))
    assert credential.acting_as == alice.email
    assert snapshot.read_only is read_only


def test_who_is_connected_is_not_touched_by_the_policy(
    bob: User, account: AlmAccount, connect: Connect
) -> None:
    connect(bob)
    key = key_for(bob, account)
    AlmAccount.objects.update(policy="read-only")
    snapshot = granted(key)
    assert not connected(snapshot).is_main
    assert snapshot.read_only is None


def test_a_disconnected_person_is_not_connected(bob: User, account: AlmAccount, connect: Connect) -> None:
    flows.disconnect(connect(bob), actor=bob, signed_in=JUST_NOW)
    assert granted(key_for(bob, account)).credential == Withheld(Code.NOT_CONNECTED)


@pytest.mark.parametrize("policy", ["refuse", "read-only", "main"])
def test_a_shared_identity_is_no_error_path(
    policy: str, bob: User, account: AlmAccount, connect: Connect
) -> None:
    row = connect(bob)
    key = key_for(bob, account)
    AlmAccount.objects.update(policy=policy)
    assert granted(key, TODAY + timedelta(days=367)).credential == Withheld(Code.CREDENTIAL_EXPIRED)
    Credential.objects.update(state=StoredState.UNKNOWN, reason=SITE_CHANGED)
    assert granted(key).credential == Withheld(Code.CREDENTIAL_UNTESTED)
    Credential.objects.update(state=StoredState.CONNECTED, reason="")
    assert saved_credentials.record_refused_in_use(row.pk, proven_count=row.proven_count)
    assert granted(key).credential == Withheld(Code.CREDENTIAL_REFUSED)


def test_a_main_credential_that_does_not_work_is_told_apart(bob: User, account: AlmAccount) -> None:
    key = key_for(bob, account)
    AlmAccount.objects.update(policy="main")
    assert saved_credentials.record_refused_in_use(account.pk, proven_count=account.proven_count)
    assert granted(key).credential == Withheld(Code.MAIN_CREDENTIAL_UNUSABLE)


def test_a_wider_profile_does_not_keep_people_out(bob: User, account: AlmAccount, connect: Connect) -> None:
    connect(bob)
    wider = [*account.required_scopes, "read:dashboard:jira"]
    AlmAccount.objects.update(required_scopes=wider, profile_name="own")
    assert connected(granted(key_for(bob, account))).token_scopes == frozenset(wider)


def test_an_envelope_that_does_not_open_lets_nothing_through(
    bob: User, account: AlmAccount, connect: Connect
) -> None:
    connect(bob)
    Credential.objects.filter(user=bob).update(version=77)
    with pytest.raises(CredentialUnusableError):
        snapshot_of(key_for(bob, account), today=TODAY)


def test_a_site_that_is_not_trusted_any_more_gets_no_token(
    bob: User, account: AlmAccount, connect: Connect
) -> None:
    connect(bob)
    AlmAccount.objects.update(site_url="http://10.0.0.1")
    with pytest.raises(CredentialUnusableError):
        snapshot_of(key_for(bob, account), today=TODAY)


def test_snapshots_share_what_is_alike(bob: User, alice: User, account: AlmAccount, connect: Connect) -> None:
    """A process keeps thousands of them."""
    for person in (bob, alice):
        connect(person)
    first, second = granted(key_for(bob, account)), granted(key_for(alice, account))
    assert first.account is second.account
    assert connected(first).token_scopes is connected(second).token_scopes


def test_sites_are_found_by_slug(account: AlmAccount) -> None:
    assert site_url_of(account.slug) == "https://acme.atlassian.net"
    assert site_url_of("nowhere") is None


def test_a_refusal_is_told_to_its_owner_once(bob: User, connect: Connect) -> None:
    row = connect(bob)
    assert saved_credentials.record_refused_in_use(row.pk, proven_count=row.proven_count)
    assert not saved_credentials.record_refused_in_use(row.pk, proven_count=row.proven_count)
    row.refresh_from_db()
    standing = state_of(row, TODAY)
    assert standing.state is State.REFUSED
    assert "Make a new one" in standing.next_step


def test_a_late_refusal_of_an_earlier_proof_changes_nothing(
    bob: User, account: AlmAccount, connect: Connect
) -> None:
    row = connect(bob)
    before = connected(granted(key_for(bob, account))).version
    report = Report(Verdict.CONNECTED, "connected", CLOUD_ID, None, False, (), (), "")  # noqa: FBT003
    saved_credentials.record_check(row, report, actor="test")
    assert not saved_credentials.record_refused_in_use(row.pk, proven_count=before)
    assert connected(granted(key_for(bob, account))).version == before + 1


def test_a_successful_test_lets_a_refused_credential_out_again(
    bob: User, account: AlmAccount, connect: Connect
) -> None:
    row = connect(bob)
    saved_credentials.record_refused_in_use(row.pk, proven_count=row.proven_count)
    row.refresh_from_db()
    refused = Report(Verdict.REFUSED, "credential_refused", CLOUD_ID, None, False, (), (), "")  # noqa: FBT003
    saved_credentials.record_check(row, refused, actor="test")
    key = key_for(bob, account)
    assert isinstance(granted(key).credential, Withheld)
    proven = Report(Verdict.CONNECTED, "connected", CLOUD_ID, None, False, (), (), "")  # noqa: FBT003
    saved_credentials.record_check(row, proven, actor="test")
    assert connected(granted(key)).version > row.proven_count
