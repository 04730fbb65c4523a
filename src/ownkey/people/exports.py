"""Taking what many people did out of Ownkey: reading, but in one file that leaves it."""

from collections.abc import Mapping

from ownkey.audit.record import Detail, record
from ownkey.people.acts import Asks, By, act
from ownkey.people.signed_in import SignedIn


@act(
    to="export what the page shows",
    by=By.RECORD_READER,
    asks=Asks.ALWAYS,
    because="One file has what everybody did, and nothing takes it back once it has left.",
)
def note_export(
    action: str,
    *,
    details: Mapping[str, Detail],
    subject: str = "",
    alm_account: str = "",
    actor: object,
    signed_in: SignedIn,
) -> None:
    """Put on record that somebody takes a file with them, before the first line of it is sent."""
    record(action, actor=actor, subject=subject, alm_account=alm_account, details=details)
