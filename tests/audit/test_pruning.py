"""What is older than a day can be cut off; what is left is proven, and nothing more can be cut unnoticed."""

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection

from ownkey.audit.entry import NewEntry
from ownkey.audit.head import current_head
from ownkey.audit.pruning import BrokenRecordError, prunable, prune
from ownkey.audit.record import OPERATOR, record
from ownkey.audit.storing import append
from ownkey.audit.verifying import KeptHead, verify_record
from tests.audit.rows import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _triggers() -> None:
    """Guard the record as a real installation does."""
    body = import_module("ownkey.audit.migrations.0002_chain").TRIGGERS["record_is_not_removed"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TRIGGER record_is_not_removed {body}")


def on_days(*days: int) -> None:
    """Put something on record on each of these days after a certain noon."""
    append([NewEntry(at=day(n), action="signed-in", actor="alice@acme.example") for n in days])


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


def test_what_is_old_goes_and_what_is_left_is_whole() -> None:
    on_days(0, 1, 2, 3)
    head = current_head()
    assert prunable(before=day(2)).entries == 2
    cut = prune(before=day(2), actor=OPERATOR)
    assert (cut.entries, cut.through) == (2, 2)
    found = verify_record(head)
    assert (found.is_whole, found.first, found.entries, found.kept) == (True, 3, 3, KeptHead.ON_CHAIN)


def test_a_record_can_be_cut_again_and_wholly() -> None:
    on_days(0, 1, 2)
    prune(before=day(1), actor=OPERATOR)
    on_days(3)
    prune(before=day(3000), actor=OPERATOR)
    found = verify_record()
    assert (found.is_whole, found.first, found.entries) == (True, 6, 1)
    on_days(3001)
    assert verify_record().entries == 2


def test_an_entry_that_a_wrong_clock_made_old_does_not_take_newer_ones_with_it() -> None:
    on_days(0, 5, 1, 6)
    assert prune(before=day(2), actor=OPERATOR).through == 1


def test_nobody_can_cut_more_off_than_the_record_says() -> None:
    on_days(0, 1, 2)
    prune(before=day(1), actor=OPERATOR)
    with pytest.raises(IntegrityError, match="never removed"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE number = 2")


def test_a_broken_record_is_not_cut() -> None:
    on_days(0, 1)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER record_is_not_changed")
        cursor.execute("UPDATE audit_entry SET actor = '' WHERE number = 1")
    with pytest.raises(BrokenRecordError):
        prune(before=day(1), actor=OPERATOR)
    assert prunable(before=day(1)).entries == 1


def test_nothing_old_means_nothing_done() -> None:
    record("signed-in", actor=OPERATOR)
    assert prune(before=NOON - timedelta(days=1), actor=OPERATOR).entries == 0
    assert verify_record().entries == 1
