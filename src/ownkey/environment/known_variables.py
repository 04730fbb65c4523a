"""Which variables Ownkey reads, and what is said about one that it does not read."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

PREFIX: Final = "OWNKEY_"
IN_A_FILE: Final = "_FILE"
SECRETS: Final = frozenset(
    {
        "OWNKEY_DATABASE_URL",
        "OWNKEY_KEYS",
        "OWNKEY_MAIL_PASSWORD",
        "OWNKEY_OIDC_CLIENT_SECRET",
        "OWNKEY_OPENBAO_SECRET_ID",
        "OWNKEY_OPENBAO_TOKEN",
        "OWNKEY_SECRET_KEY",
    }
)
"""Each may also be given as a file, by its name with `_FILE` behind it."""
IN_THE_OPEN: Final = frozenset(
    {
        "OWNKEY_ACCOUNT_URL",
        "OWNKEY_ATLASSIAN_API_URL",
        "OWNKEY_ATLASSIAN_ID_URL",
        "OWNKEY_AWS_KMS_ENDPOINT",
        "OWNKEY_AWS_KMS_KEY",
        "OWNKEY_BASE_URL",
        "OWNKEY_CACHE_URL",
        "OWNKEY_DEMO",
        "OWNKEY_GATEWAY_CLIENT",
        "OWNKEY_GATEWAY_URL",
        "OWNKEY_HOME",
        "OWNKEY_KEY_PROVIDER",
        "OWNKEY_LOG_FORMAT",
        "OWNKEY_LOG_LEVEL",
        "OWNKEY_MAIL_FROM",
        "OWNKEY_MAIL_HOST",
        "OWNKEY_MAIL_PORT",
        "OWNKEY_MAIL_SECURITY",
        "OWNKEY_MAIL_USER",
        "OWNKEY_OIDC_CA_FILE",
        "OWNKEY_OIDC_CLIENT_ID",
        "OWNKEY_OIDC_ISSUER",
        "OWNKEY_OIDC_NAME",
        "OWNKEY_OIDC_ONLY",
        "OWNKEY_OIDC_TRUSTED_ORIGINS",
        "OWNKEY_OPENBAO_ADDRESS",
        "OWNKEY_OPENBAO_CA_FILE",
        "OWNKEY_OPENBAO_KEY",
        "OWNKEY_OPENBAO_MOUNT",
        "OWNKEY_OPENBAO_NAMESPACE",
        "OWNKEY_OPENBAO_ROLE_ID",
        "OWNKEY_OPENBAO_ROLE_MOUNT",
        "OWNKEY_REQUIRE_MFA",
        "OWNKEY_STATUS_ADDRESS",
        "OWNKEY_TRUSTED_PROXIES",
        "OWNKEY_TRUSTED_SITES",
        "OWNKEY_WORKER",
    }
)
KNOWN: Final = SECRETS | IN_THE_OPEN | {f"{name}{IN_A_FILE}" for name in SECRETS}

PAGE: Final = "docs/reference/environment.md"
CLOSE: Final = 0.8
"""From which likeness on a name is taken for a slip of the hand: only what is nearly the same."""
# What follows is written without the prefix.
INSTEAD: Final = {
    "ADMIN_EMAIL": "ownkey init prints the link for the first administrator.",
    "ADMIN_PASSWORD": "ownkey init prints the link for the first administrator.",
    "API_TOKEN": "API tokens are pasted into a page, or given to ownkey connect.",
    "DEBUG": "OWNKEY_LOG_LEVEL=debug logs every call.",
    "HOST": "Give --host to ownkey serve or ownkey gateway.",
    "PORT": "Give --port to ownkey serve or ownkey gateway.",
    "STATUS_PORT": "Give --status-port, or set OWNKEY_STATUS_ADDRESS.",
    "TIMEZONE": "Ownkey keeps and shows times in UTC.",
    "TOKEN": "API tokens are pasted into a page, or given to ownkey connect.",
    "TZ": "Ownkey keeps and shows times in UTC.",
}
OTHER_WORDS: Final = {
    "ADDR": "ADDRESS",
    "DB": "DATABASE",
    "EMAIL": "MAIL",
    "MFA": "REQUIRE_MFA",
    "PASS": "PASSWORD",
    "PROXIES": "TRUSTED_PROXIES",
    "SMTP": "MAIL",
    "SSL": "SECURITY",
    "SSO": "OIDC",
    "STARTTLS": "SECURITY",
    "TLS": "SECURITY",
    "USERNAME": "USER",
    "VAULT": "OPENBAO",
}
"""What other programs call the same thing, part by part of a name."""
OTHER_NAMES: Final = {
    "ALLOWED_HOSTS": "BASE_URL",
    "DATA": "HOME",
    "DATA_DIR": "HOME",
    "DIR": "HOME",
    "DOMAIN": "BASE_URL",
    "EXTERNAL_URL": "BASE_URL",
    "HOSTNAME": "BASE_URL",
    "MAIL_SENDER": "MAIL_FROM",
    "OIDC_CA": "OIDC_CA_FILE",
    "OIDC_SECRET": "OIDC_CLIENT_SECRET",
    "OPENBAO_CA": "OPENBAO_CA_FILE",
    "PUBLIC_URL": "BASE_URL",
    "REDIS_URL": "CACHE_URL",
    "ROOT_URL": "BASE_URL",
    "SITE_URL": "BASE_URL",
    "URL": "BASE_URL",
}
# Kubernetes tells each container about each service, under the service's name: `ownkey` or `ownkey-…`.
_OF_A_SERVICE: Final = re.compile(
    r"OWNKEY(_[A-Z0-9]+)*_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_ADDRESS_OF_A_SERVICE: Final = re.compile(r"(tcp|udp|sctp)://")


def refused_files(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each setting that is given as a file although it is no secret."""
    given = sorted(name for name, value in environ.items() if value.strip() and _is_refused_file(name))
    return tuple(
        f"{name} is not read: files hold secrets alone. Give the value itself, in the variable without "
        f"{IN_A_FILE}."
        for name in given
    )


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each variable that looks like Ownkey's and is not read; never with its value."""
    unknown = sorted(name for name, value in environ.items() if value.strip() and _is_unknown(name, value))
    return tuple(f"{name} is no setting of Ownkey, so it changes nothing. {_hint(name)}" for name in unknown)


