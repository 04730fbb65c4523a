"""Variables of an environment turned into values, one by one, with the mistakes gathered on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ownkey.atlassian.hosts import is_loopback_host
from ownkey.secret import Secret


@dataclass(frozen=True, slots=True)
class Listener:
    """Where something listens."""

    host: str
    port: int


class Variables:
    """Reads variables by name; `mistakes` holds one sentence for each that cannot be used."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """Return a variable without blanks around it."""
        return self.environ.get(name, "").strip() or default

    def secret(self, name: str, *, shortest: int = 0) -> Secret | None:
        """Return a secret from its variable or its file, None if there is neither."""
        value = self.secret_text(name)
        if not value:
            return None
        if len(value) < shortest:
            self.mistakes.append(f"{name} must have at least {shortest} characters.")
        return Secret(value)

    def secret_text(self, name: str) -> str:
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
        """Return an origin such as `https://host`."""
        given = self.text(name)
        if not given:
            return default
        origin = _as_origin(given)
        if origin is None:
            self.mistakes.append(f"{name} must be an address such as https://host or http://host:8000.")
            return default
        return origin

    def origins(self, name: str) -> frozenset[str]:
        """Return a comma-separated list of origins."""
        found = [_as_origin(part.strip()) for part in self.text(name).split(",") if part.strip()]
        if None in found:
            self.mistakes.append(
                f"{name} must be a comma-separated list of addresses such as https://jira.example.com."
            )
        return frozenset(origin for origin in found if origin)

    def number(self, name: str, *, default: int, largest: int) -> int:
        """Return a whole number."""
        given = self.text(name)
        if not given:
            return default
        if not (given.isascii() and given.isdigit()) or int(given) > largest:
            self.mistakes.append(f"{name} must be a whole number from 0 to {largest}.")
            return default
        return int(given)

    def certificates(self, name: str) -> Path | None:
        """Return the file of certificates that a variable names, None if it names none."""
        given = self.text(name)
        if given and not Path(given).is_file():
            self.mistakes.append(f"{name} must be a file with certificates.")
        return Path(given) if given else None

    def listener(self, name: str) -> Listener | None:
        """Return an address and a port to listen on, None for nowhere."""
        given = self.text(name)
        if not given:
            return None
        try:
            parts = urlsplit(f"//{given}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or not port or given not in {f"{host}:{port}", f"[{host}]:{port}"}:
            self.mistakes.append(f"{name} must be an address and a port such as 127.0.0.1:9090.")
            return None
        return Listener(host, port)

    def switch(self, name: str) -> bool:
        """Return what is switched on with 1 and off with 0."""
        given = self.text(name, "0").lower()
        if given not in {"0", "1", "true", "false", "yes", "no"}:
            self.mistakes.append(f"{name} must be 1 or 0.")
        return given in {"1", "true", "yes"}


def is_safe(address: str) -> bool:
    """Return whether a secret may be sent to an address: over https, or within this machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(host)))


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
