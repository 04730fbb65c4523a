"""What a caller is told when Atlassian's answer did not come, or cannot be passed on."""

from ownkey.calls.refusals import Code, Problem
from ownkey.calls.upstream import (
    TooSlowError,
    UnreachableError,
    UnreadableAnswerError,
    UntrustedError,
)

UNTRUSTED = Problem(
    Code.UPSTREAM_UNTRUSTED,
    "The certificate that answered for Atlassian is not trusted here, so nothing was sent.",
    "Tell an operator: where a proxy stands between, its authority has to be named in SSL_CERT_FILE.",
)
UNREADABLE = Problem(
    Code.UPSTREAM_UNREADABLE,
    "What answered for Atlassian sent a status or a header field that HTTP does not allow.",
    "Try again; if it goes on, tell an operator: a proxy that stands between may be at fault.",
)
_TRY_AGAIN = "Try again in a moment; if it goes on, look at Atlassian's status page."


def problem_of(error: Exception) -> Problem:
    """Return the answer to a call whose answer from Atlassian did not come, or cannot be passed on."""
    match error:
        case TooSlowError():
            return Problem(Code.UPSTREAM_TOO_SLOW, "Atlassian did not answer in time.", _TRY_AGAIN)
        case UntrustedError():
            return UNTRUSTED
        case UnreadableAnswerError():
            return UNREADABLE
        case UnreachableError():
            return Problem(Code.UPSTREAM_UNREACHABLE, "The connection to Atlassian failed.", _TRY_AGAIN)
        case _:
            return Problem(
                Code.UPSTREAM_BROKE_OFF, "Atlassian's answer could not be read to its end.", _TRY_AGAIN
            )
