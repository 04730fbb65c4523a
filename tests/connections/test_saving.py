"""Nothing is saved that was not proven; nothing that was saved is lost."""

import uuid
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import IntegrityError, transaction
from django.utils import timezone

from ownkey.atlassian.check import Verdict
from ownkey.atlassian.wire import Authentication
from ownkey.audit.models import Entry
from ownkey.connections import alm_accounts, candidates, flows, saved_credentials
from ownkey.connections.errors import (
    CandidateGoneError,
    ChangedSinceTestError,
    GapsNotAcceptedError,
    NothingSavedError,
    OtherJiraError,
    ReplacedMeanwhileError,
    SecretUnreadableError,
    TakenError,
    TokenNeededError,
)
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.sealing import open_in
from ownkey.people.models import User
from tests.people.sign_ins import JUST_NOW

from .conftest import SITE, Connect, FakeAtlassian, pasted, report_of, wanted


def try_token(user: User, account: AlmAccount, token: str, *, login: str | None = None) -> Candidate | None:
    """Test a token as the page does and return what waits."""

    async def walk() -> Candidate | None:
        steps = [step async for step in flows.try_personal(user, account, pasted(token, login or user.email))]
        last = steps[-1]
        return last.candidate if isinstance(last, flows.TokenWaits) else None

    return async_to_sync(walk)()


def choice(candidate: Candidate, *, accept_gaps: bool = False) -> candidates.Choice:
    """Return what Save says about a candidate."""
    return candidates.Choice(
        candidate_id=candidate.pk,
        authentication=candidate.signs_in_by,
        login=candidate.login,
        expires_on=None,
        accept_gaps=accept_gaps,
    )


def save(candidate: Candidate, user: User, account: AlmAccount, *, accept_gaps: bool = False) -> Credential:
    """Press Save."""
    return saved_credentials.save(
        choice(candidate, accept_gaps=accept_gaps), user=user, account=account, actor=user, signed_in=JUST_NOW
    )


def waiting(user: User, account: AlmAccount, token: str) -> Candidate:
    """Test a token that is to be proven."""
    candidate = try_token(user, account, token)
    assert candidate is not None
    return candidate


def test_a_proven_token_is_saved_sealed_and_opens_only_in_its_row(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email)
    saved = save(waiting(bob, account, token), bob, account)
    assert saved.state == StoredState.CONNECTED
    assert open_in(saved).reveal() == token
    assert token.encode() not in bytes(saved.envelope)
    assert not Candidate.objects.exists()
    saved.pk = uuid.uuid4()
    with pytest.raises(SecretUnreadableError):
        open_in(saved)


def test_a_refused_token_leaves_nothing_behind(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email)
    atlassian.tokens[token].is_revoked = True
    assert try_token(bob, account, token) is None
    assert not Candidate.objects.exists()
    assert not Credential.objects.exists()


def test_gaps_are_saved_only_when_accepted(bob: User, account: AlmAccount, atlassian: FakeAtlassian) -> None:
    candidate = waiting(bob, account, atlassian.make_token(bob.email, without=["write:jira-work"]))
    with pytest.raises(GapsNotAcceptedError):
        save(candidate, bob, account)
    assert not Credential.objects.exists()
    assert save(candidate, bob, account, accept_gaps=True).state == StoredState.GAPS


def test_a_refused_replacement_keeps_the_old_token(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
) -> None:
    old = open_in(connect(bob)).reveal()
    bad = atlassian.make_token(bob.email)
    atlassian.tokens[bad].is_revoked = True
    assert try_token(bob, account, bad) is None
    kept = Credential.objects.get(user=bob)
    assert kept.state == StoredState.CONNECTED
    assert open_in(kept).reveal() == old


