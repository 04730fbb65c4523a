r"""How a link is found in the bytes of a JSON document: plain, or its slashes written as `\/` or `\u002f`."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ownkey.gateway.link_places import APPS_MARKS, KEPT_TOGETHER

_SLASH = rb"(?:/|\\/|\\u002[fF])"
_AN_ESCAPED_SLASH = re.compile(rb"\\/|\\u002[fF]")

_OF_FIELDS = (
    r"api/(?:2|3|latest)/customFieldOption/\d{1,20}",
    r"api/(?:2|3|latest)/(?:version|project)/\d{1,20}",
    r"api/(?:2|3|latest)/user\?accountId=[^\"\\&]{1,200}",
    r"api/(?:2|3|latest)/group\?group(?:Id|name)=[^\"\\&]{1,300}",
    r"api/(?:2|3|latest)/universal_avatar/view/type/\w{1,40}/avatar/\d{1,20}(?:\?size=\w{1,10})?",
    r"servicedeskapi/(?:request|organization|requesttype|servicedesk)/[^\"\\]{1,200}",
)
"""What Jira's own kinds of custom field link to, behind `/rest/`."""
_ROLE = r"api/(?:2|3|latest)/project/[^\"\\]{1,300}?/role/\d{1,20}"
_FILE = r"(?:api/(?:2|3|latest)/attachment|servicedeskapi)/"


_ENDINGS = b"|".join(sorted({name[-2:] for name in KEPT_TOGETHER})) + rb"|[\d_]\d"
"""The last two letters of all names whose object or list is more than looked into; most end otherwise."""


class Addresses:
    """Beginnings of links and what takes their place, compiled for documents.

    Attributes:
        hosts: What a document without any of these has no link without.
        field_links: Finds the links of a custom field's value.
        role_links: Finds the links in a map of roles.
        file_behind: Matches behind the beginning of a link that leads to a file.
        any_behind: Matches the string that is a link from its quote on.
    """

    __slots__ = (
        "_compact",
        "_escaped",
        "_plain",
        "_replacements",
        "any_behind",
        "field_links",
        "file_behind",
        "hosts",
        "role_links",
    )

    def __init__(self, pairs: Mapping[str, str], *, of_fields: str) -> None:
        """Take what is replaced by what; within custom fields only `of_fields` is: it has one way back."""
        self._replacements = {old.encode(): new.encode() for old, new in pairs.items()}
        old = sorted(pairs, key=len, reverse=True)
        plain, escaped = b"|".join(re.escape(each.encode()) for each in old), _escapable(*old)
        self.hosts = tuple({urlsplit(each).netloc.encode() for each in pairs})
        self._compact = re.compile(
            rb":(?:[{\[](?<=(?:" + _ENDINGS + rb')":[{\[])|\s*+"(' + plain + rb")|\s++[{\[]|(?<=\s:)[{\[])"
        )
        self._plain = re.compile(rb':\s*+(?:[{\[]|"(' + plain + rb"))")
        self._escaped = re.compile(rb':\s*+(?:[{\[]|"(' + escaped + rb"))")
        self.any_behind = re.compile(rb'\s*+"(' + escaped + rb")")
        self.file_behind = re.compile(_behind(_FILE))
        names = rb"(?:self|jiraRest|[1-9]\d{1,2}x[1-9]\d{1,2})"
        shapes = _behind(*_OF_FIELDS)
        self.field_links = re.compile(
            rb'"(?<!\\")' + names + rb'"\s*+:\s*+"(' + _escapable(of_fields) + rb")(?=(?:" + shapes + rb')")'
        )
        self.role_links = re.compile(
            rb'[{,]\s*+"(?:[^"\\]++|\\.)*+"\s*+:\s*+"(' + escaped + rb")(?=" + _behind(_ROLE) + rb'")'
        )

    def candidates(self, document: bytes) -> re.Pattern[bytes]:
        """Return what finds each colon with a link behind it, or an object or a list that may matter."""
        if b"\\" in document:
            return self._escaped
        has_app_names = any(mark in document for mark in APPS_MARKS)
        return self._plain if has_app_names else self._compact

    def replaced(self, found: bytes) -> bytes:
        """Return what takes the place of the beginning of a link, its slashes escaped as they were."""
        plain = self._replacements.get(found)
        if plain is not None:
            return plain
        slash = _AN_ESCAPED_SLASH.search(found)
        new = self._replacements[_AN_ESCAPED_SLASH.sub(b"/", found)]
        return new.replace(b"/", slash[0]) if slash else new


def _escapable(*addresses: str) -> bytes:
    """Return the expression of addresses in a string of JSON, their slashes escaped or not."""
    return b"|".join(_SLASH.join(re.escape(part.encode()) for part in each.split("/")) for each in addresses)


def _behind(*shapes: str) -> bytes:
    """Return the expression of what follows the beginning of a link, which may have taken `rest/` along."""
    return (
        b"(?:rest"
        + _SLASH
        + b")?(?:"
        + b"|".join(each.encode().replace(b"/", _SLASH) for each in shapes)
        + b")"
    )
