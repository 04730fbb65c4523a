"""Columns that follow from others, kept with every change, so that lists and counts read no report.

`insert` and `change` are how flows write a credential. What an ALM account's lists of scopes decide about
people's credentials changes together with the lists.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from ownkey.connections.causes import is_past
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.required_scopes import grace_scopes, scope_states

if TYPE_CHECKING:
    from uuid import UUID

Row = AlmAccount | Credential

UNKNOWN_AFTER_FAILURES: Final = 6
"""How many re-checks in a row get no answer before a working credential is called unknown.

`lifecycle.slots` spaces them out over more than six hours: an hour of 503 breaks nothing.
"""
LISTS: Final = ("required_scopes", "later_scopes", "counts_from", "profile_changed_at")
"""The columns of an ALM account that decide about people's credentials."""
AT_ONCE: Final = 500


def derived_columns(row: Row) -> dict[str, Any]:
    """Return the columns of a credential that follow from its others and from the ALM account's lists."""
    found, later = scope_states(row), grace_scopes(row)
    missing = [scope for scope in row.scopes_needed if found.get(scope) == "missing"]
    untested = [scope for scope in row.scopes_needed if scope not in found and row.signs_in_by.uses_gateway]
    return {
        "missing_count": sum(scope not in later for scope in missing),
        "missing_later_count": sum(scope in later for scope in missing),
        "untested_count": sum(scope not in later for scope in untested),
        "untested_later_count": sum(scope in later for scope in untested),
        "awaits_recheck": _awaits_recheck(row),
        "is_silent": (row.unanswered_times or 0) >= UNKNOWN_AFTER_FAILURES,
        "accepted_past_on": _accepted_past_on(row),
    }


@transaction.atomic
def insert(row: Row) -> None:
    """Add a credential.

    Raises:
        IntegrityError: Another one is there already.
    """
    _set(row, derived_columns(row))
    row.save(force_insert=True)


@transaction.atomic
def change(row: Row, values: Mapping[str, Any], **still: object) -> bool:
    """Change columns of a credential, and those that follow from them; return whether it was done.

    Args:
        row: Which one; its attributes are changed as well.
        values: The columns.
        still: What the row must still hold; otherwise nothing is changed.
    """
    before = _read(row, still)
    if before is None:
        return False
    after = copy.copy(before)
    _set(after, values)
    changed = {**values, **derived_columns(after)}
    type(row).objects.filter(pk=row.pk).update(**changed)
    _set(row, changed)
    if isinstance(after, AlmAccount) and any(getattr(before, one) != getattr(after, one) for one in LISTS):
        settle(after.credentials.select_related("alm_account").defer("envelope"))
    return True


def settle(rows: Iterable[Row]) -> None:
    """Write the columns that follow from others where they are not what they should be."""
    differing: defaultdict[tuple[type[Row], tuple[tuple[str, Any], ...]], list[UUID]] = defaultdict(list)
    for row in rows:
        derived = derived_columns(row)
        if any(getattr(row, name) != value for name, value in derived.items()):
            differing[type(row), tuple(derived.items())].append(row.pk)
    for (table, columns), pks in differing.items():
        for start in range(0, len(pks), AT_ONCE):
            table.objects.filter(pk__in=pks[start : start + AT_ONCE]).update(**dict(columns))


def _read(row: Row, still: Mapping[str, object]) -> Row | None:
    if isinstance(row, AlmAccount):
        return AlmAccount.objects.filter(pk=row.pk, **still).first()
    return Credential.objects.filter(pk=row.pk, **still).select_related("alm_account").first()


def _set(row: Row, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if not hasattr(value, "resolve_expression"):
            setattr(row, name, value)


def _awaits_recheck(row: Row) -> bool:
    """Whether scopes were changed since the last check; how long that excuses the owner is for a query."""
    changed_at = row.scopes_changed_at
    if changed_at is None or row.unanswered_since is not None:
        return False
    return row.checked_at is None or row.checked_at < changed_at


def _accepted_past_on(row: Row) -> date | None:
    """Return the day of the last check if that shows that the declared last day is wrong."""
    checked_on = row.checked_at.date() if row.checked_at else None
    return checked_on if checked_on and is_past(row.expires_on, checked_on) else None
