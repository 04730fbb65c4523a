"""Writing the record: one function, called by whoever changes something."""

from collections.abc import Mapping

from django.utils import timezone

from ownkey.audit.entry import Detail, NewEntry, Outcome, label_of
from ownkey.audit.models import Entry
from ownkey.audit.storing import append

__all__ = ["OPERATOR", "SCHEDULE", "Detail", "Outcome", "record"]

OPERATOR = "operator"  # whoever works on the command line of the machine
SCHEDULE = "schedule"  # what Ownkey does by itself at its time


def record(  # noqa: PLR0913 an entry's parts, by name
    action: str,
    *,
    actor: object,
    subject: object = "",
    alm_account: str = "",
    outcome: Outcome = Outcome.DONE,
    details: Mapping[str, Detail] | None = None,
) -> Entry:
    """Add one entry to the end of the chain and return it.

    It is part of the caller's transaction: either what was done is recorded, or it was not done.

    Args:
        action: A stable dotted name, such as "person.suspended"; `words.py` has it in plain language.
        actor: Who did it: a user, `OPERATOR`, or "" for somebody who is not signed in.
        subject: What it was done to; its text is kept.
        alm_account: The short name of the ALM account that it is about, if it is about one.
        outcome: How it ended.
        details: Plain facts. A secret has no business here, and any value that is
            not plain JSON (a `Secret` above all) is refused.
    """
    new = NewEntry(
        at=timezone.now(),
        action=action,
        actor=label_of(actor),
        subject=label_of(subject),
        alm_account=alm_account,
        outcome=outcome,
        details=dict(details or {}),
    )
    (stored,) = append([new])
    entry = Entry(
        number=stored.number,
        at=new.at,
        action=new.action,
        actor=new.actor,
        subject=new.subject,
        alm_account=new.alm_account,
        outcome=new.outcome.value,
        details=dict(new.details),
        key_id=stored.key_id,
        hash=stored.hash,
        signature=stored.signature,
    )
    entry._state.adding = False  # noqa: SLF001 so Django knows that it is in the table
    return entry
