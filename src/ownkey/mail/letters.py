"""What a mail says, and its sealed form: links that let people in never lie in the database in the clear."""

import json
from dataclasses import asdict, dataclass

from django.core.mail import EmailMessage

from ownkey.environment.process import key_keeper
from ownkey.mail.models import StoredMail
from ownkey.vault.envelope import Context, key_id_of
from ownkey.vault.errors import VaultError
from ownkey.vault.texts import open_text, seal_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person, as plain text."""

    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A mail that is yet to be written, for whoever has this address, if anybody has."""

    for_address: str


class LetterUnreadableError(Exception):
    """A stored mail does not open: its key is lost, or it was altered."""

    code = "letter-unreadable"


def seal_letter(content: Letter | Request, row: StoredMail) -> bytes:
    """Return what a mail says in an envelope that opens in this row only.

    Raises:
        ownkey.vault.errors.VaultError: There is no usable key; nothing is ever kept unsealed.
    """
    return seal_text(json.dumps(asdict(content)), ring=key_keeper().ring(), context=mail_context(row))


def open_letter(row: StoredMail) -> Letter | Request:
    """Return what a stored mail says.

    Raises:
        LetterUnreadableError: It does not open here.
    """
    envelope = bytes(row.envelope)
    try:
        ring = key_keeper().ring_for(key_id_of(envelope))
        content = json.loads(open_text(envelope, ring=ring, context=mail_context(row)))
    except (VaultError, ValueError) as error:
        raise LetterUnreadableError from error
    return Request(**content) if "for_address" in content else Letter(**content)


def message_of(letter: Letter) -> EmailMessage:
    """Return a letter as the mail library takes it; programs that answer by themselves are asked not to."""
    return EmailMessage(
        subject=letter.subject,
        body=letter.body,
        to=[letter.to],
        headers={"Auto-Submitted": "auto-generated"},
    )


def mail_context(row: StoredMail) -> Context:
    """Return the place that a row's envelope belongs to."""
    table = row._meta.db_table  # noqa: SLF001 Django's public name for it
    return Context(table=table, row_id=str(row.pk), owner="", alm_account="", version=0)
