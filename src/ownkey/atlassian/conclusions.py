"""Conclusions: from what a check saw to the way it ends, with a sentence that fits the case.

Atlassian does not tell a wrong, a revoked and an expired token apart (facts.md 1.2), so a refusal is
explained from what is known besides: the declared expiry, whether this token was accepted before, and whose
e-mail address it came with.
"""

from collections.abc import Sequence
from typing import Final

from ownkey.atlassian.answers import Decoded, Meaning
from ownkey.atlassian.check_request import CheckRequest
from ownkey.atlassian.events import Identity
from ownkey.atlassian.probing import Probed
from ownkey.atlassian.verdicts import Conclusion, Reason
from ownkey.atlassian.wire import NoAnswerCause
from ownkey.scopes.inference import ScopeState

MOST_NAMES: Final = 3

NOTHING_ALLOWED: Final = (
    "Atlassian refused everything, as it does for a token without any Jira scope: create a new one, choose "
    "Jira as its app and add the required scopes."
)
NOTHING_ALLOWED_FOR_TYPED_CLOUD_ID: Final = (
    "Atlassian refused everything, as it does for a wrong cloud id and for a token without any Jira scope: "
    "check the cloud id first, then create a new token for the app Jira with the required scopes."
)

NO_ANSWER_REASONS: Final = {
    NoAnswerCause.TIMED_OUT: Reason.TIMED_OUT,
    NoAnswerCause.NO_NAME_SERVICE: Reason.NO_NAME_SERVICE,
    NoAnswerCause.TLS: Reason.UNTRUSTED_CERTIFICATE,
    NoAnswerCause.PRIVATE_ADDRESS: Reason.NOT_ALLOWED,
    NoAnswerCause.NOT_ALLOWED: Reason.NOT_ALLOWED,
    NoAnswerCause.MALFORMED: Reason.UNEXPECTED_ANSWER,
}

SERVICE_REASONS: Final = {
    Meaning.NO_PERMISSION: Reason.NO_ACCESS_TO_JIRA,
    Meaning.APP_NOT_INSTALLED: Reason.APP_NOT_INSTALLED,
    Meaning.SITE_GONE: Reason.SITE_GONE,
    Meaning.MOVED: Reason.SITE_MOVED,
    Meaning.RATE_LIMITED: Reason.RATE_LIMITED,
    Meaning.UNAVAILABLE: Reason.ATLASSIAN_DOWN,
}


def conclude_refusal(request: CheckRequest, decoded: Decoded) -> Conclusion:
    """Return the end of a check whose credential was refused, with the likeliest cause first."""
    if decoded.meaning is Meaning.CAPTCHA:
        return Conclusion.of(Reason.CAPTCHA)
    # Atlassian has refused it, so the day needs to be over by UTC only for this to be the likeliest cause.
    if request.expires_on is not None and request.expires_on < request.today:
        day = f"{request.expires_on:%-d %B %Y}"
        return Conclusion.of(Reason.EXPIRED, f"The token expired on {day}: create a new one and use that.")
    if request.last_accepted_at is not None:
        day = f"{request.last_accepted_at:%-d %B %Y}"
        return Conclusion.of(
            Reason.NO_LONGER_ACCEPTED,
            f"Atlassian accepted this token until {day} and no longer does, so it was revoked or has "
            "expired: create a new one.",
        )
    if request.looks_cut_off:
        return Conclusion.of(Reason.LOOKS_CUT_OFF)
    login = request.credential.login
    if request.expected_email and login and login.casefold() != request.expected_email.casefold():
        return Conclusion.of(Reason.WRONG_EMAIL)
    return Conclusion.of(Reason.CREDENTIAL_REFUSED, request.credential.authentication.kind.refused)


def conclude_failure(decoded: Decoded, *, is_too_long: bool = False) -> Conclusion:
    """Return the end of a check that got no answer about the credential, or none that can be read."""
    if is_too_long and decoded.meaning in {Meaning.SUCCESS, Meaning.UNCLEAR}:
        return Conclusion.of(Reason.ANSWER_TOO_LONG)
    if decoded.no_answer is not None:
        return Conclusion.of(NO_ANSWER_REASONS.get(decoded.no_answer, Reason.NO_CONNECTION))
    reason = SERVICE_REASONS.get(decoded.meaning, Reason.UNEXPECTED_ANSWER)
    if reason is Reason.RATE_LIMITED and decoded.retry_after_s:
        seconds = max(1, round(decoded.retry_after_s))
        return Conclusion.of(
            reason, f"Atlassian asks for fewer requests: try again in {seconds} {_plural(seconds, 'second')}."
        )
    return Conclusion.of(reason)


