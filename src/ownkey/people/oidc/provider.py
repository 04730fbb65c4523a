"""Speaking to the OpenID Connect provider that the operator has named, and to nothing else.

allauth makes the requests. Here is what it may dial: the issuer's origin and those that the operator trusts
beside it, without a redirect, a proxy or a wait for ever. What the provider gives (an access token, an ID
token) is used within the one request and kept nowhere.
"""

import logging
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from ownkey.environment.process import current_environment, provider_secret
from ownkey.environment.values import SingleSignOn
from ownkey.people.allauth_internals import unstash_state
from ownkey.people.errors import SingleSignOnError, UnknownAnswerError
from ownkey.people.links import absolute
from ownkey.people.oidc.discovery import (
    DISCOVERY,
    ProviderMistakeError,
    checked_discovery,
    is_trusted,
    trusted_origins,
)
from ownkey.people.oidc.id_token import Identity, IdTokenError, identity_from, read_id_token
from ownkey.tls import trust_alike

logger = logging.getLogger(__name__)

FIRST_REFUSAL, MOST_READ = 400, 4096
# RFC 6749, section 5.2
_CODES = re.compile(
    r"invalid_client|invalid_grant|invalid_request|invalid_scope|unauthorized_client|unsupported_grant_type"
)
_OF_THE_CLIENT = {
    "invalid_client": "check OWNKEY_OIDC_CLIENT_ID and OWNKEY_OIDC_CLIENT_SECRET",
    "unauthorized_client": "allow the authorization code flow for this client at the provider",
    "unsupported_grant_type": "allow the authorization code flow for this client at the provider",
}


class Purpose(StrEnum):
    """What somebody is sent to the provider for."""

    SIGN_IN = "login"
    CONNECT = "connect"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who comes back from the provider.

    Attributes:
        purpose: What they were sent for.
        identity: Whom the provider vouches for.
        next_page: Where they wanted to go, checked when they left.
        invitation: The invitation whose link they had opened.
        left_at: When they were sent, in seconds since 1970.
    """

    purpose: Purpose
    identity: Identity
    next_page: str
    invitation: int | None
    left_at: float


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Ownkey's answers to what allauth asks about providers: there is one, and nobody signs up."""

    def list_apps(self, *_args: object, **_kwargs: object) -> list[SocialApp]:
        """Return nothing: a row in the database makes no provider."""
        return []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> "Provider":  # noqa: ARG002 allauth names it
        """Return the one provider, whatever it is called."""
        said = _the_provider()
        return Provider(
            request,
            app=SocialApp(
                provider="openid_connect",
                provider_id=said.issuer,
                name=said.name,
                client_id=said.client_id,
                secret=provider_secret(),
                settings={"server_url": said.issuer + DISCOVERY, "oauth_pkce_enabled": True},
            ),
        )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:  # noqa: ARG002 allauth names it
        """Refuse: people come by invitation."""
        return False

    def get_requests_session(self) -> Any:  # noqa: ANN401 a session of requests, which only allauth imports
        """Return what reaches the trusted origins alone: there is no way mounted to any other."""
        said = _the_provider()
        session = super().get_requests_session()
        way = session.get_adapter("https://")
        trust_alike(way)
        session.adapters.clear()
        for origin in trusted_origins(said):
            session.mount(f"{origin}/", way)
        session.trust_env = False  # no proxy, and no password of a .netrc, that nobody meant for this
        session.max_redirects = 0
        session.headers["User-Agent"] = "Ownkey"
        session.hooks["response"].append(_log_refusal)
        if said.ca_file is not None:
            session.verify = str(said.ca_file)
        return session


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """The operator's provider; what it says about people is not kept."""

    @property
    def oauth2_adapter_class(self) -> type["Dialogue"]:
        """What speaks to it."""
        return Dialogue


