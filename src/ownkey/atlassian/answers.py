"""What an answer means: one decoder for the gateway's, the site's and Jira's own bodies.

Source: facts.md sections 1.2 (what each layer says) and 4 (rate limits). The layer that answered is told
from the body's shape, never from the status alone: only an answer from Jira itself shows that a request
got past the gateway's look at the scopes.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ownkey.atlassian.http_dates import http_date, retry_after_s
from ownkey.atlassian.wire import Answer, NoAnswer, NoAnswerCause

SCOPE_CHECK_FAILED: Final = "FAILURE_CLIENT_SCOPE_CHECK"

# Keys that Jira, its Agile, Service Management and Assets parts put into a refusal, and the gateway does not.
JIRA_KEYS: Final = frozenset(
    {
        "errorMessages",
        "errors",
        "errorMessage",
        "i18nErrorMessage",
        "statusCode",
        "status-code",
        "details",
        "results",
    }
)
JIRA_WORDS_IN_401: Final = frozenset({"errorMessage", "i18nErrorMessage", "status-code"})
# Header fields that Jira sets once a request has reached it.
JIRA_HEADERS: Final = ("x-arequestid", "x-aaccountid", "x-ausername")
# Those of them that name the account that Jira took the caller for, in Cloud and in Data Center.
ACCOUNT_HEADERS: Final = ("x-aaccountid", "x-ausername")
# Header fields that Atlassian's edge, its API gateway or Jira sets; a proxy's or a firewall's page has none.
ATLASSIANS_HEADERS: Final = (
    *JIRA_HEADERS,
    "atl-traceid",
    "atl-request-id",
    "x-failure-category",
    "x-seraph-loginreason",
    "x-authentication-denied-reason",
)
NOBODY: Final = frozenset({"", "anonymous", "unknown"})


class Meaning(StrEnum):
    """What an answer tells about the credential, its scopes and the service."""

    SUCCESS = "success"
    INVALID = "invalid"
    NO_PERMISSION = "no_permission"
    NOT_FOUND = "not_found"
    SCOPE_REFUSED = "scope_refused"
    RESOURCE_REFUSED = "resource_refused"
    """Jira itself answered 401 and did not say for whom: about this resource, not about the credential."""
    CREDENTIAL_REFUSED = "credential_refused"
    REFUSED_ON_THE_WAY = "refused_on_the_way"
    """A web page with 401 in which nothing is Atlassian's: a proxy or a firewall in between wrote it."""
    NOT_SIGNED_IN = "not_signed_in"
    CAPTCHA = "captcha"
    BEARER_REFUSED = "bearer_refused"
    APP_NOT_INSTALLED = "app_not_installed"
    SCOPED_TOKEN_NEEDED = "scoped_token_needed"  # noqa: S105 — a meaning, not a secret
    SITE_GONE = "site_gone"
    MOVED = "moved"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    UNCLEAR = "unclear"
    NO_ANSWER = "no_answer"

    @property
    def is_from_jira(self) -> bool:
        """True if Jira itself answered, so whatever stands before it let the request through."""
        return self in {Meaning.SUCCESS, Meaning.INVALID, Meaning.NO_PERMISSION, Meaning.NOT_FOUND}

    @property
    def refuses_credential(self) -> bool:
        """True if the answer reads as if the credential was not accepted.

        Of an answer about one resource that is a doubt, which the answer to "who am I" settles.
        """
        return self in {
            Meaning.CREDENTIAL_REFUSED,
            Meaning.REFUSED_ON_THE_WAY,
            Meaning.NOT_SIGNED_IN,
            Meaning.CAPTCHA,
            Meaning.BEARER_REFUSED,
            Meaning.SCOPED_TOKEN_NEEDED,
        }

    @property
    def is_verdict(self) -> bool:
        """True if such an answer to "who am I" shows that Atlassian does not accept the credential."""
        return self.refuses_credential and self is not Meaning.REFUSED_ON_THE_WAY

    @property
    def proves_credential(self) -> bool:
        """True if only an accepted credential gets such an answer to "who am I" at the API gateway."""
        return self.is_from_jira or self in {Meaning.SCOPE_REFUSED, Meaning.RESOURCE_REFUSED}


