"""What a page shows of a check that is over: the last successful one of a credential that is not used now."""

from dataclasses import dataclass
from datetime import datetime

from ownkey.connections.checklist import Checklist
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.reports import last_success
from ownkey.connections.standings import Standing


@dataclass(frozen=True, slots=True)
class History:
    """A check that says nothing about today, and when it was."""

    checklist: Checklist
    at: datetime | None

    @classmethod
    def of(cls, row: AlmAccount | Credential, standing: Standing, empty: Checklist) -> "History | None":
        """Return the last successful check of a credential that is not used now, in an empty checklist."""
        if standing.is_usable or not row.report:
            return None
        found = last_success(row)
        if found is None:
            return None
        empty.finish(found.report)
        return cls(empty, found.checked_at)


def has_current_check(row: AlmAccount | Credential, standing: Standing) -> bool:
    """Return whether the stored check says how the credential is now."""
    return bool(row.report) and standing.is_usable
