"""Everything of allauth that is not its public interface, in one place; a test asserts that each part exists.

A release of allauth may move or change these without notice, so nothing else in Ownkey imports them.
"""

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    perform_login,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY as SUSPENDED_SESSION_KEY
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.internal.stagekit import get_pending_stage
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.core.internal.httpkit import serialize_request
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY as TOTP_SECRET_SESSION_KEY
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.socialaccount.internal.statekit import unstash_state

__all__ = [
    "AUTHENTICATION_METHODS_SESSION_KEY",
    "SUSPENDED_SESSION_KEY",
    "TOTP_SECRET_SESSION_KEY",
    "begin_registration",
    "generate_totp_secret",
    "get_authentication_records",
    "get_ip",
    "get_pending_stage",
    "normalize_user_code",
    "perform_login",
    "record_authentication",
    "resume_request",
    "serialize_request",
    "unstash_state",
]
