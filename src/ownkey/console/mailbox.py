"""The demo's mailbox: mails that were written to files instead of being sent, as people would read them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from pathlib import Path
from typing import Final

# What Django's file back end puts after each mail.
_END: Final = b"\n" + b"-" * 79 + b"\n"
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail.

    Attributes:
        id: What the address of its page ends in.
        sent_at: When it was written, by its own date.
        recipients: Whom it went to, in lower case.
        subject: Its subject.
        text: What it says.
    """

    id: str
    sent_at: datetime | None
    recipients: frozenset[str]
    subject: str
    text: str


def letters_in(folder: Path, *, to: str | None) -> list[Letter]:
    """Return the mails in a folder, the newest first; with `to` only those to this address."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:MOST]
    letters = (letter for file in files for letter in reversed(list(_letters_of(file))))
    return [letter for letter in letters if to is None or to.lower() in letter.recipients]


def _letters_of(file: Path) -> Iterator[Letter]:
    for number, content in enumerate(file.read_bytes().split(_END)):
        if not content.strip():
            continue
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)  # noqa: S101 the default policy makes these
        body = message.get_body(("plain",))
        date = message["Date"]
        yield Letter(
            id=hashlib.blake2b(f"{file.name}/{number}".encode(), digest_size=8).hexdigest(),
            sent_at=date.datetime if date is not None else None,
            recipients=frozenset(
                address.lower() for _, address in getaddresses(message.get_all("To", [])) if address
            ),
            subject=str(message["Subject"] or ""),
            text=body.get_content() if body is not None else "",
        )
