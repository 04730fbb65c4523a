"""Probing: finding out, by requests that cannot have an effect, which required scopes a token has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ownkey.atlassian.answers import Decoded, Meaning, decode
from ownkey.atlassian.check_request import CheckRequest
from ownkey.atlassian.events import ScopeDecided, ScopeFinding
from ownkey.atlassian.steps import Drop, Start, Steps, next_finished
from ownkey.atlassian.wire import Door, WireRequest
from ownkey.scopes.inference import Inference, Outcome, Probe, ScopeState
from ownkey.scopes.requirement import Scope

# It needs no scope: refused for its scope, it shows that nothing at all is open to this token here.
SERVER_INFO_PATH: Final = "/rest/api/3/serverInfo"
SERVER_INFO: Final = 0
LONGEST_RETRY_AFTER_S: Final = 3.0
MOST_ROUNDS: Final = 8
CLOUD_MYSELF: Final = "/rest/api/3/myself"
MOST_CONFIRMATIONS: Final = 3
"""How often one check asks again who is signed in, after answers that read like refusals and were none."""
CONFIRMATION: Final = -1
NOT_KNOWN: Final = "Atlassian refused everything, so this is not known."
STOPPED: Final = "The check stopped before this was known."


@dataclass(frozen=True, slots=True)
class Probed:
    """What probing found.

    Attributes:
        findings: One for each required scope, in the profile's order.
        refusal: The answer by which Atlassian refused the credential in the middle, if it did.
        has_reached_jira: Whether any answer came from Jira itself.
        has_failed: Whether an answer was missing or said nothing.
        undecided: The required scopes that are unknown because answers failed.
        was_rate_limited: Whether one of these failures was a rate limit.
    """

    findings: tuple[ScopeFinding, ...]
    refusal: Decoded | None
    has_reached_jira: bool
    has_failed: bool
    undecided: tuple[Scope, ...]
    was_rate_limited: bool

    def scopes_in(self, state: ScopeState) -> tuple[Scope, ...]:
        """Return the required scopes in a state, in the profile's order."""
        return tuple(finding.scope for finding in self.findings if finding.state is state)


