"""Verdicts: every way a check can end, its code, and the one sentence that says what to do next."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ownkey.atlassian.events import Verdict


class Reason(StrEnum):
    """Why a check ended as it did; stable, for machines.

    A check that found no site ends with the `SiteError.code` instead.
    """

    CONNECTED = "connected"
    CONNECTED_WITH_UNKNOWNS = "connected_with_unknowns"
    CONNECTED_UNIDENTIFIED = "connected_unidentified"
    SCOPES_MISSING = "scopes_missing"
    IDENTITY_UNCONFIRMED = "identity_unconfirmed"
    CREDENTIAL_REFUSED = "credential_refused"
    LOOKS_CUT_OFF = "looks_cut_off"
    EXPIRED = "expired"
    NO_LONGER_ACCEPTED = "no_longer_accepted"
    WRONG_EMAIL = "wrong_email"
    REFUSED_DURING_CHECK = "refused_during_check"
    CAPTCHA = "captcha"
    ANOTHER_PERSON = "another_person"
    NO_ACCESS_TO_JIRA = "no_access_to_jira"
    APP_NOT_INSTALLED = "app_not_installed"
    WRONG_CLOUD_ID_OR_NO_SCOPES = "wrong_cloud_id_or_no_scopes"
    INCONCLUSIVE = "inconclusive"
    RATE_LIMITED = "rate_limited"
    ATLASSIAN_DOWN = "atlassian_down"
    TIMED_OUT = "timed_out"
    NO_CONNECTION = "no_connection"
    NO_NAME_SERVICE = "no_name_service"
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    NOT_ALLOWED = "not_allowed"
    SITE_GONE = "site_gone"
    SITE_MOVED = "site_moved"
    UNEXPECTED_ANSWER = "unexpected_answer"
    ANSWER_TOO_LONG = "answer_too_long"


VERDICTS: Final = {
    **dict.fromkeys(
        (Reason.CONNECTED, Reason.CONNECTED_WITH_UNKNOWNS, Reason.CONNECTED_UNIDENTIFIED), Verdict.CONNECTED
    ),
    **dict.fromkeys((Reason.SCOPES_MISSING, Reason.IDENTITY_UNCONFIRMED), Verdict.GAPS),
    **dict.fromkeys(
        (
            Reason.CREDENTIAL_REFUSED,
            Reason.LOOKS_CUT_OFF,
            Reason.EXPIRED,
            Reason.NO_LONGER_ACCEPTED,
            Reason.WRONG_EMAIL,
            Reason.REFUSED_DURING_CHECK,
            Reason.CAPTCHA,
            Reason.ANOTHER_PERSON,
            Reason.NO_ACCESS_TO_JIRA,
            Reason.APP_NOT_INSTALLED,
            Reason.WRONG_CLOUD_ID_OR_NO_SCOPES,
        ),
        Verdict.REFUSED,
    ),
    **dict.fromkeys(
        (
            Reason.INCONCLUSIVE,
            Reason.RATE_LIMITED,
            Reason.ATLASSIAN_DOWN,
            Reason.TIMED_OUT,
            Reason.NO_CONNECTION,
            Reason.NO_NAME_SERVICE,
            Reason.UNTRUSTED_CERTIFICATE,
            Reason.NOT_ALLOWED,
            Reason.SITE_GONE,
            Reason.SITE_MOVED,
            Reason.UNEXPECTED_ANSWER,
            Reason.ANSWER_TOO_LONG,
        ),
        Verdict.UNREACHABLE,
    ),
}

SENTENCES: Final = {
    Reason.CONNECTED: "Everything that is required is there.",
    Reason.CONNECTED_UNIDENTIFIED: (
        "The token works, but Ownkey may not read whose it is: add read:jira-user when you next make one."
    ),
    Reason.IDENTITY_UNCONFIRMED: (
        "The token works, but Ownkey may not read whose it is, which it has to know: create a new one that "
        "also has read:jira-user."
    ),
    Reason.WRONG_EMAIL: (
        "Atlassian refused the token with this e-mail address, which is not the one that you use in Ownkey: "
        "check that it is the address of the Atlassian account that made the token."
    ),
    Reason.LOOKS_CUT_OFF: (
        "Atlassian refused the token, and it looks cut off: copy it again with the copy button, or make a "
        "new one."
    ),
    Reason.REFUSED_DURING_CHECK: (
        "Atlassian accepted the token and refused it a moment later, so it was just revoked or has just "
        "expired: create a new one."
    ),
    Reason.CAPTCHA: (
        "Too many sign-ins failed, so Jira asks for a CAPTCHA: sign in to Jira once in a browser, then test "
        "again."
    ),
    Reason.NO_ACCESS_TO_JIRA: (
        "The token works, but its account may not use this Jira: ask a Jira administrator to give the "
        "account access."
    ),
    Reason.APP_NOT_INSTALLED: (
        "Atlassian says that an app is not installed on this site, as it does for a token that was made for "
        "another app: create a new one and choose Jira as its app."
    ),
    Reason.ATLASSIAN_DOWN: (
        "Atlassian is not working at the moment: try again in a few minutes, and look at "
        "status.atlassian.com if it lasts."
    ),
    Reason.TIMED_OUT: "Atlassian took too long to answer: try again in a minute.",
    Reason.NO_CONNECTION: (
        "Atlassian cannot be reached from this machine: check its network connection and firewall, then try "
        "again."
    ),
    Reason.NO_NAME_SERVICE: (
        "Names cannot be looked up from this machine at the moment, Atlassian's neither: check its network "
        "connection and its DNS, then try again."
    ),
    Reason.UNTRUSTED_CERTIFICATE: (
        "The certificate that answered is not trusted here, so the token was not sent: where your "
        "organisation opens TLS on the way, have an operator name its authority in SSL_CERT_FILE."
    ),
    Reason.NOT_ALLOWED: (
        "Ownkey may not speak to this address, so the token was not sent: have an operator check "
        "OWNKEY_ATLASSIAN_API_URL and OWNKEY_TRUSTED_SITES."
    ),
    Reason.RATE_LIMITED: "Atlassian asks for fewer requests: wait a minute and try again.",
    Reason.SITE_GONE: "Atlassian says that this site is gone: check the site's address and its cloud id.",
    Reason.SITE_MOVED: (
        "The site sends its visitors elsewhere, so it may have been renamed: open it in a browser and use "
        "the address that you end up at."
    ),
    Reason.UNEXPECTED_ANSWER: (
        "What answered does not look like Jira: check the address and whether a proxy or sign-in page stands "
        "between, then try again."
    ),
    Reason.ANSWER_TOO_LONG: (
        "The answer is far longer than Jira's answer to this question, so it was not read to its end: check "
        "the address and whether a proxy stands between, then try again."
    ),
}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a check ends: the verdict, the code for its reason, and one sentence for a person."""

    verdict: Verdict
    reason: str
    next_step: str

    @classmethod
    def of(cls, reason: Reason, next_step: str | None = None) -> "Conclusion":
        """Return the conclusion for a reason, with its own sentence unless one is given."""
        return cls(VERDICTS[reason], reason.value, SENTENCES[reason] if next_step is None else next_step)
