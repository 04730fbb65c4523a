"""What the environment says: the one module that reads it, without importing Django.

`read_environment` turns the variables into one frozen `Environment`, or raises one
`EnvironmentMistakesError` that names every mistake by its variable and none by its value.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ownkey.secret import Secret

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
    """Everything that the operator decides, read once at the start."""

    home: Path
    database_file: Path
    base_url: str = BASE_URL
    secret_key: Secret | None = None
    atlassian_api_url: str = ATLASSIAN_API_URL
    atlassian_id_url: str = ATLASSIAN_ID_URL
    trusted_sites: frozenset[str] = frozenset()
    trusted_proxies: int = 0
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
    def mail_folder(self) -> Path:
        """Where mail is written when there is no mail server."""
        return self.home / "mail"

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
    result = Environment(
        home=home,
        database_file=reader.database_file(home),
        base_url=reader.origin("OWNKEY_BASE_URL", default=BASE_URL),
        secret_key=reader.secret("OWNKEY_SECRET_KEY", shortest=SHORTEST_SECRET_KEY),
        atlassian_api_url=reader.origin("OWNKEY_ATLASSIAN_API_URL", default=ATLASSIAN_API_URL),
        atlassian_id_url=reader.origin("OWNKEY_ATLASSIAN_ID_URL", default=ATLASSIAN_ID_URL),
        trusted_sites=reader.origins("OWNKEY_TRUSTED_SITES"),
        trusted_proxies=reader.number("OWNKEY_TRUSTED_PROXIES", default=0, largest=10),
        mail=reader.mail(),
        is_demo=reader.switch("OWNKEY_DEMO"),
    )
    reader.refuse_cache()
    if reader.mistakes:
        raise EnvironmentMistakesError(tuple(reader.mistakes))
    return result


class _Reader:
    """Reads variables one by one and gathers the mistakes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

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
        url = self._value_of("OWNKEY_DATABASE_URL")
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

    def secret(self, name: str, *, shortest: int = 0) -> Secret | None:
        value = self._value_of(name)
        if not value:
            return None
        if len(value) < shortest:
            self.mistakes.append(f"{name} must have at least {shortest} characters.")
        return Secret(value)

    def _value_of(self, name: str) -> str:
        """Return the value of a secret, from its variable or from the file that `…_FILE` names."""
        direct, file = self.text(name), self.text(f"{name}_FILE")
        if direct and file:
            self._once(f"Give {name} or {name}_FILE, not both.")
        if direct or not file:
            return direct
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self._once(f"The file that {name}_FILE names cannot be read.")
            return ""
        if not value:
            self._once(f"The file that {name}_FILE names is empty.")
        return value

    def _once(self, mistake: str) -> None:
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def origin(self, name: str, *, default: str) -> str:
        given = self.text(name)
        if not given:
            return default
        origin = _as_origin(given)
        if origin is None:
            self.mistakes.append(f"{name} must be an address such as https://host or http://host:8000.")
            return default
        return origin

    def origins(self, name: str) -> frozenset[str]:
        found = [_as_origin(part.strip()) for part in self.text(name).split(",") if part.strip()]
        if None in found:
            self.mistakes.append(
                f"{name} must be a comma-separated list of addresses such as https://jira.example.com."
            )
        return frozenset(origin for origin in found if origin)

    def number(self, name: str, *, default: int, largest: int) -> int:
        given = self.text(name)
        if not given:
            return default
        if not (given.isascii() and given.isdigit()) or int(given) > largest:
            self.mistakes.append(f"{name} must be a whole number from 0 to {largest}.")
            return default
        return int(given)

    def switch(self, name: str) -> bool:
        given = self.text(name, "0").lower()
        if given not in {"0", "1", "true", "false", "yes", "no"}:
            self.mistakes.append(f"{name} must be 1 or 0.")
        return given in {"1", "true", "yes"}

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


def _as_origin(text: str) -> str | None:
    """Return `scheme://host[:port]` in lower case, or None when `text` is not just an origin."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    bad = (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username is not None
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
        or any(character.isspace() for character in text)
    )
    if bad or parts.hostname is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")
