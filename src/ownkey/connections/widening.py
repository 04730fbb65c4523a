"""New required scopes: who must renew, and from which day the new list counts.

A token cannot gain scopes, so people who lack a new one have to make another token. Until the day that the
administrator chooses, states and counts go by the old list; from that day on they go by the new one, without
any job having to run. Tokens that have the new scopes may use them at once. Scopes that are taken away are
gone at once.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.dateformat import format as date_format

from ownkey.connections.errors import GraceTooLongError, WideningUnansweredError
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.required_scopes import FINE, scope_states
from ownkey.connections.state_words import plural

USUAL_GRACE: Final = timedelta(days=30)
LONGEST_GRACE: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Widening:
    """What a new list of required scopes asks of people who have a token; suspended ones are not counted.

    Attributes:
        added: The scopes that do not count today.
        was: How many scopes count today.
        becomes: How many the new list has.
        people: How many people have a token that was made for the old list.
        lacking: How many of them are known to lack a new scope.
        having: How many of them are known to have every new scope.
        asks_main: Whether the main credential needs the new scopes as well, and is not known to have them.
    """

    added: tuple[str, ...]
    was: int
    becomes: int
    people: int
    lacking: int
    having: int
    asks_main: bool

    @property
    def unknown(self) -> int:
        """How many people's tokens were not tested for every new scope."""
        return self.people - self.lacking - self.having

    @property
    def asks_people(self) -> bool:
        """Whether a person who has a token may have to renew it; the main credential is the asker's own."""
        return bool(self.lacking or self.unknown)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Who must renew, for the administrator."""
        new = plural(len(self.added), "new scope")
        found = [f"{self.becomes} instead of {self.was}: {new}."]
        if self.people:
            was = "was" if self.people == 1 else "were"
            found.append(
                f"{_people(self.people)} {was} tested for {self.was}; they keep working until the day."
            )
        if self.lacking:
            lack = "is known to lack" if self.lacking == 1 else "are known to lack"
            found.append(f"{_people(self.lacking)} {lack} new scopes and must make a new token.")
        if self.unknown:
            found.append(
                f"For {_people(self.unknown)} Ownkey does not know yet; a re-check finds out within an hour. "
                "A token cannot gain scopes, so expect that they must make a new one."
            )
        if self.having:
            have = "has" if self.having == 1 else "have"
            found.append(f"{_people(self.having)} {have} them already.")
        if self.asks_main:
            found.append("The main credential needs them as well.")
        return tuple(found)

    def as_json(self) -> dict[str, object]:
        """Return what the command line shows."""
        return {
            "new_scopes": list(self.added),
            "people": self.people,
            "lacking": self.lacking,
            "unknown": self.unknown,
            "having": self.having,
            "main_credential": self.asks_main,
        }


def counting_for_people(account: AlmAccount, day: date) -> tuple[str, ...]:
    """Return the scopes that people's tokens need on a day."""
    later = _pending(account, day)
    return tuple(scope for scope in account.required_scopes if scope not in later)


def widening_of(account: AlmAccount, required: Sequence[str], *, today: date) -> Widening | None:
    """Return what a list of required scopes asks beyond what counts today; None if it asks nothing more."""
    counting = counting_for_people(account, today)
    added = tuple(scope for scope in required if scope not in counting)
    if not added:
        return None
    own = Credential.objects.filter(alm_account=account, user__is_active=True).exclude(
        state__in=(StoredState.DISCONNECTED, StoredState.REFUSED)
    )
    verdicts = [_verdict(row, added) for row in own.defer("envelope") if row.signs_in_by.uses_gateway]
    return Widening(
        added=added,
        was=len(counting),
        becomes=len(required),
        people=len(verdicts),
        lacking=verdicts.count("lacking"),
        having=verdicts.count("having"),
        asks_main=account.main_scopes is None
        and account.state != StoredState.DISCONNECTED
        and account.signs_in_by.uses_gateway
        and _verdict(account, added) != "having",
    )


def grace_columns(
    account: AlmAccount,
    required: Sequence[str],
    *,
    counts_from: date | None,
    today: date,
) -> dict[str, object]:
    """Return the columns that say from when which scopes count.

    Args:
        account: The ALM account as it is.
        required: The scopes that are to be required.
        counts_from: The day that was chosen, today or earlier for "at once"; None if none was.
        today: The day.

    Raises:
        NotSavedError: A person may have to renew, and no day was chosen, or one too far away.
    """
    widening = widening_of(account, required, today=today)
    if widening is None:
        return {"later_scopes": None, "counts_from": None}
    pending = _pending(account, today)
    is_more = not pending.issuperset(widening.added)
    if counts_from is None and is_more and widening.asks_people:
        raise WideningUnansweredError
    day = counts_from or (account.counts_from if pending else None) or today
    if day > today + LONGEST_GRACE:
        raise GraceTooLongError
    if day <= today:
        return {"later_scopes": None, "counts_from": None}
    return {"later_scopes": list(widening.added), "counts_from": day}


def question(account: AlmAccount, required: Sequence[str], *, today: date) -> Widening | None:
    """Return what has to be asked before a list of required scopes is saved; None if nothing does."""
    widening = widening_of(account, required, today=today)
    if widening is None or not widening.asks_people:
        return None
    return None if _pending(account, today).issuperset(widening.added) else widening


def pending_widening(account: AlmAccount, *, today: date) -> Widening | None:
    """Return what a change that is still to count asks of people; None if there is none."""
    if account.counts_from is None or account.counts_from <= today:
        return None
    return widening_of(account, account.required_scopes, today=today)


def fingerprint(required: Sequence[str]) -> str:
    """Return what tells one list of required scopes from another: an answer counts for its own list alone."""
    return hashlib.blake2b(" ".join(sorted(required)).encode(), digest_size=8).hexdigest()


def usual_day(account: AlmAccount, *, today: date) -> date:
    """Return the day that is offered: in thirty days, and never sooner than what people read already."""
    usual = today + USUAL_GRACE
    return max(usual, account.counts_from) if account.counts_from else usual


def day_in_words(day: date | None, *, today: date) -> str:
    """Return from when new scopes count, for a sentence."""
    return "at once" if day is None or day <= today else f"from {date_format(day, 'j F Y')}"


def _pending(account: AlmAccount, day: date) -> frozenset[str]:
    is_pending = account.counts_from is not None and account.counts_from > day
    return frozenset(account.later_scopes or ()) if is_pending else frozenset()


def _verdict(row: AlmAccount | Credential, added: tuple[str, ...]) -> str:
    found = scope_states(row)
    if any(found.get(scope) == "missing" for scope in added):
        return "lacking"
    return "having" if all(found.get(scope) in FINE for scope in added) else "unknown"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"
