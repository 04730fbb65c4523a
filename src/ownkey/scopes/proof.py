"""What answers prove: from operations that were let through or refused to scopes that are there or not.

Scope sets are whole numbers with a bit for each scope: a check reasons over hundreds of operations between
two answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Bits: TypeAlias = int

# A bound on the search for a set of scopes that explains the answers. Beyond it nothing more is claimed.
SEARCH_STEPS = 300


@dataclass(frozen=True, slots=True)
class Answered:
    """An operation's alternatives, and whether the token met any."""

    key: int
    alternatives: tuple[Bits, ...]
    is_met: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The answers that decided a scope, and the scopes that had to be known before."""

    keys: tuple[int, ...]
    known: Bits = 0


@dataclass(slots=True)
class Knowledge:
    """Scopes proved granted and missing, each with why."""

    granted: Bits = 0
    missing: Bits = 0
    why: dict[Bits, Why] = field(default_factory=dict)
    unsettled: Sequence[Answered] = ()
    """The answers that may say more once another scope is decided."""

    @property
    def decided(self) -> Bits:
        """The scopes of which it is known whether they are there."""
        return self.granted | self.missing


def conclude(answers: Sequence[Answered], *, granted: Bits = 0, missing: Bits = 0) -> Knowledge | None:
    """Return all that follows step by step from answers and known scopes, None if they contradict each other.

    An operation that was let through grants what all its alternatives have in common, once those with a
    missing scope are set aside. One that was refused lacks, of each alternative, the one scope that is not
    known granted.
    """
    knowledge = Knowledge(granted, missing)
    unsettled: list[Answered] = list(answers)
    while True:
        before = knowledge.granted, knowledge.missing
        remaining = []
        for answer in unsettled:
            is_settled = (_let_through if answer.is_met else _refused)(answer, knowledge)
            if is_settled is None:
                return None
            if not is_settled:
                remaining.append(answer)
        unsettled = remaining
        if (knowledge.granted, knowledge.missing) == before:
            knowledge.unsettled = unsettled
            return knowledge


def conclude_all(answers: Sequence[Answered], *, about: Bits) -> Knowledge | None:
    """Return what `conclude` does, and of these scopes also what only follows by trying the other way.

    A scope is granted if no token without it could have had the answers, and missing if none with it could.
    None if no token at all could have had them.
    """
    knowledge = conclude(answers)
    if knowledge is None or not _can_continue(knowledge):
        return None
    for scope in bits_of(about & _in_question(knowledge)):
        for granted, missing in ((0, scope), (scope, 0)):
            if scope & knowledge.decided or _can_continue(knowledge, granted=granted, missing=missing):
                continue
            keys = _needed_against(answers, granted=granted, missing=missing)
            wider = conclude(
                answers, granted=knowledge.granted | missing, missing=knowledge.missing | granted
            )
            if wider is None:
                return None
            wider.why = {**wider.why, **knowledge.why, scope: Why(keys)}
            knowledge = wider
    return knowledge


def can_explain(answers: Sequence[Answered], *, granted: Bits = 0, missing: Bits = 0) -> bool:
    """Whether some token with these scopes granted and missing could have had these answers.

    True as well if the search for one grew too long: then nothing may be concluded.
    """
    waiting = [(granted, missing)]
    for _ in range(SEARCH_STEPS):
        if not waiting:
            return False
        assumed_granted, assumed_missing = waiting.pop()
        knowledge = conclude(answers, granted=assumed_granted, missing=assumed_missing)
        if knowledge is None:
            continue
        open_choice = next((one for one in answers if one.is_met and not _is_met(one, knowledge)), None)
        if open_choice is None:
            # Every operation that was let through has its scopes, and with all others missing every refused
            # one stays refused: this is a token that explains it all.
            return True
        waiting += [
            (knowledge.granted | one, knowledge.missing)
            for one in open_choice.alternatives
            if not one & knowledge.missing
        ]
    return True


def contradicting(answers: Sequence[Answered]) -> tuple[int, ...]:
    """Return the keys of answers that no token can have had together, as few as one pass finds."""
    return _needed_against(answers)


def bits_of(scopes: Bits) -> Iterator[Bits]:
    """Yield the scopes of a set, each as a set of its own."""
    while scopes:
        one = scopes & -scopes
        yield one
        scopes ^= one


def _can_continue(knowledge: Knowledge, *, granted: Bits = 0, missing: Bits = 0) -> bool:
    """Whether some token could have had the answers and have these scopes granted and missing as well."""
    return can_explain(
        knowledge.unsettled, granted=knowledge.granted | granted, missing=knowledge.missing | missing
    )


def _let_through(answer: Answered, knowledge: Knowledge) -> bool | None:
    """Take in an operation that was let through; tell whether it has no more to say, None if it cannot be."""
    possible = [one for one in answer.alternatives if not one & knowledge.missing]
    if not possible:
        return None
    common = possible[0]
    for one in possible[1:]:
        common &= one
    if new := common & ~knowledge.granted:
        why = Why((answer.key,), _one_of_each(answer.alternatives, knowledge.missing))
        knowledge.granted |= new
        knowledge.why.update((bit, why) for bit in bits_of(new))
    return len(possible) == 1 or _is_met(answer, knowledge)


def _refused(answer: Answered, knowledge: Knowledge) -> bool | None:
    """Take in an operation that was refused; tell whether it has no more to say, None if it cannot be."""
    is_settled = True
    for one in answer.alternatives:
        if one & knowledge.missing:
            continue
        doubtful = one & ~knowledge.granted
        if not doubtful:
            return None
        if doubtful & (doubtful - 1):
            is_settled = False
            continue
        knowledge.missing |= doubtful
        knowledge.why[doubtful] = Why((answer.key,), one & ~doubtful)
    return is_settled


def _is_met(answer: Answered, knowledge: Knowledge) -> bool:
    return any(not one & ~knowledge.granted for one in answer.alternatives)


def _one_of_each(alternatives: Sequence[Bits], missing: Bits) -> Bits:
    """Return one missing scope of each alternative that is set aside."""
    chosen = 0
    for one in alternatives:
        absent = one & missing
        if absent and not absent & chosen:
            chosen |= absent & -absent
    return chosen


def _in_question(knowledge: Knowledge) -> Bits:
    """Return the undecided scopes of alternatives that may still have been met."""
    found = 0
    for answer in knowledge.unsettled:
        for one in answer.alternatives:
            if not one & knowledge.missing:
                found |= one
    return found & ~knowledge.granted


def _needed_against(answers: Sequence[Answered], *, granted: Bits = 0, missing: Bits = 0) -> tuple[int, ...]:
    """Return the keys of answers that rule out a token like this, found by leaving out one after another."""
    needed = list(answers)
    for answer in answers:
        fewer = [one for one in needed if one is not answer]
        if not can_explain(fewer, granted=granted, missing=missing):
            needed = fewer
    return tuple(answer.key for answer in needed)
