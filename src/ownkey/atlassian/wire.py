"""Credentials on the wire: which base URL and which Authorization header each kind of credential uses.

Nothing else puts an Authorization header on a request. A request carries the credential itself, not the
header; `header_fields` makes the header at the last moment, and a request cannot be made for another base URL
than its credential's own.
Sources: facts.md sections 1.1 (gateway and Basic), 1.2 (Bearer on the site) and 3 (service accounts).
"""

import base64
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ownkey.atlassian.kinds import KINDS, CredentialKind, LoginRule, require_rows
from ownkey.atlassian.sites import Addresses, Site, origin_of
from ownkey.secret import Secret

FORBIDDEN_IN_URL: Final = frozenset("\\# \t\r\n\x00\x0b\x0c\x7f")


class Authentication(StrEnum):
    """How a credential signs in to Jira."""

    SCOPED_API_TOKEN = "scoped-api-token"  # noqa: S105 — a kind, not a secret
    SERVICE_ACCOUNT = "service-account"
    UNSCOPED_API_TOKEN = "unscoped-api-token"  # noqa: S105 — a kind, not a secret
    PERSONAL_ACCESS_TOKEN = "personal-access-token"  # noqa: S105 — a kind, not a secret
    PASSWORD = "password"  # noqa: S105 — a kind, not a secret

    @property
    def kind(self) -> CredentialKind:
        """All that is true of this kind alone."""
        return KINDS[self.value]

    @property
    def uses_gateway(self) -> bool:
        """True if the credential works only on the gateway address ("Using Scope API")."""
        return self.kind.uses_gateway

    @property
    def is_cloud(self) -> bool:
        """True for Jira Cloud, false for Jira Data Center."""
        return self.kind.is_cloud


require_rows(frozenset(each.value for each in Authentication))


class WireError(ValueError):
    """A request that may not be made: it would take a credential where it does not belong."""


@dataclass(frozen=True, slots=True, eq=False)
class Credential:
    """What signs in: a kind, a login and a secret that is never shown.

    Attributes:
        authentication: The kind; it decides the base URL and the header.
        login: The e-mail or user name; empty for a personal access token, and for a service
            account whose token is sent alone.
        secret: The API token, personal access token or password.
    """

    authentication: Authentication
    login: str
    secret: Secret = field(repr=False)

    def __post_init__(self) -> None:
        # Basic ends the login at its first colon; the rest would be read as the secret (RFC 7617, section 2).
        if ":" in self.login or any(not character.isprintable() for character in self.login):
            raise WireError("A login has no colon and no control characters.")

    @property
    def sends_secret_alone(self) -> bool:
        """True if no login is sent with the secret: it goes as a Bearer token then."""
        rule = self.authentication.kind.login
        return rule is LoginRule.NONE or (rule is LoginRule.OPTIONAL and not self.login)


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """The one base URL that a credential is sent to.

    Attributes:
        base_url: The gateway's base for one cloud id, or the site; without a slash at the end.
        credential: Who signs in there, and nowhere else.
    """

    base_url: str
    credential: Credential = field(repr=False)

    def request(
        self, method: str, path: str, *, body: bytes | None = None, content_type: str | None = None
    ) -> "WireRequest":
        """Return the request for an encoded path below the base URL, signed in with this door's credential.

        Raises:
            WireError: The path is not below the base URL, or not encoded.
        """
        headers = (("Content-Type", content_type),) if content_type else ()
        return WireRequest(method=method, url=self.base_url + path, headers=headers, body=body, door=self)


@dataclass(frozen=True, slots=True, eq=False)
class WireRequest:
    """One request to Atlassian, with its credential still held as a `Secret`.

    Attributes:
        method: The HTTP method.
        url: The whole URL, encoded; it is sent as it stands.
        headers: Further header fields; never Authorization.
        body: The body, or None to send none.
        door: Who signs in and where; None to send no credential.
        body_limit: How many bytes of the answer's body are read at most.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    door: Door | None = field(default=None, repr=False)
    body_limit: int = 256 * 1024

    def __post_init__(self) -> None:
        if self.door is not None:
            _refuse_leaving(self.url, self.door.base_url)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came back: status, fields with names in lower case, and the body up to the request's limit."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    is_truncated: bool = False

    def header(self, name: str) -> str:
        """Return the first field of a name in lower case, or an empty string."""
        return next((value for field_name, value in self.headers if field_name == name), "")

    @property
    def looks_like_html(self) -> bool:
        """True if the body is a web page, whatever its header says."""
        start = self.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return "html" in self.header("content-type").lower() or start.startswith(
            (b"<!doctype html", b"<html")
        )


class NoAnswerCause(StrEnum):
    """Why no answer came back."""

    NAME_UNKNOWN = "name_unknown"
    NO_NAME_SERVICE = "no_name_service"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMED_OUT = "timed_out"
    CUT = "cut"
    MALFORMED = "malformed"
    PRIVATE_ADDRESS = "private_address"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back, or not all of it."""

    cause: NoAnswerCause


def door_for(credential: Credential, *, site: Site, cloud_id: str | None, addresses: Addresses) -> Door:
    """Return where a credential is sent: the gateway for credentials with scopes, the site for all others.

    Raises:
        WireError: The gateway is needed and no cloud id was given.
    """
    if not credential.authentication.uses_gateway:
        return Door(base_url=site.url, credential=credential)
    if cloud_id is None:
        raise WireError("The gateway address needs the site's cloud id.")
    return Door(base_url=f"{origin_of(addresses.api_url)}/ex/jira/{cloud_id}", credential=credential)


def header_fields(request: WireRequest) -> dict[str, str]:
    """Return all header fields of a request, Authorization included if it carries a credential.

    The answer holds the secret in the clear: it goes to the socket and nowhere else.

    Raises:
        WireError: The credential cannot be written into a header.
    """
    fields = dict(request.headers)
    if request.door is not None:
        fields["Authorization"] = _authorization(request.door.credential)
    return fields


def authorization_of(door: Door) -> bytes:
    """Return the value of the Authorization header that opens a door, for the gateway to keep ready.

    The answer holds the secret in the clear: it goes to the socket, with requests to `door.base_url` and no
    others.

    Raises:
        WireError: The credential cannot be written into a header.
    """
    return _authorization(door.credential).encode("ascii")


def _authorization(credential: Credential) -> str:
    secret = credential.secret.reveal()
    if credential.sends_secret_alone:
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise WireError("The token holds characters that no token has.")
        return f"Bearer {secret}"
    return "Basic " + base64.b64encode(f"{credential.login}:{secret}".encode()).decode("ascii")


def _refuse_leaving(url: str, base_url: str) -> None:
    path = url.removeprefix(base_url)
    if path == url or not path.startswith("/"):
        raise WireError("A credential is only sent to its own address.")
    if not FORBIDDEN_IN_URL.isdisjoint(path) or not path.isascii():
        raise WireError("The path is not encoded.")
    segments = re.split(r"/|%2f|%5c", path.partition("?")[0], flags=re.IGNORECASE)
    if any(segment.lower().replace("%2e", ".") in {".", ".."} for segment in segments):
        # Whoever resolves the dots on the way could come out above the base URL.
        raise WireError("The path climbs.")
