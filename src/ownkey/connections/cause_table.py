"""What can be true of a credential, in words: the state that it is, why, and the one next step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from django.utils.dateformat import format as date_format

from ownkey.connections.causes import (
    EXPIRING_WITHIN,
    Cause,
    Circumstances,
    missing_today,
    needs_owner,
    untested_today,
)
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.reports import REFUSED_IN_USE, report_of
from ownkey.connections.required_scopes import account_of, missing_scopes, unmet_later_scopes
from ownkey.connections.state_table import State
from ownkey.connections.state_words import gaps_sentence, new_scopes_chip, new_scopes_sentence, plural

Row = AlmAccount | Credential

SITE_CHANGED: Final = "site-changed"
KEY_LOST: Final = "key-lost"
NEVER_CONNECTED: Final = "Add your token to connect."
"""The next step of a person who never had a credential."""
TEST_AGAIN: Final = "Make a new one, or test this one again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said of one thing that is true of a credential.

    Attributes:
        sentence: Why it is so.
        next_step: What the owner does about it.
        chip: What it is called beside a worse one; empty: the state's word.
        title: What it is called as the state; empty: the state's word.
        since: When it began.
    """

    sentence: str = ""
    next_step: str = ""
    chip: str = ""
    title: str = ""
    since: datetime | None


@dataclass(frozen=True, slots=True)
class CauseRow:
    """What belongs to a cause: the state that it is, and its words."""

    state: State
    words: Callable[[Row, Circumstances], Words]


def believable(moment: datetime | None, today: date) -> datetime | None:
    """Return a moment, None for one that a clock wrote down which was ahead: nothing began in the future."""
    return moment if moment is not None and moment.date() <= today else None


def _connected(row: Row, _at: Circumstances) -> Words:
    return Words(since=row.since)


def _disconnected(row: Row, _at: Circumstances) -> Words:
    return Words(
        sentence="The key that the token was sealed with is lost, so it was deleted."
        if row.reason == KEY_LOST
        else "The token was deleted here.",
        next_step="Add a token to connect again.",
        since=row.since,
    )


def _refused(row: Row, at: Circumstances) -> Words:
    refused_on = believable(row.since, at.today)
    on = f" on {_day(refused_on.date())}" if refused_on else ""
    if row.reason == REFUSED_IN_USE:
        return Words(
            sentence=f"Atlassian refused the token{on} when a tool used it, so Ownkey stopped sending it: "
            "it was revoked or has expired.",
            next_step=TEST_AGAIN,
            since=row.since,
        )
    return Words(
        sentence=f"Atlassian refused the token{on}, so Ownkey does not send it.",
        next_step=report_of(row).next_step or "Test the connection.",
        since=row.since,
    )


def _expired(row: Row, _at: Circumstances) -> Words:
    when = f" on {_day(row.expires_on)}" if row.expires_on else ""
    return Words(
        chip=f"Expired{when}",
        sentence=f"The token expired{when}.",
        next_step="Make a new token and change it here.",
        since=_later_of(_day_after(row.expires_on), row.since),
    )


def _moved(row: Row, _at: Circumstances) -> Words:
    return Words(
        sentence="The ALM account’s address was changed after the last check, so the token is not sent there."
        if row.reason == SITE_CHANGED
        else "It could not be checked.",
        next_step="Test the connection.",
        since=row.since,
    )


def _gaps(row: Row, at: Circumstances) -> Words:
    is_soon = row.expires_on is not None and at.today <= row.expires_on <= at.today + EXPIRING_WITHIN
    # Scopes that came to count on a day were no gaps before it.
    began, counts_from = row.since, account_of(row).counts_from
    if counts_from is not None and not row.missing_count:
        began = max(began, _start_of(counts_from))
    return Words(
        chip=f"{plural(missing_today(row, at), 'scope')} missing",
        sentence=gaps_sentence(row, missing_scopes(row, at.today), at.today),
        next_step="Make a new token with every required scope before that day."
        if is_soon
        else "Make a new token with every required scope.",
        since=began,
    )