class Probing:
    """One token's probing: sends an inference's probes in rounds and feeds it what the answers prove."""

    def __init__(
        self, request: CheckRequest, door: Door, inference: Inference, *, has_reached_jira: bool
    ) -> None:
        self._door = door
        self._inference = inference
        self._order = tuple(one.scope for one in request.profile.required)
        self._has_reached_jira = has_reached_jira
        self._needs_server_info = not has_reached_jira
        self._told: set[Scope] = set()
        self._failed: list[tuple[Probe | None, Decoded]] = []
        self._confirmations_left = MOST_CONFIRMATIONS
        self._refusal: Decoded | None = None

    def run(self) -> Steps[Probed]:
        """Probe until no more can be told, a whole round says nothing, or the credential is refused."""
        for _ in range(MOST_ROUNDS):
            probes = self._inference.next_probes()
            if not probes and not self._needs_server_info:
                break
            says_something = yield from self._round(probes)
            if self._refusal is not None or not says_something:
                break
        findings = tuple(self._finding(scope) for scope in self._order)
        for finding in findings:
            if finding.scope not in self._told:
                yield ScopeDecided(finding.scope, finding.state, finding.because)
        return self._result(findings)

    def _round(self, probes: tuple[Probe, ...]) -> Steps[bool]:
        """Send probes side by side; return whether any answer decided anything.

        An answer that reads as if the credential was refused may be about its one resource: nothing more is
        sent then but the question who is signed in, and its answer decides.
        """
        asked: dict[int, Probe | None] = dict(enumerate(probes, start=1))
        requests = {id_: self._request(probe) for id_, probe in enumerate(probes, start=1)}
        if self._needs_server_info:
            self._needs_server_info = False
            asked[SERVER_INFO], requests[SERVER_INFO] = None, self._door.request("GET", SERVER_INFO_PATH)
        for id_, request in requests.items():
            yield Start(id_, request)
        repeated: set[int] = set()
        says_something = False
        while asked:
            finished = yield from next_finished()
            decoded = decode(finished.answer)
            if decoded.meaning.refuses_credential:
                yield Drop()
                is_alive = yield from self._is_confirmed_alive()
                if not is_alive:
                    self._failed += [(asked[id_], decoded) for id_ in asked]
                    return False
                self._observe(asked.pop(finished.id), decoded)
                for id_ in asked:
                    yield Start(id_, requests[id_])
                continue
            if finished.id not in repeated and is_worth_repeating(decoded):
                repeated.add(finished.id)
                yield Start(finished.id, requests[finished.id], after_s=decoded.retry_after_s or 0.0)
                continue
            says_something |= self._observe(asked.pop(finished.id), decoded)
            yield from self._newly_decided()
        return says_something

    def _is_confirmed_alive(self) -> Steps[bool]:
        """Ask once who is signed in; return whether that shows that Atlassian still takes the credential.

        Where it shows the contrary, `_refusal` is set. Otherwise nothing is proven, and the check ends.
        """
        if not self._confirmations_left:
            return False
        self._confirmations_left -= 1
        yield Start(CONFIRMATION, self._door.request("GET", CLOUD_MYSELF))
        finished = yield from next_finished()
        decoded = decode(finished.answer)
        if decoded.meaning.is_verdict:
            self._refusal = decoded
            return False
        return decoded.meaning.proves_credential

    def _request(self, probe: Probe) -> WireRequest:
        return self._door.request(probe.method, probe.path, body=probe.body, content_type=probe.content_type)

    def _observe(self, probe: Probe | None, decoded: Decoded) -> bool:
        """Take note of an answer; return whether it says anything. No probe stands for `serverInfo`."""
        self._has_reached_jira |= decoded.meaning.is_from_jira
        outcome = _outcome_of(decoded)
        if outcome is Outcome.UNDECIDED:
            self._failed.append((probe, decoded))
        if probe is not None:
            self._inference.observe(probe, outcome)
        return outcome is not Outcome.UNDECIDED

    def _newly_decided(self) -> Iterator[ScopeDecided]:
        """Yield scopes that are proved now; none before Jira itself has answered.

        Until then every refusal could be that of a wrong cloud id, which looks the same (facts.md 1.2).
        """
        if not self._has_reached_jira:
            return
        for scope in self._order:
            if scope in self._told:
                continue
            state = self._inference.state_of(scope)
            if state in {ScopeState.GRANTED, ScopeState.MISSING}:
                self._told.add(scope)
                yield ScopeDecided(scope, state, self._inference.because(scope))

    def _finding(self, scope: Scope) -> ScopeFinding:
        if not self._has_reached_jira:
            return ScopeFinding(scope, ScopeState.UNKNOWN, NOT_KNOWN)
        state = self._inference.state_of(scope)
        if self._refusal is not None and state not in {ScopeState.GRANTED, ScopeState.MISSING}:
            return ScopeFinding(scope, ScopeState.UNKNOWN, STOPPED)
        return ScopeFinding(scope, state, self._inference.because(scope))

    def _result(self, findings: tuple[ScopeFinding, ...]) -> Probed:
        unanswered = frozenset[Scope]().union(
            *(probe.operation.requirement.scopes for probe, _ in self._failed if probe is not None)
        )
        return Probed(
            findings=findings,
            refusal=self._refusal,
            has_reached_jira=self._has_reached_jira,
            has_failed=bool(self._failed),
            undecided=tuple(
                finding.scope
                for finding in findings
                if finding.state is ScopeState.UNKNOWN and finding.scope in unanswered
            ),
            was_rate_limited=any(decoded.meaning is Meaning.RATE_LIMITED for _, decoded in self._failed),
        )


def _outcome_of(decoded: Decoded) -> Outcome:
    if decoded.meaning.is_from_jira:
        return Outcome.MET
    return Outcome.UNMET if decoded.meaning is Meaning.SCOPE_REFUSED else Outcome.UNDECIDED


def is_worth_repeating(decoded: Decoded) -> bool:
    """Return whether Atlassian turned a request away unseen and named a wait short enough to sit out."""
    return (
        decoded.meaning is Meaning.RATE_LIMITED
        and decoded.retry_after_s is not None
        and decoded.retry_after_s <= LONGEST_RETRY_AFTER_S
    )
