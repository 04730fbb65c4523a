"""A site's cloud id, asked from the site itself: without a credential, and with no trust in the answer.

Source: facts.md section 2 (`GET /_edge/tenant_info` answers `{"cloudId": uuid}`; other keys are ignored).
"""

import json
from typing import Final
from urllib.parse import urlsplit

from ownkey.atlassian.hosts import is_jira_cloud_host
from ownkey.atlassian.sites import UUID, Site, SiteError
from ownkey.atlassian.wire import Answer, NoAnswer, NoAnswerCause, WireRequest

BODY_LIMIT: Final = 64 * 1024
WAY_OUT: Final = "or type the cloud id in by hand"

NO_ANSWER_CODES: Final = {
    NoAnswerCause.NAME_UNKNOWN: "site_unknown",
    NoAnswerCause.NO_NAME_SERVICE: "site_no_name_service",
    NoAnswerCause.REFUSED: "site_refused_connection",
    NoAnswerCause.UNREACHABLE: "site_unreachable",
    NoAnswerCause.TLS: "site_tls",
    NoAnswerCause.TIMED_OUT: "site_slow",
    NoAnswerCause.CUT: "site_cut",
    NoAnswerCause.MALFORMED: "site_no_http",
    NoAnswerCause.PRIVATE_ADDRESS: "site_private_address",
    NoAnswerCause.NOT_ALLOWED: "site_not_allowed",
}

MESSAGES: Final = {
    "site_unknown": (
        "No site of this name is found from here: check how it is spelled and whether this machine's DNS "
        f"works, {WAY_OUT}."
    ),
    "site_no_name_service": (
        "Names cannot be looked up from this machine at the moment, so the site is not found: check its "
        "network connection and its DNS, then try again."
    ),
    "site_refused_connection": f"Nothing answers at the site's address: check it, {WAY_OUT}.",
    "site_unreachable": (
        "The site cannot be reached from this machine: check its network connection and firewall, then try "
        "again."
    ),
    "site_tls": (
        "The site's certificate is not trusted here, so nothing was sent: check the address; where your "
        "organisation opens TLS on the way, have an operator name its authority in SSL_CERT_FILE."
    ),
    "site_slow": f"The site took too long to answer: try again in a minute, {WAY_OUT}.",
    "site_cut": f"The site's answer broke off: try again, {WAY_OUT}.",
    "site_no_http": f"What answers at this address is no web site: check it, {WAY_OUT}.",
    "site_private_address": (
        "The site's name leads into a private network, so nothing was sent: check the name and this "
        "machine's DNS, or have an operator add the address to OWNKEY_TRUSTED_SITES."
    ),
    "site_not_allowed": (
        "Ownkey may not speak to this address: have an operator add it to OWNKEY_TRUSTED_SITES."
    ),
    "site_moved": (
        f"The site now lives at another address and may have been renamed: use its new address, {WAY_OUT}."
    ),
    "site_redirects": (
        f"The site sends its visitors elsewhere instead of telling its cloud id: check it, {WAY_OUT}."
    ),
    "site_missing": (
        f"There is no Jira Cloud site at this address: check how its name is spelled, {WAY_OUT}."
    ),
    "site_rate_limited": "The site asks for fewer requests: wait a minute and try again.",
    "site_down": (
        "The site is not working at the moment: try again in a few minutes, and look at "
        "status.atlassian.com if it lasts."
    ),
    "site_huge": f"The site's answer is far too long to be a cloud id: check the address, {WAY_OUT}.",
    "site_html": f"The site answers with a web page instead of its cloud id: check the address, {WAY_OUT}.",
    "site_no_cloud_id": f"The site's answer holds no cloud id: check the address, {WAY_OUT}.",
}


def tenant_request(site: Site) -> WireRequest:
    """Return the request that asks a site for its cloud id; it carries no credential."""
    return WireRequest(method="GET", url=f"{site.origin}/_edge/tenant_info", body_limit=BODY_LIMIT)


def read_cloud_id(answer: Answer | NoAnswer, *, site: Site) -> str:
    """Return the cloud id in a site's answer: a UUID, whatever else the answer holds.

    Raises:
        SiteError: There is none; each cause has its own code.
    """
    if isinstance(answer, NoAnswer):
        raise _error(NO_ANSWER_CODES[answer.cause])
    if 300 <= answer.status < 400:
        raise _redirect_error(answer.header("location"), site=site)
    code = _fault_of_status(answer.status)
    if code is None and answer.is_truncated:
        code = "site_huge"
    if code is None and answer.looks_like_html:
        code = "site_html"
    if code is not None:
        raise _error(code)
    try:
        document = json.loads(answer.body)
        cloud_id = document["cloudId"]
        if UUID.fullmatch(cloud_id):
            return str(cloud_id).lower()
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise _error("site_no_cloud_id")


def _error(code: str) -> SiteError:
    return SiteError(code, MESSAGES[code])


def _fault_of_status(status: int) -> str | None:
    if status == 429:
        return "site_rate_limited"
    if status >= 500:
        return "site_down"
    if status in {404, 410}:
        return "site_missing"
    return None if status == 200 else "site_no_cloud_id"


def _redirect_error(location: str, *, site: Site) -> SiteError:
    try:
        host = (urlsplit(location).hostname or "").lower()
    except ValueError:
        host = ""
    if host in {"", urlsplit(site.origin).hostname}:
        return _error("site_redirects")
    if not is_jira_cloud_host(host):
        # Only a name that Ownkey would accept is repeated: the rest is whatever the other side made up.
        return _error("site_moved")
    return SiteError(
        "site_moved",
        f"The site sends its visitors to {host} and may have been renamed: use that address, {WAY_OUT}.",
    )
