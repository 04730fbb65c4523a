"""Why a page has no answer of Jira's: each reason has a kind, a sentence and a next step."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from ownkey.atlassian.answers import Meaning, decode
from ownkey.atlassian.http_dates import http_date, retry_after_s
from ownkey.calls.answers import Answer
from ownkey.calls.breaker import decoded_form
from ownkey.calls.headers import Headers, header
from ownkey.calls.refusals import WITHHELD, Code, Refusal


class Kind(StrEnum):
    """What kind of trouble it is; pages show each in its own way."""

    TOKEN_MAY_NOT = "token-may-not"  # noqa: S105 — a kind, not a secret
    """Scopes or the policy do not allow it: another token or an administrator would help."""
    JIRA_DOES_NOT_LET = "jira-does-not-let"
    """Jira's own permissions do not allow it: a new token would not help."""
    NOT_CONNECTED = "not-connected"
    """There is no credential that can be sent."""
    NOT_THERE = "not-there"
    """Deleted, renamed, or not visible to this person: Jira does not say which."""
    NOT_UNDERSTOOD = "not-understood"
    """Jira does not understand the question, such as JQL with a mistake."""
    TOO_MUCH = "too-much"
    """Too many calls: Jira or Ownkey asks to wait."""
    AWAY = "away"
    """Jira does not answer, or answers with a fault of its own."""
    OURS = "ours"
    """Ownkey cannot do it at the moment."""


_AWAY = frozenset(
    {
        Code.UPSTREAM_UNREACHABLE,
        Code.UPSTREAM_UNTRUSTED,
        Code.UPSTREAM_BROKE_OFF,
        Code.UPSTREAM_UNREADABLE,
        Code.UPSTREAM_TOO_SLOW,
    }
)
_TOKEN_MAY_NOT = frozenset(
    {
        Code.SCOPE_NOT_IN_PROFILE,
        Code.SCOPE_NOT_IN_CLIENT_KEY,
        Code.SCOPE_NOT_IN_TOKEN,
        Code.NO_TOKEN_MAY,
        Code.READ_ONLY,
        Code.UNKNOWN_OPERATION,
    }
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason.

    Attributes:
        kind: What kind it is.
        sentence: What happened and why.
        next_step: What to do about it; may be empty.
        scopes: The scopes that are missing, sorted.
        code: The refusal's code, if Ownkey refused it.
        status: The HTTP status, of Jira's answer or the refusal.
        retry_after_s: How long Jira or Ownkey asks to wait; 0 if nothing is said.
    """

    kind: Kind
    sentence: str
    next_step: str = ""
    scopes: tuple[str, ...] = ()
    code: str = ""
    status: int = 0
    retry_after_s: int = 0


SCOPE_REFUSED: Final = Trouble(
    Kind.TOKEN_MAY_NOT,
    "Atlassian says that your token lacks a scope for this; it does not say which one.",
    "Test your token again under ALM Credentials: the test finds out what it lacks.",
    status=HTTPStatus.UNAUTHORIZED,
)


class JiraTroubleError(Exception):
    """Raised where a page needs an answer and has none."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.kind.value)
        self.trouble = trouble


def trouble_of_refusal(refusal: Refusal) -> Trouble:
    """Return what a refusal by Ownkey means to a page."""
    return Trouble(
        _kind_of(refusal.code),
        refusal.detail,
        refusal.next_step,
        tuple(refusal.members.get("missing", ())),
        refusal.code.value,
        refusal.status,
        _wait_s(list(refusal.headers)),
    )


LEFT_OUT: Final = Trouble(
    Kind.NOT_THERE,
    "An administrator has left this project out of Ownkey’s pages.",
    "Open it in Jira, or ask an administrator of Ownkey.",
)


def trouble_of_answer(answer: Answer) -> Trouble | None:
    """Return what an answer of Jira's means to a page, or None if it is a good one."""
    if answer.is_good:
        return None
    return SCOPE_REFUSED if means_scope_refused(answer) else _trouble_of_status(answer)


def _trouble_of_status(answer: Answer) -> Trouble:
    status = answer.status
    wait_s = _wait_s(answer.headers)
    messages = _messages(answer)
    words = " ".join(messages) or f"Jira answered with status {status}."
    match status:
        case 400:
            return Trouble(Kind.NOT_UNDERSTOOD, words, status=status)
        case 401 | 403:
            return Trouble(
                Kind.JIRA_DOES_NOT_LET,
                f"Jira does not let you: {words}" if messages else "Jira does not let you do this.",
                "A new token would not help. Ask an administrator of the project in Jira.",
                status=status,
            )
        case 404 | 410:
            return Trouble(
                Kind.NOT_THERE,
                "Jira shows you nothing here: it was deleted, moved, or you may not see it.",
                "Check the address, or ask an administrator of the project in Jira.",
                status=status,
            )
        case 429:
            step = f"Try again in {wait_s} seconds." if wait_s else "Try again in a moment."
            return Trouble(
                Kind.TOO_MUCH, "Jira asks to go on more slowly.", step, status=status, retry_after_s=wait_s
            )
        case _:
            return Trouble(
                Kind.AWAY,
                f"Jira answered with a fault of its own (status {status}).",
                "Try again in a moment; if it goes on, look at Atlassian's status page.",
                status=status,
                retry_after_s=wait_s,
            )


def means_scope_refused(answer: Answer) -> bool:
    """Whether Atlassian's gateway refused a call because the token lacks a scope; Jira never saw it."""
    if answer.status != HTTPStatus.UNAUTHORIZED:
        return False
    return decode(decoded_form(answer.status, answer.headers, answer.body)).meaning is Meaning.SCOPE_REFUSED


def unreadable() -> Trouble:
    """Return the trouble of an answer whose form a page does not understand."""
    return Trouble(
        Kind.AWAY,
        "Jira's answer has a form that Ownkey does not know.",
        "Try again; if it goes on, tell an administrator.",
    )


def _kind_of(code: Code) -> Kind:
    if code in WITHHELD or code is Code.CREDENTIAL_IN_DOUBT:
        return Kind.NOT_CONNECTED
    if code in _TOKEN_MAY_NOT:
        return Kind.TOKEN_MAY_NOT
    if code in _AWAY:
        return Kind.AWAY
    if code is Code.TOO_MANY_CALLS:
        return Kind.TOO_MUCH
    return Kind.OURS


def _messages(answer: Answer) -> list[str]:
    """Return Jira's own sentences, in either of its two forms."""
    try:
        document: Any = answer.json()
    except (ValueError, RecursionError):
        return []
    if not isinstance(document, dict):
        return []
    listed = document.get("errorMessages")
    named = document.get("errors")
    found = [str(each) for each in listed] if isinstance(listed, list) else []
    if isinstance(named, dict):
        found += [f"{name}: {words}" for name, words in named.items()]
    return found


def _wait_s(headers: Headers) -> int:
    """Return how long an answer asks to wait, by the answer's own clock where it tells one."""
    wait_s = retry_after_s(
        (header(headers, b"retry-after") or b"").decode("latin-1"),
        now=http_date((header(headers, b"date") or b"").decode("latin-1")),
    )
    return ceil(wait_s) if wait_s is not None else 0
