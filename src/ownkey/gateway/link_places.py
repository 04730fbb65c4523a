"""Where Jira itself puts links, in answers and in what is sent back: by operation and by the field's name.

A field that Jira makes is known by its name, such as `self` or `nextPage`, unless it stands within what
people or their apps wrote. What they wrote are the values of the names in `PEOPLES`, and the custom fields
of an issue, in which only links of a few shapes are Jira's: to a user, an option, a version and the like.
`tests/gateway/test_link_places.py` compares this with every operation that Atlassian's files describe.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from ownkey.scopes.catalogue import Operation

SIZES = frozenset(f"{size}x{size}".encode() for size in (16, 24, 32, 48, 64, 72, 96, 128, 144, 192, 256, 288))
"""The names within `avatarUrls` and `iconUrls`."""

LINKS = SIZES | {
    b"associations",  # of a field scheme
    b"autoCompleteUrl",
    b"avatarURI",
    b"avatarUrl",
    b"base",
    b"content",
    b"fileUrl",
    b"iconUrl",
    b"iframeSrc",
    b"jiraRest",
    b"moveUnfixedIssuesTo",
    b"next",
    b"nextPage",
    b"prev",
    b"projects",  # of a field scheme
    b"searchUrl",
    b"self",
    b"thumbnail",
}
"""Names of strings that are links of Jira's wherever they do not stand within people's values."""

FILES = frozenset({b"content", b"thumbnail"})
"""Those of `LINKS` that are links only where they lead to a file: text goes by these names as well."""

PEOPLES = frozenset(
    {
        b"application",  # of a remote link
        b"arguments",
        b"body",
        b"configuration",
        b"data",
        b"description",
        b"environment",
        b"extraData",
        b"historyMetadata",
        b"modules",  # of an app
        b"names",
        b"object",  # of a remote link, and of a default value
        b"parameters",
        b"properties",
        b"renderedBody",
        b"renderedFields",
        b"renderedValue",
        b"result",
        b"schema",
        b"snapshotTemplate",
        b"value",
    }
)
"""Names of objects and lists in which people, or the apps that they use, keep what they like."""

PEOPLES_WHERE_A_DOCUMENT = b"comment"
"""A list of comments in an issue, and the text of a worklog."""

FIELD_VALUES = frozenset({b"defaultValue", b"fieldOptions", b"versionedRepresentations"})
"""Names of values of fields, outside of an issue's `fields`."""

_WITHOUT_LINKS = re.compile(
    r"/rest/(?:builds|deployments|devinfo|devopscomponents|featureflags|operations|remotelinks|security)/"
    r"|/rest/api/3/universal_avatar/view/"
)


KEPT_TOGETHER = PEOPLES | FIELD_VALUES | {PEOPLES_WHERE_A_DOCUMENT, b"requestFieldValues", b"roles"}
"""All names of objects and lists that are more than looked into."""


