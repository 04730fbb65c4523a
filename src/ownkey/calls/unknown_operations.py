"""Addresses that are no published operation of Jira's: whose they are, and what to ask instead."""

import re
from dataclasses import dataclass

from ownkey.calls.refusals import TABLE, Code

_PUBLISHED = (
    "api|agile|atlassian-connect|builds|deployments|devinfo|devopscomponents|featureflags|forge|internal|operations"
    "|remotelinks|security|servicedeskapi|software"
)
_NO_SCOPE = "No scope of an API token opens it, so it does not help to let unknown operations pass."


@dataclass(frozen=True, slots=True)
class UnknownAddress:
    """What to say about an address that is no operation."""

    detail: str
    next_step: str


def describe(path: str) -> UnknownAddress:
    """Return what to say about a path that no operation has."""
    return next((said for pattern, said in _KNOWN if pattern.match(path)), _UNPUBLISHED)


_UNPUBLISHED = UnknownAddress(TABLE[Code.UNKNOWN_OPERATION].detail, TABLE[Code.UNKNOWN_OPERATION].next_step)
_KNOWN = tuple(
    (re.compile(pattern, re.ASCII), UnknownAddress(detail, next_step))
    for pattern, detail, next_step in (
        (
            r"/wiki(?:/|\Z)",
            "This address is Confluence's, and an ALM account of Ownkey is Jira.",
            "Give the tool the address of Confluence itself, with a token for Confluence.",
        ),
        (
            r"/rest/(?:greenhopper|agile/latest)/",
            f"This is an inner API of Jira's boards, which Atlassian does not publish. {_NO_SCOPE}",
            "Ask for boards and sprints at /rest/agile/1.0/.",
        ),
        (
            r"/rest/webhooks/",
            f"This is the API for webhooks of Jira Data Center. {_NO_SCOPE}",
            "Ask /rest/api/3/webhook, which Jira Cloud has for apps.",
        ),
        (
            r"/rest/api/(?:[0-9.]+|latest)/labels/suggest",
            f"Jira's own pages ask this address for labels. {_NO_SCOPE}",
            "Ask /rest/api/3/label, or /rest/api/3/jql/autocompletedata/suggestions?fieldName=labels.",
        ),
        (
            r"/rest/auth/",
            "Jira Cloud has no such resource: there are no sessions to open or to ask about.",
            "Ask /rest/api/3/myself who is signed in.",
        ),
        (
            rf"/rest/(?!(?:{_PUBLISHED})/)",
            f"This is an inner API of Jira's, or one of an app in it. {_NO_SCOPE}",
            "Look for the operation in Atlassian's published API, or ask the app with a token of its own.",
        ),
        (
            r"/(?:secure|plugins|projects|issues|jira|login|s)(?:/|\Z)|/[^/]*\.jspa",
            "This is a page of Jira's for people, and no API.",
            "Open it at the site itself; tools ask at /rest/.",
        ),
        (
            r"/(?:_edge|gateway|graphql)(?:/|\Z)",
            "This address belongs to Atlassian's platform rather than to Jira's REST API.",
            "Ask the site itself; tools ask Jira at /rest/.",
        ),
    )
)
