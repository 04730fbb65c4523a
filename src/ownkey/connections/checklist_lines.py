"""The lines of a checklist: what each asks, how it stands, and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from ownkey.atlassian.check import Verdict
from ownkey.people.names import initials_of
from ownkey.scopes.profiles import GROUPS


class Grouped(Protocol):
    """Anything that belongs to a group of scopes."""

    @property
    def group(self) -> str:
        """The group's name."""


Item = TypeVar("Item", bound=Grouped)


def grouped(items: Iterable[Item]) -> list[tuple[str, list[Item]]]:
    """Return items under the headings of Atlassian's page, empty headings left out."""
    found = list(items)
    headed = [(group, [item for item in found if item.group == group]) for group in GROUPS]
    return [(group, members) for group, members in headed if members]


class Mark(StrEnum):
    """How a line stands; also its `data-state`."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNSURE = "unsure"

    @property
    def is_open(self) -> bool:
        """Whether the line has not been answered."""
        return self in {Mark.PENDING, Mark.RUNNING}


MARK_WORDS = {
    Mark.PENDING: "waiting",
    Mark.RUNNING: "checking",
    Mark.DONE: "done",
    Mark.FAILED: "failed",
    Mark.UNSURE: "not certain",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what is asked, how it stands, and what was found."""

    title: str
    mark: Mark = Mark.PENDING
    found: str = ""

    @property
    def mark_word(self) -> str:
        """The mark in a word, for those who do not see the icon."""
        return MARK_WORDS[self.mark]


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One required scope: its state in a word, and because of what."""

    scope: str
    group: str
    reason: str
    state: str = "pending"
    because: str = ""

    @property
    def cause(self) -> str:
        """Because of what, without a full stop: the page puts one."""
        return self.because.rstrip(".")


@dataclass(frozen=True, slots=True)
class Person:
    """Who the credential signs in as."""

    display_name: str
    email: str

    @property
    def initials(self) -> str:
        """One or two letters in place of a picture."""
        return initials_of(self.display_name, otherwise=self.email)


@dataclass(frozen=True, slots=True)
class Ending:
    """The verdict in words, with the one next step."""

    verdict: Verdict
    reason: str
    title: str
    cause: str
    next_step: str
    trace_id: str
