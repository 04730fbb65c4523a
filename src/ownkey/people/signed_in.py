"""Where an act comes from: a session, and how long ago its person proved who they are; or the command line.

A flow with an effect takes this as a keyword without a default, so that no page can forget it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings


class Origin(StrEnum):
    """Where an act comes from."""

    SESSION = "session"
    """A page: somebody is signed in."""
    COMMAND_LINE = "command line"
    """The operator, who has the machine and with it the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Where an act comes from, and for a session how long ago its person proved who they are.

    Attributes:
        origin: Where it comes from.
        ago_s: Seconds since the password, a code, a passkey or the provider was last asked in this session;
            None where that is not known, which counts as long ago.
    """

    origin: Origin
    ago_s: float | None

    @property
    def is_recent(self) -> bool:
        """Whether the person need not be asked again."""
        if self.origin is Origin.COMMAND_LINE:
            return True
        # Less than nothing was written by a clock that was ahead.
        return self.ago_s is not None and 0 <= self.ago_s < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


AT_THE_COMMAND_LINE: Final = SignedIn(origin=Origin.COMMAND_LINE, ago_s=None)
"""What the operator's commands pass. A page never does: a test looks."""
