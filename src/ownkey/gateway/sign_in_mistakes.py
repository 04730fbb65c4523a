"""What went wrong with a request's sign-in, told by the shape of what was sent alone.

Nothing here looks a key up: keys that were never issued, have expired or were revoked get one refusal.
"""

import base64
import binascii
import re

from ownkey.atlassian.paste import CLOUD_TOKEN_START, OTHER_TOKEN_START
from ownkey.calls.refusals import Code, Refusal
from ownkey.client_key import PREFIX, parse_client_key

HOW = "Use a client key as the password (any user name) or as the Bearer token; your profile makes one."
CLIENT_KEY_REFUSED = Refusal(Code.CLIENT_KEY_REFUSED)
_ATLASSIAN_TOKEN = re.compile(rf"{CLOUD_TOKEN_START}|{OTHER_TOKEN_START.pattern}", re.ASCII)


def _mistake(detail: str, next_step: str = HOW) -> Refusal:
    return Refusal(Code.CLIENT_KEY_REFUSED, detail, next_step)


NOTHING_SENT = _mistake(
    "The request carries no sign-in at all. Some tools send one only if asked, as Jira never does.",
    f"{HOW} Tell the tool to send it at once, as curl --user and wget --auth-no-challenge do.",
)
OTHER_SCHEME = _mistake("The Authorization header is of a kind that Ownkey does not take.")
NOT_ENCODED = _mistake(
    "The Authorization header says Basic, and what follows is not a name and a password in base64.",
    "Let the tool encode name:key itself, or send the client key as the Bearer token, which is not encoded.",
)
ENCODED_BEARER = _mistake(
    "The Authorization header says Bearer, and what follows is a name and a password in base64.",
    "Send the client key alone after Bearer, or say Basic.",
)
KEY_AS_NAME = _mistake(
    "The client key stands where the user name belongs, and there is no password.",
    "Use the client key as the password; any user name will do.",
)
ATLASSIAN_TOKEN = _mistake(
    "That is an API token of Atlassian's. It stays in Ownkey, and tools do not get it.",
    "Make a client key in your profile and use it in the token's place. Renew the token if others saw it.",
)
NOT_WHOLE = _mistake(
    "What was sent begins like a client key and is not a whole one: it was cut off, or has something added.",
    "Copy it once more, without quotes and blanks; it has 48 characters.",
)
NO_PASSWORD = _mistake("The sign-in has a user name and no password.")


def mistake_in(value: bytes | None) -> Refusal:
    """Return what to say about an Authorization header that was not accepted."""
    if value is None:
        return NOTHING_SENT
    scheme, _, rest = value.partition(b" ")
    text = rest.strip().decode("latin-1")
    match scheme.lower():
        case b"bearer":
            return _of_bearer(text)
        case b"basic":
            return _of_basic(text)
        case _:
            return OTHER_SCHEME


def _of_bearer(text: str) -> Refusal:
    pair = _decoded(text)
    if pair is not None and ":" in pair:
        return ENCODED_BEARER
    return _of_secret(text)


def _of_basic(text: str) -> Refusal:
    pair = _decoded(text)
    if pair is None or ":" not in pair:
        return ATLASSIAN_TOKEN if _ATLASSIAN_TOKEN.match(text) else NOT_ENCODED
    name, _, password = pair.partition(":")
    if password:
        return _of_secret(password)
    return KEY_AS_NAME if name.startswith(PREFIX) else NO_PASSWORD


def _of_secret(text: str) -> Refusal:
    bare = text.strip(" \t\r\n\"'<>")
    if _ATLASSIAN_TOKEN.match(bare):
        return ATLASSIAN_TOKEN
    if bare.lower().startswith(PREFIX) and parse_client_key(text) is None:
        return NOT_WHOLE
    return CLIENT_KEY_REFUSED


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
