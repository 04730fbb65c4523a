"""Links of Jira's in answers are made to lead back through the gateway, and those sent to it to lead to Jira.

Two kinds of address become the gateway's: the API base of the cloud id, and the site's `/rest/`. `/browse/`
and everything else on the site stays: people click it.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from ownkey.gateway.document_links import DocumentLinks
from ownkey.gateway.link_addresses import Addresses
from ownkey.gateway.link_places import Places


class LinkTable:
    """The links of one ALM account, seen from one address of the gateway."""

    __slots__ = (
        "_answers",
        "_documents",
        "_in_headers",
        "_local_prefix",
        "_pairs",
        "_public_base",
        "_requests",
    )

    def __init__(self, *, api_base: str, site_url: str, public_base: str) -> None:
        pairs = {f"{site_url}/rest/": f"{public_base}/rest/"}
        if api_base != site_url:
            pairs[f"{api_base}/"] = f"{public_base}/"
        # Within custom fields one address alone is exchanged: the way back is then always the same.
        of_fields = f"{api_base}/" if api_base != site_url else f"{site_url}/rest/"
        self._answers = Addresses(pairs, of_fields=of_fields)
        self._requests = Addresses({pairs[of_fields]: of_fields}, of_fields=pairs[of_fields])
        self._documents: dict[tuple[Addresses, Places], DocumentLinks] = {}
        self._pairs = {old.encode(): new.encode() for old, new in pairs.items()}
        longest_first = sorted(self._pairs, key=len, reverse=True)
        self._in_headers = re.compile(b"|".join(map(re.escape, longest_first)))
        self._public_base = public_base.encode()
        self._local_prefix = urlsplit(api_base).path.encode()

    def in_answers(self, places: Places) -> DocumentLinks:
        """Return what makes links in answers lead to the gateway."""
        return self._in_documents(self._answers, places)

    def in_requests(self, places: Places) -> DocumentLinks:
        """Return what makes links in what is sent lead to Jira again."""
        return self._in_documents(self._requests, places)

    def _in_documents(self, addresses: Addresses, places: Places) -> DocumentLinks:
        """Return what is made once for each of the few kinds of places."""
        made = self._documents.get((addresses, places))
        if made is None:
            made = self._documents[addresses, places] = DocumentLinks(addresses, places)
        return made

    def rewrite_field(self, name: bytes, value: bytes) -> bytes:
        """Return the value of a header field of an answer that holds links, led to the gateway."""
        if name != b"link" and value.startswith(b"/") and not value.startswith(b"//"):
            return self.rewrite_local(value)
        return self.rewrite_header(value)

    def rewrite_header(self, value: bytes) -> bytes:
        """Return the value of a header field that holds links, led to the gateway."""
        return self._in_headers.sub(lambda match: self._pairs[match[0]], value)

    def rewrite_local(self, target: bytes) -> bytes:
        """Return what a link of Jira's that names no host (`/rest/…`) is here: a link to the gateway."""
        if self._local_prefix and target.startswith(self._local_prefix + b"/"):
            target = target.removeprefix(self._local_prefix)
        return self._public_base + target


@lru_cache(maxsize=1024)
def link_table(api_base: str, site_url: str, public_base: str) -> LinkTable:
    """Return the table for these three addresses, made once."""
    return LinkTable(api_base=api_base, site_url=site_url, public_base=public_base)
