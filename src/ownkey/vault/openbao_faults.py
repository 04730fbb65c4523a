"""What an error of OpenBao, or of the way to it, says: a sentence and a next step for each cause.

No cause here means that a key is lost: the provider keeps it, and says no, or does not answer. Messages name
the address and the variables, never a token or what was asked.
"""

from typing import Any, Final

from ownkey.vault.errors import KeyProviderError, ProviderAwayError, ProviderRefusedError

DEAD_SIGN_IN: Final = (
    "does not accept the token any more: it has expired, was revoked, or is not whole. Give Ownkey a new one "
    "(OWNKEY_OPENBAO_TOKEN, or its file)"
)
NOT_ALLOWED: Final = (
    "knows the token and does not let it use the transit key {key} at {mount}: give its policy update on "
    "{mount}/encrypt/{key} and {mount}/decrypt/{key}, and check OWNKEY_OPENBAO_MOUNT and OWNKEY_OPENBAO_KEY"
)
NO_MOUNT: Final = "has no transit engine at {mount}: check OWNKEY_OPENBAO_MOUNT and OWNKEY_OPENBAO_NAMESPACE"
NO_NAMESPACE: Final = "has no such namespace: check OWNKEY_OPENBAO_NAMESPACE"
NO_KEY: Final = (
    "has no transit key {key} at {mount}: check OWNKEY_OPENBAO_KEY and OWNKEY_OPENBAO_MOUNT, and that this "
    "is the server that wrapped the key file"
)
OTHER_KEY: Final = (
    "cannot unwrap the key file with the transit key {key}: it is not the key, or not the server, that "
    "wrapped it, or the key file was altered. Check OWNKEY_OPENBAO_ADDRESS and OWNKEY_OPENBAO_KEY"
)
TOO_OLD: Final = (
    "does not unwrap with so old a version of the transit key {key}: set its min_decryption_version back, "
    "then run ownkey keys rotate"
)
NO_ROLE: Final = (
    "does not let Ownkey sign in by AppRole: check OWNKEY_OPENBAO_ROLE_ID and OWNKEY_OPENBAO_SECRET_ID, "
    "and that the secret id has not expired or been used up"
)
NO_APPROLE: Final = (
    "does not let Ownkey sign in by AppRole at {role_mount}: check that the method is enabled there "
    "(OWNKEY_OPENBAO_ROLE_MOUNT)"
)
SEALED: Final = "is sealed: unseal it"
BUSY: Final = "answers nobody as often as it is asked (429): try again in a moment"
BROKEN: Final = "answers with an error of its own: look into its log, and try again"
SPEAKS_TLS: Final = "wants https: set OWNKEY_OPENBAO_ADDRESS to its https address"
NO_TLS: Final = "does not speak https there: check scheme and port in OWNKEY_OPENBAO_ADDRESS"
NO_TRUST: Final = (
    "shows a certificate that is not trusted here: name its authority with OWNKEY_OPENBAO_CA_FILE, and "
    "check the name in OWNKEY_OPENBAO_ADDRESS"
)
NO_NAME: Final = "is not found by its name: check OWNKEY_OPENBAO_ADDRESS and this machine's DNS"
SLOW: Final = "does not answer in time: check the server, and firewalls on the way"
AWAY: Final = "does not answer: bring it back, and check OWNKEY_OPENBAO_ADDRESS"
NOT_OPENBAO: Final = (
    "answers with something that is not OpenBao's, or sends Ownkey elsewhere: set OWNKEY_OPENBAO_ADDRESS "
    "to the active server's own address"
)
REFUSED: Final = "refuses to use the transit key {key} at {mount}: its log says why"

_BY_WORDS: Final = (
    ("namespace not found", NO_NAMESPACE),
    ("no handler for route", NO_MOUNT),
    ("unsupported path", NO_MOUNT),
    ("encryption key not found", NO_KEY),
    ("too old", TOO_OLD),
    ("too new", OTHER_KEY),
    ("message authentication failed", OTHER_KEY),
    ("invalid ciphertext", OTHER_KEY),
    ("HTTP request to an HTTPS server", SPEAKS_TLS),
    ("invalid role", NO_ROLE),
    ("invalid secret", NO_ROLE),
    ("missing secret_id", NO_ROLE),
)


def fault_in(error: Exception, *, address: str, signs_in: bool, **names: str) -> KeyProviderError:
    """Return what an error says that was raised while OpenBao was asked.

    Args:
        error: What hvac, or the HTTP client below it, raised.
        address: Where OpenBao is.
        signs_in: Whether it was asked for a token, with a role.
        names: What the sentences name: `key`, `mount` and `role_mount`.
    """
    kind, what = _cause_of(error, signs_in=signs_in)
    return kind(f"OpenBao at {address} {what.format(**names)}. No key is lost.")


def _cause_of(error: Exception, *, signs_in: bool) -> tuple[type[KeyProviderError], str]:
    from hvac import exceptions as of_hvac  # noqa: PLC0415 an extra

    refused: type[KeyProviderError] = ProviderRefusedError
    away: type[KeyProviderError] = ProviderAwayError
    match error:
        case of_hvac.RateLimitExceeded():
            found = away, BUSY
        case of_hvac.VaultDown() if "sealed" in _words_of(error):
            found = away, SEALED
        case of_hvac.VaultDown() | of_hvac.InternalServerError() | of_hvac.BadGateway():
            found = away, BROKEN
        case OSError():  # the errors of its HTTP client are OSErrors
            found = away, _cause_on_the_way(error)
        case of_hvac.Forbidden() if not signs_in:
            found = refused, DEAD_SIGN_IN if _is_of_the_token(error) else NOT_ALLOWED
        case of_hvac.Forbidden():
            found = refused, NO_APPROLE
        case of_hvac.VaultError():
            found = refused, _cause_by_words(error, signs_in=signs_in)
        case _:
            found = refused, NOT_OPENBAO
    return found


def _cause_by_words(error: Exception, *, signs_in: bool) -> str:
    said = _words_of(error)
    usual = NO_ROLE if signs_in else REFUSED
    return next((cause for words, cause in _BY_WORDS if words in said), usual)


def _is_of_the_token(error: Any) -> bool:  # noqa: ANN401 hvac has no types
    """Return whether a refusal is about the token itself; a policy's has a count of errors before it."""
    said = _words_of(error)
    return "invalid token" in said or "error occurred" not in said


def _words_of(error: Any) -> str:  # noqa: ANN401 hvac has no types
    return " ".join(str(each) for each in getattr(error, "errors", None) or ()) or str(error)


def _cause_on_the_way(error: OSError) -> str:
    # By their names: the vault knows hvac, and not the HTTP client that hvac happens to use.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    said = repr(error)
    if "SSLError" in kinds:
        return NO_TRUST if "CERTIFICATE_VERIFY_FAILED" in said else NO_TLS
    if "Timeout" in kinds:
        return SLOW
    return NO_NAME if "NameResolutionError" in said else AWAY
