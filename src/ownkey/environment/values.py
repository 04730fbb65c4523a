"""What the operator decides, as plain values; nothing here reads a variable or needs Django."""

import logging
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ownkey.atlassian.sites import ATLASSIAN_API_URL, ATLASSIAN_ID_URL, Addresses
from ownkey.secret import Secret
from ownkey.vault.key_keeper import KeySettings
from ownkey.vault.key_provider import ProviderSettings

SHORTEST_SECRET_KEY = 32
BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where something listens."""

    host: str
    port: int


class HttpClient(StrEnum):
    """Which library speaks to Atlassian in the gateway; both behave alike."""

    PYREQWEST = "pyreqwest"
    AIOHTTP = "aiohttp"


class WorkerPlace(StrEnum):
    """Where the schedule and its tasks run."""

    IN_PROCESS = "in-process"
    SEPARATE = "separate"


class LogLevel(StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    """Every call through the gateway, too."""
    INFO = "info"
    WARNING = "warning"

    @property
    def number(self) -> int:
        """What Python's logging calls it."""
        return logging.getLevelNamesMapping()[self.value.upper()]


class LogFormat(StrEnum):
    """What a line of the log looks like."""

    AUTO = "auto"
    """Words where somebody watches at a terminal, JSON elsewhere."""
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Logs:
    """What the operator decides about the log."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.AUTO


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail leaves; without a `host` it is written to files in the data directory.

    Attributes:
        host: The mail server's name in ASCII, or its IP address.
        port: Where it listens.
        user: Whom Ownkey signs in as; empty for no sign-in.
        password: The user's password; there is one exactly if there is a user.
        security: How the connection is protected.
        sender: From whom mail comes: an address, or a name and an address in angle brackets.
    """

    host: str = ""
    port: int = 587
    user: str = ""
    password: Secret | None = None
    security: MailSecurity = MailSecurity.STARTTLS
    sender: str = "Ownkey <ownkey@localhost>"


class SecondFactorFor(StrEnum):
    """Who has to have a second factor."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """An OpenID Connect provider that people may sign in with.

    Attributes:
        issuer: The provider's own name for itself, an https address (or one of this machine), without a slash
            at its end.
        client_id: What the provider calls Ownkey.
        client_secret: What proves to the provider that it is Ownkey.
        name: What the button calls it.
        trusted_origins: Origins beside the issuer's own that its discovery document may name.
        ca_file: The certificates that the provider's is checked with, in place of the public ones.
        is_only_way: Whether passwords and passkeys are switched off.
    """

    issuer: str
    client_id: str
    client_secret: Secret
    name: str = "single sign-on"
    trusted_origins: frozenset[str] = frozenset()
    ca_file: Path | None = None
    is_only_way: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that the operator decides, read once at the start.

    Attributes:
        home: The data directory.
        database_file: The SQLite database.
        base_url: How people reach Ownkey.
        gateway_url: How tools reach the gateway, by default at the same place; each ALM account has a host of
            its own below `jira.` and this one's.
        account_url: How tools reach the port of `ownkey gateway --account`; None for whatever host they ask.
        secret_key: Django's signing key, if it is not kept in the data directory.
        key_ring: The vault's key ring, if it is not kept in the data directory.
        key_provider: What wraps the vault's key ring in the data directory, if anything does.
        atlassian_api_url: The API gateway.
        atlassian_id_url: The account pages, for links.
        trusted_sites: Origins beside Jira Cloud's that may be spoken to.
        trusted_proxies: How many proxies stand before Ownkey.
        status_address: Where the gateway's health and metrics are, never the public port; None for nowhere.
        gateway_client: Which library speaks to Atlassian in the gateway.
        worker: Whether `ownkey serve` runs the schedule itself, or leaves that to `ownkey worker`.
        logs: How much is logged, and how.
        mail: How mail leaves.
        second_factor_for: Who has to have a second factor.
        single_sign_on: The OpenID Connect provider that people may sign in with, if there is one.
        is_demo: Whether the pages say that this is the demo.
        unknown: A sentence for each variable that looks like a setting and is none.
    """

    home: Path
    database_file: Path
    base_url: str = BASE_URL
    gateway_url: str = BASE_URL
    account_url: str | None = None
    secret_key: Secret | None = None
    key_ring: Secret | None = None
    key_provider: ProviderSettings | None = None
    atlassian_api_url: str = ATLASSIAN_API_URL
    atlassian_id_url: str = ATLASSIAN_ID_URL
    trusted_sites: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    status_address: Listener | None = None
    gateway_client: HttpClient = HttpClient.AIOHTTP
    worker: WorkerPlace = WorkerPlace.IN_PROCESS
    logs: Logs = field(default_factory=Logs)
    mail: MailSettings = field(default_factory=MailSettings)
    second_factor_for: SecondFactorFor = SecondFactorFor.NOBODY
    single_sign_on: SingleSignOn | None = None
    is_demo: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def secret_key_file(self) -> Path:
        """Where Django's signing key is kept when the environment gives none."""
        return self.home / "signing.key"

    @property
    def key_file(self) -> Path:
        """Where the vault's key ring is kept."""
        return self.home / "vault.key"

    @property
    def addresses(self) -> Addresses:
        """Which addresses Ownkey may speak to."""
        return Addresses(self.atlassian_api_url, self.trusted_sites, self.atlassian_id_url)

    @property
    def keys(self) -> KeySettings:
        """Where the vault's key ring comes from."""
        return KeySettings(self.key_file, self.key_ring, self.key_provider)

    @property
    def mail_folder(self) -> Path:
        """Where mail is written when there is no mail server."""
        return self.home / "mail"

    @property
    def account_host(self) -> str | None:
        """The host below which each ALM account has its own; None where hosts cannot have any below them."""
        host = urlsplit(self.gateway_url).hostname or ""
        return f"jira.{host}" if re.fullmatch(r"[a-z0-9.-]*[a-z]", host) else None

    @property
    def is_https(self) -> bool:
        """Whether people reach Ownkey over https."""
        return self.base_url.startswith("https://")
