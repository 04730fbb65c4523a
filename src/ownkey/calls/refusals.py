"""Every refusal by Ownkey itself, in one table keyed by its code; callers tell them from Jira's by the code.

An answer says the sentences of the table, or more exact ones where the place that refuses knows more. The
page docs/reference/refusals.md is made from the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Code(StrEnum):
    """What was refused; the value of `Ownkey-Error`."""

    UNSAFE_PATH = "unsafe-path"
    AMBIGUOUS_REQUEST = "ambiguous-request"
    BAD_REQUEST = "bad-request"
    CLIENT_KEY_REFUSED = "client-key-refused"
    SESSION_ENDED = "session-ended"
    WRONG_ACCOUNT = "wrong-account"
    SCOPE_NOT_IN_PROFILE = "scope-not-in-profile"
    SCOPE_NOT_IN_CLIENT_KEY = "scope-not-in-client-key"
    SCOPE_NOT_IN_TOKEN = "scope-not-in-token"  # noqa: S105 — a code, not a secret
    NO_TOKEN_MAY = "no-token-may"  # noqa: S105 — a code, not a secret
    READ_ONLY = "read-only"
    UNKNOWN_OPERATION = "unknown-operation"
    NOT_CONNECTED = "not-connected"
    CREDENTIAL_EXPIRED = "credential-expired"
    CREDENTIAL_REFUSED = "credential-refused"
    CREDENTIAL_IN_DOUBT = "credential-in-doubt"
    CREDENTIAL_UNTESTED = "credential-untested"
    MAIN_CREDENTIAL_UNUSABLE = "main-credential-unusable"
    SIGN_IN_NOT_NEEDED = "sign-in-not-needed"
    NO_SUCH_ADDRESS = "no-such-address"
    WRONG_METHOD = "wrong-method"
    BODY_TOO_SLOW = "body-too-slow"
    TOO_MANY_CALLS = "too-many-calls"
    UPSTREAM_UNREACHABLE = "upstream-unreachable"
    UPSTREAM_UNTRUSTED = "upstream-untrusted"
    UPSTREAM_BROKE_OFF = "upstream-broke-off"
    UPSTREAM_UNREADABLE = "upstream-unreadable"
    UPSTREAM_TOO_SLOW = "upstream-too-slow"
    ANSWERED_FOR_NOBODY = "answered-for-nobody"
    NOT_RECORDED = "not-recorded"
    UNSURE = "unsure"
    FAULT = "fault"


WITHHELD: Final = frozenset(
    {
        Code.NOT_CONNECTED,
        Code.CREDENTIAL_EXPIRED,
        Code.CREDENTIAL_REFUSED,
        Code.CREDENTIAL_UNTESTED,
        Code.MAIN_CREDENTIAL_UNUSABLE,
    }
)
"""Why there is no credential to act with; `ownkey.connections.acting.Withheld` has the same values."""


@dataclass(frozen=True, slots=True)
class Row:
    """What goes with a code.

    Attributes:
        status: The HTTP status.
        title: What was refused, in a few words.
        detail: What was refused and why. `{name}` stands for the operation, `{missing}` for scopes.
        next_step: What to do about it.
    """

    status: int
    title: str
    detail: str
    next_step: str


_TRY_AGAIN = "Try again in a moment; if it goes on, look at Atlassian's status page."

TABLE: Final[Mapping[Code, Row]] = {
    Code.UNSAFE_PATH: Row(
        400,
        "Ambiguous path",
        "The path has dot segments, doubled or encoded slashes, control characters, or characters that have "
        "to be percent-encoded.",
        "Send the path plainly, with each value percent-encoded once.",
    ),
    Code.AMBIGUOUS_REQUEST: Row(
        400,
        "Ambiguous request",
        "The request says in more than one way where its body ends.",
        "Send one Content-Length, or none and a chunked body.",
    ),
    Code.BAD_REQUEST: Row(
        400,
        "The request cannot be read",
        "The query has characters that must be percent-encoded.",
        "Encode the query, as JQL needs anyway.",
    ),
    Code.CLIENT_KEY_REFUSED: Row(
        401,
        "This client key is not accepted",
        "The request carries no client key that Ownkey accepts: it is missing, mistyped, expired or revoked.",
        "Make a client key in your profile, and use it as the password (any user name) or as the Bearer "
        "token.",
    ),
    Code.SESSION_ENDED: Row(
        401,
        "Your session has ended",
        "The session in which this was asked for has ended.",
        "Sign in again.",
    ),
    Code.WRONG_ACCOUNT: Row(
        403,
        "This client key is for another ALM account",
        "This client key is not for the ALM account in the address.",
        "Use the address that the client key's page shows, or make a key for this ALM account.",
    ),
    Code.SCOPE_NOT_IN_PROFILE: Row(
        403,
        "The scope profile does not allow this operation",
        "{name} needs {missing}, which the ALM account's scope profile does not hold.",
        "Ask an administrator to add the scope to the profile of this ALM account.",
    ),
    Code.SCOPE_NOT_IN_CLIENT_KEY: Row(
        403,
        "This client key does not allow this operation",
        "{name} needs {missing}, which this client key was not given.",
        "Make a client key that includes the scope, in your profile.",
    ),
    Code.SCOPE_NOT_IN_TOKEN: Row(
        403,
        "Your API token lacks a scope for this operation",
        "{name} needs {missing}, which your API token does not have.",
        "Make a new API token with the scope, and save it under ALM Credentials.",
    ),
    Code.NO_TOKEN_MAY: Row(
        403,
        "No scope opens this operation",
        "{name} has no scope that Atlassian publishes, so no scope profile allows it.",
        "Use another operation: through Ownkey no API token may call this one.",
    ),
    Code.READ_ONLY: Row(
        403,
        "Only reading is allowed here",
        "{name} changes something, and here only reading is allowed.",
        "Use a client key that may write, or connect your own API token.",
    ),
    Code.UNKNOWN_OPERATION: Row(
        403,
        "Ownkey does not know this operation",
        "Atlassian publishes no such operation, so its scopes are not known.",
        "Check the path; an administrator can let unknown operations pass.",
    ),
    Code.NOT_CONNECTED: Row(
        403,
        "You are not connected to this ALM account",
        "You have not connected an API token of your own to this ALM account.",
        "Open ALM Credentials in your profile, follow the guide, and press Test Connection.",
    ),
    Code.CREDENTIAL_EXPIRED: Row(
        403,
        "Your API token has expired",
        "Your API token for this ALM account has passed its expiry date.",
        "Make a new API token at Atlassian, and save it under ALM Credentials in your profile.",
    ),
    Code.CREDENTIAL_REFUSED: Row(
        403,
        "Atlassian refused your API token",
        "Atlassian refused your API token, so it is not sent again: it was revoked, expired or mistyped.",
        "Open ALM Credentials in your profile and press Test Connection, with a new API token if need be.",
    ),
    Code.CREDENTIAL_UNTESTED: Row(
        403,
        "Your API token has to be tested again",
        "The address of this ALM account was changed after your API token was tested: it is not sent there.",
        "Open ALM Credentials in your profile and press Test Connection.",
    ),
    Code.MAIN_CREDENTIAL_UNUSABLE: Row(
        403,
        "The main credential cannot be used",
        "You are not connected yourself, and the main credential of this ALM account does not work.",
        "Connect your own API token under ALM Credentials in your profile, or tell an administrator.",
    ),
    Code.SIGN_IN_NOT_NEEDED: Row(
        403,
        "There is no session to open here",
        "The gateway opens no sessions: every request carries its client key.",
        "Set your client to Basic or Bearer authentication, with the client key as password or token.",
    ),
    Code.NO_SUCH_ADDRESS: Row(
        404,
        "There is nothing at this address",
        "No ALM account has this address.",
        "Use the address that your client key's page shows, such as https://HOST/jira/ACCOUNT.",
    ),
    Code.WRONG_METHOD: Row(
        405,
        "This address has no such method",
        "The path is an operation with other methods only.",
        "Use one of the methods named in the Allow header.",
    ),
    Code.BODY_TOO_SLOW: Row(
        408,
        "The request's body did not arrive in time",
        "The request's body stopped arriving.",
        "Send it again, over a steadier connection.",
    ),
    Code.TOO_MANY_CALLS: Row(
        429,
        "Too many calls at once",
        "More calls are waiting than Atlassian takes at the moment.",
        "Wait for the seconds named in Retry-After, then go on more slowly.",
    ),
    Code.UPSTREAM_UNREACHABLE: Row(
        502, "Atlassian could not be reached", "The connection to Atlassian failed.", _TRY_AGAIN
    ),
    Code.UPSTREAM_UNTRUSTED: Row(
        502,
        "Who answered for Atlassian is not trusted",
        "The certificate that answered for Atlassian is not trusted here, so nothing was sent.",
        "Tell an operator: where a proxy stands between, its authority has to be named in SSL_CERT_FILE.",
    ),
    Code.UPSTREAM_BROKE_OFF: Row(
        502,
        "Atlassian broke off its answer",
        "Atlassian's answer could not be read to its end.",
        _TRY_AGAIN,
    ),
    Code.UPSTREAM_UNREADABLE: Row(
        502,
        "Atlassian's answer cannot be passed on",
        "What answered for Atlassian sent a status or a header field that HTTP does not allow.",
        "Try again; if it goes on, tell an operator: a proxy that stands between may be at fault.",
    ),
    Code.UPSTREAM_TOO_SLOW: Row(
        504, "Atlassian did not answer in time", "Atlassian did not answer in time.", _TRY_AGAIN
    ),
    Code.ANSWERED_FOR_NOBODY: Row(
        502,
        "Jira answered as if nobody had signed in",
        "Jira answered this call as if nobody had signed in, so its answer is not yours and was not passed "
        "on.",
        "Try again in a moment; if it goes on, press Test Connection in your profile.",
    ),
    Code.CREDENTIAL_IN_DOUBT: Row(
        503,
        "It is not known whether Atlassian accepts your API token",
        "Atlassian refused a call, and whether it still accepts your API token could not be found out yet.",
        "Try again after the seconds in Retry-After; if it goes on, press Test Connection in your profile.",
    ),
    Code.NOT_RECORDED: Row(
        503,
        "Ownkey cannot record this call",
        "The record of calls cannot be written at the moment, so nothing that changes Jira is let through.",
        "Try again in a few seconds; an administrator finds the cause in the log.",
    ),
    Code.UNSURE: Row(
        503,
        "Ownkey cannot decide at the moment",
        "Ownkey cannot read who may do what at the moment, so it lets nothing through.",
        "Try again in a few seconds; an administrator finds the cause in the log.",
    ),
    Code.FAULT: Row(
        500,
        "Ownkey made a mistake",
        "Ownkey made a mistake with this call.",
        "Tell an administrator the request id; the cause is in the log.",
    ),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal; the sentences that are not given are the table's.

    Attributes:
        code: What was refused.
        detail: What was refused and why, in a sentence that echoes nothing of the request.
        next_step: What to do about it.
        members: Further members of the answer, such as the operation and the missing scopes.
        headers: Further header fields, such as `Retry-After`.
    """

    code: Code
    detail: str = ""
    next_step: str = ""
    members: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __post_init__(self) -> None:
        if not self.detail:
            object.__setattr__(self, "detail", TABLE[self.code].detail)
        if not self.next_step:
            object.__setattr__(self, "next_step", TABLE[self.code].next_step)

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return TABLE[self.code].status

    @property
    def title(self) -> str:
        """What was refused, in a few words."""
        return TABLE[self.code].title


def retry_after(seconds: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return the header field that names when to try again."""
    return ((b"retry-after", str(seconds).encode("ascii")),)


class RefusedError(Exception):
    """Raised on a call's way to end it with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code.value)
        self.refusal = refusal
