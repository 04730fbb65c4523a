"""Paste mistakes: what is wrong with a token or login is said before anything is sent.

Nothing here repeats what was pasted. Atlassian documents the format of its tokens nowhere, so it is never a
reason to refuse one for good: a token that merely looks cut off can be sent anyway, and one that lacks the
usual end altogether is sent without asking.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from ownkey.atlassian.kinds import LoginRule
from ownkey.atlassian.wire import Authentication
from ownkey.client_key import parse_client_key
from ownkey.secret import Secret
from ownkey.unseen import QUOTES, UNSEEN, without_unseen

LENGTH_LIMIT: Final = 4096
MASK: Final = re.compile(r"[*•●∙·.…xX_-]+")
EMAIL: Final = re.compile(r"[^@\s:/]+@[^@\s:/]+")
SCOPE: Final = re.compile(r"(?:read|write|delete|manage|import):[a-z0-9.\-]+(?::[a-z\-]+)?")

CLOUD_TOKEN_START: Final = "ATATT"  # noqa: S105 — how each of them begins, not a secret
ORGANISATION_KEY_START: Final = "ATCTT"
OTHER_TOKEN_START: Final = re.compile(r"AT[A-Z]{3}")
SETTING: Final = re.compile(
    r"^(?:export\s+|set\s+)?[\"']?[A-Za-z_][A-Za-z0-9_.-]*[\"']?\s*[=:]\s*[\"']?(?=ATATT|ATCTT)"
)
"""The name of a setting as env files, YAML and JSON have it before a token whose beginning is known."""
REMAINS: Final = re.compile(r"[\"'”’]*[,;][\"'”’\s]*$|[\"'”’]+$")
"""What a line of JSON leaves behind a token."""
CLOUD_TOKEN_END: Final = re.compile(r"=[0-9A-F]{8}")
HALF_AN_END: Final = re.compile(r"=[0-9A-F]{1,7}")

MESSAGES: Final = {
    "token_blank": "There is no token here: give the one that Atlassian showed when it was made.",
    "token_mask": "This is a mask, not a token: give the token itself.",
    "token_is_email": "This is an e-mail address, which is the login: give the token itself.",
    "token_is_login": "This is the login again: give the token itself.",
    "token_is_url": "This is a web address: give the token that Atlassian showed when it was made.",
    "token_is_scope": "This is the name of a scope: give the token that Atlassian showed at the end.",
    "token_with_login": "The login stands before the token: give only what comes after the colon.",
    "token_is_header": "This is login and token already encoded for a request: give the token alone.",
    "token_only_prefix": "Only the word before the token is there: give the token as well.",
    "token_is_organisation_key": (
        "This is an organisation's API key (ATCTT…), which does not work in Jira: make an API token in your "
        "own account settings instead."
    ),
    "token_is_client_key": (
        "This is a client key, which Ownkey gives to tools: give the API token that Atlassian showed."
    ),
    "token_has_spaces": "A space or line break is inside the token: copy it again with the copy button.",
    "token_has_foreign_characters": (
        "The token holds a character that no token has, such as … or a typographic quote: copy it again with "
        "the copy button."
    ),
    "token_too_long": "This is far too long to be a token: copy the token alone.",
    "token_twice": "This looks like two tokens, or one pasted twice: give one.",
    "token_cut_off": (
        "The token looks cut off: its last characters are missing. Copy it again with the copy button, or "
        "make a new one."
    ),
    "token_start_missing": (
        "The token looks cut off: its first characters are missing. Copy it again with the copy button, or "
        "make a new one."
    ),
    "login_blank": "Type the e-mail address of the Atlassian account that the token belongs to.",
    "login_blank_user": "Type the user name that the password belongs to.",
    "login_is_token": "This is a token, and the login belongs here: give the e-mail address of its owner.",
    "login_not_email": "Type an e-mail address: that of the Atlassian account that the token belongs to.",
    "login_has_colon": "A login has no colon: type the user name or e-mail address alone.",
}
GUESSES: Final = frozenset({"token_cut_off", "token_start_missing", "token_twice"})


class PasteError(ValueError):
    """A paste mistake; `message` names it and says what to do.

    Attributes:
        can_be_overridden: True if it is a guess from the token's format and the token may be sent anyway.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.message = MESSAGES[code]
        self.can_be_overridden = code in GUESSES
        super().__init__(self.message)


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """A token fit to be sent.

    Attributes:
        secret: The token.
        notes: A sentence for each thing that was taken away from what was pasted.
        guess: The code of the format guess that was overridden, or None.
    """

    secret: Secret
    notes: tuple[str, ...] = ()
    guess: str | None = None


