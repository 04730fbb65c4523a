"""The states of a credential and what each is called: one row a state, in the order of the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """What a person sees as the state of a credential; the value is its `data-state` and its JSON."""

    CONNECTED = "connected"
    GAPS = "gaps"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    RECHECK_PENDING = "recheck-pending"
    DISCONNECTED = "disconnected"
    NOT_CONNECTED = "not-connected"


class Tone(StrEnum):
    """How a badge looks: the name of its colour in `app.css`."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    STILL = "still"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """What belongs to a state.

    Attributes:
        word: What its badge says.
        tone: How its badge looks.
        urgency: Its place among all states where the most urgent comes first, from 0 on.
        is_broken: Whether Jira access does not work until the owner has done something.
    """

    word: str
    tone: Tone
    urgency: int
    is_broken: bool = False


STATES: Final[Mapping[State, StateRow]] = MappingProxyType(
    {
        State.CONNECTED: StateRow(word="Connected", tone=Tone.GOOD, urgency=8),
        State.GAPS: StateRow(word="Gaps", tone=Tone.WARN, urgency=4),
        State.EXPIRING: StateRow(word="Expiring", tone=Tone.WARN, urgency=5),
        State.EXPIRED: StateRow(word="Expired", tone=Tone.BAD, urgency=1, is_broken=True),
        State.REFUSED: StateRow(word="Refused", tone=Tone.BAD, urgency=0, is_broken=True),
        State.UNKNOWN: StateRow(word="Unknown", tone=Tone.STILL, urgency=6),
        State.RECHECK_PENDING: StateRow(word="Re-check pending", tone=Tone.INFO, urgency=7),
        State.DISCONNECTED: StateRow(word="Disconnected", tone=Tone.STILL, urgency=2, is_broken=True),
        State.NOT_CONNECTED: StateRow(word="Not connected", tone=Tone.WARN, urgency=3, is_broken=True),
    }
)
"""A sentence and a next step belong to each cause of a state: see `cause_table`."""
