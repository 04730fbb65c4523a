"""Host names and IP addresses: which are a Jira Cloud site's, which lead into a private network."""

import ipaddress
import re
from enum import StrEnum
from typing import Final

DEFAULT_PORTS: Final = {"https": 443, "http": 80}

LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# 127.1, 2130706433 and 0x7f.1 are all 127.0.0.1 to a resolver: no label that ends a name may be a number.
NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
LOCAL_SUFFIXES: Final = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa")
GOVERNMENT_SUFFIXES: Final = (".atlassian-us-gov-mod.net", ".atlassian-us-gov.net")
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# All that the public internet uses of IPv6. What lies outside may be an IPv4 address in one more disguise
# (`::127.0.0.1`, `::ffff:0:127.0.0.1`, a local NAT64), or a site's own (`fec0::/10`).
GLOBAL_IPV6: Final = ipaddress.ip_network("2000::/3")
# Kept for examples and for relays that are gone; Python 3.11 takes them for public.
NOT_PUBLIC: Final = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("192.88.99.0/24"))


class HostFault(StrEnum):
    """Why a host is not a Jira Cloud site's."""

    IP_ADDRESS = "site_ip_address"
    LOCAL = "site_local"
    NOT_ASCII = "site_not_ascii"
    MALFORMED = "site_malformed"
    ATLASSIAN_PAGE = "site_atlassian_page"
    NO_SITE_NAME = "site_name_missing"
    LOOK_ALIKE = "site_look_alike"
    GOVERNMENT_CLOUD = "site_government_cloud"
    OTHER = "site_other_host"


def fault_of(host: str) -> HostFault | None:
    """Return what is wrong with a host in lower case, or None for a Jira Cloud site's and for a bare name."""
    labels = host.split(".")
    tests = {
        HostFault.IP_ADDRESS: ":" in host or NUMBER.fullmatch(labels[-1]),
        HostFault.NOT_ASCII: not host.isascii() or any(label.startswith("xn--") for label in labels),
        HostFault.MALFORMED: len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels),
        HostFault.LOCAL: any(f".{host}".endswith(f".{suffix}") for suffix in LOCAL_SUFFIXES),
        HostFault.NO_SITE_NAME: host == "atlassian.net",
    }
    fault = next((fault for fault, applies in tests.items() if applies), None)
    if fault is not None or host.endswith(".atlassian.net") or "." not in host:
        return fault
    if f".{host}".endswith(".atlassian.com"):
        return HostFault.ATLASSIAN_PAGE
    if f".{host}".endswith(GOVERNMENT_SUFFIXES):
        return HostFault.GOVERNMENT_CLOUD
    return HostFault.LOOK_ALIKE if "atlassian" in host else HostFault.OTHER


def is_jira_cloud_host(host: str) -> bool:
    """Return whether a host in lower case is one of `….atlassian.net`."""
    return "." in host and fault_of(host) is None


def is_loopback_host(host: str) -> bool:
    """Return whether a host is this machine by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public_address(address: str) -> bool:
    """Return whether an IP address is on the public internet, looking through IPv6 forms of IPv4 addresses.

    Loopback, private, link-local (cloud metadata among them), shared, reserved and multicast ones are not.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public_address(str(embedded))
        if ip not in GLOBAL_IPV6:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NOT_PUBLIC)