def conclude_unsaid() -> Conclusion:
    """Return the end of a check in which Jira answered 401 although the API gateway took the token."""
    return Conclusion.of(
        Reason.INCONCLUSIVE,
        "Atlassian took the token, but Jira would not say whose it is, so nothing is known yet: test again "
        "in a minute.",
    )


def conclude_another_person(request: CheckRequest, identity: Identity) -> Conclusion:
    """Return the end of a check that found somebody else's token."""
    shown = f"{identity.display_name} ({identity.email})" if identity.email else identity.display_name
    if request.expected_account_id is not None and identity.account_id != request.expected_account_id:
        expected = "the Atlassian account that is connected here"
    else:
        expected = "yours"
    return Conclusion.of(
        Reason.ANOTHER_PERSON,
        f"This token belongs to {shown} and not to {expected}, so it was not kept: sign in to Atlassian as "
        "yourself and create one there.",
    )


def conclude_probing(
    request: CheckRequest, probed: Probed, *, is_identified: bool, is_confirmed: bool
) -> Conclusion:
    """Return the end of a check that asked for scopes.

    Missing scopes come first, because they are proved; then what could not be found out, because it can be
    tried again; only then what no harmless request can tell.
    """
    if probed.refusal is not None:
        return Conclusion.of(Reason.REFUSED_DURING_CHECK)
    if not probed.has_reached_jira and not probed.has_failed:
        return Conclusion.of(
            Reason.WRONG_CLOUD_ID_OR_NO_SCOPES,
            NOTHING_ALLOWED if request.cloud_id is None else NOTHING_ALLOWED_FOR_TYPED_CLOUD_ID,
        )
    missing = probed.scopes_in(ScopeState.MISSING)
    unknown = probed.scopes_in(ScopeState.UNKNOWN)
    if missing:
        return Conclusion.of(Reason.SCOPES_MISSING, _sentence_of_missing(missing))
    if probed.undecided or not probed.has_reached_jira:
        return Conclusion.of(Reason.INCONCLUSIVE, _sentence_of_inconclusive(probed, unknown))
    if request.expects_somebody and not is_confirmed:
        return Conclusion.of(Reason.IDENTITY_UNCONFIRMED)
    return _conclude_connected(request, unknown, is_identified=is_identified)


def _conclude_connected(request: CheckRequest, unknown: Sequence[str], *, is_identified: bool) -> Conclusion:
    if unknown:
        return Conclusion.of(
            Reason.CONNECTED_WITH_UNKNOWNS,
            _sentence_of_unknown(unknown, are_write_probes_off=not request.allow_write_probes),
        )
    return Conclusion.of(Reason.CONNECTED if is_identified else Reason.CONNECTED_UNIDENTIFIED)


def _sentence_of_missing(missing: Sequence[str]) -> str:
    if len(missing) <= MOST_NAMES:
        return f"Scopes cannot be added to a token: create a new one that also has {_listed(missing)}."
    return (
        f"Scopes cannot be added to a token: create a new one that also has the {len(missing)} missing "
        f"scopes ({', '.join(missing[:MOST_NAMES])} and {len(missing) - MOST_NAMES} more)."
    )


def _sentence_of_unknown(unknown: Sequence[str], *, are_write_probes_off: bool) -> str:
    names = _listed_or_counted(unknown)
    if are_write_probes_off:
        return (
            f"It was not found out whether the token has {names}, because probes with writing methods are "
            "switched off: switch them on to know, or compare the scopes at Atlassian."
        )
    return (
        f"No harmless request can tell whether the token has {names}: compare them with the scopes that you "
        "chose at Atlassian."
    )


def _sentence_of_inconclusive(probed: Probed, unknown: Sequence[str]) -> str:
    names = _listed_or_counted(probed.undecided or unknown)
    cause = "asked for fewer requests" if probed.was_rate_limited else "did not answer every question"
    return f"Atlassian {cause}, so it is not known whether the token has {names}: test again in a minute."


def _listed_or_counted(names: Sequence[str]) -> str:
    if 0 < len(names) <= MOST_NAMES:
        return _listed(names)
    return f"{len(names)} of the required scopes" if names else "the required scopes"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