def _is_refused_file(name: str) -> bool:
    return name not in KNOWN and name.endswith(IN_A_FILE) and name.removesuffix(IN_A_FILE) in IN_THE_OPEN


def _is_unknown(name: str, value: str) -> bool:
    if not name.upper().startswith(PREFIX) or not name.isprintable():
        return False
    if name in KNOWN or _is_refused_file(name):
        return False
    is_address_of_service = name.endswith("_PORT") and _ADDRESS_OF_A_SERVICE.match(value)
    return not is_address_of_service and not _OF_A_SERVICE.fullmatch(name)


def _hint(name: str) -> str:
    bare = name.upper().removeprefix(PREFIX)
    if instead := INSTEAD.get(bare):
        return instead
    nearest = _nearest(bare)
    return f"Did you mean {PREFIX}{nearest}?" if nearest else f"All settings are in {PAGE}."


def _nearest(bare: str) -> str | None:
    """Return the setting that a name was most likely meant to be, both without the prefix."""
    known = [name.removeprefix(PREFIX) for name in sorted(KNOWN)]
    if bare in known:
        return bare
    if other := OTHER_NAMES.get(bare):
        return other
    translated = "_".join(OTHER_WORDS.get(part, part) for part in bare.split("_"))
    for spelling in (translated, bare):
        if near := get_close_matches(spelling, known, n=1, cutoff=CLOSE):
            return near[0]
    of_file = _nearest(bare.removesuffix(IN_A_FILE)) if bare.endswith(IN_A_FILE) else None
    return f"{of_file}{IN_A_FILE}" if f"{PREFIX}{of_file}" in SECRETS else of_file
