"""Test Connection: a stream of typed events; no storage, no web.

`check` is a generator without I/O (see `steps`); `run_check` runs it over a client. The order is: the site's
cloud id, then once who the credential signs in as, then the probes for its scopes side by side. A credential
that Atlassian refused is never sent again in the same check: repeated failures can lock an account.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from ownkey.atlassian.answers import Decoded, Meaning, decode
from ownkey.atlassian.check_request import CheckRequest
from ownkey.atlassian.conclusions import (
    conclude_another_person,
    conclude_failure,
    conclude_probing,
    conclude_refusal,
    conclude_unsaid,
)
from ownkey.atlassian.driver import drive
from ownkey.atlassian.events import (
    AbilitiesTold,
    CheckFinished,
    Event,
    Identity,
    IdentityDiffers,
    IdentityMatches,
    IdentityUnreadable,
    Report,
    ScopeDecided,
    ScopeFinding,
    SignedIn,
    SiteFound,
    ToldAbilities,
    Verdict,
)
from ownkey.atlassian.identity import is_confirmed_by_login, is_the_expected_person, read_identity
from ownkey.atlassian.probing import CLOUD_MYSELF, STOPPED, Probing, is_worth_repeating
from ownkey.atlassian.sites import SiteError
from ownkey.atlassian.steps import Steps, ask
from ownkey.atlassian.tenant import read_cloud_id, tenant_request
from ownkey.atlassian.verdicts import Conclusion, Reason
from ownkey.atlassian.wire import Answer, Authentication, Door, NoAnswer, door_for
from ownkey.scopes.abilities import abilities, all_abilities, names_beyond
from ownkey.scopes.catalogue import load_catalogue
from ownkey.scopes.inference import Inference, Outcome, ScopeState

if TYPE_CHECKING:
    from ownkey.atlassian.client import Client

__all__ = [
    "AbilitiesTold",
    "Authentication",
    "CheckFinished",
    "CheckRequest",
    "Event",
    "Identity",
    "IdentityDiffers",
    "IdentityMatches",
    "IdentityUnreadable",
    "Reason",
    "Report",
    "ScopeDecided",
    "ScopeFinding",
    "SignedIn",
    "SiteFound",
    "Verdict",
    "check",
    "run_check",
]

DATA_CENTER_MYSELF: Final = "/rest/api/2/myself"
# On a site Jira itself looks at the credential, so its own 401 to "who am I" is about the credential.
REFUSALS_AT_MYSELF: Final = frozenset({Meaning.SCOPE_REFUSED, Meaning.RESOURCE_REFUSED})
NOT_LIMITED: Final = "This kind of credential is not limited by scopes."


async def run_check(request: CheckRequest, client: "Client") -> AsyncGenerator[Event, None]:
    """Yield a check's events as they happen; the last one is `CheckFinished`."""
    async with aclosing(drive(check(request), client.send)) as events:
        async for event in events:
            yield event


def check(request: CheckRequest) -> Steps[None]:
    """Return the steps of a check; its last event is `CheckFinished`."""
    report = yield from _Check(request).run()
    yield CheckFinished(report)


