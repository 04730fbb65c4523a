"""Which probe proves which scope, and what a set of answers proves.

An `Inference` is one check's reasoning: ask it for probes, tell it the answers, ask again, until it has no
more probes. What it says of a scope follows from the answers alone, for a token that may have any scopes
whatever.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from ownkey.scopes.planning import Planner, Question
from ownkey.scopes.probes import Probe, cost_of, is_probed, probe_of
from ownkey.scopes.proof import Answered, Bits, Knowledge, can_explain, conclude_all, contradicting
from ownkey.scopes.reasons import why_covered, why_decided, why_unknown
from ownkey.scopes.scope_index import ScopeIndex, index_of, union

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ownkey.scopes.catalogue import Catalogue, Operation
    from ownkey.scopes.requirement import Scope

__all__ = ["Inference", "Outcome", "Probe", "ScopeState"]

# A check ends: what four rounds do not decide stays unknown.
MOST_ROUNDS = 4
# In the first rounds other operations of interest are asked for besides; later ones are for the scopes alone.
ROUNDS_BESIDES = 2
# Where so many answers prove nothing, and most do, more requests would only add to Atlassian's trouble.
MOST_UNDECIDED = 8


class ScopeState(StrEnum):
    """What is known about a scope of a token."""

    GRANTED = "granted"
    MISSING = "missing"
    COVERED = "covered"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What an answer says about the requirement of an operation."""

    MET = "met"
    UNMET = "unmet"
    UNDECIDED = "undecided"