def test_of_two_tabs_that_replace_at_once_the_second_is_told(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
) -> None:
    connect(bob)
    first, second = atlassian.make_token(bob.email), atlassian.make_token(bob.email)
    in_one_tab, in_the_other = waiting(bob, account, first), waiting(bob, account, second)
    save(in_one_tab, bob, account)
    with pytest.raises(ReplacedMeanwhileError):
        save(in_the_other, bob, account)
    assert open_in(Credential.objects.get(user=bob)).reveal() == first


def test_of_two_tabs_that_connect_first_the_second_is_told(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    one = waiting(bob, account, atlassian.make_token(bob.email))
    other = waiting(bob, account, atlassian.make_token(bob.email))
    save(one, bob, account)
    with pytest.raises(ReplacedMeanwhileError):
        save(other, bob, account)


def test_a_candidate_waits_fifteen_minutes_and_no_longer(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    candidate = waiting(bob, account, atlassian.make_token(bob.email))
    assert candidate.waits_until - candidate.tested_at == timedelta(minutes=15)
    Candidate.objects.update(waits_until=timezone.now())
    with pytest.raises(CandidateGoneError):
        save(candidate, bob, account)
    waiting(bob, account, atlassian.make_token(bob.email))
    assert not Candidate.objects.filter(pk=candidate.pk).exists(), "what waited too long is deleted"


def test_nobody_saves_what_somebody_else_tested(
    alice: User, bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    candidate = waiting(bob, account, atlassian.make_token(bob.email))
    with pytest.raises(CandidateGoneError):
        save(candidate, alice, account)


def test_a_personal_candidate_never_becomes_the_main_credential(
    alice: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    candidate = waiting(alice, account, atlassian.make_token(alice.email))
    with pytest.raises(CandidateGoneError):
        alm_accounts.save(
            wanted(revision=account.revision),
            choice(candidate),
            account=account,
            actor=alice,
            signed_in=JUST_NOW,
        )


def test_another_login_than_the_tested_one_is_not_saved(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian
) -> None:
    candidate = waiting(bob, account, atlassian.make_token(bob.email))
    changed = candidates.Choice(
        candidate_id=candidate.pk,
        authentication=Authentication.SCOPED_API_TOKEN,
        login="robert@acme.example",
        expires_on=None,
        accept_gaps=False,
    )
    with pytest.raises(ChangedSinceTestError):
        saved_credentials.save(changed, user=bob, account=account, actor=bob, signed_in=JUST_NOW)


class TestWhose:
    """The Atlassian account must be the person's own, and stays the same."""

    def test_somebody_elses_token_is_not_kept(
        self, alice: User, bob: User, account: AlmAccount, atlassian: FakeAtlassian
    ) -> None:
        token = atlassian.make_token(alice.email)
        assert try_token(bob, account, token, login=alice.email) is None

    def test_another_email_is_kept_where_the_alm_account_allows_it(
        self, bob: User, account: AlmAccount, atlassian: FakeAtlassian
    ) -> None:
        token = atlassian.make_token("robert@home.example")
        assert try_token(bob, account, token, login="robert@home.example") is None
        account.other_email_allowed = True
        assert try_token(bob, account, token, login="robert@home.example") is not None

    def test_a_hidden_email_is_proved_by_the_login(
        self, bob: User, account: AlmAccount, atlassian: FakeAtlassian
    ) -> None:
        token = atlassian.make_token(bob.email, hides_email=True)
        assert try_token(bob, account, token) is not None
        assert try_token(bob, account, token, login="robert@home.example") is None

    def test_an_unreadable_identity_is_proved_by_the_login_alone(
        self, bob: User, account: AlmAccount, atlassian: FakeAtlassian
    ) -> None:
        token = atlassian.make_token("robert@home.example", without=["read:jira-user"])
        assert try_token(bob, account, token, login="robert@home.example") is None
        assert try_token(bob, account, token) is not None

    def test_the_account_bound_first_must_come_back(
        self, bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
    ) -> None:
        flows.disconnect(connect(bob), actor=bob, signed_in=JUST_NOW)
        other = atlassian.make_token(bob.email, account_id="another-account")
        assert try_token(bob, account, other) is None
        assert try_token(bob, account, atlassian.make_token(bob.email)) is not None

    def test_an_administrators_disconnect_lets_the_binding_go(
        self, alice: User, bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
    ) -> None:
        saved_credentials.release(connect(bob), actor=alice, signed_in=JUST_NOW)
        other = atlassian.make_token(bob.email, account_id="another-account")
        assert try_token(bob, account, other) is not None

    def test_one_atlassian_account_stands_for_one_person(
        self, alice: User, bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
    ) -> None:
        connect(alice)
        account.other_email_allowed = True
        account.save()
        token = atlassian.make_token(alice.email)
        candidate = try_token(bob, account, token, login=alice.email)
        assert candidate is not None
        with pytest.raises(TakenError):
            save(candidate, bob, account)


class TestDisconnect:
    """Disconnecting destroys the secret at once."""

    def test_the_envelope_is_gone(self, bob: User, connect: Connect) -> None:
        flows.disconnect(connect(bob), actor=bob, signed_in=JUST_NOW)
        row = Credential.objects.get(user=bob)
        assert (row.envelope, row.state, row.report) == (b"", StoredState.DISCONNECTED, {})
        with pytest.raises(NothingSavedError):
            async_to_sync(_all_events)(row)

    def test_a_token_that_waits_cannot_undo_it(
        self, bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
    ) -> None:
        credential = connect(bob)
        candidate = waiting(bob, account, atlassian.make_token(bob.email))
        flows.disconnect(credential, actor=bob, signed_in=JUST_NOW)
        with pytest.raises(CandidateGoneError):
            save(candidate, bob, account)

    def test_twice_is_told(self, bob: User, connect: Connect) -> None:
        credential = connect(bob)
        flows.disconnect(credential, actor=bob, signed_in=JUST_NOW)
        with pytest.raises(NothingSavedError):
            flows.disconnect(credential, actor=bob, signed_in=JUST_NOW)

    def test_the_database_refuses_a_secret_that_stays(self, bob: User, connect: Connect) -> None:
        credential = connect(bob)
        with pytest.raises(IntegrityError), transaction.atomic():
            Credential.objects.filter(pk=credential.pk).update(state=StoredState.DISCONNECTED)


class TestSavedAgain:
    """Testing a saved credential keeps what is learned, and nothing else."""

    def test_a_refusal_is_kept_and_a_later_success_ends_it(
        self, bob: User, atlassian: FakeAtlassian, connect: Connect
    ) -> None:
        credential = connect(bob)
        token = open_in(credential).reveal()
        atlassian.tokens[token].is_revoked = True
        async_to_sync(_all_events)(credential)
        refused = Credential.objects.get(pk=credential.pk)
        assert (refused.state, refused.reason) == (StoredState.REFUSED, "credential_refused")
        assert credential.connected_at is not None
        assert refused.since > credential.connected_at
        assert refused.is_sealed, "the token stays until its owner replaces or deletes it"
        atlassian.tokens[token].is_revoked = False
        async_to_sync(_all_events)(refused)
        assert Credential.objects.get(pk=credential.pk).state == StoredState.CONNECTED

    def test_an_atlassian_that_is_down_teaches_nothing(
        self, bob: User, atlassian: FakeAtlassian, connect: Connect
    ) -> None:
        credential = connect(bob)
        atlassian.is_down = True
        async_to_sync(_all_events)(credential)
        assert Credential.objects.get(pk=credential.pk).state == StoredState.CONNECTED

    def test_a_check_of_a_replaced_token_says_nothing_about_the_new_one(
        self, bob: User, connect: Connect
    ) -> None:
        stale = connect(bob)
        stale.version -= 1
        saved_credentials.record_check(
            stale, report_of(Verdict.REFUSED, "credential_refused", "Refused."), actor="test"
        )
        assert Credential.objects.get(user=bob).state == StoredState.CONNECTED

    def test_a_moved_envelope_is_a_sentence(self, alice: User, bob: User, connect: Connect) -> None:
        mine, theirs = connect(alice), connect(bob)
        Credential.objects.filter(pk=mine.pk).update(envelope=theirs.envelope)
        with pytest.raises(SecretUnreadableError):
            async_to_sync(_all_events)(Credential.objects.get(pk=mine.pk))


class TestAlmAccounts:
    """An ALM account is added and changed only with a proven main credential."""

    def test_a_new_one_needs_a_tested_token(self, alice: User) -> None:
        with pytest.raises(CandidateGoneError):
            alm_accounts.save(wanted(), None, account=None, actor=alice, signed_in=JUST_NOW)

    def test_of_two_administrators_who_edit_at_once_the_second_is_told(
        self, alice: User, account: AlmAccount
    ) -> None:
        before = AlmAccount.objects.get(pk=account.pk)
        change = wanted(revision=account.revision, name="Acme")
        alm_accounts.save(
            change, None, account=AlmAccount.objects.get(pk=account.pk), actor=alice, signed_in=JUST_NOW
        )
        with pytest.raises(ReplacedMeanwhileError):
            alm_accounts.save(
                wanted(revision=before.revision), None, account=before, actor=alice, signed_in=JUST_NOW
            )
        assert AlmAccount.objects.get(pk=account.pk).name == "Acme"

    def test_the_name_is_there_once_in_whatever_case(
        self, alice: User, account: AlmAccount, atlassian: FakeAtlassian
    ) -> None:
        again = wanted(name=account.name.upper(), slug="another")
        walk = async_to_sync(flows.save_main)
        token = pasted(atlassian.make_token(alice.email), alice.email)
        with pytest.raises(TakenError):
            walk(again, token, account=None, accept_gaps=False, actor=alice, signed_in=JUST_NOW)

    def test_another_site_needs_a_test(self, alice: User, account: AlmAccount) -> None:
        elsewhere = wanted(revision=account.revision, site=type(SITE)("https://other.atlassian.net"))
        with pytest.raises(TokenNeededError):
            alm_accounts.save(elsewhere, None, account=account, actor=alice, signed_in=JUST_NOW)

    def test_another_jira_is_another_alm_account(
        self, alice: User, account: AlmAccount, atlassian: FakeAtlassian
    ) -> None:
        AlmAccount.objects.filter(pk=account.pk).update(cloud_id=str(uuid.uuid4()))
        moved = AlmAccount.objects.get(pk=account.pk)
        token = pasted(atlassian.make_token(alice.email), alice.email)
        with pytest.raises(OtherJiraError):
            async_to_sync(flows.save_main)(
                wanted(revision=moved.revision),
                token,
                account=moved,
                accept_gaps=False,
                actor=alice,
                signed_in=JUST_NOW,
            )

    def test_deleting_one_takes_every_secret_for_it_along(
        self, alice: User, bob: User, account: AlmAccount, connect: Connect
    ) -> None:
        connect(bob)
        alm_accounts.delete(account, actor=alice, signed_in=JUST_NOW)
        assert not Credential.objects.exists()
        entry = Entry.objects.get(action="alm-account.deleted")
        assert entry.details["people"] == [bob.email]


def test_what_is_done_is_recorded_and_holds_no_secret(
    bob: User, account: AlmAccount, atlassian: FakeAtlassian, connect: Connect
) -> None:
    credential = connect(bob, without=["write:jira-work"])
    flows.disconnect(credential, actor=bob, signed_in=JUST_NOW)
    told = {entry.action: entry for entry in Entry.objects.all()}
    assert told["alm-account.added"].subject == account.slug
    assert told["credential.connected"].details["missing"] == ["write:jira-work"]
    assert told["credential.disconnected"].actor == bob.email
    everything = " ".join(str(entry.details) + entry.subject for entry in Entry.objects.all())
    assert not any(token in everything for token in atlassian.tokens)


async def _all_events(row: Credential) -> list[object]:
    return [event async for event in flows.test_saved(row, actor="test")]
