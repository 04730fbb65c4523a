"""An answer of Jira's as a page may show it whole: JSON alone, bounded, without secrets and foreign hosts.

The text is for a `<pre>`: a template escapes it, and nothing in it is a link.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ownkey.atlassian.secret_shapes import looks_like_secret
from ownkey.calls.answers import Answer
from ownkey.calls.headers import header
from ownkey.workspace.documents.text import shown

LARGEST: Final = 1024 * 1024
"""How many bytes of an answer are read where a person tries an operation."""
LONGEST: Final = 60_000
"""How many characters are shown."""
MASK: Final = "••• not shown"
NO_BODY: Final = "The answer has no body."
NO_JSON: Final = "The body is not JSON, so it is not shown: a client key gets it as it is."
LEADS_ELSEWHERE: Final = (
    "Jira leads to another address, such as that of a file. It may hold a secret, so it is not shown."
)
_SECRET_NAMES: Final = re.compile(
    r"(?i)(?:token|secret|password|passphrase|apikey|api_key|privatekey|private_key|authorization|credential|"
    r"signature|jwt)s?$"
)
_PAGE_TOKENS: Final = re.compile(r"(?i)(?:next|prev|previous)?page_?token$|^cursor$")
"""What leads to the next page is no secret: people need it to go on."""
_IN_ADDRESSES: Final = re.compile(r"(?i)([?&](?:access_)?(?:token|jwt|sig|signature|secret|key)=)[^&\s\"#]+")


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What a page shows of an answer.

    Attributes:
        status: The HTTP status.
        words: The status in HTTP's own words; empty for one that HTTP does not name.
        size: How many bytes the body has.
        text: The JSON document, indented; empty where there is none to show.
        note: Why there is none, or that it was cut; empty otherwise.
        masked: How many values in it look like secrets and are not shown.
        request_id: Names the call in logs and the record.
    """

    status: int
    words: str
    size: int
    text: str = ""
    note: str = ""
    masked: int = 0
    request_id: str = ""


def shown_answer(answer: Answer, *, base_url: str, address: str) -> ShownAnswer:
    """Return what a page shows of an answer.

    Args:
        answer: Jira's answer.
        base_url: The address that the call went to; links in the answer begin with it.
        address: What they begin with on the page: the ALM account's address for tools.
    """
    body, masked, note = answer.body, 0, ""
    text = ""
    if 300 <= answer.status < 400:
        note = LEADS_ELSEWHERE
    elif not body.strip():
        note = NO_BODY
    else:
        try:
            cleaner = _Cleaner(f"{base_url}/", f"{address}/")
            text, is_cut = _indented(cleaner.cleaned(answer.json()))
        except (ValueError, RecursionError):
            note = f"{NO_JSON} {_kind_of(answer)}".strip()
        else:
            masked = cleaner.masked
            note = f"The first {LONGEST:,} characters." if is_cut else ""
    return ShownAnswer(
        answer.status, _words_of(answer.status), len(body), text, note, masked, answer.request_id
    )


class _Cleaner:
    """Cleans one document, and counts what it did not show."""

    def __init__(self, base_url: str, address: str) -> None:
        self.masked = 0
        self._base_url = base_url
        self._address = address

    def cleaned(self, value: Any, name: str = "") -> Any:  # noqa: ANN401 — JSON has no narrower type
        """Return a JSON value as it may be shown; `name` is what it is called in its object."""
        if isinstance(value, Mapping):
            return {self._text(key, ""): self.cleaned(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.cleaned(each, name) for each in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, text: str, name: str) -> str:
        if _PAGE_TOKENS.search(name):
            return shown(text)
        if text and (_SECRET_NAMES.search(name) or looks_like_secret(text)):
            self.masked += 1
            return MASK
        found, times = _IN_ADDRESSES.subn(rf"\1{MASK}", text)
        self.masked += times
        return shown(found.replace(self._base_url, self._address))


def _indented(document: Any) -> tuple[str, bool]:  # noqa: ANN401 — JSON has no narrower type
    """Return a document as text, and whether it was cut.

    It is written piece by piece: what is nested deeply would fill the memory with blanks.
    """
    pieces: list[str] = []
    length = 0
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(document):
        pieces.append(piece[: LONGEST - length])
        length += len(piece)
        if length > LONGEST:
            return "".join(pieces), True
    return "".join(pieces), False


def _words_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _kind_of(answer: Answer) -> str:
    """Return what an answer calls itself, where that is a plain word."""
    kind = (header(answer.headers, b"content-type") or b"").decode("latin-1").partition(";")[0].strip()
    return (
        f"Jira calls it {kind}." if re.fullmatch(r"[A-Za-z0-9.+-]{1,40}/[A-Za-z0-9.+-]{1,60}", kind) else ""
    )
