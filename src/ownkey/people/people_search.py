"""Finding people among everybody who is here or invited, however many they are.

Names are compared and ordered here and not in the database: SQLite takes only a to z for the same letters in
either case, and PostgreSQL does as its locale says. Few columns are read, so thousands take little time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ownkey.people.models import Invitation, Role, User


class Standing(StrEnum):
    """Whether somebody may sign in; the value is also its `data-state`."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    INVITED = "invited"
    """By an open invitation, also by one that is too old."""


STANDING_WORDS = {
    Standing.ACTIVE: "Active",
    Standing.SUSPENDED: "Suspended",
    Standing.INVITED: "Invited",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is looked for; empty fields do not matter.

    Attributes:
        text: A part of the name or the e-mail, in any case.
        role: What they may do.
        standing: Whether they may sign in.
    """

    text: str = ""
    role: Role | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on the list, with as much as is looked for; `pk` is the invitation's of who is invited."""

    pk: int
    name: str
    email: str
    role: Role
    standing: Standing


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, people first, and how many there would be in each standing."""

    rows: Sequence[Listed]
    standings: Counter[Standing]

    def count(self, *, is_invited: bool) -> int:
        """Return how many invitations were found, or else how many people."""
        return sum((row.standing is Standing.INVITED) is is_invited for row in self.rows)


def read_everybody() -> Iterator[Listed]:
    """Yield people by name, then the open invitations, the newest first; in two queries."""
    columns = ("pk", "name", "email", "role")
    people = User.objects.order_by().values_list(*columns, "is_active")
    by_name = sorted(people, key=lambda row: (row[1].casefold(), row[2]))
    for pk, name, email, role, is_active in by_name:
        yield Listed(pk, name, email, role, Standing.ACTIVE if is_active else Standing.SUSPENDED)
    newest_first = Invitation.objects.open().order_by("-invited_at", "-pk").values_list(*columns)
    for pk, name, email, role in newest_first:
        yield Listed(pk, name, email, role, Standing.INVITED)


def find(everybody: Iterable[Listed], wanted: Wanted) -> Found:
    """Return who matches, and counts of all who would match in another standing."""
    text = " ".join(wanted.text.split()).casefold()
    among = [
        one
        for one in everybody
        if (wanted.role is None or one.role is wanted.role)
        and (not text or text in one.name.casefold() or text in one.email.casefold())
    ]
    return Found(
        rows=[one for one in among if wanted.standing is None or one.standing is wanted.standing],
        standings=Counter(one.standing for one in among),
    )


def people_of(rows: Iterable[Listed]) -> list[User]:
    """Return the people among some rows, in their order."""
    pks = [row.pk for row in rows if row.standing is not Standing.INVITED]
    found = User.objects.in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def invitations_of(rows: Iterable[Listed]) -> list[Invitation]:
    """Return the invitations among some rows, in their order."""
    pks = [row.pk for row in rows if row.standing is Standing.INVITED]
    found = Invitation.objects.select_related("mail").in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]
