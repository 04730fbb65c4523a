"""The page of one credential: what it shows, and what its buttons do."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ownkey import days
from ownkey.atlassian.wire import Authentication
from ownkey.connections import (
    candidates,
    client_keys,
    flows,
    limits,
    queries,
    rendering,
    saved_credentials,
)
from ownkey.connections.acting import acting_for
from ownkey.connections.checklist import Checklist
from ownkey.connections.errors import CandidateGoneError, NotSavedError
from ownkey.connections.forms import ExpiryForm, credential_form
from ownkey.connections.guide import Guide, wanted_in
from ownkey.connections.history import History, has_current_check
from ownkey.connections.models import AlmAccount, Candidate
from ownkey.connections.profile_choice import profile_for_people
from ownkey.connections.reports import report_of
from ownkey.connections.required_scopes import missing_scopes
from ownkey.connections.stored_report import StoredReport
from ownkey.connections.views.checks import sentences_of
from ownkey.connections.views.client_keys import lead_to
from ownkey.environment.process import current_environment
from ownkey.people.access import signed_in, user_of

NO_SECRET = "Paste the token first: Ownkey tests it before anything is saved."  # noqa: S105 a sentence
TESTED_ALREADY = "This token was tested already and waits: press Save, or paste another one to test that."
SAVE_WITH_GAPS = "save-with-gaps"
FORGET = "forget"
FORGOTTEN = "The tested token is forgotten, and nothing was saved."


class CredentialPage:
    """One person's page for one ALM account, for the length of one request."""

    def __init__(self, request: HttpRequest, account: AlmAccount) -> None:
        self.request = request
        self.account = account
        self.user = user_of(request)
        self.credential = queries.credential_of(self.user, account)
        self.is_sealed = self.credential is not None and self.credential.is_sealed
        self.profile = profile_for_people(account)
        self.seat = candidates.Seat(self.user, account, is_main=False)
        sent = request.POST if request.method == "POST" else None
        self.checklist: Checklist | None = None
        self.candidate: Candidate | None = None
        if sent is None:
            self._offer(candidates.newest_waiting(seat=self.seat, replaces=self.credential))
        self.is_changing = (
            not self.is_sealed
            or self.candidate is not None
            or "change" in (request.GET if sent is None else sent)
        )
        self.form = credential_form(
            account,
            credential=self.credential,
            waiting=self.candidate,
            email=self.user.email,
            data=sent if self.is_changing else None,
        )
        self.expiry_form = ExpiryForm(
            None if self.is_changing else sent,
            auto_id="saved_%s",
            authentication=self._saved_authentication(),
            initial={"expires_on": self.credential.expires_on if self.credential else None},
        )

    def show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        """Return the page."""
        shown_checked_at, today = None, days.today()
        edit_url = reverse("connections:credential_edit", args=[self.account.slug])
        state = self._state()
        standing, saved = state["standing"], self.credential
        if self.checklist is None and saved is not None and has_current_check(saved, standing):
            self.checklist = self._saved_checklist()
            self.checklist.finish(report_of(saved))
            shown_checked_at = saved.checked_at
        missing = missing_scopes(self.credential, today) if self.credential else ()
        found, later = self.checklist.missing if self.checklist else missing, standing.new_scopes
        context = {
            **state,
            "keep_url": edit_url if self.is_sealed and self.candidate is None else "",
            "is_first": not self.is_sealed,
            "form": self.form,
            "expiry_form": self.expiry_form,
            "checklist": self.checklist,
            "candidate": self.candidate,
            "shown_checked_at": shown_checked_at,
            "problems": [problem] if problem else [],
            "guide": Guide(
                reader=f"{self.user.pk}.{self.account.slug}",
                account_name=self.account.name,
                profile=self.profile,
                is_cloud=self.account.is_cloud,
                missing=tuple(scope for scope in found if scope not in later),
                new=standing.new_scopes,
                new_on=standing.new_scopes_on,
                wanted=wanted_in(self.request.GET.get("scope", "")),
            ),
        }
        return render(self.request, "connections/credential_edit.html", context, status=status)

    def _state(self) -> dict[str, Any]:
        """Return what the page shows of the saved credential's state."""
        standing = queries.standing_of(self.user, self.account, self.credential)
        saved = self.credential
        return {
            "account": self.account,
            "credential": saved,
            "is_sealed": self.is_sealed,
            "is_changing": self.is_changing,
            "standing": standing,
            "acting": acting_for(self.account, saved, today=days.today()),
            "history": History.of(saved, standing, self._saved_checklist()) if saved else None,
        }

    # -- Test Connection

    async def problem_before_test(self) -> dict[str, list[str]]:
        """Return what keeps the test from running, by field; empty if nothing does."""
        if self.is_changing:
            if self.form.is_valid() and self.form.pasted() is None:
                self.form.add_error("token", TESTED_ALREADY if self.form.candidate_id else NO_SECRET)
            if self.form.errors:
                return sentences_of(self.form)
        return {} if await limits.may_test(self.user) else {"": [limits.TOO_MANY]}

    def empty_checklist(self) -> Checklist:
        """Return the checklist of the test that is about to run."""
        if not self.is_changing:
            return self._saved_checklist()
        has_scopes = self.form.chosen_authentication().uses_gateway
        return Checklist(profile=self.profile, has_scopes=has_scopes, has_owner=True)

    async def steps(self) -> AsyncGenerator[flows.Step, None]:
        """Yield the test of the pasted token, or of the saved one if none is being entered."""
        pasted = self.form.pasted() if self.is_changing else None
        if pasted is not None:
            async with aclosing(flows.try_personal(self.user, self.account, pasted)) as steps:
                async for step in steps:
                    yield step
        elif self.credential is not None:
            async with aclosing(flows.test_saved(self.credential, actor=self.user)) as events:
                async for event in events:
                    yield event

    def state_after_test(self) -> str:
        """Return the lines that show the state as it is stored once the saved token has been tested."""
        if self.is_changing:
            return ""
        self.credential = queries.credential_of(self.user, self.account)
        return rendering.state(self._state(), facts="connections/parts/credential_facts.html")

    # -- Save

    def save_expiry(self) -> HttpResponse:
        """Save a corrected expiry date; the token stays as it is."""
        if self.credential is None or not self.expiry_form.is_valid():
            return self.show(status=422)
        saved_credentials.change_expiry(
            self.credential,
            self.expiry_form.cleaned_data["expires_on"],
            actor=self.user,
            signed_in=signed_in(self.request),
        )
        return self._done("The expiry date is saved.")

    def save_token(self) -> HttpResponse:
        """Save the token that was tested; one that was not is tested first."""
        if self.request.POST.get("action") == FORGET:
            candidates.forget_waiting(seat=self.seat)
            messages.success(self.request, FORGOTTEN)
            return redirect("connections:credential_edit", self.account.slug)
        if not self.form.is_valid():
            self._offer_again(self.form.data.get("candidate", ""))
            return self.show(status=422)
        accept_gaps = self.request.POST.get("action") == SAVE_WITH_GAPS
        pasted = self.form.pasted()
        try:
            if pasted is not None:
                return self._connect(pasted, accept_gaps=accept_gaps)
            if self.form.candidate_id is None:
                self.form.add_error("token", NO_SECRET)
                return self.show(status=422)
            saved_credentials.save(
                candidates.Choice(
                    candidate_id=self.form.candidate_id,
                    authentication=self.form.chosen_authentication(),
                    login=self.form.cleaned_data["login"],
                    expires_on=self.form.cleaned_data["expires_on"],
                    accept_gaps=accept_gaps,
                ),
                user=self.user,
                account=self.account,
                actor=self.user,
                signed_in=signed_in(self.request),
            )
        except NotSavedError as error:
            self._offer_again(self.form.data.get("candidate", ""))
            return self.show(problem=str(error), status=409)
        return self._connected()

    def _connect(self, pasted: flows.Pasted, *, accept_gaps: bool) -> HttpResponse:
        if not async_to_sync(limits.may_test)(self.user):
            return self.show(problem=limits.TOO_MANY, status=429)
        outcome = async_to_sync(flows.connect)(
            self.user,
            self.account,
            pasted,
            accept_gaps=accept_gaps,
            actor=self.user,
            signed_in=signed_in(self.request),
        )
        if outcome.saved is not None:
            for note in self.form.notes:
                messages.info(self.request, note)
            return self._connected()
        self.checklist, self.candidate = self.empty_checklist(), outcome.candidate
        self.checklist.finish(StoredReport.of(outcome.report))
        return self.show(status=422)

    def _connected(self) -> HttpResponse:
        standing = queries.standing_of(
            self.user, self.account, queries.credential_of(self.user, self.account)
        )
        sentence = f"You are connected to {self.account.name}."
        if standing.needs_attention:
            messages.warning(self.request, f"{sentence} {standing.cause} {standing.next_step}")
        else:
            messages.success(self.request, sentence)
        has_key = client_keys.active_keys(self.user, now=timezone.now()).exists()
        known = signed_in(self.request)
        if not current_environment().is_demo or has_key or not known.is_recent or not standing.is_usable:
            return redirect("connections:credential_list")
        # In the demo a curl line that works as it stands is shown at once, with gaps as well.
        issued = client_keys.issue_client_key(
            self.user,
            self.account,
            name="curl, in the demo",
            expires_on=days.today() + client_keys.USUAL_LIFE,
            actor=self.user,
            signed_in=known,
        )
        messages.success(self.request, "Try it: here is a client key, and a line for curl.")
        return lead_to(self.request, issued)

    def _done(self, sentence: str) -> HttpResponse:
        messages.success(self.request, sentence)
        return redirect("connections:credential_list")

    def _offer_again(self, candidate_id: str) -> None:
        """Offer the tested token of a form that could not be saved, so that it need not be pasted again."""
        with suppress(ValueError, CandidateGoneError):
            self._offer(candidates.waiting(uuid.UUID(candidate_id), seat=self.seat))

    def _offer(self, found: Candidate | None) -> None:
        """Show a tested token that waits, with what its test found."""
        if found is None:
            return
        self.candidate = found
        self.checklist = Checklist(
            profile=self.profile, has_scopes=found.signs_in_by.uses_gateway, has_owner=True
        )
        self.checklist.finish(report_of(found))

    def _saved_checklist(self) -> Checklist:
        has_scopes = self.credential is not None and self.credential.signs_in_by.uses_gateway
        return Checklist(profile=self.profile, has_scopes=has_scopes, has_owner=True)

    def _saved_authentication(self) -> Authentication:
        if self.credential is not None and self.is_sealed:
            return self.credential.signs_in_by
        return Authentication.SCOPED_API_TOKEN
