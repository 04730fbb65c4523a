"""A place on a call's way where it can wait for another person's approval; nothing holds a call yet."""

from typing import Protocol

from ownkey.calls.call import Call


class Hold(Protocol):
    """Decides whether a call that is allowed waits before it leaves."""

    async def wait(self, call: Call) -> None:
        """Return when the call may leave.

        Raises:
            RefusedError: it may not.
        """


class NoHold:
    """Every call that is allowed leaves at once."""

    async def wait(self, call: Call) -> None:
        """Let it leave."""
