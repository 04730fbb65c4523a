"""What every answer carries, Jira's and Ownkey's own: no client of Jira's reads it, and browsers obey it."""

from typing import Final

from ownkey.calls.headers import Headers

FOR_BROWSERS: Final[Headers] = [
    # People's files stand at the address of Ownkey's pages: opened in a browser, one that is a web page
    # must not act there as its reader.
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
]
