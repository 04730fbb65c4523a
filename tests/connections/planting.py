"""Credentials that a test writes by itself: what follows from their columns is made to follow."""

from typing import TypeVar

from ownkey.connections.derived import derived_columns, settle
from ownkey.connections.models import AlmAccount, Credential

Row = TypeVar("Row", AlmAccount, Credential)


def with_derived(row: Row) -> Row:
    """Return a row, in no database perhaps, with the columns that follow from its others."""
    for name, value in derived_columns(row).items():
        setattr(row, name, value)
    return row


def settle_all() -> None:
    """Let the columns that follow from others follow, in the whole database."""
    settle(AlmAccount.objects.all())
    settle(Credential.objects.select_related("alm_account"))
