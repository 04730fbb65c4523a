"""What a caller is told when Atlassian's answer did not come, or cannot be passed on."""

from ownkey.calls.refusals import Code, Refusal
from ownkey.calls.upstream import (
    TooSlowError,
    UnreachableError,
    UnreadableAnswerError,
    UntrustedError,
)


def refusal_of(error: Exception) -> Refusal:
    """Return the answer to a call whose answer from Atlassian did not come, or cannot be passed on."""
    match error:
        case TooSlowError():
            return Refusal(Code.UPSTREAM_TOO_SLOW)
        case UntrustedError():
            return Refusal(Code.UPSTREAM_UNTRUSTED)
        case UnreadableAnswerError():
            return Refusal(Code.UPSTREAM_UNREADABLE)
        case UnreachableError():
            return Refusal(Code.UPSTREAM_UNREACHABLE)
        case _:
            return Refusal(Code.UPSTREAM_BROKE_OFF)