def _date_passed(row: Row, _at: Circumstances) -> Words:
    last_day = _day(row.expires_on) if row.expires_on else ""
    return Words(
        chip="Expiry date has passed",
        title="Date passed",
        sentence=f"The token’s expiry date, {last_day}, has passed, yet Atlassian still accepts it.",
        next_step="Correct the date, or make a new token.",
        since=_later_of(_day_after(row.expires_on), row.since),
    )


def _expiring(row: Row, at: Circumstances) -> Words:
    expires_on = row.expires_on or at.today
    days, last_day = (expires_on - at.today).days, _day(expires_on)
    when = {-1: "within hours", 0: "today", 1: "tomorrow"}.get(days, f"in {days} days, on {last_day}")
    why = f": its last day, {last_day}, has ended in most time zones" if days < 0 else ""
    return Words(
        chip=f"Expires {when.partition(',')[0]}",
        sentence=f"The token expires {when}{why}.",
        next_step="Make a new token before that day." if days > 0 else "Make a new token today.",
        since=max(_start_of(expires_on - EXPIRING_WITHIN), row.since),
    )


def _silent(row: Row, _at: Circumstances) -> Words:
    return Words(
        chip="Not re-checked",
        sentence="It was connected, and Atlassian has not answered since.",
        next_step="Nothing to do: Ownkey goes on trying. Test the connection if you want to know now.",
        since=row.unanswered_since,
    )


def _untested(row: Row, at: Circumstances) -> Words:
    untested = untested_today(row, at)
    began, counts_from = row.scopes_changed_at, account_of(row).counts_from
    if counts_from is not None and not row.untested_count:
        began = _start_of(counts_from)
    was = "was" if untested == 1 else "were"
    return Words(
        sentence=f"The token works; {plural(untested, 'required scope')} {was} added after its last test.",
        next_step="Test the connection."
        if needs_owner(Cause.UNTESTED, row, at)
        else "Nothing to do: Ownkey re-checks the token within the hour. Test the connection if you want to "
        "know now.",
        since=began or row.since,
    )


def _new_scopes(row: Row, at: Circumstances) -> Words:
    counts_from = at.counts_from or at.today
    return Words(
        chip=new_scopes_chip(counts_from),
        sentence=new_scopes_sentence(unmet_later_scopes(row, at.today), counts_from),
        next_step="Make a new token before then.",
        since=row.scopes_changed_at or row.since,
    )


CAUSES: Final[Mapping[Cause, CauseRow]] = MappingProxyType(
    {
        Cause.DISCONNECTED: CauseRow(State.DISCONNECTED, _disconnected),
        Cause.REFUSED: CauseRow(State.REFUSED, _refused),
        Cause.EXPIRED: CauseRow(State.EXPIRED, _expired),
        Cause.MOVED: CauseRow(State.UNKNOWN, _moved),
        Cause.GAPS: CauseRow(State.GAPS, _gaps),
        Cause.EXPIRING: CauseRow(State.EXPIRING, _expiring),
        Cause.DATE_PASSED: CauseRow(State.EXPIRING, _date_passed),
        Cause.SILENT: CauseRow(State.UNKNOWN, _silent),
        Cause.UNTESTED: CauseRow(State.RECHECK_PENDING, _untested),
        Cause.NEW_SCOPES: CauseRow(State.RECHECK_PENDING, _new_scopes),
        Cause.CONNECTED: CauseRow(State.CONNECTED, _connected),
    }
)
"""A state without a cause here is `NOT_CONNECTED`: there is no credential of which anything could be true."""


def _day_after(day: date | None) -> datetime | None:
    # The last day there is has none after it.
    return _start_of(day + timedelta(days=1)) if day and day < date.max else None


def _later_of(began: datetime | None, existed: datetime) -> datetime | None:
    return max(began, existed) if began else None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _day(day: date) -> str:
    return date_format(day, "j F Y")
