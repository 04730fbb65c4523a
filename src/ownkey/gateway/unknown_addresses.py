"""Addresses that are no operation of Jira's, told apart: whose they are, and what to ask instead."""

import re
from dataclasses import dataclass

from ownkey.gateway.problems import Code, Problem

NO_SUCH_ADDRESS = Problem(
    Code.NO_SUCH_ADDRESS,
    "No ALM account has this address.",
    "Use the address that your client key's page shows, such as https://HOST/jira/ACCOUNT.",
)
ATTACHMENT = re.compile(r"/secure/(?:attachment|thumbnail)/([0-9]{1,20})/[^/]*", re.ASCII)
API_LIKE = re.compile(rb"(?:/[^/]+)?/{1,2}rest/")
"""A path that a tool asks for which has dropped the path of its base address, or a part of it."""

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


def path_dropped(account_slug: str | None) -> Problem:
    """Return the answer to a tool that asked for a path of Jira's without the account's before it."""
    place = f"/jira/{account_slug or 'ACCOUNT'}"
    return Problem(
        Code.NO_SUCH_ADDRESS,
        f"The address lacks the ALM account: Jira's paths stand behind {place}, and some tools drop that.",
        f"Give the tool the whole base address, https://HOST{place}. For one that keeps the host alone, ask "
        "an operator for a host or port of the account's own (ACCOUNT.jira.HOST, ownkey gateway --account).",
    )


def twin_of_attachment(path: str) -> str | None:
    """Return where the API has a file that Jira's pages have at this path, None if it is no file's."""
    found = ATTACHMENT.fullmatch(path)
    if found is None:
        return None
    kind = "content" if path.startswith("/secure/attachment/") else "thumbnail"
    return f"/rest/api/3/attachment/{kind}/{found[1]}"


def describe(path: str) -> UnknownAddress:
    """Return what to say about a path that no operation has."""
    return next((said for pattern, said in _KNOWN if pattern.match(path)), _UNPUBLISHED)


_UNPUBLISHED = UnknownAddress(
    "Atlassian publishes no such operation, so its scopes are not known.",
    "Check the path; an administrator can let unknown operations pass.",
)
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