def clean_api_token(
    text: str, *, authentication: Authentication, login: str = "", send_anyway: bool = False
) -> Pasted:
    """Return the token, password or personal access token in what a person pasted.

    Args:
        text: What was pasted.
        authentication: The kind that it is meant to be.
        login: What stands in the login field, to notice mix-ups.
        send_anyway: Accept what only looks wrong.

    Raises:
        PasteError: It cannot be one, or does not look like one and `send_anyway` is false.
    """
    if not text.strip() or not text.translate(UNSEEN).strip():
        raise PasteError("token_blank")
    if len(text) > LENGTH_LIMIT:
        raise PasteError("token_too_long")
    if authentication.kind.is_any_text:
        return _clean_password(text)
    token, notes = _unwrap(text)
    code = _mistake_in(token, login=login) or _foreign(token)
    if code is not None:
        raise PasteError(code)
    guess = _guess_at(token) if authentication.is_cloud else None
    if guess is not None and not send_anyway:
        raise PasteError(guess)
    if guess is None and token.startswith(CLOUD_TOKEN_START) and not CLOUD_TOKEN_END.fullmatch(token[-9:]):
        guess = "token_cut_off"  # too weak a sign to stop for; it is named if Atlassian refuses the token
    return Pasted(Secret(token), notes=notes, guess=guess)


def clean_login(text: str, *, authentication: Authentication) -> str:
    """Return the login in what a person typed; empty where none is needed.

    Raises:
        PasteError: It is missing, or cannot be one.
    """
    login = without_unseen(text).strip(QUOTES).strip().rstrip(",;").strip(QUOTES).strip()
    login = re.sub(r"^mailto:", "", login, flags=re.IGNORECASE)
    within_brackets = re.fullmatch(r"[^<>]*<([^<>]+)>", login)
    login = within_brackets[1].strip() if within_brackets else login
    if authentication.kind.login is LoginRule.NONE:
        return ""
    if not login:
        if authentication.kind.login is LoginRule.OPTIONAL:
            return ""
        raise PasteError("login_blank" if authentication.is_cloud else "login_blank_user")
    if login.startswith((CLOUD_TOKEN_START, ORGANISATION_KEY_START)):
        raise PasteError("login_is_token")
    if ":" in login:
        raise PasteError("login_has_colon")
    if authentication.is_cloud and not EMAIL.fullmatch(login):
        raise PasteError("login_not_email")
    return login


def _clean_password(text: str) -> Pasted:
    """Return a password as it stands: any character may be part of one but the line break of the paste."""
    password = text.rstrip("\r\n")
    if re.fullmatch(r"[*•●]{3,}", password):
        raise PasteError("token_mask")
    return Pasted(Secret(password))


def _unwrap(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the token without what surrounds it, and a note for each thing that was taken away."""
    notes = []
    visible = text.translate(UNSEEN)
    if visible != text:
        notes.append("Invisible characters were removed from the token.")
    token = visible.strip()
    if token != visible:
        notes.append("White space around the token was removed.")
    for _ in range(2):  # "Bearer …" may stand inside quotes, and quotes inside "Bearer …"
        unquoted = token.strip(QUOTES).strip()
        if unquoted != token:
            notes.append("Quotation marks around the token were removed.")
        if REMAINS.search(unquoted):
            unquoted = REMAINS.sub("", unquoted)
            notes.append("A comma or quotation mark behind the token was removed.")
        named = SETTING.match(unquoted)
        if named:
            unquoted = unquoted[named.end() :]
            notes.append("The name of a setting before the token was removed.")
        token = re.sub(
            r"^(?:authorization\s*:\s*)?(?:bearer|basic)(?:\s+|$)", "", unquoted, flags=re.IGNORECASE
        )
        if token != unquoted:
            notes.append("The word before the token (Bearer or Basic) was removed.")
    return token, tuple(dict.fromkeys(notes))


def _mistake_in(token: str, *, login: str) -> str | None:
    tests = {
        "token_only_prefix": not token,
        "token_mask": MASK.fullmatch(token),
        "token_is_login": login and token.casefold() == login.strip().casefold(),
        "token_is_email": EMAIL.fullmatch(token),
        "token_is_url": re.match(r"https?://", token, re.IGNORECASE),
        "token_is_scope": SCOPE.fullmatch(token),
        "token_has_spaces": re.search(r"\s", token),
        "token_with_login": ":" in token,
        "token_is_organisation_key": token.startswith(ORGANISATION_KEY_START),
        "token_is_header": _is_encoded_pair(token),
        "token_is_client_key": parse_client_key(token),
    }
    return next((code for code, applies in tests.items() if applies), None)


def _foreign(token: str) -> str | None:
    return None if token.isascii() and token.isprintable() else "token_has_foreign_characters"


def _is_encoded_pair(token: str) -> bool:
    """Return whether this is Base64 of an e-mail address, a colon and more: the value of a Basic header."""
    try:
        pair = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return False
    return re.match(rb"[^@\s:]+@[^@\s:]+:.", pair) is not None


def _guess_at(token: str) -> str | None:
    starts_right = token.startswith(CLOUD_TOKEN_START)
    if token.count(CLOUD_TOKEN_START) > 1:
        return "token_twice"
    if starts_right and HALF_AN_END.fullmatch(token[token.rfind("=") :]):
        return "token_cut_off"
    ends_right = CLOUD_TOKEN_END.fullmatch(token[-9:])
    if ends_right and len(token) > 60 and not OTHER_TOKEN_START.match(token):
        return "token_start_missing"
    return None
