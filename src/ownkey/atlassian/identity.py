"""Whose token it is: reading the signed-in account from an answer, and comparing it with who it must be."""

from ownkey.atlassian.answers import json_of
from ownkey.atlassian.check_request import CheckRequest
from ownkey.atlassian.events import Identity
from ownkey.atlassian.wire import Answer

TEXT_LIMIT = 255


def read_identity(answer: Answer) -> Identity | None:
    """Return the account in an answer to `/myself`, or None if it names none.

    Cloud names it by `accountId`; Data Center, which has no such thing, by `key`.
    """
    document = json_of(answer)
    if not isinstance(document, dict):
        return None
    account_id = _text(document.get("accountId")) or _text(document.get("key"))
    if not account_id:
        return None
    avatars = document.get("avatarUrls")
    avatar_url = _text(avatars.get("48x48")) if isinstance(avatars, dict) else ""
    return Identity(
        account_id=account_id,
        display_name=_text(document.get("displayName")) or account_id,
        email=_text(document.get("emailAddress")) or None,
        avatar_url=avatar_url if avatar_url.startswith(("https://", "http://")) else None,
    )


def is_the_expected_person(identity: Identity, request: CheckRequest) -> bool:
    """Return whether the account is the bound one and has the expected e-mail address.

    Where the account hides its address, the login stands for it: Atlassian accepts a token only with
    the address of the account that made it.
    """
    if request.expected_account_id is not None and identity.account_id != request.expected_account_id:
        return False
    if request.expected_email is None:
        return True
    email = identity.email or request.credential.login
    return email.casefold() == request.expected_email.casefold()


def is_confirmed_by_login(request: CheckRequest) -> bool:
    """Return whether the accepted login alone shows the expected person, where the identity cannot be read.

    It does for an e-mail address, as above; a bound account is only recognised by its id.
    """
    if request.expected_email is None or request.expected_account_id is not None:
        return False
    return request.credential.login.casefold() == request.expected_email.casefold()


def _text(value: object) -> str:
    """Return a text of printable characters and bearable length, or an empty one."""
    if not isinstance(value, str) or not value.isprintable():
        return ""
    return value if len(value) <= TEXT_LIMIT or value.startswith("http") else ""
