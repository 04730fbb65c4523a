"""A provider's discovery document: whether it is the issuer's own, where it leads, and what keeps it away."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from ownkey.environment.values import SingleSignOn
from ownkey.people.oidc.id_token import ALGORITHMS

DISCOVERY: Final = "/.well-known/openid-configuration"
NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderMistakeError(OAuth2Error):  # type: ignore[misc]
    """The provider, or what was set about it, is to be mended; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a provider publishes at one address.

    Attributes:
        content: An object.
        date: When it was sent by the provider's clock, as its `Date` field has it; empty if it does not say.
    """

    content: Mapping[str, Any]
    date: str


class UnreadableError(Exception):
    """What a provider publishes cannot be read; two sentences for the operator."""

    def __init__(self, why: str, next_step: str) -> None:
        """Take why, as the end of a sentence, and what to do."""
        super().__init__(f"{why}. {next_step}")
        self.why, self.next_step = why, next_step


_CAUSES: Final = (
    (
        "SSLError",
        "its certificate is not trusted here",
        "If it comes from an authority of your own, name that in OWNKEY_OIDC_CA_FILE.",
    ),
    ("Timeout", "it does not answer in time", "Check this machine's network and firewall."),
    (
        "TooManyRedirects",
        "it leads to another address, which is not followed",
        "Set OWNKEY_OIDC_ISSUER to the address that the provider itself calls its issuer.",
    ),
)
_AWAY: Final = (
    "it does not answer",
    "Check OWNKEY_OIDC_ISSUER, and this machine's network, DNS and firewall.",
)


def published_at(address: str) -> Published:
    """Return the object that the provider publishes at an address of a trusted origin.

    Raises:
        UnreadableError: It is not there, or is something else.
    """
    with get_adapter().get_requests_session() as session:
        try:
            answer = session.get(address)
            status, date = answer.status_code, answer.headers.get("Date", "")
            content = answer.json() if status == HTTPStatus.OK else None
        except ValueError:
            content = None
        except OSError as error:  # what requests raise are OSErrors
            raise UnreadableError(*_cause_of(error)) from None
    if status != HTTPStatus.OK:
        raise UnreadableError(f"it answers {status}", "Check OWNKEY_OIDC_ISSUER: its path belongs to it.")
    if not isinstance(content, dict):
        raise UnreadableError("it is no JSON object", "Check OWNKEY_OIDC_ISSUER: its path belongs to it.")
    return Published(content, date)


def _cause_of(error: OSError) -> tuple[str, str]:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return next(((why, step) for name, why, step in _CAUSES if name in kinds), _AWAY)


def trusted_origins(said: SingleSignOn) -> frozenset[str]:
    """Return the origins that may be dialled."""
    parts = urlsplit(said.issuer)
    return said.trusted_origins | {f"{parts.scheme}://{parts.netloc}".lower()}


def is_trusted(address: object, said: SingleSignOn) -> TypeGuard[str]:
    """Return whether an address is one of the trusted origins', which are https or of this machine."""
    allowed = tuple(f"{origin}/" for origin in trusted_origins(said))
    return isinstance(address, str) and address.lower().startswith(allowed)


def checked_discovery(found: Mapping[str, Any], said: SingleSignOn) -> Mapping[str, Any]:
    """Return a discovery document that is the issuer's own and names no origin that is not trusted.

    Raises:
        OAuth2Error: It is not, or does.
    """
    issuer = found.get("issuer")
    if not isinstance(issuer, str) or issuer.rstrip("/") != said.issuer:
        raise ProviderMistakeError(
            f"its document names the issuer {_shown(issuer)}, and OWNKEY_OIDC_ISSUER names {said.issuer}. "
            "Make them the same: at the provider (its public address), or in the variable"
        )
    for name in NEEDED:
        address = found.get(name)
        if not is_trusted(address, said):
            raise ProviderMistakeError(
                f"its document's {name} is {_shown(address)}, which is not trusted. Add its origin to "
                "OWNKEY_OIDC_TRUSTED_ORIGINS if it is the provider's own"
            )
    return found


def algorithms_in(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the algorithms that ID tokens are signed by, as far as the document names them plainly."""
    given = document.get("id_token_signing_alg_values_supported")
    return tuple(_plain(given)) if isinstance(given, list) else ()


def _plain(given: Iterable[object]) -> Iterable[str]:
    return (one for one in given if isinstance(one, str) and re.fullmatch(r"[A-Za-z0-9]{1,10}", one))


def takes_one_of(algorithms: Iterable[str]) -> bool:
    """Return whether an ID token that is signed by one of these can be believed."""
    return not set(ALGORITHMS).isdisjoint(algorithms)


def _shown(value: object) -> str:
    """Return what a provider publishes about itself, as far as it fits into a line of a log."""
    is_plain = isinstance(value, str) and re.fullmatch(r"[!-~]{1,200}", value)
    return str(value) if is_plain else "something that is no address"
