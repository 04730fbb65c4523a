"""What the environment says: the one module that reads it, without importing Django.

`read_environment` turns the variables into one frozen `Environment`, or raises one
`EnvironmentMistakesError` that names every mistake by its variable and none by its value.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ownkey.console.variables import Listener, Variables
from ownkey.secret import Secret
from ownkey.vault.aws_kms import AwsKmsSettings
from ownkey.vault.key_keeper import KeySettings
from ownkey.vault.key_provider import ProviderSettings
from ownkey.vault.openbao import OpenBaoSettings

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
SHORTEST_SECRET_KEY = 32
BASE_URL = "http://127.0.0.1:8000"
ATLASSIAN_API_URL = "https://api.atlassian.com"
ATLASSIAN_ID_URL = "https://id.atlassian.com"


class EnvironmentMistakesError(Exception):
    """The environment cannot be used; `mistakes` holds one sentence for each thing to put right."""

    code = "environment-mistakes"

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class HttpClient(StrEnum):
    """Which library speaks to Atlassian in the gateway; both behave alike."""

    PYREQWEST = "pyreqwest"
    AIOHTTP = "aiohttp"


class KeyProviderName(StrEnum):
    """What wraps the keys in the key file."""

    FILE = "file"
    OPENBAO = "openbao"
    AWS_KMS = "aws-kms"


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves; without a `host` it is written to files in the data directory."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: Secret | None = None
    security: MailSecurity = MailSecurity.STARTTLS
    sender: str = "Ownkey <ownkey@localhost>"


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that the operator decides, read once at the start.

    Attributes:
        home: The data directory.
        database_file: The SQLite database.
        base_url: How people reach Ownkey.
        gateway_url: How tools reach the gateway, by default at the same place; each ALM account has a host of
            its own below `jira.` and this one's.
        secret_key: Django's signing key, if it is not kept in the data directory.
        key_ring: The vault's key ring, if it is not kept in the data directory.
        key_provider: What wraps the vault's key ring in the data directory, if anything does.
        atlassian_api_url: The API gateway.
        atlassian_id_url: The account pages, for links.
        trusted_sites: Origins beside Jira Cloud's that may be spoken to.
        trusted_proxies: How many proxies stand before Ownkey.
        status_address: Where the gateway's health and metrics are, never the public port; None for nowhere.
        gateway_client: Which library speaks to Atlassian in the gateway.
        mail: How mail leaves.
        is_demo: Whether the pages say that this is the demo.
    """

    home: Path
    database_file: Path
    base_url: str = BASE_URL
    gateway_url: str = BASE_URL
    secret_key: Secret | None = None
    key_ring: Secret | None = None
    key_provider: ProviderSettings | None = None
    atlassian_api_url: str = ATLASSIAN_API_URL
    atlassian_id_url: str = ATLASSIAN_ID_URL
    trusted_sites: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    status_address: Listener | None = None
    gateway_client: HttpClient = HttpClient.AIOHTTP
    mail: Mail = field(default_factory=Mail)
    is_demo: bool = False

    @property
    def secret_key_file(self) -> Path:
        """Where Django's signing key is kept when the environment gives none."""
        return self.home / "signing.key"

    @property
    def key_file(self) -> Path:
        """Where the vault's key ring is kept."""
        return self.home / "vault.key"

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


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Return what `environ` (default: the process's own) says.

    Raises:
        EnvironmentMistakesError: with every mistake at once.
    """
    reader = _Reader(os.environ if environ is None else environ)
    home = reader.home()
    base_url = reader.origin("OWNKEY_BASE_URL", default=BASE_URL)
    result = Environment(
        home=home,
        database_file=reader.database_file(home),
        base_url=base_url,
        gateway_url=reader.origin("OWNKEY_GATEWAY_URL", default=base_url),
        secret_key=reader.secret("OWNKEY_SECRET_KEY", shortest=SHORTEST_SECRET_KEY),
        key_ring=reader.secret("OWNKEY_KEYS"),
        key_provider=reader.key_provider(),
        atlassian_api_url=reader.origin("OWNKEY_ATLASSIAN_API_URL", default=ATLASSIAN_API_URL),
        atlassian_id_url=reader.origin("OWNKEY_ATLASSIAN_ID_URL", default=ATLASSIAN_ID_URL),
        trusted_sites=reader.origins("OWNKEY_TRUSTED_SITES"),
        trusted_proxies=reader.number("OWNKEY_TRUSTED_PROXIES", default=0, largest=10),
        status_address=reader.listener("OWNKEY_STATUS_ADDRESS"),
        gateway_client=reader.http_client(),
        mail=reader.mail(),
        is_demo=reader.switch("OWNKEY_DEMO"),
    )
    reader.refuse_cache()
    if reader.mistakes:
        raise EnvironmentMistakesError(tuple(reader.mistakes))
    return result


class _Reader(Variables):
    """Reads what is Ownkey's own."""

    def home(self) -> Path:
        given = self.text("OWNKEY_HOME")
        if given:
            home = Path(given).expanduser()
            if not home.is_absolute():
                self.mistakes.append("OWNKEY_HOME must be an absolute path.")
            return home
        data = self.text("XDG_DATA_HOME")
        return (Path(data) if data else Path("~/.local/share").expanduser()) / "ownkey"

    def database_file(self, home: Path) -> Path:
        default = home / "ownkey.sqlite3"
        given = self.secret("OWNKEY_DATABASE_URL")
        if given is None:
            return default
        # A database address may hold a password, so only its scheme is ever looked at or told.
        url = self.secret_text("OWNKEY_DATABASE_URL")
        if url.startswith(("postgres://", "postgresql://")):
            self.mistakes.append(
                "OWNKEY_DATABASE_URL names PostgreSQL, which comes with a later release. "
                "Leave it out to use SQLite in OWNKEY_HOME."
            )
        elif url.startswith("sqlite:////"):
            return Path(url.removeprefix("sqlite:///"))
        else:
            self.mistakes.append(
                "OWNKEY_DATABASE_URL must look like sqlite:////absolute/path.sqlite3, or be left out."
            )
        return default

    def refuse_cache(self) -> None:
        if self.text("OWNKEY_CACHE_URL"):
            self.mistakes.append(
                "OWNKEY_CACHE_URL is for Redis or Valkey, which come with a later release. Leave it out."
            )

    def key_provider(self) -> ProviderSettings | None:
        given = self.text("OWNKEY_KEY_PROVIDER", KeyProviderName.FILE)
        if given != KeyProviderName.FILE and self.secret_text("OWNKEY_KEYS"):
            self.mistakes.append("OWNKEY_KEY_PROVIDER wraps a key file, and with OWNKEY_KEYS there is none.")
        match given:
            case KeyProviderName.FILE:
                return None
            case KeyProviderName.OPENBAO:
                return self.openbao()
            case KeyProviderName.AWS_KMS:
                if not (key := self.text("OWNKEY_AWS_KMS_KEY")):
                    self.mistakes.append("OWNKEY_AWS_KMS_KEY must name a key of AWS KMS.")
                return AwsKmsSettings(key, self.origin("OWNKEY_AWS_KMS_ENDPOINT", default=""))
        self.mistakes.append("OWNKEY_KEY_PROVIDER must be file, openbao or aws-kms.")
        return None

    def openbao(self) -> OpenBaoSettings | None:
        address = self.origin("OWNKEY_OPENBAO_ADDRESS", default="")
        token = self.secret("OWNKEY_OPENBAO_TOKEN")
        if token is None:
            self.mistakes.append("OWNKEY_OPENBAO_TOKEN must be set for OWNKEY_KEY_PROVIDER=openbao.")
        if not address.startswith("https:") and urlsplit(address).hostname not in LOOPBACK_HOSTS:
            self.mistakes.append("OWNKEY_OPENBAO_ADDRESS must be an https address, or one of this machine.")
        ca_file = self.text("OWNKEY_OPENBAO_CA_FILE")
        if ca_file and not Path(ca_file).is_file():
            self.mistakes.append("OWNKEY_OPENBAO_CA_FILE must be a file with certificates.")
        return (
            None
            if token is None
            else OpenBaoSettings(
                address=address,
                token=token,
                key_name=self.text("OWNKEY_OPENBAO_KEY", "ownkey"),
                mount=self.text("OWNKEY_OPENBAO_MOUNT", "transit"),
                namespace=self.text("OWNKEY_OPENBAO_NAMESPACE"),
                ca_file=Path(ca_file) if ca_file else None,
            )
        )

    def http_client(self) -> HttpClient:
        given = self.text("OWNKEY_GATEWAY_CLIENT", HttpClient.AIOHTTP)
        if given not in set(HttpClient):
            self.mistakes.append("OWNKEY_GATEWAY_CLIENT must be pyreqwest or aiohttp.")
            return HttpClient.PYREQWEST
        return HttpClient(given)

    def mail(self) -> Mail:
        security = self.text("OWNKEY_MAIL_SECURITY", MailSecurity.STARTTLS)
        if security not in set(MailSecurity):
            self.mistakes.append("OWNKEY_MAIL_SECURITY must be starttls, tls or none.")
            security = MailSecurity.STARTTLS
        sender = self.text("OWNKEY_MAIL_FROM", Mail().sender)
        if "@" not in sender or "\n" in sender:
            self.mistakes.append("OWNKEY_MAIL_FROM must be an e-mail address.")
        return Mail(
            host=self.text("OWNKEY_MAIL_HOST"),
            port=self.number("OWNKEY_MAIL_PORT", default=Mail().port, largest=65535),
            user=self.text("OWNKEY_MAIL_USER"),
            password=self.secret("OWNKEY_MAIL_PASSWORD"),
            security=MailSecurity(security),
            sender=sender,
        )
