"""Inviting many people at once: each line of a list gets a result, and what was wrong can be mended."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from smtplib import SMTPException
from types import TracebackType
from typing import Self

from django.core.mail import EmailMessage, get_connection

from ownkey.people.errors import EmailTakenError, PeopleError
from ownkey.people.flows import checked_email
from ownkey.people.inviting.invitations import (
    is_mail_set_up,
    mail_for,
    make_invitation,
    open_invitations,
    refuse_known,
)
from ownkey.people.inviting.people_list import ListedPerson
from ownkey.people.models import Role
from ownkey.people.signed_in import SignedIn

MAIL_FOR_S = 30.0
"""How long mail may take in one go: whoever waits for the page gets the links that are left by then."""

NOT_AN_ADDRESS = "That is not an e-mail address. Correct it."
INVITED_ALREADY = "Invited already. “New link” on the People page sends another link."


class Fate(StrEnum):
    """What became of a line; the value is also its `data-state`."""

    MAILED = "done"
    """Invited, and the link is on its way."""
    TO_HAND_OVER = "invited"
    """Invited; the link has to be handed over."""
    THERE = "current"
    """Here or invited already: nothing to do."""
    WRONG = "failed"
    """Nobody was invited; the line has to be mended."""


_WORDS = {
    Fate.MAILED: "Invited",
    Fate.TO_HAND_OVER: "Hand over the link",
    Fate.THERE: "There already",
    Fate.WRONG: "Not invited",
}


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one person of the list.

    Attributes:
        person: Whom the line names.
        fate: What became of it.
        note: A sentence that says more, and what to do.
        link: The invitation's link where it has to be handed over; known only now.
    """

    person: ListedPerson
    fate: Fate
    note: str = ""
    link: str = ""

    @property
    def word(self) -> str:
        """The fate in words."""
        return _WORDS[self.fate]


class Postman:
    """Sends many mails over one connection, and stops trying when the mail server is away or time is up."""

    def __init__(
        self, *, last_s: float = MAIL_FOR_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection = get_connection()
        self._monotonic = monotonic
        self._until = monotonic() + last_s
        self._is_away = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, SMTPException):
            self._connection.close()

    def take(self, message: EmailMessage) -> str:
        """Send one mail; return "" or a sentence that says why it was not sent."""
        if self._is_away:
            return "The mail server cannot be reached, so no mail was sent."
        if self._monotonic() >= self._until:
            return "Mail took too long, so this one was not sent."
        try:
            self._connection.open()
        except (OSError, SMTPException):
            self._is_away = True
            return "The mail server cannot be reached, so no mail was sent."
        try:
            sent = self._connection.send_messages([message])
        except (OSError, SMTPException):
            with suppress(OSError, SMTPException):
                self._connection.close()  # the next one gets a fresh connection
            return "The mail server did not take the mail."
        return "" if sent else "The mail server did not take the mail."


def invite_all(
    people: Iterable[ListedPerson],
    *,
    role: Role,
    actor: object,
    signed_in: SignedIn,
    renews: bool = False,
    mails: bool = True,
) -> Sequence[LineResult]:
    """Invite everybody on a list who is not here or invited yet; return what became of each.

    Each invitation is a transaction of its own with its entry in the record, so that whatever happens
    meanwhile, what the results say is so.

    Args:
        people: Who is to be invited.
        role: What they may do; the same for all.
        actor: Who invites them.
        signed_in: How recently the actor signed in.
        renews: Whether who is invited already gets a new link in place of the old one.
        mails: Whether links are mailed where mail is set up; otherwise all have to be handed over.
    """
    invited = set() if renews else {one.email for one in open_invitations() if not one.has_expired()}
    lines: dict[str, int] = {}
    results = []
    with Postman() as postman:
        for person in people:
            address = _address_of(person)
            if person.problem or not address:
                result = LineResult(person, Fate.WRONG, person.problem or NOT_AN_ADDRESS)
            elif address in lines:
                result = LineResult(person, Fate.THERE, f"The same as line {lines[address]}.")
            elif address in invited:
                result = LineResult(person, Fate.THERE, INVITED_ALREADY)
            else:
                result = _invite_one(
                    person,
                    address,
                    role=role,
                    actor=actor,
                    signed_in=signed_in,
                    postman=postman if mails else None,
                )
            if result.fate is not Fate.WRONG:
                lines.setdefault(address, person.number)
            results.append(result)
    return results


def to_mend(results: Iterable[LineResult]) -> str:
    """Return the lines that were wrong, as they were given, for another try."""
    lines: dict[int, str] = {}
    for result in results:
        if result.fate is Fate.WRONG:
            # Two people of one line keep it one line.
            known = lines.get(result.person.number)
            lines[result.person.number] = f"{known}; {result.person.text}" if known else result.person.text
    return "\n".join(lines.values())


def _invite_one(
    person: ListedPerson,
    address: str,
    *,
    role: Role,
    actor: object,
    signed_in: SignedIn,
    postman: Postman | None,
) -> LineResult:
    try:
        refuse_known(address)
        invitation, link = make_invitation(
            address, name=person.name, role=role, actor=actor, signed_in=signed_in
        )
    except EmailTakenError as error:
        return LineResult(person, Fate.THERE, str(error))
    except PeopleError as error:
        return LineResult(person, Fate.WRONG, str(error))
    # Without a mail server a mail would only lie in the data directory, with the link in it.
    complaint = "No mail is set up."
    if postman is None:
        complaint = "No mail was to be sent."
    elif is_mail_set_up():
        complaint = postman.take(mail_for(invitation, link, actor=actor))
        if not complaint:
            return LineResult(person, Fate.MAILED, f"The link is on its way to {address}.")
    return LineResult(person, Fate.TO_HAND_OVER, f"{complaint} Hand the link over yourself.", link)


def _address_of(person: ListedPerson) -> str:
    try:
        return checked_email(person.email)
    except PeopleError:
        return ""
