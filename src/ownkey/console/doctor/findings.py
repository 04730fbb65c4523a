"""What an examination finds: one line each, with what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: What was looked at; a stable name.
        verdict: How bad it is.
        says: What was found, a sentence.
        next_step: What to do about it; empty if all is well.
    """

    check: str
    verdict: Verdict
    says: str
    next_step: str = ""


def fine(check: str, says: str) -> Finding:
    """Return that all is well."""
    return Finding(check, Verdict.OK, says)


def warn(check: str, says: str, next_step: str) -> Finding:
    """Return that something will go wrong, or could be better."""
    return Finding(check, Verdict.WARN, says, next_step)


def fail(check: str, says: str, next_step: str) -> Finding:
    """Return that something is wrong now."""
    return Finding(check, Verdict.FAIL, says, next_step)
