"""Variables of an environment turned into values, one by one, with the mistakes gathered on the way."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ownkey.atlassian.hosts import is_loopback_host
from ownkey.environment.origins import OriginFault, is_host_of_browsers, read_origin
from ownkey.environment.values import Listener
from ownkey.secret import Secret
from ownkey.unseen import text_of_secret, without_ends

LONGEST_NUMBER = 20
LARGEST_SECRET_FILE = 64 * 1024
"""How much of a file is read for a secret: one that never ends, such as a device, would fill the memory."""


_OF_ONE = {
    OriginFault.PATH: (
        "takes no path: it must be an address such as https://ownkey.example.com, for what it names needs "
        "a host or a port of its own."
    ),
    OriginFault.NO_SCHEME: "must begin with https:// or http://.",
    OriginFault.USER: "takes no user name and no password.",
    OriginFault.WILDCARD: "takes no wildcard: it must be one address such as https://host.",
}
_OF_ONE_ELSE = "must be an address such as https://host or http://host:8000."
_OF_MANY = {
    OriginFault.PATH: (
        "takes addresses without a path, such as https://jira.example.com: the whole host is trusted. A "
        "Jira that lives under a path is named with that path where its ALM account is added."
    ),
    OriginFault.NO_SCHEME: "takes addresses that begin with https:// or http://.",
    OriginFault.USER: "takes addresses without a user name and a password.",
    OriginFault.WILDCARD: (
        "takes no wildcard: name each address, such as https://jira.example.com, with commas between."
    ),
}
_OF_MANY_ELSE = "must be a comma-separated list of addresses such as https://jira.example.com."


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
        direct, file = without_ends(self.text(name)), self.text(f"{name}_FILE")
        if direct and file:
            self._once(f"Give {name} or {name}_FILE, not both.")
        if direct or not file:
            return direct
        try:
            with Path(file).open("rb") as opened:
                data = opened.read(LARGEST_SECRET_FILE + 1)
        except OSError:
            self._once(f"The file that {name}_FILE names cannot be read.")
            return ""
        if len(data) > LARGEST_SECRET_FILE:
            self._once(
                f"The file that {name}_FILE names is larger than any secret. Name a file that holds the "
                "secret alone."
            )
            return ""
        try:
            value = text_of_secret(data)
        except ValueError:
            self._once(f"The file that {name}_FILE names is no text in UTF-8.")
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
        origin = read_origin(given)
        if isinstance(origin, OriginFault):
            self.mistakes.append(f"{name} {_OF_ONE.get(origin, _OF_ONE_ELSE)}")
            return default
        return origin

    def public_origin(self, name: str, *, default: str) -> str:
        """Return an origin that browsers and tools name: one with a host that they can send."""
        origin = self.origin(name, default=default)
        if is_host_of_browsers(origin):
            return origin
        self.mistakes.append(
            f"{name} needs a host that browsers take: letters, digits and hyphens between dots, or an IP "
            "address."
        )
        return default

    def origins(self, name: str) -> frozenset[str]:
        """Return a comma-separated list of origins."""
        found = [read_origin(part.strip()) for part in self.text(name).split(",") if part.strip()]
        for fault in dict.fromkeys(each for each in found if isinstance(each, OriginFault)):
            self.mistakes.append(f"{name} {_OF_MANY.get(fault, _OF_MANY_ELSE)}")
        return frozenset(each for each in found if isinstance(each, str))

    def number(self, name: str, *, default: int, smallest: int = 0, largest: int) -> int:
        """Return a whole number."""
        given = self.text(name)
        if not given:
            return default
        # Not more digits than a number can have: turning thousands of them into one takes long.
        is_number = given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER
        if not is_number or not smallest <= int(given) <= largest:
            self.mistakes.append(f"{name} must be a whole number from {smallest} to {largest}.")
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