class Dialogue(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """One exchange with the provider."""

    @property
    def openid_config(self) -> Mapping[str, Any]:
        """The provider's discovery document, if it is this provider's and leads nowhere else.

        Raises:
            OAuth2Error: It is not, or cannot be had.
        """
        if not hasattr(self, "_checked_config"):
            said = _the_provider()
            self._checked_config = checked_discovery(self.get_json(said.issuer + DISCOVERY), said)
        return self._checked_config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002 allauth names it
        """Return where the provider sends people back, from the base URL and not from the `Host` header."""
        return absolute(reverse("people:provider_callback"))

    def get_json(self, address: str, **headers: str) -> Mapping[str, Any]:
        """Return an object that the provider publishes.

        Raises:
            OAuth2Error: It is away, or says something else.
        """
        with get_adapter().get_requests_session() as session:
            try:
                answer = session.get(address, headers=headers)
                answer.raise_for_status()
                found = answer.json()
            except (OSError, ValueError) as error:  # what requests raises are OSErrors
                raise OAuth2Error(type(error).__name__) from None
        if not isinstance(found, dict):
            raise OAuth2Error("NotAnObject")
        return found


def leave_for(
    request: HttpRequest, purpose: Purpose, *, next_page: str = "", invitation: int | None = None
) -> str:
    """Return the provider's address to send somebody to; the session remembers what for.

    Raises:
        SingleSignOnError: The provider is away, or not what it was.
    """
    provider = get_adapter().get_provider(request, _the_provider().issuer)
    nonce = secrets.token_urlsafe(32)
    # An age obliges the provider to say when it last asked who somebody is (OpenID Connect Core, 3.1.2.1).
    wishes = {"nonce": nonce, "max_age": str(settings.SESSION_COOKIE_AGE)}
    if purpose is Purpose.CONFIRM:
        wishes |= {"prompt": "login", "max_age": "0"}
    try:
        # Asked first, since allauth would not catch what goes wrong with it.
        _ = provider.get_oauth2_adapter(request).openid_config
        answer = provider.redirect(
            request,
            purpose.value,
            next_url=next_page,
            data={"nonce": nonce, "invitation": invitation, "left_at": time.time()},
            auth_params=wishes,
        )
    except OAuth2Error as error:
        raise _fault(error) from None
    return str(answer["Location"])


def receive(request: HttpRequest) -> Arrival:
    """Return who comes back from the provider; each answer is good once, in the browser that asked.

    Raises:
        SingleSignOnError: Nobody whom it vouches for.
    """
    said = _the_provider()
    provider = get_adapter().get_provider(request, said.issuer)
    state = unstash_state(request, provider_id=provider.sub_id, state_id=request.GET.get("state", ""))
    if state is None:
        raise UnknownAnswerError(
            f"This answer of {said.name} does not belong to what was asked here, or it came too late. Try "
            "again."
        )
    if "error" in request.GET or not request.GET.get("code"):
        if request.GET.get("error") == "access_denied":
            raise SingleSignOnError(
                f"You stopped at {said.name}, or it let you go no further. Nothing was changed."
            )
        raise SingleSignOnError(f"{said.name} did not sign you in. Try again, or tell your administrator.")
    dialogue: Dialogue = provider.get_oauth2_adapter(request)
    data = state["data"]
    try:
        client = dialogue.get_client(request, provider.app)
        given = client.get_access_token(
            request.GET["code"], pkce_code_verifier=state.get("pkce_code_verifier")
        )
        claims = _claims(dialogue, given, nonce=data["nonce"])
    except (OAuth2Error, OSError, ValueError, IdTokenError) as error:
        raise _fault(error) from None
    return Arrival(
        purpose=Purpose(state["process"]),
        identity=identity_from(claims, issuer=said.issuer),
        next_page=state.get("next", ""),
        invitation=data["invitation"],
        left_at=data["left_at"],
    )


def _claims(dialogue: Dialogue, given: Mapping[str, Any], *, nonce: str) -> Mapping[str, Any]:
    """Return what the ID token says, and if it names no address, what the provider says when it is asked."""
    said, config = _the_provider(), dialogue.openid_config
    claims = read_id_token(
        str(given.get("id_token", "")),
        keys=dialogue.get_json(config["jwks_uri"]),
        issuer=config["issuer"],
        client_id=said.client_id,
        nonce=nonce,
    )
    address = config.get("userinfo_endpoint")
    if "email" in claims or not is_trusted(address, said):
        return claims
    more = dialogue.get_json(address, Authorization=f"Bearer {given['access_token']}")
    if more.get("sub") != claims["sub"]:
        raise IdTokenError("The provider speaks of two people.")
    return {**more, **claims}


def _log_refusal(answer: Any, *_args: object, **_kwargs: object) -> None:  # noqa: ANN401 as requests has it
    """Log a refusal: its status, and of what the provider says only a code that the standard has.

    Raises:
        ProviderMistakeError: The provider refuses Ownkey itself, so that trying again cannot help.
    """
    if answer.status_code < FIRST_REFUSAL:
        return
    found = _CODES.search(answer.text[:MOST_READ]) if answer.request.method == "POST" else None
    code = found[0] if found else ""
    if code in _OF_THE_CLIENT:
        raise ProviderMistakeError(
            f"the provider answered {answer.status_code} {code}: {_OF_THE_CLIENT[code]}"
        )
    logger.warning("The single sign-on provider answered %s %s", answer.status_code, code)


def _fault(error: Exception) -> SingleSignOnError:
    """Return what to tell the person; the log gets the kind of fault, and nothing that the provider sent."""
    is_for_operator = isinstance(error, IdTokenError | ProviderMistakeError)
    kind = str(error) if is_for_operator else _kind_of(error)
    logger.warning("Single sign-on failed: %s", kind)
    name = _the_provider().name
    if isinstance(error, ProviderMistakeError | IdTokenError):
        return SingleSignOnError(
            f"{name} and Ownkey do not fit together at the moment, so nobody can sign in with it. Tell your "
            "administrator: the log says what to mend."
        )
    return SingleSignOnError(
        f"{name} could not be asked, or its answer cannot be believed. Try again in a moment; if it goes on, "
        "tell your administrator: the log says more."
    )


def _kind_of(error: Exception) -> str:
    # Of allauth's own errors the text is what the provider sent; of these it is one word, or two.
    is_own = isinstance(error, OAuth2Error) and re.fullmatch(r"[A-Za-z0-9]+(: [a-z_]+)?", str(error))
    return str(error) if is_own else type(error).__name__


def _the_provider() -> SingleSignOn:
    said = current_environment().single_sign_on
    if said is None:
        raise SingleSignOnError("Single sign-on is not set up here. Sign in with your password.")
    return said
