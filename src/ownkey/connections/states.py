"""The state of a credential: the one place that decides it, and what is true besides.

Everything that is true of a credential is a `Fact`; the worst of them is its state, and the rest stands
beside it, so that nothing hides anything: a token with gaps that expires in four days says both.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.utils.dateformat import format as date_format

from ownkey.connections.causes import (
    EXPIRING_WITHIN,
    Cause,
    Circumstances,
    causes_of,
    circumstances_for,
    is_past,
    is_usable,
    missing_today,
    needs_owner,
    untested_today,
)
from ownkey.connections.derived import UNKNOWN_AFTER_FAILURES
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.reports import REFUSED_IN_USE
from ownkey.connections.required_scopes import (
    account_of,
    missing_scopes,
    unmet_later_scopes,
    untested_scopes,
)
from ownkey.connections.standings import BROKEN, STATE_WORDS, Fact, Standing, State
from ownkey.connections.state_words import gaps_sentence, new_scopes_chip, new_scopes_sentence, plural

__all__ = [
    "EXPIRING_WITHIN",
    "KEY_LOST",
    "SITE_CHANGED",
    "STATE_WORDS",
    "UNKNOWN_AFTER_FAILURES",
    "Fact",
    "Standing",
    "State",
    "days_left",
    "is_past_its_date",
    "missing_scopes",
    "state_of",
    "untested_scopes",
]

SITE_CHANGED = "site-changed"
KEY_LOST = "key-lost"
_DISCONNECTED_BECAUSE = {KEY_LOST: "The key that the token was sealed with is lost, so it was deleted."}


def state_of(
    credential: AlmAccount | Credential | None, today: date, *, never_since: datetime | None = None
) -> Standing:
    """Return where a credential stands today: what the last check said, the expiry date and the profile.

    Args:
        credential: A person's, an ALM account's own, or None for somebody who never had one.
        today: The day.
        never_since: Since when somebody without one could have had one.
    """
    if credential is None:
        return Standing(
            State.NOT_CONNECTED,
            STATE_WORDS[State.NOT_CONNECTED],
            next_step="Add your token to connect.",
            since=_believable(never_since, today),
        )
    at = circumstances_for(credential, today=today)
    causes = causes_of(credential, at)
    facts = tuple(_fact(cause, credential, at) for cause in causes)
    worst = facts[0]
    has_token = worst.state is not State.DISCONNECTED
    is_broken = worst.state in BROKEN
    new_scopes = unmet_later_scopes(credential, today) if not is_broken else ()
    return Standing(
        worst.state,
        worst.title or STATE_WORDS[worst.state],
        cause=" ".join(filter(None, (fact.cause for fact in facts))),
        next_step=worst.next_step,
        since=_since(worst.since, credential, today),
        facts=facts,
        needs_attention=any(fact.needs_owner for fact in facts),
        is_usable=is_usable(causes),
        expires_on=credential.expires_on if has_token else None,
        missing=missing_scopes(credential, today) if has_token else (),
        new_scopes=new_scopes,
        new_scopes_on=account_of(credential).counts_from if new_scopes else None,
        # One that Atlassian refused, or that has expired, is not re-checked any more.
        unanswered_since=None if is_broken else _believable(credential.unanswered_since, today),
    )


def _fact(cause: Cause, credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    return replace(_FACTS[cause](credential, at), needs_owner=needs_owner(cause, credential, at))


def _connected(credential: AlmAccount | Credential, _at: Circumstances) -> Fact:
    return Fact(state=State.CONNECTED, chip=STATE_WORDS[State.CONNECTED], since=credential.since)


def _disconnected(credential: AlmAccount | Credential, _at: Circumstances) -> Fact:
    return Fact(
        state=State.DISCONNECTED,
        chip=STATE_WORDS[State.DISCONNECTED],
        cause=_DISCONNECTED_BECAUSE.get(credential.reason, "The token was deleted here."),
        next_step="Add a token to connect again.",
        since=credential.since,
    )


def _refused(credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    refused_on = _believable(credential.since, at.today)
    on = f" on {_day(refused_on.date())}" if refused_on else ""
    if credential.reason == REFUSED_IN_USE:
        cause = (
            f"Atlassian refused the token{on} when a tool used it, so Ownkey stopped sending it: it was "
            "revoked or has expired."
        )
        next_step = "Make a new one, or test this one again."
    else:
        cause = f"Atlassian refused the token{on}, so Ownkey does not send it."
        next_step = str(credential.report.get("next_step") or "Test the connection.")
    return Fact(
        state=State.REFUSED,
        chip=STATE_WORDS[State.REFUSED],
        cause=cause,
        next_step=next_step,
        since=credential.since,
    )


def _expired(credential: AlmAccount | Credential, _at: Circumstances) -> Fact:
    last_day = credential.expires_on
    when = f" on {_day(last_day)}" if last_day else ""
    return Fact(
        state=State.EXPIRED,
        chip=f"Expired{when}",
        cause=f"The token expired{when}.",
        next_step="Make a new token and change it here.",
        since=_later_of(_day_after(last_day), credential.since),
    )


def _moved(credential: AlmAccount | Credential, _at: Circumstances) -> Fact:
    is_moved = credential.reason == SITE_CHANGED
    return Fact(
        state=State.UNKNOWN,
        chip=STATE_WORDS[State.UNKNOWN],
        cause="The ALM account’s address was changed after the last check, so the token is not sent there."
        if is_moved
        else "It could not be checked.",
        next_step="Test the connection.",
        since=credential.since,
    )


def _gaps(credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    days = days_left(credential, at.today)
    is_soon = days is not None and 0 <= days <= EXPIRING_WITHIN.days
    # Scopes that came to count on a day were no gaps before it.
    began, counts_from = credential.since, account_of(credential).counts_from
    if counts_from is not None and not credential.missing_count:
        began = max(began, _start_of(counts_from))
    return Fact(
        state=State.GAPS,
        chip=f"{plural(missing_today(credential, at), 'scope')} missing",
        cause=gaps_sentence(credential, missing_scopes(credential, at.today), at.today),
        next_step="Make a new token with every required scope before that day."
        if is_soon
        else "Make a new token with every required scope.",
        since=began,
    )


def _date_passed(credential: AlmAccount | Credential, _at: Circumstances) -> Fact:
    last_day = _day(credential.expires_on) if credential.expires_on else ""
    return Fact(
        state=State.EXPIRING,
        chip="Expiry date has passed",
        title="Date passed",
        cause=f"The token’s expiry date, {last_day}, has passed, yet Atlassian still accepts it.",
        next_step="Correct the date, or make a new token.",
        since=_later_of(_day_after(credential.expires_on), credential.since),
    )


def _expiring(credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    expires_on = credential.expires_on or at.today
    days, last_day = (expires_on - at.today).days, _day(expires_on)
    when = {-1: "within hours", 0: "today", 1: "tomorrow"}.get(days, f"in {days} days, on {last_day}")
    why = f": its last day, {last_day}, has ended in most time zones" if days < 0 else ""
    return Fact(
        state=State.EXPIRING,
        chip=f"Expires {when.partition(',')[0]}",
        cause=f"The token expires {when}{why}.",
        next_step="Make a new token before that day." if days > 0 else "Make a new token today.",
        since=max(_start_of(expires_on - EXPIRING_WITHIN), credential.since),
    )


def _silent(credential: AlmAccount | Credential, _at: Circumstances) -> Fact:
    return Fact(
        state=State.UNKNOWN,
        chip="Not re-checked",
        cause="It was connected, and Atlassian has not answered since.",
        next_step="Nothing to do: Ownkey goes on trying. Test the connection if you want to know now.",
        since=credential.unanswered_since,
    )


def _untested(credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    untested = untested_today(credential, at)
    began, counts_from = credential.scopes_changed_at, account_of(credential).counts_from
    if counts_from is not None and not credential.untested_count:
        began = _start_of(counts_from)
    was = "was" if untested == 1 else "were"
    return Fact(
        state=State.RECHECK_PENDING,
        chip=STATE_WORDS[State.RECHECK_PENDING],
        cause=f"The token works; {plural(untested, 'required scope')} {was} added after its last test.",
        next_step="Test the connection."
        if needs_owner(Cause.UNTESTED, credential, at)
        else "Nothing to do: Ownkey re-checks the token within the hour. Test the connection if you want to "
        "know now.",
        since=began or credential.since,
    )


def _new_scopes(credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    counts_from = at.counts_from or at.today
    return Fact(
        state=State.RECHECK_PENDING,
        chip=new_scopes_chip(counts_from),
        cause=new_scopes_sentence(unmet_later_scopes(credential, at.today), counts_from),
        next_step="Make a new token before then.",
        since=credential.scopes_changed_at or credential.since,
    )


_FACTS: Final[dict[Cause, Callable[[AlmAccount | Credential, Circumstances], Fact]]] = {
    Cause.DISCONNECTED: _disconnected,
    Cause.REFUSED: _refused,
    Cause.EXPIRED: _expired,
    Cause.MOVED: _moved,
    Cause.GAPS: _gaps,
    Cause.EXPIRING: _expiring,
    Cause.DATE_PASSED: _date_passed,
    Cause.SILENT: _silent,
    Cause.UNTESTED: _untested,
    Cause.NEW_SCOPES: _new_scopes,
    Cause.CONNECTED: _connected,
}


def days_left(credential: AlmAccount | Credential, today: date) -> int | None:
    """Return the days until the declared expiry date, negative once past, `None` if there is no date."""
    return (credential.expires_on - today).days if credential.expires_on else None


def is_past_its_date(credential: AlmAccount | Credential, today: date) -> bool:
    """Return whether the declared last day is over everywhere, whatever Atlassian says of the token."""
    return is_past(credential.expires_on, today)


def _since(moment: datetime | None, credential: AlmAccount | Credential, today: date) -> datetime | None:
    """Return since when, never before the credential was there."""
    began = credential.created_at if isinstance(credential, AlmAccount) else credential.connected_at
    known = _believable(moment, today)
    return max(known, began) if known and began and began.date() <= today else known


def _believable(moment: datetime | None, today: date) -> datetime | None:
    """Return a moment, None for one that a clock wrote down which was ahead: nothing began in the future."""
    return moment if moment is not None and moment.date() <= today else None


def _day_after(day: date | None) -> datetime | None:
    # The last day there is has none after it.
    return _start_of(day + timedelta(days=1)) if day and day < date.max else None


def _later_of(began: datetime | None, existed: datetime) -> datetime | None:
    return max(began, existed) if began else None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _day(day: date) -> str:
    return date_format(day, "j F Y")
