"""Where the objects and lists begin that are more than looked into, and which can be passed over at once.

Most values in an answer hold no link at all, or one in the first place in which Jira's own custom fields have
theirs. One expression passes over those from bracket to bracket, so that only the few others are looked at.
Strings are not read one by one. That is sound all the same: within a string no quote stands without a
backslash before it, so that what looks like a name with its value is one.
"""

import re

from ownkey.gateway.link_addresses import OF_A_FIELD, Addresses
from ownkey.gateway.link_places import KEPT_TOGETHER, Kind, Places
from ownkey.gateway.nesting import DEEPEST_AT_ONCE, REST_OF_STRING, rest_of

_ENDINGS = b"|".join(sorted({name[-3:] for name in KEPT_TOGETHER}))
"""The last three letters of all names whose object or list is more than looked into; most end otherwise."""
_MAY_MATTER = rb"(?<=(?:" + _ENDINGS + rb')":[{\[])(?<!"fields":.)'
_MAY_BE_A_CUSTOM_FIELD = rb'(?<=\d":[{\[])'
_IS_A_CUSTOM_FIELD = (
    b"(?:" + b"|".join(rb'(?<=[{,]"customfield_\d{%d}":.)' % digits for digits in (4, 5, 6)) + b")"
)
_BEHIND_A_NAME = rb'(?<=[^\s,:{\[\\]":)'
"""Behind a colon that surely stands outside of strings: no quote that begins one stands behind a name."""
_DEPTH_OF_A_FIELD = 2
_DOCUMENT = rb'\s*+"(?:type|version|content)"'
_NEVER = b"(?!)"
_OF_AN_APP = re.compile(rb"_(?=_)")  # far faster than a search for both
_COLON = ord(":")
OF_A_DOCUMENT = re.compile(rb"\{" + _DOCUMENT)
"""Matches the beginning of a rich text."""


class Openers:
    """Finds the colons before the objects and lists of a document that may matter.

    A match with a group is a whole value in which every link is exchanged as it is outside of it, or none is.
    """

    __slots__ = ("_every", "_some", "_without_links")

    def __init__(self, addresses: Addresses, places: Places) -> None:
        starts = b"|".join(re.escape(old) for old, _ in addresses.plain)
        other_string = b"(?!" + starts + b")" + REST_OF_STRING
        without_links = rest_of(b'"' + other_string, DEEPEST_AT_ONCE)
        of_a_field = _NEVER
        if places.names.get(b"self") is Kind.LINK:
            link = b'self":"' + re.escape(addresses.of_fields) + b"(?:" + OF_A_FIELD + b')"'
            of_a_field = rest_of(b'"(?:' + link + b"|" + other_string + b")", _DEPTH_OF_A_FIELD)
        self._some = _some(without_links, rb"(?!(?<=\{)" + _DOCUMENT + b")" + of_a_field)
        self._without_links = without_links
        self._every: re.Pattern[bytes] | None = None

    def first_in(self, data: bytes, *, is_escaped: bool) -> re.Pattern[bytes]:
        """Return what finds them from the beginning of data on.

        Names that apps give may end in any way. Where two underscores in a row say that there may be one,
        every opener is found; two colons in a row are found themselves, and `every` has to go on from there.
        """
        if _OF_AN_APP.search(data):
            return self.every(is_escaped=is_escaped)
        return _SOME_ESCAPED if is_escaped else self._some

    def every(self, *, is_escaped: bool) -> re.Pattern[bytes]:
        """Return what finds every colon before an object or a list, and passes over those without links."""
        if is_escaped:
            return _EVERY_ESCAPED
        if self._every is None:
            behind_a_name = _BEHIND_A_NAME + rb"\s*+[{\[](" + self._without_links + rb")?+"
            self._every = re.compile(b":(?:" + behind_a_name + rb"|\s*+[{\[])", re.DOTALL)
        return self._every


def is_two_colons(data: bytes, last: int) -> bool:
    """Whether what was found, from its last character on, is two colons in a row."""
    return data[last] == _COLON


def _some(without_links: bytes, of_a_field: bytes) -> re.Pattern[bytes]:
    """Return the expression of openers that may matter; the values that are given are passed over."""
    field_ = _MAY_BE_A_CUSTOM_FIELD + b"(?:(" + _IS_A_CUSTOM_FIELD + of_a_field + b")|)"
    other = _MAY_MATTER + b"(?:(" + without_links + b")|)"
    with_blanks = rb"(?<=\s)\s*+[{\[]|(?<=\s:[{\[])"
    return re.compile(
        rb":[{\[:\s](?:" + b"|".join((field_, other, with_blanks, b"(?<=::)")) + b")", re.DOTALL
    )


_SOME_ESCAPED = _some(_NEVER, _NEVER)
_EVERY_ESCAPED = re.compile(rb":\s*+[{\[]")