class Inference:
    """What answers prove about the scopes of one token, and what to ask next."""

    def __init__(
        self,
        catalogue: Catalogue,
        required: frozenset[Scope],
        *,
        allow_write_probes: bool = True,
        nonce: str,
        also: Iterable[Operation] = (),
    ) -> None:
        """Start knowing nothing.

        Args:
            catalogue: The operations and what they need.
            required: The scopes in question.
            allow_write_probes: False for GETs and nothing else.
            nonce: Random text of this check; the ids in the probes' paths are made from it.
            also: Operations that are asked for besides, where the other answers will not tell about them.
        """
        self._index = index_of(catalogue)
        self._wanted = self._index.bits(required)
        self._allow_write_probes = allow_write_probes
        self._nonce = nonce
        self._also = tuple(self._index.key_of[operation.signature] for operation in also)
        self._outcomes: dict[int, Outcome] = {}
        self._contradicting: frozenset[int] = frozenset()
        self._knowledge: Knowledge | None = Knowledge()
        self._rounds_began_at: list[int] = []

    @property
    def granted(self) -> frozenset[Scope]:
        """The scopes that the token is proved to have, beyond the required ones too."""
        return self._index.scopes(self._known().granted)

    @property
    def missing(self) -> frozenset[Scope]:
        """The scopes that the token is proved not to have, beyond the required ones too."""
        return self._index.scopes(self._known().missing)

    def observe(self, asked: Probe | Operation, outcome: Outcome) -> None:
        """Take note of an answer. An answer that proves nothing never replaces one that does."""
        operation = asked.operation if isinstance(asked, Probe) else asked
        key = self._index.key_of[operation.signature]
        if outcome is not Outcome.UNDECIDED or key not in self._outcomes:
            self._outcomes[key] = outcome
            self._knowledge = None

    def state_of(self, scope: Scope) -> ScopeState:
        """Return what is known about a scope."""
        bit, known = self._index.bits([scope]), self._known()
        if bit & known.granted:
            return ScopeState.GRANTED
        if bit & known.missing:
            return ScopeState.MISSING
        if bit and self._index.is_covered(bit, by=known.granted):
            return ScopeState.COVERED
        return ScopeState.UNKNOWN

    def because(self, scope: Scope) -> str:
        """Return in a few words why the state of a scope is what it is."""
        bit, known = self._index.bits([scope]), self._known()
        match self.state_of(scope):
            case ScopeState.GRANTED | ScopeState.MISSING:
                return why_decided(bit, knowledge=known, index=self._index)
            case ScopeState.COVERED:
                return why_covered(bit, knowledge=known, index=self._index)
            case _:
                return why_unknown(
                    bit,
                    index=self._index,
                    askable=[one.key for group in self._askable() for one in group],
                    asked=self._outcomes,
                    unanswered=[key for key, one in self._outcomes.items() if one is Outcome.UNDECIDED],
                )

    def outcome_of(self, operation: Operation) -> Outcome:
        """Return whether the token would be let through, UNDECIDED if the answers do not tell."""
        known = self._known()
        alternatives = self._index.alternatives[self._index.key_of[operation.signature]]
        for is_met, otherwise in ((False, Outcome.MET), (True, Outcome.UNMET)):
            supposed = Answered(-1, alternatives, is_met)
            if not can_explain([*known.unsettled, supposed], granted=known.granted, missing=known.missing):
                return otherwise
        return Outcome.UNDECIDED

    def next_probes(self) -> tuple[Probe, ...]:
        """Return the probes to send together, empty when no more can be told.

        Asking again without new answers returns the same probes.
        """
        known = self._known()
        open_scopes = self._wanted & ~known.decided
        open_scopes &= ~self._index.covered(open_scopes, by=known.granted)
        if not (open_scopes or self._also) or not self._may_begin_round():
            return ()
        planner = Planner(self._questions(), self._answers(), known)
        guess = (known.granted | self._wanted) & ~known.missing
        keys, rest = self._as_expected(planner, open_scopes, guess)
        if open_scopes and len(self._rounds_began_at) > 1:
            keys += self._otherwise(planner, open_scopes, guess, rest)
        if len(self._rounds_began_at) <= ROUNDS_BESIDES:
            keys += self._besides(planner, keys, guess)
        return tuple(self._probe(key) for key in dict.fromkeys(keys))

    def _as_expected(self, planner: Planner, open_scopes: Bits, guess: Bits) -> tuple[list[int], Bits]:
        """Return what to ask of a token with just the required scopes, and which of them that leaves open."""
        keys = planner.decisive(open_scopes, guess=guess)
        # What is covered in the guess is left for later: most likely it is covered indeed. Of the rest,
        # absence may be provable where presence is not.
        rest = open_scopes & ~planner.decided_by(keys, guess=guess)
        rest &= ~self._index.covered(rest, by=guess)
        return keys + planner.decisive(rest, guess=guess & ~rest), rest

    def _besides(self, planner: Planner, keys: list[int], guess: Bits) -> list[int]:
        """Return the operations of interest that the chosen ones will most likely not decide."""
        decided = planner.decided_by(keys, guess=guess)
        found = []
        for key in self._also:
            question = planner.question_about(self._index.alternatives[key])
            if question is None or question.is_settled(granted=decided & guess, missing=decided & ~guess):
                continue
            found.append(question.key)
            decided = planner.decided_by([*keys, *found], guess=guess)
        return found

    def _otherwise(self, planner: Planner, open_scopes: Bits, guess: Bits, rest: Bits) -> list[int]:
        """Return what else to ask once the first answers have not been enough."""
        if not self._has_more_than_required():
            # Once is enough to look for signs of more. Without any, the rest is what no answer can tell.
            return planner.clues(rest, is_wide=False) if len(self._rounds_began_at) == 2 else []
        beside = planner.beside(open_scopes)
        guesses = (guess & ~open_scopes, guess | beside, (guess | beside) & ~open_scopes)
        decisive = [key for one in guesses for key in planner.decisive(open_scopes, guess=one)]
        return decisive + planner.clues(open_scopes, is_wide=True)

    def _has_more_than_required(self) -> bool:
        """Whether some answer cannot be explained by the required scopes alone."""
        return any(
            answer.is_met and all(one & ~self._wanted for one in answer.alternatives)
            for answer in self._answers()
        )

    def _may_begin_round(self) -> bool:
        """Count the rounds, and tell whether there may be another."""
        undecided = sum(outcome is Outcome.UNDECIDED for outcome in self._outcomes.values())
        if undecided >= MOST_UNDECIDED and 2 * undecided >= len(self._outcomes):
            return False
        if len(self._outcomes) not in self._rounds_began_at:
            self._rounds_began_at.append(len(self._outcomes))
        return len(self._rounds_began_at) <= MOST_ROUNDS

    def _questions(self) -> list[Question]:
        """Return what may be asked, one operation a requirement, and at no cost what has been answered."""
        known, answers = self._known(), self._answers()
        answered = [Question(one.key, one.alternatives, union(one.alternatives), 0) for one in answers]
        settled = {one.alternatives for one in answers}
        open_questions = []
        for questions in self._askable():
            if questions[0].alternatives in settled:
                continue
            if questions[0].is_settled(granted=known.granted, missing=known.missing):
                continue
            open_questions += [one for one in questions if one.key not in self._outcomes][:1]
        return answered + sorted(open_questions, key=lambda question: question.cost)

    def _askable(self) -> list[list[Question]]:
        return _questions_of(self._index, self._allow_write_probes)

    def _probe(self, key: int) -> Probe:
        return probe_of(self._index.operations[key], nonce=self._nonce)

    def _answers(self) -> list[Answered]:
        return [
            Answered(key, self._index.alternatives[key], outcome is Outcome.MET)
            for key, outcome in self._outcomes.items()
            if outcome is not Outcome.UNDECIDED and key not in self._contradicting and self._counts(key)
        ]

    def _counts(self, key: int) -> bool:
        """Whether an answer about an operation may prove something: it needs scopes, and that is sure."""
        operation = self._index.operations[key]
        return bool(operation.requirement.scopes) and not operation.is_ambiguous

    def _known(self) -> Knowledge:
        while self._knowledge is None:
            answers = self._answers()
            self._knowledge = conclude_all(answers, about=self._wanted)
            if self._knowledge is None:
                # Atlassian's rules and its files disagree, or the token changed meanwhile. What is left is
                # consistent.
                self._contradicting |= frozenset(contradicting(answers))
        return self._knowledge


@lru_cache(maxsize=4)
def _questions_of(index: ScopeIndex, allow_writing_methods: bool) -> list[list[Question]]:  # noqa: FBT001
    """Return the operations that may be probed, grouped by requirement, in each group the cheapest first."""
    groups: dict[tuple[Bits, ...], list[Question]] = {}
    for key, operation in enumerate(index.operations):
        alternatives = index.alternatives[key]
        if is_probed(operation) and (allow_writing_methods or operation.method == "GET"):
            question = Question(key, alternatives, union(alternatives), cost_of(operation))
            groups.setdefault(alternatives, []).append(question)
    return [sorted(questions, key=lambda question: question.cost) for questions in groups.values()]
