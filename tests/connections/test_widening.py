"""New required scopes ask first who must renew, and count from the day that the administrator chooses."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ownkey import days
from ownkey.audit.models import Entry
from ownkey.calls.decision import Allowed, Decision, Refused, decide
from ownkey.cli import account_profile
from ownkey.connections import alm_accounts, flows, queries, widening
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.errors import GraceTooLongError, WideningUnansweredError
from ownkey.connections.governance.coverage import read_coverage
from ownkey.connections.lifecycle import queue
from ownkey.connections.lifecycle.outbox import owe_by_date
from ownkey.connections.lifecycle.rechecks import Which, recheck
from ownkey.connections.lifecycle.schedule import queue_reminders
from ownkey.connections.models import AlmAccount, Candidate, Credential, StoredState
from ownkey.connections.profile_choice import scopes_in_order
from ownkey.connections.states import State, state_of
from ownkey.gateway.store.snapshots import snapshot_of
from ownkey.people.flows import suspend_user
from ownkey.people.models import User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from ownkey.scopes.profiles import PLANNING, ScopeProfile, parse_profile
from tests.people.sign_ins import JUST_NOW

from .conftest import Connect, FakeAtlassian, form_data, pasted
from .test_account_pages import account_data, edit
from .test_credential_pages import edit as own_page
from .test_credential_pages import text_of

TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=30)
EXTRA = ["read:issue-details:jira", "read:servicedesk-request"]
WIDER = parse_profile(",".join([*scopes_in_order(PLANNING), *EXTRA]))
WIDEST = parse_profile(",".join([*scopes_in_order(PLANNING), *EXTRA, "write:servicedesk-request"]))
NARROWER = parse_profile(",".join(scopes_in_order(PLANNING)[2:]))
BOARD = "/rest/agile/1.0/board/1/issue"


def change(account: AlmAccount, profile: ScopeProfile, *, counts_from: date | None = None) -> AlmAccount:
    account.refresh_from_db()
    return alm_accounts.save(
        alm_accounts.with_profile(account, profile, counts_from=counts_from),
        None,
        account=account,
        actor=None,
        signed_in=AT_THE_COMMAND_LINE,
    )


def stands(user: User, account: AlmAccount, *, on: date = TODAY) -> State:
    account = AlmAccount.objects.get(pk=account.pk)
    return queries.standing_of(user, account, queries.credential_of(user, account), today=on).state


def settings_of(account: AlmAccount, profile: ScopeProfile, **more: str) -> dict[str, Any]:
    account.refresh_from_db()
    scopes = "\n".join(scopes_in_order(profile))
    data = account_data(profile="own", own_scopes=scopes, revision=account.revision, action="save", **more)
    del data["change"]
    return data


class TestAsking:
    """Nothing is saved before the administrator has read who must renew, and has said from when."""

    def test_the_flow_refuses_by_itself(self, account: AlmAccount, bob: User, connect: Connect) -> None:
        connect(bob)
        with pytest.raises(WideningUnansweredError):
            change(account, WIDER)
        assert AlmAccount.objects.get().required_scopes == scopes_in_order(PLANNING)

    def test_the_page_asks_and_saves_with_the_answer(
        self, account: AlmAccount, bob: User, connect: Connect, alices_browser: Client
    ) -> None:
        connect(bob)
        asked = alices_browser.post(edit(account), settings_of(account, WIDER))
        assert asked.status_code == 422
        words = text_of(asked)
        assert "Nothing is saved yet" in words
        assert "22 instead of 20: 2 new scopes." in words
        assert "1 person was tested for 20; they keep working until the day." in words
        assert f'value="{SOON}"' in asked.content.decode()
        assert "in mails 30, 14, 7 and 1 days before" in words
        assert AlmAccount.objects.get().required_scopes == scopes_in_order(PLANNING)

        answer = {"counts": "later", "counts_from": str(SOON)}
        assert alices_browser.post(edit(account), settings_of(account, WIDER, **answer)).status_code == 302
        saved = AlmAccount.objects.get()
        assert (saved.later_scopes, saved.counts_from) == (EXTRA, SOON)
        entry = Entry.objects.filter(action="alm-account.changed").latest("number")
        assert entry.details["counts_from"] == str(SOON)
        assert entry.details["new_scopes"] == EXTRA

    def test_a_pasted_main_token_waits_while_the_question_is_answered(
        self,
        *,
        account: AlmAccount,
        bob: User,
        connect: Connect,
        atlassian: FakeAtlassian,
        alices_browser: Client,
        alice: User,
    ) -> None:
        connect(bob)
        token = atlassian.make_token(alice.email)
        atlassian.tokens[token] = replace(atlassian.tokens[token], scopes=WIDER.scopes)
        data = settings_of(account, WIDER, token=token, login=alice.email) | {"change": "1"}
        asked = alices_browser.post(edit(account), data)
        assert "Nothing is saved yet" in text_of(asked)
        waiting = Candidate.objects.get()
        assert f'value="{waiting.pk}"' in asked.content.decode()
        data |= {"token": "", "candidate": str(waiting.pk), "counts": "later", "counts_from": str(SOON)}
        assert alices_browser.post(edit(account), data).status_code == 302
        saved = AlmAccount.objects.get()
        assert saved.counts_from == SOON
        assert state_of(saved, TODAY).state is State.CONNECTED, "it was tested for the new list"

    def test_nobody_who_could_lack_it_is_no_question(
        self, account: AlmAccount, atlassian: FakeAtlassian, alice: User
    ) -> None:
        """Alice's is the main credential, and it was tested for the wider list before."""
        for token in atlassian.tokens.values():
            token.scopes = WIDER.scopes
        change(account, WIDER, counts_from=TODAY)
        account.refresh_from_db()
        async_to_sync(_test)(account, alice)
        change(account, PLANNING)
        assert change(account, WIDER).counts_from is None

    def test_a_day_too_far_away_is_refused(self, account: AlmAccount, bob: User, connect: Connect) -> None:
        connect(bob)
        with pytest.raises(GraceTooLongError):
            change(account, WIDER, counts_from=TODAY + timedelta(days=366))

    def test_later_without_a_day_is_pointed_out(
        self, account: AlmAccount, bob: User, connect: Connect, alices_browser: Client
    ) -> None:
        connect(bob)
        answer = alices_browser.post(
            edit(account), settings_of(account, WIDER, counts="later", counts_from="")
        )
        assert answer.status_code == 422
        assert "Choose the day from which the new scopes count." in text_of(answer)

    def test_it_counts_people_by_what_is_known_of_their_tokens(
        self, account: AlmAccount, bob: User, alice: User, connect: Connect
    ) -> None:
        row = connect(bob)
        connect(alice)
        known = {"scope": EXTRA[0], "state": "missing", "because": ""}
        row.report["scopes"].append(known)
        row.save()
        account.refresh_from_db()
        found = widening.widening_of(account, scopes_in_order(WIDER), today=TODAY)
        assert found is not None
        assert (found.people, found.lacking, found.unknown, found.having) == (2, 1, 1, 0)
        assert found.asks_main
        suspend_user(bob, actor=alice, signed_in=JUST_NOW)
        left = widening.widening_of(account, scopes_in_order(WIDER), today=TODAY)
        assert left is not None
        assert (left.people, left.lacking) == (1, 0)


