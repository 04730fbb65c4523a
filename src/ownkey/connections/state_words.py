"""The sentences of states that name scopes: which are missing, what that costs, and which come to count."""

from datetime import date
from functools import lru_cache

from django.utils.dateformat import format as date_format

from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.required_scopes import counting_scopes
from ownkey.connections.stored_report import StoredReport
from ownkey.scopes.abilities import names_beyond

MOST_NAMES = 2


def gaps_sentence(credential: AlmAccount | Credential, missing: tuple[str, ...], today: date) -> str:
    """Return which scopes are missing, the first two by name, and the first ability that is lost."""
    verb = "is" if len(missing) == 1 else "are"
    named = f"{plural(len(missing), 'scope')} {verb} missing: {_names(missing)}."
    lost = _first_lost_ability(credential, frozenset(counting_scopes(credential, today)))
    return f"{named} The token cannot {lost}." if lost else named


def new_scopes_sentence(scopes: tuple[str, ...], day: date) -> str:
    """Return which scopes come to count, and from when."""
    verb = "is" if len(scopes) == 1 else "are"
    first = (
        f", among them {' and '.join(scopes[:MOST_NAMES])}"
        if len(scopes) > MOST_NAMES
        else f": {_names(scopes)}"
    )
    return f"{plural(len(scopes), 'new scope')} {verb} needed from {date_format(day, 'j F Y')}{first}."


def new_scopes_chip(day: date) -> str:
    """Return that new scopes come to count, in a few words."""
    return f"New scopes from {date_format(day, 'j M')}"


def plural(count: int, noun: str) -> str:
    """Return a number with its noun, with an s unless there is one."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _names(scopes: tuple[str, ...]) -> str:
    if len(scopes) <= MOST_NAMES:
        return " and ".join(scopes)
    left = len(scopes) - MOST_NAMES
    return f"{', '.join(scopes[:MOST_NAMES])} and {left} more"


def _first_lost_ability(credential: AlmAccount | Credential, counting: frozenset[str]) -> str:
    """Return what the token cannot do though the scopes that count allow it, the most wanted first."""
    beyond = _names_beyond(counting)
    lost = (
        ability.name
        for ability in StoredReport.from_json(credential.report).abilities or ()
        if ability.answer == "no" and ability.name not in beyond
    )
    name = next(lost, "")
    return name[:1].lower() + name[1:]


@lru_cache(maxsize=64)
def _names_beyond(scopes: frozenset[str]) -> frozenset[str]:
    return names_beyond(scopes)
