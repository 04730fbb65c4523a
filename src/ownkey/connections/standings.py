"""How a credential stands, as a value: its state, what is true besides, and the words for both."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.dateformat import format as date_format

from ownkey.connections.state_table import STATES, State

__all__ = ["Fact", "Standing", "State"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is true of a credential; the worst of them is its state.

    Attributes:
        state: Which state it is, if nothing worse is true.
        chip: What it is called beside a worse one, such as "Expires in 4 days".
        title: What it is called as the state.
        cause: Why, a sentence.
        next_step: What the owner does about it, a sentence.
        since: When it began; None where nobody can tell.
        needs_owner: Whether the owner has something to do about it.
    """

    state: State
    chip: str
    title: str = ""
    cause: str = ""
    next_step: str = ""
    since: datetime | None = None
    needs_owner: bool = True

    def as_json(self) -> dict[str, str]:
        """Return what the command line and the gateway's status show of a fact beside the state."""
        return {"state": self.state.value, "title": self.chip, "cause": self.cause}


@dataclass(frozen=True, slots=True)
class Standing:
    """A credential's state with its name, what else is true, since when it is so, and the one next step.

    Attributes:
        state: The state: the worst of what is true.
        title: Its name.
        cause: Why, and what else is true, in whole sentences.
        next_step: What its owner does about it, a sentence.
        since: When it began; None where nobody can tell: never connected, or by a clock that was wrong.
        facts: All that is true of it, the worst first; the first is the state.
        needs_attention: Whether its owner has something to do; waiting for Atlassian is nothing to do.
        is_usable: Whether calls are made with the credential.
        expires_on: The token's last day as its owner gave it.
        missing: The scopes that count today and are proved missing.
        new_scopes: The scopes that count from `new_scopes_on` and that the token is not known to have.
        new_scopes_on: The day from which they count; None while there are none.
        unanswered_since: Since when Atlassian has not answered the schedule's re-checks, if it has not. What
            was proven before still stands.
        meanwhile: As whom the tools of a person who is not connected act, a sentence.
    """

    state: State
    title: str
    cause: str = ""
    next_step: str = ""
    since: datetime | None = None
    facts: tuple[Fact, ...] = ()
    needs_attention: bool = True
    is_usable: bool = False
    expires_on: date | None = None
    missing: tuple[str, ...] = ()
    new_scopes: tuple[str, ...] = ()
    new_scopes_on: date | None = None
    unanswered_since: datetime | None = None
    meanwhile: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether Jira access does not work until its owner has done something."""
        return STATES[self.state].is_broken

    @property
    def is_new(self) -> bool:
        """Whether there is no token: it is to be connected, not put right."""
        return self.state in {State.DISCONNECTED, State.NOT_CONNECTED}

    @property
    def also(self) -> tuple[Fact, ...]:
        """What is true besides the state, the worst first."""
        return self.facts[1:]

    @property
    def states(self) -> tuple[State, ...]:
        """The state, and what else is true of it."""
        return (self.state, *(fact.state for fact in self.also))

    @property
    def action(self) -> str:
        """What the button says that leads to the credential."""
        if self.state is State.DISCONNECTED:
            return "Connect again"
        if self.state is State.NOT_CONNECTED:
            return "Connect"
        return "Fix" if self.needs_attention else "Open"

    @property
    def note(self) -> str:
        """A sentence that the re-checks get no answer, while what was proven before stands."""
        if self.unanswered_since is None:
            return ""
        return f"It could not be re-checked since {date_format(self.unanswered_since, 'j F Y, H:i')} UTC."

    @property
    def sentences(self) -> tuple[str, ...]:
        """Cause, note, who acts meanwhile and next step, as far as there are any."""
        return tuple(filter(None, (self.cause, self.note, self.meanwhile, self.next_step)))

    @property
    def in_words(self) -> str:
        """The state and what else is true in a few words, the worst first: "gaps, expires in 4 days"."""
        return ", ".join((self.title, *(fact.chip for fact in self.also))).lower()

    def as_json(self) -> dict[str, object]:
        """Return what the command line and the gateway's status show, the same in both."""
        return {
            "state": self.state.value,
            "also": [fact.as_json() for fact in self.also],
            "cause": self.cause,
            "since": self.since.isoformat() if self.since else None,
            "expires_on": self.expires_on.isoformat() if self.expires_on else None,
            "next_step": self.next_step,
            "missing_scopes": list(self.missing),
            "new_scopes": list(self.new_scopes),
            "new_scopes_from": self.new_scopes_on.isoformat() if self.new_scopes_on else None,
            "not_rechecked_since": self.unanswered_since.isoformat() if self.unanswered_since else None,
            "meanwhile": self.meanwhile,
        }
