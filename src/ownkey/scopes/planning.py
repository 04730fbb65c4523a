"""Which operations to ask for next: those that would decide the most if the token is what it should be.

A plan starts from a guess at the token's scopes. Whether the guess is right changes how much the answers
tell, never whether what is concluded from them is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ownkey.scopes.proof import Answered, Bits, Knowledge, bits_of, conclude

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# A round that looks about for clues asks for this many operations at most, and for this many about one scope.
CLUES = 30
CLUES_ABOUT_ONE_SCOPE = 4


@dataclass(frozen=True, slots=True)
class Question:
    """An operation that may be asked for, and how dear that is: 0 where the answer is already there."""

    key: int
    alternatives: tuple[Bits, ...]
    scopes: Bits
    cost: float

    def is_settled(self, *, granted: Bits, missing: Bits) -> bool:
        """Whether the answer is known already, because of what the token has and has not."""
        return _opens(granted, self.alternatives) or all(one & missing for one in self.alternatives)


@dataclass(frozen=True, slots=True)
class _Step:
    """The cheapest way known to decide a scope: by an operation, once some scopes are decided."""

    cost: float
    key: int
    known: tuple[Bits, ...]


@dataclass(slots=True)
class Planner:
    """Plans one round of probes.

    Attributes:
        questions: What may be asked, dearest last, and what has been answered (at cost 0).
        answers: What has been answered.
        knowledge: What follows from that.
    """

    questions: Sequence[Question]
    answers: Sequence[Answered]
    knowledge: Knowledge

    def decisive(self, wanted: Bits, *, guess: Bits) -> list[int]:
        """Return the keys of few operations that decide the wanted scopes if the guess is right."""
        met = self._expected(guess)
        asked = _leaves(self._cheapest_steps(met, guess=guess), wanted)
        chosen = [question for question in self.questions if question.key in asked and question.cost]
        return self._without_needless(chosen, met, wanted)

    def decided_by(self, keys: Iterable[int], *, guess: Bits) -> Bits:
        """Return the scopes that are decided once these operations are answered, if the guess is right."""
        met, among = self._expected(guess), set(keys)
        return self._decided([question for question in self.questions if question.key in among], met)

    def clues(self, wanted: Bits, *, is_wide: bool) -> list[int]:
        """Return the keys of operations that may say something about the wanted scopes.

        Wide, they include those that say something about the scopes that stand beside the wanted ones: a
        token has more scopes than it should, so what is in the way of a conclusion has to be looked at too.
        """
        beside = self.beside(wanted)
        found: dict[int, None] = {}
        ranked = sorted(
            (question for question in self.questions if question.cost),
            key=lambda question: (self._vagueness(question), question.cost),
        )
        for scope in bits_of(wanted):
            about = (question.key for question in ranked if self._may_open(question, scope))
            found |= dict.fromkeys(key for key, _ in zip(about, range(CLUES_ABOUT_ONE_SCOPE), strict=False))
        if is_wide:
            found |= dict.fromkeys(question.key for question in ranked if question.scopes & beside)
        return list(found)[:CLUES]

    def beside(self, wanted: Bits) -> Bits:
        """Return the undecided scopes that stand in one requirement with a wanted one."""
        found = 0
        for question in self.questions:
            if question.scopes & wanted:
                found |= question.scopes
        return found & ~self.knowledge.decided & ~wanted

    def question_about(self, alternatives: tuple[Bits, ...]) -> Question | None:
        """Return the question whether a requirement is met, None if it may not be asked or was answered."""
        return next((one for one in self.questions if one.cost and one.alternatives == alternatives), None)

    def _expected(self, guess: Bits) -> dict[int, bool]:
        met = {question.key: _opens(guess, question.alternatives) for question in self.questions}
        return met | {answer.key: answer.is_met for answer in self.answers}

    def _vagueness(self, question: Question) -> int:
        """Return how many undecided scopes an operation leaves room for."""
        granted, missing = self.knowledge.granted, self.knowledge.missing
        return sum((one & ~granted).bit_count() for one in question.alternatives if not one & missing)

    def _may_open(self, question: Question, scope: Bits) -> bool:
        return any(one & scope and not one & self.knowledge.missing for one in question.alternatives)

    def _cheapest_steps(self, met: Mapping[int, bool], *, guess: Bits) -> dict[Bits, _Step]:
        """Return the cheapest step for each scope that can be decided, if the guess is right.

        A scope of the guess can only be decided as granted and any other only as missing: one step a scope is
        enough.
        """
        steps = {bit: _Step(0, -1, ()) for bit in bits_of(self.knowledge.decided)}
        changed: Bits = -1
        while changed:
            last, changed = changed, 0
            for question in self.questions:
                if not question.scopes & (last | changed):
                    continue
                ways = (_ways_to_grant if met[question.key] else _ways_to_miss)(question, guess, steps)
                for scope, step in ways:
                    known = steps.get(scope)
                    if known is None or step.cost < known.cost - 1e-9:
                        steps[scope] = step
                        changed |= scope
        return steps

    def _without_needless(
        self, chosen: Sequence[Question], met: Mapping[int, bool], wanted: Bits
    ) -> list[int]:
        """Return the keys of the chosen operations without those that the others make superfluous."""
        everything = self._decided(chosen, met) & wanted
        kept = list(chosen)
        for question in sorted(chosen, key=lambda one: -one.cost):
            fewer = [one for one in kept if one is not question]
            if self._decided(fewer, met) & wanted == everything:
                kept = fewer
        return [question.key for question in kept]

    def _decided(self, questions: Iterable[Question], met: Mapping[int, bool]) -> Bits:
        known = self.knowledge
        expected = [Answered(one.key, one.alternatives, met[one.key]) for one in questions if one.cost]
        concluded = conclude([*known.unsettled, *expected], granted=known.granted, missing=known.missing)
        return concluded.decided if concluded else known.decided


def _opens(scopes: Bits, alternatives: Iterable[Bits]) -> bool:
    return any(not one & ~scopes for one in alternatives)


def _ways_to_miss(
    question: Question, guess: Bits, steps: Mapping[Bits, _Step]
) -> Iterator[tuple[Bits, _Step]]:
    """Yield how a refusal shows a scope to be missing: the others of an alternative are known to be there."""
    for alternative in question.alternatives:
        absent = alternative & ~guess
        if not absent or absent & (absent - 1):
            continue
        known = tuple(bits_of(alternative ^ absent))
        if all(bit in steps for bit in known):
            yield absent, _Step(question.cost + sum(steps[bit].cost for bit in known), question.key, known)


def _ways_to_grant(
    question: Question, guess: Bits, steps: Mapping[Bits, _Step]
) -> Iterator[tuple[Bits, _Step]]:
    """Yield how being let through shows scopes to be there: other alternatives are known to lack one."""
    common: Bits = -1
    for alternative in question.alternatives:
        if not alternative & ~guess:
            common &= alternative
    if common <= 0:
        return
    for scope in bits_of(common):
        cost, known = question.cost, []
        for alternative in question.alternatives:
            if alternative & scope:
                continue
            absent = [bit for bit in bits_of(alternative & ~guess) if bit in steps]
            if not absent:
                break
            cheapest = min(absent, key=lambda bit: steps[bit].cost)
            cost += steps[cheapest].cost
            known.append(cheapest)
        else:
            yield scope, _Step(cost, question.key, tuple(known))


def _leaves(steps: Mapping[Bits, _Step], wanted: Bits) -> set[int]:
    """Return the keys of all operations on the way to the wanted scopes."""
    found: set[int] = set()
    waiting, seen = list(bits_of(wanted)), set()
    while waiting:
        scope = waiting.pop()
        step = steps.get(scope)
        if step is None or scope in seen:
            continue
        seen.add(scope)
        found.add(step.key)
        waiting.extend(step.known)
    return found
