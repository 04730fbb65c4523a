"""One thing that somebody did, as it is handed to the record: a value, checked when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Detail = str | int | bool | None | list[str]

LONGEST_TEXT = 254
LONGEST_NAME = 64


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    STARTED = "started"
    """It is about to be done: a second entry tells how it ended."""
    UNSURE = "unsure"
    """It was sent to Jira, and nobody can tell whether Jira did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry before it has its place in the record.

    Attributes:
        at: When it happened; aware.
        action: A stable dotted name, such as "person.suspended".
        actor: Who did it, or "" for somebody who is not signed in.
        subject: What it was done to.
        alm_account: The short name of the ALM account that it is about, if it is about one.
        outcome: How it ended.
        details: Plain facts; a secret has no business here, and a `Secret` is refused.
    """

    at: datetime
    action: str
    actor: str = ""
    subject: str = ""
    alm_account: str = ""
    outcome: Outcome = Outcome.DONE
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could not be written down: found here, it stops one caller and not the writer."""
        if self.at.tzinfo is None:
            raise ValueError("An entry's time names its time zone.")
        texts = {
            "action": (self.action, LONGEST_NAME),
            "actor": (self.actor, LONGEST_TEXT),
            "subject": (self.subject, LONGEST_TEXT),
            "alm_account": (self.alm_account, LONGEST_NAME),
        }
        for name, (text, longest) in texts.items():
            if type(text) is not str or len(text) > longest or not _is_storable(text):
                raise ValueError(f"The {name} of an entry is text of at most {longest} characters.")
        for name, value in self.details.items():
            if type(name) is not str or not _is_plain(value):
                raise TypeError(f"The detail {name!r} of {self.action!r} is not a plain value.")


def label_of(thing: object) -> str:
    """Return what the record calls `thing`: an e-mail where there is one, else its text."""
    text = str(getattr(thing, "email", None) or thing)[:LONGEST_TEXT]
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(type(part) is str and _is_storable(part) for part in value)
    if isinstance(value, int):
        return abs(value) < 2**63
    return value is None or (type(value) is str and _is_storable(value))


def _is_storable(text: str) -> bool:
    """Whether every database takes it: lone surrogates and the null character are no text."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
