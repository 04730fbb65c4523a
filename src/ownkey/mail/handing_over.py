"""Handing one mail to the server; whatever the libraries below raise comes back as a value."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.filebased import EmailBackend as WritesFiles
from django.core.mail.message import sanitize_address

from ownkey.mail.diagnosis import MailServerError, trouble_at_sending
from ownkey.mail.troubles import Trouble

UTF_8 = "utf-8"
logger = logging.getLogger(__name__)


class Sent(StrEnum):
    """What came of handing a mail to the server."""

    YES = "yes"
    NOT_NOW = "not-now"
    NEVER = "never"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of it, why, and what the server said where that may be kept."""

    sent: Sent
    trouble: Trouble | None = None
    answer: str = ""


@contextmanager
def mail_server() -> Iterator[BaseEmailBackend]:
    """Yield the way that mail leaves, for one mail or many; nothing is opened yet."""
    server = get_connection()
    try:
        yield server
    finally:
        _leave(server)


def hand_over(message: EmailMessage, *, to: BaseEmailBackend | None = None) -> Handed:
    """Hand a mail to the server and return what came of it; nothing is raised.

    Args:
        message: The mail, to one person.
        to: The server, if several mails go to it; after a trouble the next mail gets a new connection.
    """
    if to is None:
        with mail_server() as server:
            return hand_over(message, to=server)
    handed, kind = _try(message, to)
    if handed.trouble is not None:
        _leave(to)
        logger.warning("mail_not_sent trouble=%s error=%s", handed.trouble.value, kind)
    return handed


def refuse_unmailable(message: EmailMessage) -> None:
    """Go through what sending does before it speaks, so that a later error is known to be the server's.

    Raises:
        Exception: Any; the mail cannot be put together.
    """
    for address in message.recipients():
        if not address.rpartition("@")[0].isascii():
            raise ValueError("The address has letters outside ASCII before the @.")
    for address in (message.from_email, *message.recipients()):
        sanitize_address(address, UTF_8)
    message.message().as_bytes()


def _try(message: EmailMessage, server: BaseEmailBackend) -> tuple[Handed, str]:
    """Return what came of it, and for the log which kind of error it was."""
    try:
        refuse_unmailable(message)
    except Exception as error:  # noqa: BLE001 what the mail library can raise is written down nowhere
        is_outside = any(not address.rpartition("@")[0].isascii() for address in message.recipients())
        trouble = Trouble.OUTSIDE_ASCII if is_outside else Trouble.UNWRITABLE
        return Handed(Sent.NEVER, trouble), type(error).__name__
    try:
        server.open()
    except MailServerError as error:
        return Handed(Sent.NOT_NOW, error.trouble), error.kind
    except Exception as error:  # noqa: BLE001 as above
        return _unopened(server), type(error).__name__
    try:
        taken = server.send_messages([message])
    except Exception as error:  # noqa: BLE001 as above
        return _judged(error, server), type(error).__name__
    return (Handed(Sent.YES) if taken else Handed(Sent.NOT_NOW, Trouble.UNKNOWN)), ""


def _judged(error: Exception, server: BaseEmailBackend) -> Handed:
    if isinstance(server, WritesFiles):
        return Handed(Sent.NOT_NOW, Trouble.FOLDER)
    trouble, answer = trouble_at_sending(error)
    if trouble is Trouble.BROKE_OFF:
        return Handed(Sent.UNSURE, trouble)
    return Handed(Sent.NEVER if trouble.is_final else Sent.NOT_NOW, trouble, answer)


def _unopened(server: BaseEmailBackend) -> Handed:
    return Handed(Sent.NOT_NOW, Trouble.FOLDER if isinstance(server, WritesFiles) else Trouble.UNKNOWN)


def _leave(server: BaseEmailBackend | Any) -> None:  # noqa: ANN401 a test's own is as welcome
    with suppress(Exception):  # the mail is taken or not by now
        server.close()
