"""The headings of a list of people, as other programs write them: which column holds what.

Known headings are read in several languages. Where none names the address, the one column is taken whose
cells are addresses. If there are several, nobody is invited by a guess: the problem names the headings.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ownkey.unseen import without_unseen

_ADDRESS: Final = re.compile(r"[^\s@<>,;|]+@[^\s@<>,;|]+\.[^\s@<>,;|]+")
_IN_BRACKETS: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Compared without case, marks and blanks, and without what stands in brackets, such as [Required].
_EMAIL: Final = _words("""
    email emails emailaddress emailaddresses mail mailaddress workemail useremail primaryemail emailadresse
    mailadresse emailadres adressemail adresseemail adressedemessagerie courriel correo correoelectronico
    correoelectrónico direccióndecorreoelectrónico indirizzoemail postaelettronica endereçodeemail eposta
    epost epostadress epostadresse sähköposti adresemail почта электроннаяпочта メールアドレス 邮箱 电子邮件
""")
_SIGN_IN: Final = _words("login username userprincipalname signinname")
_WHOLE_NAME: Final = _words("""
    fullname displayname realname anzeigename vollständigername nomcomplet nombrecompleto nomecompleto
    volledigenaam weergavenaam фио 氏名 姓名
""")
_NAME: Final = _words("name username nome namn navn naam 名前")
_FIRST: Final = _words("""
    firstname givenname forename vorname prénom prenom nombre voornaam förnamn fornavn etunimi imię имя
""")
_LAST: Final = _words("""
    lastname familyname surname nachname familienname nom nomdefamille apellido apellidos cognome
    achternaam efternamn etternavn sukunimi nazwisko фамилия
""")
_LEAST_TO_GUESS: Final = 3
"""A row of two cells may as well be a person whose address is missing."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a list with headings has what, and what stands between.

    Attributes:
        email: The column with the address.
        names: The columns that make the name, in this order; none if the name is made of the address.
        delimiter: What divides the rows.
        problem: Why no column can be taken for the address, or "".
    """

    email: int
    names: tuple[int, ...]
    delimiter: str
    problem: str = ""


def columns_of(cells: Sequence[str], below: Sequence[Sequence[str]], delimiter: str) -> Columns | None:
    """Return which column is which if a row is headings, or None if it is a person.

    Args:
        cells: The row.
        below: The cells of rows below it.
        delimiter: What divides them.
    """
    keys = [_key(cell) for cell in cells]
    names = _names(keys)
    known = [*_like(_EMAIL, keys), *(at for at in _like(_SIGN_IN, keys) if at in _with_addresses(below))]
    if known:
        return Columns(known[0], tuple(at for at in names if at != known[0]), delimiter)
    is_regular = below and all(len(row) == len(cells) for row in below) and all(keys)
    if not is_regular or (len(cells) < _LEAST_TO_GUESS and not names):
        return None
    found = sorted(_with_addresses(below))
    if not found:
        return None
    problem = "" if len(found) == 1 else _several(cells)
    return Columns(found[0], names, delimiter, problem)


def _several(cells: Sequence[str]) -> str:
    named = ", ".join(f"“{cell[:40]}”" for cell in cells[:12])
    return (
        f"The headings ({named}) do not say which column holds the person’s e-mail address, and several hold "
        "some. Call that column “E-mail”."
    )


def _names(keys: Sequence[str]) -> tuple[int, ...]:
    whole, first, last = _like(_WHOLE_NAME, keys), _like(_FIRST, keys), _like(_LAST, keys)
    plain = _like(_NAME, keys)
    if whole:
        return whole[:1]
    if first and (last or plain):  # "Vorname; Name" has the last name in "Name"
        return first[:1] + (last or plain)[:1]
    return plain[:1] or first[:1] + last[:1]


def _with_addresses(rows: Sequence[Sequence[str]]) -> set[int]:
    """Return the columns in which any row has an address."""
    return {at for row in rows for at, cell in enumerate(row) if _ADDRESS.fullmatch(without_unseen(cell))}


def _like(headings: frozenset[str], keys: Sequence[str]) -> tuple[int, ...]:
    return tuple(at for at, key in enumerate(keys) if key in headings)


def _key(heading: str) -> str:
    return "".join(_letters(_IN_BRACKETS.sub("", heading)))


def _letters(text: str) -> Iterator[str]:
    return (letter for letter in text.casefold() if letter.isalnum())
