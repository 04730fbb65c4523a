"""Addresses under which the gateway has no call to make, and what to ask instead."""

import re

from ownkey.calls.refusals import Code, Refusal

NO_SUCH_ADDRESS = Refusal(Code.NO_SUCH_ADDRESS)
ATTACHMENT = re.compile(r"/secure/(?:attachment|thumbnail)/([0-9]{1,20})/[^/]*", re.ASCII)
API_LIKE = re.compile(rb"(?:/[^/]+)?/{1,2}rest/")
"""A path that a tool asks for which has dropped the path of its base address, or a part of it."""


def path_dropped(account_slug: str | None) -> Refusal:
    """Return the answer to a tool that asked for a path of Jira's without the account's before it."""
    place = f"/jira/{account_slug or 'ACCOUNT'}"
    return Refusal(
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
