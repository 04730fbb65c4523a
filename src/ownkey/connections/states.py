"""The state of a credential: the one place that decides it, and what is true besides.

Everything that is true of a credential is a `Fact`; the worst of them is its state, and the rest stands
beside it, so that nothing hides anything: a token with gaps that expires in four days says both.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.utils.dateformat import format as date_format

from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.reports import REFUSED_IN_USE
from ownkey.connections.required_scopes import (
    account_of,
    grace_scopes,
    missing_scopes,
    unmet_later_scopes,
    untested_scopes,
)
from ownkey.connections.standings import BROKEN, STATE_WORDS, Fact, Standing, State
from ownkey.connections.state_words import gaps_sentence, new_scopes_chip, new_scopes_sentence, plural
from ownkey.days import is_over_everywhere

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

EXPIRING_WITHIN = timedelta(days=30)
UNKNOWN_AFTER_FAILURES = 6
"""How many re-checks in a row get no answer before a working credential is called unknown.

`lifecycle.slots` spaces them out over more than six hours: an hour of 503 breaks nothing.
"""
RECHECKED_WITHIN = timedelta(days=1)
"""By then the schedule has looked at new scopes; until then their owner has nothing to do."""

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
    facts = _facts(credential, today)
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
        facts=tuple(facts),
        needs_attention=any(fact.needs_owner for fact in facts),
        is_usable=not is_broken and credential.reason != SITE_CHANGED,
        expires_on=credential.expires_on if has_token else None,
        missing=missing_scopes(credential, today) if has_token else (),
        new_scopes=new_scopes,
        new_scopes_on=account_of(credential).counts_from if new_scopes else None,
        # One that Atlassian refused, or that has expired, is not re-checked any more.
        unanswered_since=None if is_broken else _believable(credential.unanswered_since, today),
    )


def _facts(credential: AlmAccount | Credential, today: date) -> list[Fact]:
    """Return all that is true of a credential, the worst first; what a worse fact makes idle is left out."""
    if credential.state == StoredState.DISCONNECTED:
        return [_disconnected(credential)]
    if credential.state == StoredState.REFUSED:
        return [
            _refused(credential, today),
            *([_expired(credential)] if is_past_its_date(credential, today) else []),
        ]
    if _has_expired(credential, today):
        return [_expired(credential), *_gaps(credential, today)]
    if credential.state == StoredState.UNKNOWN or credential.reason == SITE_CHANGED:
        return [_unproven(credential), *_expiring(credential, today)]
    found = [
        *_gaps(credential, today),
        *_expiring(credential, today),
        *_silent(credential),
        *_untested(credential, today),
        *_later(credential, today),
    ]
    return found or [
        Fact(
            state=State.CONNECTED,
            chip=STATE_WORDS[State.CONNECTED],
            since=credential.since,
            needs_owner=False,
        )
    ]


def _disconnected(credential: AlmAccount | Credential) -> Fact:
    return Fact(
        state=State.DISCONNECTED,
        chip=STATE_WORDS[State.DISCONNECTED],
        cause=_DISCONNECTED_BECAUSE.get(credential.reason, "The token was deleted here."),
        next_step="Add a token to connect again.",
        since=credential.since,
    )


def _refused(credential: AlmAccount | Credential, today: date) -> Fact:
    refused_on = _believable(credential.since, today)
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


def _expired(credential: AlmAccount | Credential) -> Fact:
    last_day = credential.expires_on
    when = f" on {_day(last_day)}" if last_day else ""
    return Fact(
        state=State.EXPIRED,
        chip=f"Expired{when}",
        cause=f"The token expired{when}.",
        next_step="Make a new token and change it here.",
        since=_later_of(_day_after(last_day), credential.since),
    )


def _unproven(credential: AlmAccount | Credential) -> Fact:
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


def _gaps(credential: AlmAccount | Credential, today: date) -> list[Fact]:
    missing = missing_scopes(credential, today)
    if not missing:
        return []
    days = days_left(credential, today)
    is_soon = days is not None and 0 <= days <= EXPIRING_WITHIN.days
    # Scopes that came to count on a day were no gaps before it.
    began = credential.since
    counts_from = account_of(credential).counts_from
    if counts_from is not None and set(missing) <= grace_scopes(credential):
        began = max(began, _start_of(counts_from))
    return [
        Fact(
            state=State.GAPS,
            chip=f"{plural(len(missing), 'scope')} missing",
            cause=gaps_sentence(credential, missing, today),
            next_step="Make a new token with every required scope before that day."
            if is_soon
            else "Make a new token with every required scope.",
            since=began,
        )
    ]


def _expiring(credential: AlmAccount | Credential, today: date) -> list[Fact]:
    days = days_left(credential, today)
    if days is None or days > EXPIRING_WITHIN.days or credential.expires_on is None:
        return []
    last_day = _day(credential.expires_on)
    if is_past_its_date(credential, today):
        return [
            Fact(
                state=State.EXPIRING,
                chip="Expiry date has passed",
                title="Date passed",
                cause=f"The token’s expiry date, {last_day}, has passed, yet Atlassian still accepts it.",
                next_step="Correct the date, or make a new token.",
                since=_later_of(_day_after(credential.expires_on), credential.since),
            )
        ]
    when = {-1: "within hours", 0: "today", 1: "tomorrow"}.get(days, f"in {days} days, on {last_day}")
    why = f": its last day, {last_day}, has ended in most time zones" if days < 0 else ""
    return [
        Fact(
            state=State.EXPIRING,
            chip=f"Expires {when.partition(',')[0]}",
            cause=f"The token expires {when}{why}.",
            next_step="Make a new token before that day." if days > 0 else "Make a new token today.",
            since=max(_start_of(credential.expires_on - EXPIRING_WITHIN), credential.since),
        )
    ]


def _silent(credential: AlmAccount | Credential) -> list[Fact]:
    if (credential.unanswered_times or 0) < UNKNOWN_AFTER_FAILURES:
        return []
    return [
        Fact(
            state=State.UNKNOWN,
            chip="Not re-checked",
            cause="It was connected, and Atlassian has not answered since.",
            next_step="Nothing to do: Ownkey goes on trying. Test the connection if you want to know now.",
            since=credential.unanswered_since,
            needs_owner=False,
        )
    ]


def _untested(credential: AlmAccount | Credential, today: date) -> list[Fact]:
    untested = untested_scopes(credential, today)
    if not untested:
        return []
    is_waiting = _waits_for_schedule(credential, today)
    began, counts_from = credential.scopes_changed_at, account_of(credential).counts_from
    if counts_from is not None and set(untested) <= grace_scopes(credential):
        began = _start_of(counts_from)
    scopes = plural(len(untested), "required scope")
    was = "was" if len(untested) == 1 else "were"
    return [
        Fact(
            state=State.RECHECK_PENDING,
            chip=STATE_WORDS[State.RECHECK_PENDING],
            cause=f"The token works; {scopes} {was} added after its last test.",
            next_step="Nothing to do: Ownkey re-checks the token within the hour. Test the connection if you "
            "want to know now."
            if is_waiting
            else "Test the connection.",
            since=began or credential.since,
            needs_owner=not is_waiting,
        )
    ]


def _later(credential: AlmAccount | Credential, today: date) -> list[Fact]:
    scopes, account = unmet_later_scopes(credential, today), account_of(credential)
    if not scopes or account.counts_from is None:
        return []
    return [
        Fact(
            state=State.RECHECK_PENDING,
            chip=new_scopes_chip(account.counts_from),
            cause=new_scopes_sentence(scopes, account.counts_from),
            next_step="Make a new token before then.",
            since=credential.scopes_changed_at or credential.since,
            needs_owner=not _waits_for_schedule(credential, today),
        )
    ]


def _waits_for_schedule(credential: AlmAccount | Credential, today: date) -> bool:
    """Whether the schedule is still to look at scopes that were added a short time ago."""
    changed_at = credential.scopes_changed_at
    if changed_at is None or credential.unanswered_since is not None:
        return False
    checked_at = _believable(credential.checked_at, today)
    is_fresh = today <= (changed_at + RECHECKED_WITHIN).date()
    return is_fresh and (checked_at is None or checked_at < changed_at)


def days_left(credential: AlmAccount | Credential, today: date) -> int | None:
    """Return the days until the declared expiry date, negative once past, `None` if there is no date."""
    return (credential.expires_on - today).days if credential.expires_on else None


def is_past_its_date(credential: AlmAccount | Credential, today: date) -> bool:
    """Return whether the declared last day is over everywhere, whatever Atlassian says of the token."""
    return credential.expires_on is not None and is_over_everywhere(credential.expires_on, today=today)


def _has_expired(credential: AlmAccount | Credential, today: date) -> bool:
    """Whether the declared date has passed and no later check has shown the date to be wrong."""
    if not is_past_its_date(credential, today):
        return False
    checked_at = _believable(credential.checked_at, today)
    return checked_at is None or not is_past_its_date(credential, checked_at.date())


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
