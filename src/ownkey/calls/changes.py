"""Whom a change of grants concerns: client keys, people and ALM accounts, or everything there is."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The kinds of subjects that a change can concern."""

    CLIENT_KEY = "client-key"
    PERSON = "person"
    ACCOUNT = "account"

    __hash__ = str.__hash__  # an enum's own is slow, and subjects are looked up by the thousand


class Subject(NamedTuple):
    """One client key by its id, one person by their id, or one ALM account by its slug."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Whom changes concern.

    Attributes:
        subjects: All of them; what depends on none of them is as it was.
        is_everything: Whether nothing is certain to be as it was.
    """

    subjects: frozenset[Subject] = frozenset()
    is_everything: bool = False

    def concern(self, subjects: Iterable[Subject]) -> bool:
        """Whether what depends on these subjects may be different now."""
        return self.is_everything or not self.subjects.isdisjoint(subjects)


NOTHING = Changes()
EVERYTHING = Changes(is_everything=True)


class ChangeHistory:
    """The latest changes, each with the version that it led to.

    Bounded: to a reader that is further behind, everything has changed.

    Args:
        version: The version to begin with.
        most_subjects: How many subjects are kept, all changes together.
    """

    def __init__(self, version: int = 0, *, most_subjects: int = 20_000) -> None:
        self.version = version
        self._most_subjects = most_subjects
        self._steps: deque[tuple[int, Changes]] = deque(maxlen=1_000)
        self._subjects = 0
        self._complete_from = version

    def add(self, changes: Changes) -> None:
        """Count the version up for a change."""
        self.version += 1
        if len(self._steps) == self._steps.maxlen:
            self._forget_oldest()
        self._steps.append((self.version, changes))
        self._subjects += len(changes.subjects)
        while self._subjects > self._most_subjects:
            self._forget_oldest()

    def since(self, version: int) -> Changes:
        """Return all changes that came after a version, in one."""
        if version < self._complete_from or version > self.version:
            return EVERYTHING
        subjects: set[Subject] = set()
        for number, changes in reversed(self._steps):
            if number <= version:
                break
            if changes.is_everything:
                return EVERYTHING
            subjects |= changes.subjects
        return Changes(frozenset(subjects))

    def _forget_oldest(self) -> None:
        self._complete_from, changes = self._steps.popleft()
        self._subjects -= len(changes.subjects)
