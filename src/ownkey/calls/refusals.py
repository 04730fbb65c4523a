"""Refusals by Ownkey itself: RFC 9457 problems with a stable code, told apart from Jira's by a header.

| code | status | when |
|---|---|---|
| unsafe-path, ambiguous-request, bad-request | 400 | the request can be read in two ways, or not at all |
| client-key-refused | 401 | no client key, or one that is unknown, expired or revoked: never told apart |
| everything about scopes, policies and credentials | 403 | see `Code` |
| no-such-address | 404 | nothing of the gateway is there |
| wrong-method | 405 | the path has an operation, the method has not |
| body-too-slow | 408 | the client sent nothing for too long |
| too-many-calls | 429 | the pace that Atlassian allows is used up, or too many calls of one key are open |
| upstream-… | 502, 504 | Atlassian did not answer, or not in time |
| answered-for-nobody | 502 | Jira answered as if nobody had signed in |
| credential-in-doubt | 503 | Atlassian refused a call, and perhaps the credential |
| fault | 500 | Ownkey itself went wrong |
| not-recorded | 503 | what was about to happen could not be written down |
| unsure | 503 | Ownkey cannot tell at the moment who may do what |
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """What was refused; the value of `Ownkey-Error`."""

    UNSAFE_PATH = "unsafe-path"
    AMBIGUOUS_REQUEST = "ambiguous-request"
    BAD_REQUEST = "bad-request"
    CLIENT_KEY_REFUSED = "client-key-refused"
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


STATUS_AND_TITLE: dict[Code, tuple[int, str]] = {
    Code.UNSAFE_PATH: (400, "The address can be read in two ways"),
    Code.AMBIGUOUS_REQUEST: (400, "The request can be read in two ways"),
    Code.BAD_REQUEST: (400, "The request cannot be read"),
    Code.CLIENT_KEY_REFUSED: (401, "This client key is not accepted"),
    Code.WRONG_ACCOUNT: (403, "This client key is for another ALM account"),
    Code.SCOPE_NOT_IN_PROFILE: (403, "The scope profile does not allow this operation"),
    Code.SCOPE_NOT_IN_CLIENT_KEY: (403, "This client key does not allow this operation"),
    Code.SCOPE_NOT_IN_TOKEN: (403, "Your API token lacks a scope for this operation"),
    Code.NO_TOKEN_MAY: (403, "No scope opens this operation"),
    Code.READ_ONLY: (403, "Only reading is allowed here"),
    Code.UNKNOWN_OPERATION: (403, "Ownkey does not know this operation"),
    Code.NOT_CONNECTED: (403, "You are not connected to this ALM account"),
    Code.CREDENTIAL_EXPIRED: (403, "Your API token has expired"),
    Code.CREDENTIAL_REFUSED: (403, "Atlassian refused your API token"),
    Code.CREDENTIAL_UNTESTED: (403, "Your API token has to be tested again"),
    Code.MAIN_CREDENTIAL_UNUSABLE: (403, "The main credential cannot be used"),
    Code.SIGN_IN_NOT_NEEDED: (403, "There is no session to open here"),
    Code.NO_SUCH_ADDRESS: (404, "There is nothing at this address"),
    Code.WRONG_METHOD: (405, "This address has no such method"),
    Code.BODY_TOO_SLOW: (408, "The request's body did not arrive in time"),
    Code.TOO_MANY_CALLS: (429, "Too many calls at once"),
    Code.UPSTREAM_UNREACHABLE: (502, "Atlassian could not be reached"),
    Code.UPSTREAM_UNTRUSTED: (502, "Who answered for Atlassian is not trusted"),
    Code.UPSTREAM_BROKE_OFF: (502, "Atlassian broke off its answer"),
    Code.UPSTREAM_UNREADABLE: (502, "Atlassian's answer cannot be passed on"),
    Code.UPSTREAM_TOO_SLOW: (504, "Atlassian did not answer in time"),
    Code.ANSWERED_FOR_NOBODY: (502, "Jira answered as if nobody had signed in"),
    Code.CREDENTIAL_IN_DOUBT: (503, "It is not known whether Atlassian accepts your API token"),
    Code.NOT_RECORDED: (503, "Ownkey cannot record this call"),
    Code.UNSURE: (503, "Ownkey cannot decide at the moment"),
    Code.FAULT: (500, "Ownkey made a mistake"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal.

    Attributes:
        code: What was refused.
        detail: What was refused and why, in a sentence that echoes nothing of the request.
        next_step: What to do about it.
        members: Further members of the problem, such as the operation and the missing scopes.
        headers: Further headers, such as `Retry-After`.
    """

    code: Code
    detail: str
    next_step: str = ""
    members: dict[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS_AND_TITLE[self.code][0]


class RefusedError(Exception):
    """Raised on a call's way to end it with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code.value)
        self.problem = problem