async def _test(row: AlmAccount | Credential, actor: User) -> None:
    async for _ in flows.test_saved(row, actor=actor):
        pass


@pytest.fixture
def mails_in_memory(settings: Settings) -> None:
    """Keep mails where a test can read them."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


class TestGrace:
    """Until the day the old list counts; from that day on the new one does, without a job."""

    @pytest.fixture
    def pending(self, account: AlmAccount, bob: User, connect: Connect) -> AlmAccount:
        connect(bob)
        return change(account, WIDER, counts_from=SOON)

    def test_nobody_becomes_unconnected_on_any_day(self, pending: AlmAccount, bob: User) -> None:
        for number in (0, 1, 29, 30, 31):
            day = TODAY + timedelta(days=number)
            assert stands(bob, pending, on=day) is State.RECHECK_PENDING
            assert queries.count_connected(today=day)[pending.pk] == 1
        (row,) = [row for row in read_coverage() if row.person == bob]
        assert row.is_connected

    def test_a_recheck_finds_out_and_the_state_follows_the_day(self, pending: AlmAccount, bob: User) -> None:
        row = Credential.objects.get(user=bob)
        recheck(Which(row.pk, row.version))
        row.refresh_from_db()
        assert row.state == StoredState.CONNECTED, "what counts today is all there"
        standing = state_of(row, TODAY)
        assert standing.state is State.RECHECK_PENDING
        assert standing.needs_attention
        assert standing.missing == ()
        assert standing.new_scopes == tuple(EXTRA)
        assert stands(bob, pending, on=SOON - timedelta(days=1)) is State.RECHECK_PENDING
        assert stands(bob, pending, on=SOON) is State.GAPS
        gaps = queries.standing_of(bob, row.alm_account, row, today=SOON)
        assert gaps.missing == tuple(EXTRA)
        assert gaps.since is not None
        assert gaps.since.date() == SOON

    def test_before_the_recheck_nobody_is_bothered(self, pending: AlmAccount, bob: User) -> None:
        account = AlmAccount.objects.get(pk=pending.pk)
        assert not queries.standing_of(bob, account, queries.credential_of(bob, account)).needs_attention

    def test_people_read_from_when_and_the_guide_marks_the_new_ones(
        self, pending: AlmAccount, bobs_browser: Client
    ) -> None:
        for address in ("/", own_page(pending)):
            words = text_of(bobs_browser.get(address))
            assert f"2 new scopes are needed from {SOON.day} {SOON:%B %Y}" in words
            assert "Make a new token before then." in words
        html = bobs_browser.get(own_page(pending)).content.decode()
        assert html.count(f'new<span class="visually-hidden">, needed from {SOON.day} {SOON:%b}</span>') == 2

    def test_a_new_token_that_meets_the_old_list_is_saved_and_says_what_it_will_lack(
        self, pending: AlmAccount, bob: User, bobs_browser: Client, atlassian: FakeAtlassian
    ) -> None:
        data = form_data(atlassian.make_token(bob.email))
        tested = text_of(bobs_browser.post(f"{own_page(pending)}".replace("edit", "test"), data))
        assert "2 new scopes are needed from" in tested
        assert "Save with gaps" not in tested
        outcome = async_to_sync(flows.connect)(
            bob,
            AlmAccount.objects.get(pk=pending.pk),
            pasted(atlassian.make_token(bob.email), bob.email),
            accept_gaps=False,
            actor=bob,
            signed_in=JUST_NOW,
        )
        assert outcome.saved is not None
        assert outcome.saved.state == StoredState.CONNECTED
        assert set(EXTRA) <= {
            one["scope"] for one in outcome.saved.report["scopes"] if one["state"] == "missing"
        }

    def test_a_token_with_an_old_gap_and_a_new_one_has_gaps_now(
        self, pending: AlmAccount, bob: User, atlassian: FakeAtlassian
    ) -> None:
        token = atlassian.make_token(bob.email, without=["write:jira-work"])
        outcome = async_to_sync(flows.connect)(
            bob,
            AlmAccount.objects.get(pk=pending.pk),
            pasted(token, bob.email),
            accept_gaps=True,
            actor=bob,
            signed_in=JUST_NOW,
        )
        assert outcome.saved is not None
        standing = state_of(outcome.saved, TODAY)
        assert standing.states == (State.GAPS, State.RECHECK_PENDING)
        assert standing.missing == ("write:jira-work",)

    def test_a_token_with_all_of_them_is_connected_on_every_day(
        self, pending: AlmAccount, bob: User, atlassian: FakeAtlassian
    ) -> None:
        row = Credential.objects.get(user=bob)
        for token in atlassian.tokens.values():
            token.scopes = WIDER.scopes
        async_to_sync(_test)(row, bob)
        for day in (TODAY, SOON, SOON + timedelta(days=90)):
            assert stands(bob, pending, on=day) is State.CONNECTED

    def test_the_gateway_lets_those_use_new_scopes_who_have_them(
        self, pending: AlmAccount, bob: User
    ) -> None:
        key = issue_client_key(
            bob, pending, name="Report", expires_on=None, actor=bob, signed_in=JUST_NOW
        ).row
        row = Credential.objects.get(user=bob)

        def decided(state: str) -> Decision:
            scopes = [one for one in row.report["scopes"] if one["scope"] not in EXTRA]
            row.report["scopes"] = [
                *scopes,
                *({"scope": one, "state": state, "because": ""} for one in EXTRA),
            ]
            row.save()
            snapshot = snapshot_of(key.pk, today=TODAY)
            assert snapshot is not None
            return decide(snapshot, "GET", BOARD)

        assert isinstance(decided("granted"), Allowed)
        denied = decided("missing")
        assert isinstance(denied, Refused)
        assert "read:issue-details:jira" in denied.missing

    @pytest.mark.usefixtures("pending", "mails_in_memory")
    def test_mails_go_out_as_for_expiry_and_once_each(
        self, bob: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = Credential.objects.get(user=bob)
        recheck(Which(row.pk, row.version))
        for number in range(33):
            day = TODAY + timedelta(days=number)
            monkeypatch.setattr(days, "today", lambda day=day: day)
            for _ in range(2):
                owe_by_date(today=day)
                queue_reminders(timezone.now())
                while taken := queue.take_next("test"):
                    assert queue.run_taken(taken)
        subjects = [message.subject for message in mail.outbox if message.to == [bob.email]]
        when = f"{SOON.day} {SOON:%B %Y}"
        assert subjects == [f"Your API token for Acme Jira needs new scopes from {when}"] * 4 + [
            "Your API token for Acme Jira lacks scopes"
        ]
        assert ", ".join(EXTRA) in str(mail.outbox[0].body)

    def test_a_second_widening_replaces_the_first_and_asks_again(
        self, pending: AlmAccount, bob: User
    ) -> None:
        with pytest.raises(WideningUnansweredError):
            change(pending, WIDEST)
        later = SOON + timedelta(days=14)
        saved = change(pending, WIDEST, counts_from=later)
        assert saved.later_scopes is not None
        assert (len(saved.later_scopes), saved.counts_from) == (3, later)
        assert stands(bob, saved, on=SOON) is State.RECHECK_PENDING
        assert widening.counting_for_people(saved, SOON) == tuple(scopes_in_order(PLANNING))

    def test_narrowing_is_immediate_and_asks_nobody(self, pending: AlmAccount, bob: User) -> None:
        saved = change(pending, NARROWER)
        assert (saved.later_scopes, saved.counts_from) == (None, None)
        assert stands(bob, saved) is State.CONNECTED

    def test_scopes_that_go_go_at_once_and_those_that_come_wait(
        self, account: AlmAccount, bob: User, connect: Connect
    ) -> None:
        connect(bob)
        mixed = parse_profile(",".join([*scopes_in_order(NARROWER), *EXTRA]))
        saved = change(account, mixed, counts_from=SOON)
        assert widening.counting_for_people(saved, TODAY) == tuple(scopes_in_order(NARROWER))
        assert stands(bob, saved) is State.RECHECK_PENDING

    def test_other_settings_can_be_saved_meanwhile(self, pending: AlmAccount) -> None:
        saved = change(pending, WIDER)
        assert (saved.later_scopes, saved.counts_from) == (EXTRA, SOON)

    def test_the_day_can_be_moved(self, pending: AlmAccount, alices_browser: Client) -> None:
        later = SOON + timedelta(days=7)
        answer = {"counts": "later", "counts_from": str(later)}
        assert alices_browser.post(edit(pending), settings_of(pending, WIDER, **answer)).status_code == 302
        assert AlmAccount.objects.get().counts_from == later

    def test_an_answer_counts_for_the_list_that_it_was_given_for(
        self, pending: AlmAccount, alices_browser: Client
    ) -> None:
        """The page of a pending change holds its day; a wider list than that is asked about anew."""
        html = alices_browser.get(edit(pending)).content.decode()
        (shown,) = re.findall(r'name="answered_for" value="([0-9a-f]+)"', html)
        answer = {"counts": "later", "counts_from": str(SOON), "answered_for": shown}
        asked = alices_browser.post(edit(pending), settings_of(pending, WIDEST, **answer))
        assert "Nothing is saved yet" in text_of(asked)
        assert AlmAccount.objects.get().required_scopes == scopes_in_order(WIDER)
        (shown,) = re.findall(r'name="answered_for" value="([0-9a-f]+)"', asked.content.decode())
        answer["answered_for"] = shown
        saved = alices_browser.post(edit(pending), settings_of(pending, WIDEST, **answer))
        assert saved.status_code == 302
        assert AlmAccount.objects.get().required_scopes == scopes_in_order(WIDEST)

    def test_it_can_be_given_up(self, pending: AlmAccount, bob: User, alices_browser: Client) -> None:
        assert "Do not require them" in text_of(alices_browser.get(edit(pending)))
        data = settings_of(pending, WIDER) | {"action": "cancel-new-scopes"}
        assert alices_browser.post(edit(pending), data).status_code == 302
        saved = AlmAccount.objects.get()
        assert saved.required_scopes == scopes_in_order(PLANNING)
        assert (saved.profile_name, saved.later_scopes, saved.counts_from) == ("planning", None, None)
        assert stands(bob, saved) is State.CONNECTED

    def test_at_once_is_a_recheck_not_a_break(self, account: AlmAccount, bob: User, connect: Connect) -> None:
        connect(bob)
        saved = change(account, WIDER, counts_from=TODAY)
        assert saved.counts_from is None
        assert stands(bob, saved) is State.RECHECK_PENDING
        assert queries.count_connected()[saved.pk] == 1

    def test_it_cannot_be_given_up_where_no_scope_counts_without_it(
        self, account: AlmAccount, alices_browser: Client
    ) -> None:
        change(account, parse_profile(",".join(EXTRA)), counts_from=SOON)
        page = alices_browser.post(edit(account), {"action": "cancel-new-scopes"})
        assert page.status_code == 409
        assert "No scope counts today" in text_of(page)

    def test_the_main_credential_is_given_the_same_time(self, pending: AlmAccount) -> None:
        account = AlmAccount.objects.get(pk=pending.pk)
        assert state_of(account, TODAY).state is State.RECHECK_PENDING
        recheck(Which(account.pk, account.version))
        account.refresh_from_db()
        assert (state_of(account, TODAY).state, state_of(account, SOON).state) == (
            State.RECHECK_PENDING,
            State.GAPS,
        )

    def test_the_export_names_them(self, pending: AlmAccount, bob: User, alices_browser: Client) -> None:
        text = alices_browser.get("/settings/coverage/export.csv").getvalue().decode()
        (line,) = [one for one in csv.DictReader(io.StringIO(text)) if one["e-mail"] == bob.email]
        assert (line["new scopes from"], line["which scopes are new"]) == (str(SOON), " ".join(EXTRA))
        assert pending.counts_from == SOON


class TestCommand:
    """`ownkey account profile` walks the same flow."""

    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
        monkeypatch.setattr(account_profile, "open_store", lambda: None)

        def call(**options: object) -> Any:  # noqa: ANN401 whatever JSON holds
            capsys.readouterr()
            account_profile.profile("acme-jira", as_json=True, **options)  # type: ignore[arg-type]
            return json.loads(capsys.readouterr().out)

        return call

    def test_it_says_who_must_renew_and_saves(
        self, account: AlmAccount, bob: User, connect: Connect, run: Callable[..., Any]
    ) -> None:
        connect(bob)
        scopes = ",".join(scopes_in_order(WIDER))
        told = run(profile=scopes, dry_run=True)
        assert (told["people"], told["unknown"], told["saved"], told["new_scopes"]) == (1, 1, False, EXTRA)
        with pytest.raises(Exception, match="Choose the day"):
            run(profile=scopes)
        assert run(profile=scopes, counts_from=SOON)["counts_from"] == str(SOON)
        assert run(profile="", give_up=True)["scopes"] == 20
        assert AlmAccount.objects.get(pk=account.pk).counts_from is None

    def test_two_answers_are_a_misuse(self, account: AlmAccount, run: Callable[..., Any]) -> None:
        with pytest.raises(Exception, match="not both"):
            run(profile="planning", counts_from=SOON, at_once=True)
        with pytest.raises(Exception, match="--give-up"):
            run(profile="")
        assert account.counts_from is None
