"""What surrounds the process and may be why Atlassian is not reached: a proxy that is set and not used."""

from collections.abc import Mapping
from typing import Final

PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")


def unused_proxy(environ: Mapping[str, str]) -> str:
    """Return a sentence about a proxy that the environment names, "" if it names none; never its address."""
    found = next((name for name in PROXIES if environ.get(name, "").strip()), None)
    if found is None:
        return ""
    return (
        f"{found} is set, and Ownkey does not use it: it needs a direct way to Atlassian "
        "(api.atlassian.com and ….atlassian.net, port 443) through the firewall."
    )
