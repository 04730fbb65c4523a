"""The page of one ALM account: what it shows, and what its buttons do."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ownkey import days
from ownkey.atlassian.secret_shapes import looks_like_secret
from ownkey.connections import alm_accounts, candidates, flows, limits, rendering, widening
from ownkey.connections.account_filling import alm_account_form
from ownkey.connections.account_form import LATER
from ownkey.connections.acting import acting_main
from ownkey.connections.checklist import Checklist
from ownkey.connections.errors import CandidateGoneError, NotSavedError
from ownkey.connections.guide import Guide
from ownkey.connections.history import History, has_current_check
from ownkey.connections.lifecycle.occasions import reminder_days_in_words
from ownkey.connections.models import AlmAccount, Candidate, Kind
from ownkey.connections.profile_choice import (
    SAME_AS_PEOPLE,
    chosen_main_profile,
    chosen_profile,
    profile_for,
    scopes_in_order,
)
from ownkey.connections.queries import count_connected, people_of
from ownkey.connections.reports import report_of
from ownkey.connections.states import state_of
from ownkey.connections.stored_report import StoredReport
from ownkey.connections.views import checks
from ownkey.connections.views.checks import sentences_of
from ownkey.connections.views.credential_page import (
    FORGET,
    FORGOTTEN,
    NO_SECRET,
    SAVE_WITH_GAPS,
    TESTED_ALREADY,
)
from ownkey.connections.widening import Widening
from ownkey.people.access import signed_in, user_of
from ownkey.people.errors import RecentSignInNeededError
from ownkey.scopes.profiles import PLANNING, ProfileError, ScopeProfile

CANCEL_NEW_SCOPES = "cancel-new-scopes"
NO_NEW_SCOPES = "{name} goes on with the scopes that count today and asks for no new ones."


class AccountPage:
    """An administrator's page for one ALM account, or (`account=None`) for a new one, for one request."""

    def __init__(self, request: HttpRequest, account: AlmAccount | None) -> None:
        self.request = request
        self.account = account
        self.user = user_of(request)
        self.is_sealed = account is not None and account.is_sealed
        self.seat = candidates.Seat(self.user, account, is_main=True)
        sent = request.POST if request.method == "POST" else None
        self.candidate: Candidate | None = None
        if sent is None:
            self.candidate = candidates.newest_waiting(seat=self.seat, replaces=account)
        self.is_changing = (
            not self.is_sealed
            or self.candidate is not None
            or "change" in (request.GET if sent is None else sent)
        )
        self.form = alm_account_form(account, waiting=self.candidate, email=self.user.email, data=sent)
        if account is not None and sent is not None and not self.is_changing:
            self.form.keep_credential(account)
        self.checklist: Checklist | None = None
        if self.candidate is not None:
            self._offer(self.candidate)
        self.found_cloud_id = ""
        self.question: Widening | None = None

    def show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        """Return the page."""
        account = self.account
        shown_checked_at = None
        state = self._state()
        standing = state["standing"]
        if self.checklist is None and account and standing and has_current_check(account, standing):
            shown_checked_at = account.checked_at
            self.checklist = self._saved_checklist(account)
            self.checklist.finish(report_of(account))
        context = {
            **state,
            "people": people_of(account) if account else (),
            "connected": count_connected()[account.pk] if account else 0,
            "keep_url": self._keep_url(),
            "is_sealed": self.is_sealed,
            "form": self.form,
            "checklist": self.checklist,
            "candidate": self.candidate,
            "found_cloud_id": self.found_cloud_id,
            "shown_checked_at": shown_checked_at,
            "problems": [problem] if problem else [],
            "question": self.question,
            "asked_for": self._asked_for(),
            "reminder_days": reminder_days_in_words(),
            "pending": widening.pending_widening(account, today=days.today()) if account else None,
            "action": self.request.POST.get("action") or "save",
            "save_url": self._url("add", "edit"),
            "test_url": self._url("add_test", "test"),
            "guide": self.guide(),
        }
        return render(self.request, "connections/account_edit.html", context, status=status)

    def _state(self) -> dict[str, Any]:
        """Return what the page shows of the main credential's state."""
        account = self.account
        standing = state_of(account, days.today()) if account else None
        return {
            "account": account,
            "credential": account,
            "is_changing": self.is_changing,
            "standing": standing,
            "acting": acting_main(account, today=days.today()) if account else None,
            "history": History.of(account, standing, self._saved_checklist(account))
            if account and standing
            else None,
        }

    def guide(self) -> Guide:
        """Return the guide for what the form says now."""
        kind = self.form["kind"].value()
        name = str(self.form["name"].value() or "")
        return Guide(
            reader=f"{self.user.pk}.{self.account.slug if self.account else 'new'}.main",
            account_name="" if looks_like_secret(name) else name,
            profile=self._profile_in_form(),
            is_cloud=kind != Kind.JIRA_DATA_CENTER,
            missing=tuple(self.checklist.missing) if self.checklist else (),
        )

    # -- Find and Test Connection

    async def problem_before_test(self) -> dict[str, list[str]]:
        """Return what keeps the test from running, by field; empty if nothing does."""
        if self.form.is_valid() and self.is_changing and self.form.pasted() is None:
            self.form.add_error("token", TESTED_ALREADY if self.form.candidate_id else NO_SECRET)
        if self.form.errors:
            return sentences_of(self.form)
        return {} if await limits.may_test(self.user) else {"": [limits.TOO_MANY]}

    def empty_checklist(self) -> Checklist:
        """Return the checklist of the test that is about to run."""
        if self.account is not None and not self.is_changing:
            return self._saved_checklist(self.account)
        has_scopes = self.form.chosen_authentication().uses_gateway
        return Checklist(profile=self.form.profile_of_main, has_scopes=has_scopes, has_owner=False)

    async def steps(self) -> AsyncGenerator[flows.Step, None]:
        """Yield the test of the pasted token, or of the saved one if none is being entered."""
        pasted = self.form.pasted() if self.is_changing else None
        if pasted is not None:
            async with aclosing(
                flows.try_main(self._place(), pasted, account=self.account, actor=self.user)
            ) as steps:
                async for step in steps:
                    yield step
        elif self.account is not None:
            async with aclosing(flows.test_saved(self.account, actor=self.user)) as events:
                async for event in events:
                    yield event

    def state_after_test(self) -> str:
        """Return the lines that show the state as it is stored once the saved token has been tested."""
        if self.account is not None and not self.is_changing:
            self.account = AlmAccount.objects.filter(pk=self.account.pk).first()
        if self.account is None or self.is_changing:
            return ""
        return rendering.state(self._state(), facts="connections/parts/account_facts.html")

    # -- Save

    def save(self) -> HttpResponse:
        """Save the ALM account, with the main token that was tested; one that was not is tested first."""
        action = self.request.POST.get("action")
        if action == FORGET:
            candidates.forget_waiting(seat=self.seat)
            messages.success(self.request, FORGOTTEN)
            return redirect(self._url("add", "edit"))
        try:
            if action == CANCEL_NEW_SCOPES and self.account is not None:
                wanted = alm_accounts.without_new_scopes(self.account)
                alm_accounts.save(
                    wanted, None, account=self.account, actor=self.user, signed_in=signed_in(self.request)
                )
                messages.success(self.request, NO_NEW_SCOPES.format(name=self.account.name))
                return redirect(self._url("add", "edit"))
            if self.form.is_valid():
                return self._save_valid(accept_gaps=action == SAVE_WITH_GAPS)
        except NotSavedError as error:
            self._find_waiting()
            return self.show(problem=str(error), status=409)
        self.question = self._question_again()
        self._find_waiting()
        return self.show(status=422)

    def _save_valid(self, *, accept_gaps: bool) -> HttpResponse:
        pasted = self.form.pasted() if self.is_changing else None
        self.question = self._question()
        if self.question is not None:
            return self._ask() if pasted is None else self._test_and_ask()
        if pasted is not None:
            return self._test_and_save(pasted, accept_gaps=accept_gaps)
        choice = self._choice(accept_gaps=accept_gaps) if self.is_changing else None
        if self.is_changing and choice is None:
            self.form.add_error("token", NO_SECRET)
            return self.show(status=422)
        saved = alm_accounts.save(
            self.form.wanted(),
            choice,
            account=self.account,
            actor=self.user,
            signed_in=signed_in(self.request),
        )
        return self._done(saved)

    def _test_and_save(self, pasted: flows.Pasted, *, accept_gaps: bool) -> HttpResponse:
        if not async_to_sync(limits.may_test)(self.user):
            return self.show(problem=limits.TOO_MANY, status=429)
        try:
            outcome = async_to_sync(flows.save_main)(
                self.form.wanted(),
                pasted,
                account=self.account,
                accept_gaps=accept_gaps,
                actor=self.user,
                signed_in=signed_in(self.request),
            )
        except RecentSignInNeededError:
            self._send_tested_again()
            raise
        if outcome.saved is not None:
            for note in self.form.notes:
                messages.info(self.request, note)
            return self._done(outcome.saved)
        self.checklist, self.candidate = self.empty_checklist(), outcome.candidate
        self.checklist.finish(StoredReport.of(outcome.report))
        return self.show(status=422)

    def _send_tested_again(self) -> None:
        """Let the form that is sent again after the question name the tested token, which waits sealed.

        The token itself is kept nowhere else meanwhile.
        """
        waiting = candidates.newest_waiting(seat=self.seat, replaces=self.account)
        sent = self.request.POST.copy()
        sent["candidate"] = str(waiting.pk) if waiting else ""
        self.request.POST = sent  # type: ignore[assignment]

    def _question(self) -> Widening | None:
        """Return what is to be asked before these settings are saved; None once it is answered."""
        wanted = self.form.wanted()
        required = scopes_in_order(wanted.profile)
        answered_for = self.request.POST.get("answered_for", widening.fingerprint(required))
        is_answered = wanted.counts_from is not None and answered_for == widening.fingerprint(required)
        if self.account is None or is_answered:
            return None
        return widening.question(self.account, required, today=days.today())

    def _asked_for(self) -> str:
        """Return which list of scopes the page asks about: the one in the form, else the saved one."""
        profile = self.form.cleaned_data.get("scope_profile") if self.question is not None else None
        if profile is not None:
            return widening.fingerprint(scopes_in_order(profile))
        return widening.fingerprint(self.account.required_scopes) if self.account else ""

    def _question_again(self) -> Widening | None:
        """Return what was asked, where the answer could not be understood."""
        profile = self.form.cleaned_data.get("scope_profile")
        if self.account is None or profile is None or "counts" not in self.request.POST:
            return None
        return widening.widening_of(self.account, scopes_in_order(profile), today=days.today())

    def _test_and_ask(self) -> HttpResponse:
        """Test the pasted token, so that it waits while the question is answered."""
        if not async_to_sync(limits.may_test)(self.user):
            return self.show(problem=limits.TOO_MANY, status=429)
        checklist = self.empty_checklist()
        collected = async_to_sync(checks.collect)(self.steps(), checklist)
        self.checklist, self.candidate = checklist, collected.candidate
        return self.show(problem=collected.problem, status=422) if collected.problem else self._ask()

    def _ask(self) -> HttpResponse:
        """Show the page with the question; nothing is saved yet."""
        if self.candidate is None:
            self._find_waiting()
        if self.account is not None:
            data = self.request.POST.copy()
            day = widening.usual_day(self.account, today=days.today())
            data.update({"counts": LATER, "counts_from": day.isoformat()})
            self.form.data = data
        return self.show(status=422)

    def _choice(self, *, accept_gaps: bool) -> candidates.Choice | None:
        candidate_id = self.form.candidate_id
        if candidate_id is None:
            return None
        return candidates.Choice(
            candidate_id=candidate_id,
            authentication=self.form.chosen_authentication(),
            login=self.form.cleaned_data["login"],
            expires_on=self.form.cleaned_data["expires_on"],
            accept_gaps=accept_gaps,
        )

    def _url(self, adding: str, editing: str) -> str:
        if self.account is None:
            return reverse(f"connections:account_{adding}")
        return reverse(f"connections:account_{editing}", args=[self.account.slug])

    def _done(self, saved: AlmAccount) -> HttpResponse:
        messages.success(self.request, f"{saved.name} is saved.")
        return redirect("connections:account_list")

    def _keep_url(self) -> str:
        """Return where the saved token is left as it is; empty where there is none, or a tested one waits."""
        return self._url("add", "edit") if self.is_sealed and self.candidate is None else ""

    def _place(self) -> flows.Place:
        return flows.Place(
            self.form.site, self.form.cleaned_data["cloud_id"] or None, self.form.profile_of_main
        )

    def _find_waiting(self) -> None:
        """Find the tested token of a form that could not be saved, so that it need not be pasted again."""
        with suppress(ValueError, CandidateGoneError):
            self._offer(candidates.waiting(uuid.UUID(self.form.data.get("candidate", "")), seat=self.seat))

    def _offer(self, found: Candidate) -> None:
        """Show a tested token that waits, with what its test found."""
        self.candidate = found
        has_scopes = found.signs_in_by.uses_gateway
        self.checklist = Checklist(profile=self._profile_in_form(), has_scopes=has_scopes, has_owner=False)
        self.checklist.finish(report_of(found))

    def _saved_checklist(self, account: AlmAccount) -> Checklist:
        return Checklist(
            profile=profile_for(account), has_scopes=account.signs_in_by.uses_gateway, has_owner=False
        )

    def _profile_in_form(self) -> ScopeProfile:
        """Return the main credential's profile in the form, or the default where it is not one (yet)."""
        value = {
            name: str(self.form[name].value() or "")
            for name in ("profile", "own_scopes", "main_profile", "main_own_scopes")
        }
        try:
            people = chosen_profile(value["profile"] or PLANNING.name, value["own_scopes"])
            main = chosen_main_profile(value["main_profile"] or SAME_AS_PEOPLE, value["main_own_scopes"])
        except ProfileError:
            return PLANNING
        return main or people
