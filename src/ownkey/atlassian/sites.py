"""Site addresses: what a person pastes, which site that is, and which addresses Ownkey may speak to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ownkey.atlassian.hosts import DEFAULT_PORTS, HostFault, fault_of, is_jira_cloud_host, is_loopback_host
from ownkey.unseen import QUOTES, unseen_in, without_ends

ATLASSIAN_API_URL: Final = "https://api.atlassian.com"
ATLASSIAN_ID_URL: Final = "https://id.atlassian.com"
LENGTH_LIMIT: Final = 2000
TRUSTED_VARIABLE: Final = "OWNKEY_TRUSTED_SITES"

SCHEME: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*):)?//(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE
)
UUID: Final = re.compile(
    r"(?<![0-9a-z-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z-])", re.IGNORECASE
)

# Where a Data Center's own pages begin; what stands before them is the path that it lives under.
DATA_CENTER_PAGES: Final = re.compile(
    r"/(?:secure|browse|rest|projects|issues|plugins|login\.jsp|servicedesk)(?:/|$)|/$"
)

MESSAGES: Final = {
    "site_blank": "Type the address of your Jira, for example https://acme.atlassian.net.",
    "site_too_long": "The address is far too long: copy it from the address bar of your Jira again.",
    "site_email": "This is an e-mail address: type the address of your Jira, such as acme.atlassian.net.",
    "site_user_info": "The address holds a user name or password: leave out everything up to the @.",
    "site_malformed": "This is not an address: copy it from the address bar of your Jira.",
    "site_not_https": "The address must begin with https://, because a token is never sent in the clear.",
    "site_port": "Jira Cloud has no other port than 443: leave out the port.",
    HostFault.IP_ADDRESS: "A Jira Cloud site has no IP address: type its name, such as acme.atlassian.net.",
    HostFault.LOCAL: (
        "This address is inside your own network: type your Jira Cloud site, or have an operator add the "
        f"address to {TRUSTED_VARIABLE}."
    ),
    HostFault.NOT_ASCII: ("The address has letters that only look like the usual ones: type it by hand."),
    HostFault.ATLASSIAN_PAGE: (
        "This is one of Atlassian's own pages, not your Jira: type the site's address, such as "
        "acme.atlassian.net."
    ),
    HostFault.NO_SITE_NAME: "The site's name is missing before .atlassian.net.",
    HostFault.LOOK_ALIKE: "This only looks like Atlassian's address: a Jira site's ends in .atlassian.net.",
    HostFault.GOVERNMENT_CLOUD: (
        "This is a site of Atlassian's Government Cloud, whose API gateway Ownkey does not know: ask an "
        f"operator whether to add the site to {TRUSTED_VARIABLE}."
    ),
    HostFault.OTHER: (
        "Ownkey speaks only to https://….atlassian.net: type the address that the site has there, or have an "
        f"operator add this one to {TRUSTED_VARIABLE}."
    ),
    "site_data_center_untrusted": (
        "Ownkey does not know this Jira Data Center: have an operator add its address to "
        f"{TRUSTED_VARIABLE}, then try again."
    ),
    "site_is_cloud": "This is a Jira Cloud site: choose Jira Cloud as the type.",
    "cloud_id_blank": (
        "Type the cloud id: open the site's address with /_edge/tenant_info at its end and copy it."
    ),
    "cloud_id_malformed": (
        "A cloud id has 32 digits and letters a to f in five groups: open the site's address with "
        "/_edge/tenant_info at its end and copy it from there."
    ),
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """The origins that Ownkey may dial beside `https://….atlassian.net`.

    Attributes:
        api_url: The gateway's origin; https, or http on loopback.
        trusted_sites: Origins that an operator allowed; the only way to http, loopback and private addresses.
        id_url: The origin of Atlassian's account pages, for links; it is never dialled.
    """

    api_url: str = ATLASSIAN_API_URL
    trusted_sites: frozenset[str] = frozenset()
    id_url: str = ATLASSIAN_ID_URL

    def trusts(self, origin: str) -> bool:
        """Return whether an operator allowed this origin by name."""
        return origin in set(_origins(self.trusted_sites))

    def may_dial(self, url: str) -> bool:
        """Return whether Ownkey may open a connection to a URL's host at all."""
        origin = origin_of(url)
        if self.trusts(origin):
            return True
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if origin == origin_of(self.api_url):
            return parts.scheme == "https" or is_loopback_host(host)
        return parts.scheme == "https" and parts.port is None and is_jira_cloud_host(host)

    def may_be_private(self, host: str, port: int) -> bool:
        """Return whether a host may have a private or loopback address: only one that an operator chose."""
        chosen = set(_origins(self.trusted_sites))
        if origin_of(self.api_url) != ATLASSIAN_API_URL:
            chosen.add(origin_of(self.api_url))
        return (host, port) in {_host_and_port(origin) for origin in chosen}