# 405 and 410 are left out: even in Jira's words they do not tell whether the scopes were looked at.
MEANING_FROM_JIRA: Final = {
    400: Meaning.INVALID,
    404: Meaning.NOT_FOUND,
    409: Meaning.INVALID,
    410: Meaning.NOT_FOUND,  # an operation that Atlassian has taken away, such as the classic search
    412: Meaning.INVALID,
    413: Meaning.INVALID,
    415: Meaning.INVALID,
    422: Meaning.INVALID,
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """An answer's meaning and what goes with it.

    Attributes:
        meaning: One of a closed list.
        retry_after_s: How many seconds the service asks to wait; None if it does not say.
        trace_id: Atlassian's trace id, for their support.
        no_answer: Why nothing came back, if nothing did.
    """

    meaning: Meaning
    retry_after_s: float | None = None
    trace_id: str | None = None
    no_answer: NoAnswerCause | None = None


def decode(answer: Answer | NoAnswer) -> Decoded:
    """Return what an answer means, whichever layer it came from."""
    if isinstance(answer, NoAnswer):
        return Decoded(Meaning.NO_ANSWER, no_answer=answer.cause)
    return Decoded(
        _meaning_of(answer),
        retry_after_s=_pause_s(answer) if answer.status in {429, 503} else None,
        trace_id=_trace_id(answer),
    )


def json_of(answer: Answer) -> object:
    """Return an answer's JSON, or None if it is none or not all there."""
    if answer.is_truncated or not answer.body:
        return None
    try:
        document: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return document


def _meaning_of(answer: Answer) -> Meaning:
    refused = _refusal_in_headers(answer)
    if refused is not None:
        return refused
    document = json_of(answer)
    if answer.status == 401:
        return _meaning_of_401(answer, document)
    if answer.status == 403:
        return _meaning_of_403(answer, document)
    if 200 <= answer.status < 300:
        return Meaning.SUCCESS if _is_success(answer, document) else Meaning.UNCLEAR
    if answer.status in MEANING_FROM_JIRA and _is_jiras(answer, document):
        return MEANING_FROM_JIRA[answer.status]
    return _meaning_of_service(answer, document)


def _refusal_in_headers(answer: Answer) -> Meaning | None:
    login_reason = answer.header("x-seraph-loginreason").upper()
    if "AUTHENTICATION_DENIED" in login_reason or "CAPTCHA" in answer.header(
        "x-authentication-denied-reason"
    ):
        return Meaning.CAPTCHA
    if "AUTHENTICATED_FAILED" not in login_reason:
        return None
    # It rides on 200, 400 and 401 alike: Jira then served the request as if nobody had signed in.
    return Meaning.CREDENTIAL_REFUSED if answer.status == 401 else Meaning.NOT_SIGNED_IN


def _meaning_of_service(answer: Answer, document: object) -> Meaning:
    if answer.status == 429:
        return Meaning.RATE_LIMITED
    if answer.status >= 500:
        return Meaning.UNAVAILABLE
    if 300 <= answer.status < 400:
        return Meaning.MOVED
    if answer.status == 410 and not _is_jiras(answer, document):
        return Meaning.SITE_GONE
    return Meaning.UNCLEAR


def _meaning_of_401(answer: Answer, document: object) -> Meaning:
    # The header's value decides, not its presence: other gateway errors carry it too.
    if answer.header("x-failure-category").strip().upper() == SCOPE_CHECK_FAILED:
        return Meaning.SCOPE_REFUSED
    if "scope does not match" in _message(document).lower():
        return Meaning.SCOPE_REFUSED
    if _names_account(answer):
        return Meaning.NO_PERMISSION
    if _has_jiras_words(document) or _reached_jira(answer):
        # Jira says so to a person who may not edit a project, for example.
        return Meaning.RESOURCE_REFUSED
    if answer.looks_like_html and not any(map(answer.header, ATLASSIANS_HEADERS)):
        return Meaning.REFUSED_ON_THE_WAY
    return Meaning.CREDENTIAL_REFUSED


def _meaning_of_403(answer: Answer, document: object) -> Meaning:
    text = (_message(document) or answer.body[:2000].decode("utf-8", "replace")).lower()
    if "failed to parse connect session auth token" in text:
        return Meaning.BEARER_REFUSED
    if "app is not installed on this instance" in text:
        return Meaning.APP_NOT_INSTALLED
    if "requires a modern api token" in text:
        return Meaning.SCOPED_TOKEN_NEEDED
    return Meaning.NO_PERMISSION if _is_jiras(answer, document) else Meaning.UNCLEAR


def _message(document: object) -> str:
    if not isinstance(document, dict):
        return ""
    found = document.get("message") or document.get("error")
    return found if isinstance(found, str) else ""


def _is_success(answer: Answer, document: object) -> bool:
    if answer.looks_like_html or _is_gateways(document):
        return False
    if document is not None or answer.status in {202, 204} or _reached_jira(answer):
        return True
    # Cut at the limit it cannot be parsed, but a long JSON answer is Jira's.
    return answer.is_truncated and "json" in answer.header("content-type")


def _is_jiras(answer: Answer, document: object) -> bool:
    if answer.looks_like_html or _is_gateways(document):
        return False
    if isinstance(document, dict) and not JIRA_KEYS.isdisjoint(document):
        return True
    return isinstance(document, list) or _reached_jira(answer)


def _has_jiras_words(document: object) -> bool:
    """Return whether a 401's body is certainly Jira's: other services use the looser `JIRA_KEYS` as well."""
    if not isinstance(document, dict) or _is_gateways(document):
        return False
    has_list = isinstance(document.get("errorMessages"), list) or isinstance(document.get("errors"), dict)
    return has_list or not JIRA_WORDS_IN_401.isdisjoint(document)


def _is_gateways(document: object) -> bool:
    return isinstance(document, dict) and {"code", "message"} <= document.keys() <= {
        "code",
        "message",
        "traceId",
    }


def _reached_jira(answer: Answer) -> bool:
    return any(answer.header(name) for name in JIRA_HEADERS)


def _names_account(answer: Answer) -> bool:
    return any(answer.header(name).strip().lower() not in NOBODY for name in ACCOUNT_HEADERS)


def _trace_id(answer: Answer) -> str | None:
    trace_id = answer.header("atl-traceid") or answer.header("atl-request-id")
    is_plain = trace_id.isascii() and trace_id.replace("-", "").isalnum() and len(trace_id) <= 64
    return trace_id if is_plain else None


def _pause_s(answer: Answer) -> float | None:
    return retry_after_s(answer.header("retry-after"), now=http_date(answer.header("date")))
