"""Inviting many people at once: each line of a list gets a result, and what was wrong can be mended."""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db import DatabaseError

from ownkey.atlassian.secret_shapes import looks_like_secret
from ownkey.mail.outbox import reaches_people
from ownkey.people.errors import EmailTakenError, PeopleError
from ownkey.people.flows import checked_email
from ownkey.people.inviting.invitations import is_mail_set_up, make_invitation, open_invitations
from ownkey.people.inviting.people_list import ListedPerson
from ownkey.people.models import Role
from ownkey.people.names import SECRET
from ownkey.people.signed_in import SignedIn
from ownkey.vault.errors import VaultError

logger = logging.getLogger(__name__)

INVITED_ALREADY = "Invited already. “New link” on the People page sends another link."
COULD_NOT_BE_SAVED = (
    "The invitation could not be saved. Try this line again; if it fails again, run ownkey doctor."
)
IN_THE_DEMO = "Nothing leaves the demo: the mail with the link is on its Mail page."


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
        link: The invitation's link, if one was made; known only now.
        mail_id: The mail that takes the link to the person, if one does.
    """

    person: ListedPerson
    fate: Fate
    note: str = ""
    link: str = field(default="", repr=False)
    mail_id: uuid.UUID | None = None

    @property
    def word(self) -> str:
        """The fate in words."""
        return _WORDS[self.fate]

    @property
    def link_to_hand_over(self) -> str:
        """The link where no mail takes it to the person, or else ""."""
        return self.link if self.fate is Fate.TO_HAND_OVER else ""


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
    for person in people:
        if looks_like_secret(person.text):
            results.append(_without_secret(person))
            continue
        address, mistake = _address_of(person)
        if mistake:
            result = LineResult(person, Fate.WRONG, mistake)
        elif address in lines:
            result = LineResult(person, Fate.THERE, f"The same as line {lines[address]}.")
        elif address in invited:
            result = LineResult(person, Fate.THERE, INVITED_ALREADY)
        else:
            result = _invite_one(person, address, role=role, actor=actor, signed_in=signed_in, mails=mails)
        if result.fate is not Fate.WRONG:
            lines.setdefault(address, person.number)
        results.append(result)
    return results


def to_mend(results: Iterable[LineResult]) -> str:
    """Return the lines that were wrong, as they were given, for another try."""
    lines: dict[int, str] = {}
    for result in results:
        if result.fate is Fate.WRONG and result.person.text:
            # Two people of one line keep it one line.
            known = lines.get(result.person.number)
            lines[result.person.number] = f"{known}; {result.person.text}" if known else result.person.text
    return "\n".join(lines.values())


def _invite_one(
    person: ListedPerson, address: str, *, role: Role, actor: object, signed_in: SignedIn, mails: bool
) -> LineResult:
    # Without a mail server a mail would only lie in the data directory, with the link in it.
    is_mailed = mails and reaches_people()
    try:
        invitation, link = make_invitation(
            address, name=person.name, role=role, actor=actor, signed_in=signed_in, mails=is_mailed
        )
    except EmailTakenError as error:
        return LineResult(person, Fate.THERE, str(error))
    except PeopleError as error:
        return LineResult(person, Fate.WRONG, str(error))
    except (DatabaseError, VaultError) as error:
        logger.warning("not_invited line=%s error=%s", person.number, type(error).__name__)
        return LineResult(person, Fate.WRONG, COULD_NOT_BE_SAVED)
    if not is_mailed:
        complaint = "No mail is set up." if mails else "No mail was to be sent."
        return LineResult(person, Fate.TO_HAND_OVER, f"{complaint} Hand the link over yourself.", link)
    way = f"The link is on its way to {address}." if is_mail_set_up() else IN_THE_DEMO
    mail_id = invitation.mail.pk if invitation.mail is not None else None
    return LineResult(person, Fate.MAILED, way, link, mail_id)


def _without_secret(person: ListedPerson) -> LineResult:
    """Return the result for a line with a token in it, which is neither kept nor shown again."""
    return LineResult(replace(person, text="", name="", email=""), Fate.WRONG, SECRET)


def _address_of(person: ListedPerson) -> tuple[str, str]:
    """Return a person's address, or else a sentence about what has to be mended."""
    if person.problem:
        return "", person.problem
    try:
        return checked_email(person.email), ""
    except PeopleError as error:
        return "", str(error)
