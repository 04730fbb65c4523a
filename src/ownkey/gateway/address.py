"""Which ALM account a request is for and which of Jira's paths it means, from the raw path and the host.

Paths are never decoded, joined or tidied here: what is authorised is what is sent. One slash more where the
gateway's address ends and Jira's path begins belongs to the address, since people write it at its end.

Links lead back to an address that the operator gave. A request's own host is taken only where none was given,
and its scheme only where Ownkey's own address is not https: a client key must not travel in the clear.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from ownkey.gateway.asgi import Scope

_PREFIX = re.compile(r"/jira/([a-z0-9](?:[a-z0-9-]{0,62}))(?:/(?=/))?(/.*)?", re.ASCII | re.DOTALL)
_LEADING_SLASH = re.compile(r"\A/(?=/[^/])")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
CACHED_TARGETS = 4096
LONGEST_CACHED_PATH = 512

_HOST = re.compile(rb"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request wants to go.

    Attributes:
        account_slug: The ALM account that the address names.
        path: Jira's path, raw, with its first slash.
        base_url: What stands before that path in the address that the client used; links lead back there.
    """

    account_slug: str
    path: str
    base_url: str


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """The addresses under which the gateway answers.

    Attributes:
        public_url: Where clients reach it, such as `https://ownkey.example`; None takes each request's own
            host.
        wildcard_host: With `jira.ownkey.example`, `acme.jira.ownkey.example` is the ALM account `acme`.
        only_account: With a slug, every path on this port is that ALM account's.
        is_https: Whether Ownkey is reached over https, so that links begin with it whatever a request says.
    """

    public_url: str | None = None
    wildcard_host: str | None = None
    only_account: str | None = None
    is_https: bool = False

    def target_of(self, scope: Scope) -> Target | None:
        """Return where a request wants to go, or None if its address is not one of the gateway's."""
        raw_path: bytes | None = scope.get("raw_path")
        if raw_path is None:
            return None
        # Long paths are not kept: a cache must not be a way to fill the memory.
        find = _target_of if len(raw_path) <= LONGEST_CACHED_PATH else _target_of.__wrapped__
        return find(self, raw_path, _host_of(scope), scope["scheme"])

    def read(self, raw_path: bytes, host: str | None, scheme: str) -> Target | None:
        """Return what a path under a host means."""
        if host is None and self.public_url is None:
            return None
        path = raw_path.decode("latin-1")  # what is not ASCII is an unsafe path, and refused as one
        origin = self.public_url or f"{'https' if self.is_https else scheme}://{host}"
        if self.only_account is not None:
            return Target(self.only_account, _LEADING_SLASH.sub("", path), origin)
        if host is not None and (slug := self._account_of_host(host)) is not None:
            return Target(slug, _LEADING_SLASH.sub("", path), self._address_of_host(slug, host, origin))
        match = _PREFIX.fullmatch(path)
        if match is None:
            return None
        return Target(match[1], match[2] or "/", f"{origin}/jira/{match[1]}")

    def _address_of_host(self, slug: str, host: str, origin: str) -> str:
        parts = urlsplit(origin)
        if self.public_url is None:
            return f"{parts.scheme}://{host}"
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{slug}.{self.wildcard_host}{port}"

    def _account_of_host(self, host: str) -> str | None:
        if self.wildcard_host is None:
            return None
        slug, _, rest = host.partition(":")[0].lower().partition(".")
        return slug if rest == self.wildcard_host and _SLUG.fullmatch(slug) else None


@lru_cache(maxsize=CACHED_TARGETS)
def _target_of(addresses: Addresses, raw_path: bytes, host: str | None, scheme: str) -> Target | None:
    return addresses.read(raw_path, host, scheme)


def _host_of(scope: Scope) -> str | None:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return _readable_host(hosts[0]) if len(hosts) == 1 else None


@lru_cache(maxsize=128)
def _readable_host(value: bytes) -> str | None:
    return value.decode("ascii") if _HOST.fullmatch(value) else None