class Kind(StrEnum):
    """What the value of a name is."""

    LINK = "link"
    FILE = "file"
    PEOPLES = "people's"
    DOCUMENT_OR_LIST = "document or list"
    FIELD_VALUE = "field value"
    ROLES = "roles"


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where links are in the documents of one kind of operation.

    Attributes:
        names: What the value of each name is; every other name is looked into.
        has_fields: Whether names of custom fields have values of fields.
        is_roles: Whether the whole document gives a role's link for each name that a role goes by.
        is_link: Whether the whole document is one link.
    """

    names: dict[bytes, Kind]
    has_fields: bool = True
    is_roles: bool = False
    is_link: bool = False

    def kind_of(self, name: bytes) -> Kind | None:
        """Return what the value of a name is, None for whatever is looked into."""
        kind = self.names.get(name)
        if kind is None and self.has_fields and is_custom_field(name):
            return Kind.FIELD_VALUE
        return kind


def is_custom_field(name: bytes) -> bool:
    """Whether a name within an issue's `fields` is that of a custom field: by id, or by an app's own key.

    A key of an app's holds two underscores or two colons in a row, and no other name of Jira's does.
    """
    return name.startswith(b"customfield_") or b"__" in name or b"::" in name


ORDINARY = Places(
    dict.fromkeys(LINKS - FILES, Kind.LINK)
    | dict.fromkeys(FILES, Kind.FILE)
    | dict.fromkeys(PEOPLES, Kind.PEOPLES)
    | dict.fromkeys(FIELD_VALUES, Kind.FIELD_VALUE)
    | {PEOPLES_WHERE_A_DOCUMENT: Kind.DOCUMENT_OR_LIST, b"roles": Kind.ROLES}
)
"""Of nearly every operation, and of those that Atlassian does not describe."""

OF_PRIORITIES = Places({name: kind for name, kind in ORDINARY.names.items() if name != b"iconUrl"})
"""Administrators choose the picture of a priority by its address."""

OF_WORKLOGS = Places(ORDINARY.names | {PEOPLES_WHERE_A_DOCUMENT: Kind.PEOPLES})
OF_CUSTOMER_REQUESTS = Places(ORDINARY.names | {b"value": Kind.FIELD_VALUE})
OF_ASSETS = Places(
    ORDINARY.names | {f"url{size}".encode(): Kind.LINK for size in (16, 24, 32, 48, 72, 144, 288)}
)
OF_ROLES = Places(ORDINARY.names, is_roles=True)
OF_A_TASK = Places(ORDINARY.names, is_link=True)

_BY_OPERATION = {
    "GET /rest/api/3/project/{projectIdOrKey}/role": OF_ROLES,
    "POST /rest/api/3/issue/archive": OF_A_TASK,
}
_BY_PATH = (
    (re.compile(r"/rest/api/3/priorit"), OF_PRIORITIES),
    (re.compile(r"/rest/servicedeskapi/request"), OF_CUSTOMER_REQUESTS),
    (re.compile(r".*/worklog"), OF_WORKLOGS),
    (re.compile(r"/jsm/assets/"), OF_ASSETS),
)


@cache
def answer_places(operation: Operation | None) -> Places | None:
    """Return where links are in the answers of an operation, None where all is people's or their apps'."""
    if operation is None:
        return ORDINARY
    if _WITHOUT_LINKS.match(operation.path):
        return None
    by_path = next((places for path, places in _BY_PATH if path.match(operation.path)), ORDINARY)
    return _BY_OPERATION.get(operation.signature, by_path)


_OF_ISSUES = Places({b"requestFieldValues": Kind.FIELD_VALUE})
_OF_APPS_FIELDS = Places({b"value": Kind.FIELD_VALUE}, has_fields=False)
_OF_VERSIONS = Places(dict.fromkeys((b"after", b"moveUnfixedIssuesTo"), Kind.LINK), has_fields=False)
_REQUESTS = {
    "POST /rest/api/3/issue": _OF_ISSUES,
    "POST /rest/api/3/issue/bulk": _OF_ISSUES,
    "PUT /rest/api/3/issue/{issueIdOrKey}": _OF_ISSUES,
    "POST /rest/api/3/issue/{issueIdOrKey}/transitions": _OF_ISSUES,
    "POST /rest/servicedeskapi/request": _OF_ISSUES,
    "POST /rest/api/3/app/field/value": _OF_APPS_FIELDS,
    "PUT /rest/api/3/app/field/{fieldIdOrKey}/value": _OF_APPS_FIELDS,
    "POST /rest/api/3/version": _OF_VERSIONS,
    "PUT /rest/api/3/version/{id}": _OF_VERSIONS,
    "POST /rest/api/3/version/{id}/move": _OF_VERSIONS,
}


def request_places(operation: Operation | None) -> Places | None:
    """Return where what is sent to an operation holds links that Jira reads or keeps, None for nowhere."""
    return _REQUESTS.get(operation.signature) if operation is not None else None
