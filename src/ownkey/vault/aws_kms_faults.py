"""What an error of AWS KMS, or of the way to it, says: a sentence and a next step for each cause.

No cause here means that a key is lost: KMS keeps it, and says no, or does not answer. Messages name the
error's code, which AWS publishes, and variables; never what AWS wrote beside it, which may quote the
request.
"""

import re
from typing import Any, Final

from ownkey.vault.errors import KeyProviderError, ProviderAwayError, ProviderRefusedError

NOT_ALLOWED: Final = (
    "does not let this machine's AWS identity use the key that OWNKEY_AWS_KMS_KEY names: allow it "
    "kms:Encrypt and kms:Decrypt in the key's policy or in the identity's"
)
NO_KEY: Final = (
    "has no key in this region that OWNKEY_AWS_KMS_KEY names: check that variable, AWS_REGION, and the "
    "account that the identity belongs to"
)
DISABLED: Final = "has disabled the key that OWNKEY_AWS_KMS_KEY names: enable it again"
ENDING: Final = (
    "will not use the key that OWNKEY_AWS_KMS_KEY names as it is now, which may be because it is to be "
    "deleted: cancel its deletion at once (kms:CancelKeyDeletion), then enable it"
)
OTHER_KEY: Final = (
    "cannot unwrap the key file with the key that OWNKEY_AWS_KMS_KEY names: it is not the one that wrapped "
    "it, or the key file was altered. Check OWNKEY_AWS_KMS_KEY"
)
WRONG_USE: Final = (
    "does not encrypt with the key that OWNKEY_AWS_KMS_KEY names: it has to be a symmetric key for encryption"
)
NO_IDENTITY: Final = (
    "finds no credentials for this machine: give it a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
DEAD_IDENTITY: Final = (
    "does not accept this machine's AWS credentials: they have expired, were revoked, or are mistyped, so "
    "renew them"
)
NO_PROFILE: Final = "finds no such profile: check AWS_PROFILE"
CLOCK: Final = "does not accept the time of the request: set this machine's clock by a time server (NTP)"
NO_REGION: Final = "needs a region: set AWS_REGION to the one that the key is in"
BUSY: Final = "answers nobody as often as it is asked: try again in a moment"
BROKEN: Final = "is not working at the moment: try again later"
NO_TRUST: Final = (
    "shows a certificate that is not trusted here: check AWS_CA_BUNDLE, OWNKEY_AWS_KMS_ENDPOINT, and "
    "whether a proxy stands between"
)
NO_PROXY: Final = "is not reached through the proxy that HTTPS_PROXY names: check it, or set NO_PROXY"
SLOW: Final = "does not answer in time: check this machine's network, and AWS_REGION"
AWAY: Final = "is not reached: check this machine's network and DNS, AWS_REGION and OWNKEY_AWS_KMS_ENDPOINT"
SETTINGS: Final = "cannot be used as it is configured: check AWS_REGION and OWNKEY_AWS_KMS_ENDPOINT"
REFUSED: Final = "refuses to use the key that OWNKEY_AWS_KMS_KEY names: CloudTrail says why"

_REFUSED_BY_CODE: Final = {
    "AccessDenied": NOT_ALLOWED,
    "UnauthorizedOperation": NOT_ALLOWED,
    "OptInRequired": NOT_ALLOWED,
    "NotFound": NO_KEY,
    "InvalidArn": NO_KEY,
    "Disabled": DISABLED,
    "KMSInvalidState": ENDING,
    "IncorrectKey": OTHER_KEY,
    "InvalidCiphertext": OTHER_KEY,
    "InvalidKeyUsage": WRONG_USE,
    "UnrecognizedClient": DEAD_IDENTITY,
    "InvalidClientTokenId": DEAD_IDENTITY,
    "ExpiredToken": DEAD_IDENTITY,
    "IncompleteSignature": DEAD_IDENTITY,
    "MissingAuthenticationToken": DEAD_IDENTITY,
    "InvalidSignature": DEAD_IDENTITY,
    "SignatureDoesNotMatch": DEAD_IDENTITY,
    "RequestExpired": CLOCK,
    "RequestTimeTooSkewed": CLOCK,
}
_AWAY_BY_CODE: Final = {
    "Throttling": BUSY,
    "LimitExceeded": BUSY,
    "RequestLimitExceeded": BUSY,
    "TooManyRequests": BUSY,
    "KeyUnavailable": BROKEN,
    "DependencyTimeout": BROKEN,
    "KMSInternal": BROKEN,
    "InternalFailure": BROKEN,
    "ServiceUnavailable": BROKEN,
}
_OF_THE_CLOCK: Final = re.compile(r"signature expired|signature not yet current", re.IGNORECASE)
SERVER_ERRORS: Final = 500


def fault_in(error: Exception) -> KeyProviderError:
    """Return what an error says that boto3 raised."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 an extra

    if isinstance(error, ClientError):
        return _fault_in_answer(error.response)
    kind, what = _cause_on_the_way(error)
    return kind(f"AWS KMS {what}. No key is lost.")


def _fault_in_answer(response: Any) -> KeyProviderError:  # noqa: ANN401 as boto3 has it
    said = response.get("Error", {})
    code = str(said.get("Code", ""))
    name = code.removesuffix("Exception").removesuffix("Error")
    shown = f" ({code})" if re.fullmatch(r"[A-Za-z]{1,60}", code) else ""
    if what := _AWAY_BY_CODE.get(name):
        return ProviderAwayError(f"AWS KMS {what}{shown}. No key is lost.")
    if what := _REFUSED_BY_CODE.get(name):
        # One code stands for a wrong signature and for a clock that is wrong; the words beside it tell which.
        is_of_the_clock = what is DEAD_IDENTITY and _OF_THE_CLOCK.search(str(said.get("Message", "")))
        return ProviderRefusedError(f"AWS KMS {CLOCK if is_of_the_clock else what}{shown}. No key is lost.")
    if int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= SERVER_ERRORS:
        return ProviderAwayError(f"AWS KMS {BROKEN}{shown}. No key is lost.")
    return ProviderRefusedError(f"AWS KMS {REFUSED}{shown}. No key is lost.")


def _cause_on_the_way(error: Exception) -> tuple[type[KeyProviderError], str]:
    from botocore import exceptions as of_boto  # noqa: PLC0415 an extra

    refused: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        ((of_boto.NoRegionError,), NO_REGION),
        ((of_boto.ProfileNotFound,), NO_PROFILE),
        ((of_boto.NoCredentialsError, of_boto.PartialCredentialsError), NO_IDENTITY),
        ((of_boto.CredentialRetrievalError, of_boto.TokenRetrievalError, of_boto.SSOError), DEAD_IDENTITY),
    )
    away: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        ((of_boto.SSLError,), NO_TRUST),
        ((of_boto.ProxyConnectionError,), NO_PROXY),
        ((of_boto.ConnectTimeoutError, of_boto.ReadTimeoutError), SLOW),
        ((of_boto.ConnectionError, of_boto.HTTPClientError), AWAY),
    )
    for kind, causes in ((ProviderRefusedError, refused), (ProviderAwayError, away)):
        for classes, what in causes:
            if isinstance(error, classes):
                return kind, what
    return ProviderRefusedError, SETTINGS
