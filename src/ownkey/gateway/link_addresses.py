r"""How a link is found in the bytes of a JSON document: plain, or its slashes written as `\/` or `\u002f`."""

import re
from collections.abc import Mapping
from itertools import combinations
from urllib.parse import urlsplit

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


class Marks:
    """What of links is in data: the beginnings themselves, or their hosts where slashes may be escaped."""

    __slots__ = ("are_hosts", "found")

    def __init__(self, found: list[bytes], *, are_hosts: bool) -> None:
        self.found = found
        self.are_hosts = are_hosts

    def are_in(self, data: bytes, start: int, end: int) -> bool:
        """Whether a link may begin between two places in data."""
        return any(data.find(mark, start, end) != -1 for mark in self.found)


class Addresses:
    """Beginnings of links and what takes their place, compiled for documents.

    Attributes:
        plain: The beginnings as they are, and what takes the place of each, the longest first.
        are_apart: Whether one after the other can be replaced, since none makes another one's beginning.
        of_fields: The one beginning that is exchanged within custom fields.
        everywhere: Finds the colon before every link, its slashes written in any way.
        field_links: Finds the links of a custom field's value.
        role_links: Finds the links in a map of roles.
        file_behind: Matches behind the beginning of a link that leads to a file.
        any_behind: Matches the string that is a link from its quote on.
    """

    __slots__ = (
        "_beginnings",
        "_hosts",
        "_replacements",
        "any_behind",
        "are_apart",
        "everywhere",
        "field_links",
        "file_behind",
        "of_fields",
        "plain",
        "role_links",
    )

    def __init__(self, pairs: Mapping[str, str], *, of_fields: str) -> None:
        """Take what is replaced by what; within custom fields only `of_fields` is: it has one way back."""
        self._replacements = {old.encode(): new.encode() for old, new in pairs.items()}
        old = sorted(pairs, key=len, reverse=True)
        self.plain = tuple((each.encode(), pairs[each].encode()) for each in old)
        self._beginnings = tuple(old for old, _ in self.plain)
        self.are_apart = not any(
            new.startswith(later) or later.startswith(new)
            for (_, new), (later, _) in combinations(self.plain, 2)
        )
        self.of_fields = of_fields.encode()
        escaped = _escapable(*old)
        self._hosts = tuple({urlsplit(each).netloc.encode() for each in pairs})
        self.everywhere = re.compile(rb':\s*+"(' + escaped + rb")")
        self.any_behind = re.compile(rb'\s*+"(' + escaped + rb")")
        self.file_behind = re.compile(_behind(_FILE))
        names = rb"(?:self|jiraRest|[1-9]\d{1,2}x[1-9]\d{1,2})"
        self.field_links = re.compile(
            rb'"(?<!\\")'
            + names
            + rb'"\s*+:\s*+"('
            + _escapable(of_fields)
            + rb")(?=(?:"
            + OF_A_FIELD
            + rb')")'
        )
        self.role_links = re.compile(
            rb'[{,]\s*+"(?:[^"\\]++|\\.)*+"\s*+:\s*+"(' + escaped + rb")(?=" + _behind(_ROLE) + rb'")'
        )

    def marks_in(self, data: bytes) -> Marks:
        """Return what of links is in data, where slashes may be escaped their hosts; no link is without."""
        if b"\\" in data and (b"\\/" in data or b"\\u002" in data):
            return Marks([host for host in self._hosts if host in data], are_hosts=True)
        return Marks([old for old in self._beginnings if old in data], are_hosts=False)

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


OF_A_FIELD = _behind(*_OF_FIELDS)
"""The expression of what follows behind `of_fields` in values of custom fields."""