class _Check:
    """One check under way: what is known so far, and what follows."""

    def __init__(self, request: CheckRequest) -> None:
        self._request = request
        self._cloud_id: str | None = None
        self._identity: Identity | None = None
        self._is_confirmed = False
        self._abilities: ToldAbilities = ()
        self._findings = tuple(
            ScopeFinding(one.scope, ScopeState.UNKNOWN, STOPPED) for one in request.profile.required
        )

    def run(self) -> Steps[Report]:
        try:
            yield from self._find_site()
        except SiteError as error:
            return self._report(Conclusion(Verdict.UNREACHABLE, error.code, error.message))
        request = self._request
        door = door_for(
            request.credential, site=request.site, cloud_id=self._cloud_id, addresses=request.addresses
        )
        answer, decoded = yield from self._ask_who(door)
        if decoded.meaning is Meaning.SCOPE_REFUSED and request.credential.authentication.uses_gateway:
            yield IdentityUnreadable()
        else:
            conclusion = yield from self._take_identity(answer, decoded)
            if conclusion is not None:
                return self._report(conclusion, decoded)
        if request.credential.authentication.uses_gateway:
            return (yield from self._probe(door))
        return (yield from self._tell_unlimited())

    def _find_site(self) -> Steps[None]:
        request = self._request
        is_typed = request.cloud_id is not None
        self._cloud_id = request.cloud_id
        if request.credential.authentication.is_cloud and not is_typed:
            answer = yield from ask(tenant_request(request.site))
            self._cloud_id = read_cloud_id(answer, site=request.site)
        yield SiteFound(request.site.url, self._cloud_id, is_typed)

    def _ask_who(self, door: Door) -> Steps[tuple[Answer | NoAnswer, Decoded]]:
        """Ask once who is signed in.

        Again only if Atlassian named a short wait and had not looked at it, or to confirm a refusal that
        would cut off somebody who is not there.
        """
        is_cloud = self._request.credential.authentication.is_cloud
        question = door.request("GET", CLOUD_MYSELF if is_cloud else DATA_CENTER_MYSELF)
        answer = yield from ask(question)
        decoded = decode(answer)
        is_to_be_confirmed = self._request.confirms_refusal and decoded.meaning.refuses_credential
        if is_worth_repeating(decoded) or is_to_be_confirmed:
            answer = yield from ask(question, after_s=decoded.retry_after_s or 0.0)
            decoded = decode(answer)
        return answer, decoded

    def _take_identity(self, answer: Answer | NoAnswer, decoded: Decoded) -> Steps[Conclusion | None]:
        """Tell who is signed in; return the conclusion if the check ends here."""
        if self._is_jiras_own_401(answer, decoded):
            return conclude_unsaid()
        if decoded.meaning.is_verdict or decoded.meaning in REFUSALS_AT_MYSELF:
            return conclude_refusal(self._request, decoded)
        is_answered = isinstance(answer, Answer) and decoded.meaning is Meaning.SUCCESS
        identity = read_identity(answer) if is_answered and isinstance(answer, Answer) else None
        if identity is None:
            return conclude_failure(decoded, is_too_long=isinstance(answer, Answer) and answer.is_truncated)
        self._identity = identity
        yield SignedIn(identity)
        if not self._request.expects_somebody:
            return None
        if not is_the_expected_person(identity, self._request):
            yield IdentityDiffers(identity)
            return conclude_another_person(self._request, identity)
        self._is_confirmed = True
        yield IdentityMatches(identity)
        return None

    def _is_jiras_own_401(self, answer: Answer | NoAnswer, decoded: Decoded) -> bool:
        """Return whether the API gateway took the credential and Jira itself then answered 401."""
        if not isinstance(answer, Answer) or answer.status != 401:
            return False
        is_gateways = self._request.credential.authentication.uses_gateway
        is_jiras = decoded.meaning in {Meaning.NO_PERMISSION, Meaning.RESOURCE_REFUSED}
        return is_gateways and is_jiras

    def _probe(self, door: Door) -> Steps[Report]:
        request, catalogue = self._request, load_catalogue()
        inference = Inference(
            catalogue,
            request.profile.scopes,
            allow_write_probes=request.allow_write_probes,
            nonce=request.nonce,
            also=[operation for one in all_abilities(catalogue) for operation in one.operations],
        )
        inference.observe(
            catalogue.operation(f"GET {CLOUD_MYSELF}"), Outcome.MET if self._identity else Outcome.UNMET
        )
        probed = yield from Probing(
            request, door, inference, has_reached_jira=self._identity is not None
        ).run()
        self._findings = probed.findings
        if probed.has_reached_jira:
            self._is_confirmed |= is_confirmed_by_login(request)
            self._abilities = abilities(
                inference.granted, inference.missing, catalogue=catalogue, outcome_of=inference.outcome_of
            )
            yield AbilitiesTold(self._abilities, names_beyond(request.profile.scopes))
        conclusion = conclude_probing(
            request, probed, is_identified=self._identity is not None, is_confirmed=self._is_confirmed
        )
        return self._report(conclusion, probed.refusal)

    def _tell_unlimited(self) -> Steps[Report]:
        catalogue = load_catalogue()
        self._findings = tuple(
            ScopeFinding(one.scope, ScopeState.COVERED, NOT_LIMITED) for one in self._request.profile.required
        )
        for finding in self._findings:
            yield ScopeDecided(finding.scope, finding.state, finding.because)
        self._abilities = abilities(catalogue.scopes, (), catalogue=catalogue)
        yield AbilitiesTold(self._abilities)
        return self._report(Conclusion.of(Reason.CONNECTED))

    def _report(self, conclusion: Conclusion, decoded: Decoded | None = None) -> Report:
        return Report(
            verdict=conclusion.verdict,
            reason=conclusion.reason,
            cloud_id=self._cloud_id,
            identity=self._identity,
            is_identity_confirmed=self._is_confirmed,
            scopes=self._findings,
            abilities=self._abilities,
            next_step=conclusion.next_step,
            trace_id=decoded.trace_id if decoded else None,
        )
