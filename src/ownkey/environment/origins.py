"""Origins as an operator writes them, in the spelling that browsers send: host in ASCII, no usual port."""

import ipaddress
import re
from enum import Enum, auto
from urllib.parse import SplitResult, urlsplit

import idna

from ownkey.atlassian.hosts import DEFAULT_PORTS, LABEL, NUMBER

LONGEST_HOST = 253


class OriginFault(Enum):
    """Why an address is not one that Ownkey can use."""

    NONE_AT_ALL = auto()
    NO_SCHEME = auto()
    PATH = auto()
    USER = auto()
    WILDCARD = auto()
    HOST = auto()


def read_origin(text: str) -> str | OriginFault:
    """Return `scheme://host[:port]` as a browser writes it, or what is wrong.

    Letters outside ASCII become what DNS and browsers make of them (IDNA), so that both spellings are one.
    """
    if any(character.isspace() or not character.isprintable() for character in text):
        return OriginFault.NONE_AT_ALL
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return OriginFault.NONE_AT_ALL
    if fault := _fault_beside_host(text, parts):
        return fault
    host = _host(parts.hostname or "")
    if host is None:
        return OriginFault.HOST
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[parts.scheme] else "")


def is_host_of_browsers(origin: str) -> bool:
    """Return whether a browser can name the host of an origin; other machines may have freer names."""
    host = urlsplit(origin).hostname or ""
    if ":" in host:
        return True
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        return _is_ip_address(host)
    return len(host) <= LONGEST_HOST and all(LABEL.fullmatch(label) for label in labels)


def ascii_host(host: str) -> str | None:
    """Return a host as DNS knows it, None where it can be no host."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None


def _fault_beside_host(text: str, parts: SplitResult) -> OriginFault | None:
    if parts.scheme not in DEFAULT_PORTS:
        looks_right = re.match(r"[\w.-]+\.[\w-]+(:\d+)?(/|$)", text)
        return OriginFault.NO_SCHEME if looks_right else OriginFault.NONE_AT_ALL
    if parts.username is not None:
        return OriginFault.USER
    if not parts.hostname:
        return OriginFault.NONE_AT_ALL
    if "*" in parts.hostname:
        return OriginFault.WILDCARD
    return OriginFault.PATH if parts.path not in {"", "/"} or parts.query or parts.fragment else None


def _host(host: str) -> str | None:
    if ":" in host:
        return f"[{ipaddress.ip_address(host)}]" if _is_ip_address(host) and "%" not in host else None
    return ascii_host(host.removesuffix("."))


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