@dataclass(frozen=True, slots=True)
class Site:
    """One Jira: its origin, and for Data Center the path that it lives under."""

    origin: str
    context_path: str = ""

    @property
    def url(self) -> str:
        """Return the site's base URL, without a slash at the end."""
        return self.origin + self.context_path


class SiteError(ValueError):
    """A site address or cloud id that cannot be used; `message` says why and what to do."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = str(code)
        self.message = MESSAGES[code] if message is None else message
        super().__init__(self.message)


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, in lower case and without a default port.

    Raises:
        ValueError: The URL has no host, or a port that is no number.
    """
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    if not host:
        raise ValueError("The URL has no host.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        "" if port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{port}"
    )


def parse_site(text: str, *, addresses: Addresses, data_center: bool = False) -> Site:
    """Return the site that a person meant by a name, a host or any address inside it.

    Raises:
        SiteError: It is no site that Ownkey may speak to.
    """
    scheme, authority, rest = _split(text)
    trusted = _trusted_origin(scheme, authority, addresses=addresses)
    if data_center:
        return _data_center_site(trusted, authority, rest)
    if trusted is not None:
        return Site(trusted)
    if scheme not in {"", "https", "http"}:
        raise SiteError("site_malformed")
    host, _, port = authority.partition(":") if authority.count(":") == 1 else (authority, "", "")
    fault = fault_of(host.removesuffix("."))
    if fault is not None:
        raise SiteError(fault)
    if port not in {"", "443"}:
        raise SiteError("site_port" if port.isdecimal() else "site_malformed")
    if scheme == "http":
        raise SiteError("site_not_https")
    host = host.removesuffix(".")
    return Site(f"https://{host}" if "." in host else f"https://{host}.atlassian.net")


def parse_cloud_id(text: str) -> str:
    """Return the one cloud id in what a person pasted: itself, the answer of `/_edge/tenant_info`, or a URL.

    Raises:
        SiteError: There is none, or more than one.
    """
    if not text.strip():
        raise SiteError("cloud_id_blank")
    found = {match[0].lower() for match in UUID.finditer(text[:LENGTH_LIMIT])}
    if len(found) != 1:
        raise SiteError("cloud_id_malformed")
    return found.pop()


def _split(text: str) -> tuple[str, str, str]:
    """Return scheme (empty if none was typed), authority and the rest, the first two in lower case."""
    text = without_ends(text).strip(f"<>{QUOTES}").strip().rstrip(",;").strip(f"<>{QUOTES}")
    if not text:
        raise SiteError("site_blank")
    if len(text) > LENGTH_LIMIT:
        raise SiteError("site_too_long")
    # urlsplit drops tabs and line breaks, and browsers turn \ into /: both are refused before splitting.
    if hidden := unseen_in(text):
        message = f"{MESSAGES['site_malformed']} It holds {hidden}, which cannot be seen."
        raise SiteError("site_malformed", message)
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in text):
        raise SiteError("site_malformed")
    if re.fullmatch(r"(mailto:)?[^@/:]+@[^@/:]+", text, re.IGNORECASE):
        raise SiteError("site_email")
    match = ADDRESS.fullmatch(text if SCHEME.match(text) else f"//{text}")
    if match is None or not match["authority"]:
        raise SiteError("site_malformed")
    if "@" in match["authority"]:
        raise SiteError("site_user_info")
    return (match["scheme"] or "").lower(), match["authority"].lower(), match["rest"]


def _trusted_origin(scheme: str, authority: str, *, addresses: Addresses) -> str | None:
    for candidate in (scheme,) if scheme else ("https", "http"):
        try:
            origin = origin_of(f"{candidate}://{authority}")
        except ValueError:
            return None
        if addresses.trusts(origin):
            return origin
    return None


def _data_center_site(trusted: str | None, authority: str, rest: str) -> Site:
    if trusted is None:
        raise SiteError(
            "site_is_cloud"
            if is_jira_cloud_host(authority.partition(":")[0])
            else "site_data_center_untrusted"
        )
    path = re.split(r"[?#]", rest)[0]
    context_path = DATA_CENTER_PAGES.split(path, maxsplit=1)[0]
    if not re.fullmatch(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", context_path):
        raise SiteError("site_malformed")
    return Site(trusted, context_path)


def _origins(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        try:
            yield origin_of(url)
        except ValueError:
            continue


def _host_and_port(origin: str) -> tuple[str, int]:
    parts = urlsplit(origin)
    return parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
