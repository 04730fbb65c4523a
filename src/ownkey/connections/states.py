"""The state of a credential: the one place that decides it, and what is true besides.

Everything that is true of a credential is a `Fact`; the worst of them is its state, and the rest stands
beside it, so that nothing hides anything: a token with gaps that expires in four days says both.
"""

from datetime import date, datetime

from ownkey.connections.cause_table import CAUSES, KEY_LOST, NEVER_CONNECTED, SITE_CHANGED, believable
from ownkey.connections.causes import (
    EXPIRING_WITHIN,
    Cause,
    Circumstances,
    causes_of,
    circumstances_for,
    is_past,
    is_usable,
    needs_owner,
)
from ownkey.connections.derived import UNKNOWN_AFTER_FAILURES
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.required_scopes import (
    account_of,
    missing_scopes,
    unmet_later_scopes,
    untested_scopes,
)
from ownkey.connections.standings import Fact, Standing
from ownkey.connections.state_table import STATES, State

__all__ = [
    "EXPIRING_WITHIN",
    "KEY_LOST",
    "SITE_CHANGED",
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
            STATES[State.NOT_CONNECTED].word,
            next_step=NEVER_CONNECTED,
            since=believable(never_since, today),
        )
    at = circumstances_for(credential, today=today)
    causes = causes_of(credential, at)
    facts = tuple(_fact(cause, credential, at) for cause in causes)
    worst = facts[0]
    has_token = worst.state is not State.DISCONNECTED
    is_broken = STATES[worst.state].is_broken
    new_scopes = unmet_later_scopes(credential, today) if not is_broken else ()
    return Standing(
        worst.state,
        worst.title or STATES[worst.state].word,
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
        unanswered_since=None if is_broken else believable(credential.unanswered_since, today),
    )


def _fact(cause: Cause, credential: AlmAccount | Credential, at: Circumstances) -> Fact:
    row = CAUSES[cause]
    words = row.words(credential, at)
    return Fact(
        state=row.state,
        chip=words.chip or STATES[row.state].word,
        title=words.title,
        cause=words.sentence,
        next_step=words.next_step,
        since=words.since,
        needs_owner=needs_owner(cause, credential, at),
    )


def days_left(credential: AlmAccount | Credential, today: date) -> int | None:
    """Return the days until the declared expiry date, negative once past, `None` if there is no date."""
    return (credential.expires_on - today).days if credential.expires_on else None


def is_past_its_date(credential: AlmAccount | Credential, today: date) -> bool:
    """Return whether the declared last day is over everywhere, whatever Atlassian says of the token."""
    return is_past(credential.expires_on, today)


def _since(moment: datetime | None, credential: AlmAccount | Credential, today: date) -> datetime | None:
    """Return since when, never before the credential was there."""
    began = credential.created_at if isinstance(credential, AlmAccount) else credential.connected_at
    known = believable(moment, today)
    return max(known, began) if known and began and began.date() <= today else known
