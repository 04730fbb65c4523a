"""The variables about signing in."""

from urllib.parse import urlsplit

from ownkey.environment.values import SecondFactorFor, SingleSignOn
from ownkey.environment.variables import Variables, is_safe

LONGEST_ISSUER = 200  # it names the provider in the table of bindings
LONGEST_NAME = 40
_OTHERS = ("OWNKEY_OIDC_CLIENT_ID", "OWNKEY_OIDC_TRUSTED_ORIGINS", "OWNKEY_OIDC_CA_FILE")


def read_second_factor(reader: Variables) -> SecondFactorFor:
    """Return who has to have a second factor."""
    given = reader.text("OWNKEY_REQUIRE_MFA", SecondFactorFor.NOBODY).lower()
    if given not in set(SecondFactorFor):
        reader.mistakes.append("OWNKEY_REQUIRE_MFA must be administrators, everyone or nobody.")
        return SecondFactorFor.EVERYONE
    return SecondFactorFor(given)


def read_single_sign_on(reader: Variables) -> SingleSignOn | None:
    """Return the provider, None without OWNKEY_OIDC_ISSUER."""
    name = reader.text("OWNKEY_OIDC_NAME", "single sign-on")
    is_only_way = reader.switch("OWNKEY_OIDC_ONLY")
    given = _without_document(reader.text("OWNKEY_OIDC_ISSUER"))
    if not given:
        others = (*map(reader.text, _OTHERS), reader.secret_text("OWNKEY_OIDC_CLIENT_SECRET"))
        if is_only_way or any(others):
            reader.mistakes.append(
                "OWNKEY_OIDC_ISSUER must name the provider, for others of its variables are set."
            )
        return None
    if not _is_issuer(given):
        reader.mistakes.append(
            "OWNKEY_OIDC_ISSUER must be an https address without a query (or http on this machine), of "
            f"{LONGEST_ISSUER} characters at most."
        )
    if len(name) > LONGEST_NAME or not name.isprintable():
        reader.mistakes.append(f"OWNKEY_OIDC_NAME must be a name of {LONGEST_NAME} characters at most.")
    client_id = reader.text("OWNKEY_OIDC_CLIENT_ID")
    if not client_id:
        reader.mistakes.append("OWNKEY_OIDC_CLIENT_ID must be set for OWNKEY_OIDC_ISSUER.")
    client_secret = reader.secret("OWNKEY_OIDC_CLIENT_SECRET")
    if client_secret is None:
        reader.mistakes.append("OWNKEY_OIDC_CLIENT_SECRET must be set for OWNKEY_OIDC_ISSUER.")
    trusted = reader.origins("OWNKEY_OIDC_TRUSTED_ORIGINS")
    if not all(is_safe(origin) for origin in trusted):
        reader.mistakes.append("OWNKEY_OIDC_TRUSTED_ORIGINS must be https addresses, or of this machine.")
    ca_file = reader.certificates("OWNKEY_OIDC_CA_FILE")
    if client_secret is None:
        return None
    return SingleSignOn(
        issuer=given.rstrip("/"),
        client_id=client_id,
        client_secret=client_secret,
        name=name,
        trusted_origins=trusted,
        ca_file=ca_file,
        is_only_way=is_only_way,
    )


def _without_document(issuer: str) -> str:
    """Return an issuer without the address of its discovery document, which people copy as often."""
    return issuer.removesuffix("/").removesuffix("/.well-known/openid-configuration")


def _is_issuer(text: str) -> bool:
    """Return whether a text can be an issuer: an address of its own, nothing hidden in it."""
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        has_port
        and len(text) <= LONGEST_ISSUER
        and is_safe(text)
        and parts.username is None
        and not (parts.query or parts.fragment or "?" in text or "#" in text)
        and text.isascii()
        and text.isprintable()
        and not any(mark in text for mark in ' \\"<>')
    )
