"""Reading a pasted or uploaded list of people: a name and an e-mail address a line, in whatever form.

Nothing is guessed that could invite the wrong person: what is not clear is told at its line, with what to do.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MOST_LINES = 500
LARGEST_LIST = 1_000_000
LONGEST_LINE = 1_000

_UTF_8 = (b"", "utf-8-sig")
_WHATEVER_SPREADSHEETS_WRITE = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), _UTF_8, (b"", "cp1252"))

_NAME_AND_ADDRESS = re.compile(r"(?P<name>[^<>@]*)<\s*(?P<email>[^<>\s@]+@[^<>\s@]+)\s*>[\s,;]*")
_EMAIL_HEADING = re.compile(r"(e-?mail|mail)([ _-]?address(es)?)?", re.IGNORECASE)
_NAME_HEADING = re.compile(r"(full|display)?[ _-]?name", re.IGNORECASE)
_FIRST_HEADING = re.compile(r"(first|given)[ _-]?name", re.IGNORECASE)
_LAST_HEADING = re.compile(r"(last|family)[ _-]?name|surname", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')

NO_ADDRESS = "There is no e-mail address on this line. Add one."
TWO_ADDRESSES = "There is more than one e-mail address on this line. Give each person a line."
TOO_MUCH = (
    "There is more on this line than a name and an e-mail address. Remove the rest, or put headings such as "
    "“Name” and “E-mail” on the first line."
)
TOO_LONG = f"The line is longer than {LONGEST_LINE} characters. Leave the name and the e-mail address."


class ListError(ValueError):
    """A list cannot be read at all; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Whom one line names.

    Attributes:
        number: The line's number in the list, from 1.
        text: The line as it was given.
        email: The address, not checked yet, or "".
        name: The name; made of the address where the line has none.
        problem: What has to be mended first, or "".
    """

    number: int
    text: str
    email: str = ""
    name: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a list with headings has what, and what stands between."""

    email: int
    names: tuple[int, ...]
    delimiter: str

    def hold(self, line: str) -> bool:
        """Whether the line is divided as the headings are."""
        cells = _cells(line, self.delimiter)
        return self.email < len(cells) and "@" in cells[self.email]


def decode_list(data: bytes, *, only_utf_8: bool = False) -> str:
    """Return the text of a file, whatever program wrote it.

    Args:
        data: What the file holds.
        only_utf_8: Whether to refuse other encodings: where nobody looks at the names afterwards, a wrong
            guess would not be seen.

    Raises:
        ListError: It is too large, or no text.
    """
    if len(data) > LARGEST_LIST:
        raise ListError("The file is larger than 1 MB. Give a list of people with one line each.")
    for mark, encoding in (_UTF_8,) if only_utf_8 else _WHATEVER_SPREADSHEETS_WRITE:
        if not data.startswith(mark):
            continue
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    wanted = "text in UTF-8" if only_utf_8 else "a list in plain text"
    raise ListError(f"The file is not {wanted}. Save it as CSV (UTF-8) in your spreadsheet.")


def read_list(text: str) -> Sequence[ListedPerson]:
    """Return whom a list names, in its order; blank lines are left out.

    Headings say what the lines below them hold; a list that was put together of two may have some in its
    middle.

    Raises:
        ListError: There are more lines than can be worked off at once.
    """
    columns: _Columns | None = None
    lines: list[tuple[int, str, _Columns | None]] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), start=1):
        if not line.strip(" \t,;\ufeff\u00a0"):
            continue
        headings = None if "@" in line else _headings(line[:LONGEST_LINE])
        if headings is None:
            lines.append((number, line, columns))
        columns = headings or columns
    if len(lines) > MOST_LINES:
        raise ListError(
            f"The list has {len(lines)} lines, and {MOST_LINES} can be invited at once. Nobody was invited: "
            "take some lines out, and invite them afterwards."
        )
    return [person for number, line, above in lines for person in _people_of(number, line, above)]


def named_people(emails: Iterable[str], *, name: str | None = None) -> Sequence[ListedPerson]:
    """Return whom e-mail addresses name that were given one by one, as if each were a line.

    Without a name, each gets one that is made of the address.
    """
    return [
        ListedPerson(number, email, email, _name_from(email) if name is None else name)
        for number, email in enumerate(emails, start=1)
    ]


def _people_of(number: int, line: str, columns: _Columns | None) -> Iterator[ListedPerson]:
    tidy = line.replace("\u00a0", " ").strip().rstrip(",; \t")
    if len(line.rstrip()) > LONGEST_LINE:
        yield ListedPerson(number, tidy[:LONGEST_LINE], problem=TOO_LONG)
        return
    if columns is not None and columns.hold(line.rstrip()) and "<" not in tidy:
        yield _by_columns(number, tidy, _cells(line.rstrip(), columns.delimiter), columns)
        return
    cells = _cells(tidy, _delimiter_of(tidy))
    whole = _NAME_AND_ADDRESS.fullmatch(tidy.replace('"', ""))
    if whole:
        yield _listed(number, tidy, email=whole["email"], name=whole["name"])
        return
    each = [_NAME_AND_ADDRESS.fullmatch(cell) for cell in cells]
    if all(each) and each:
        # As mail programs copy addresses: Ada <ada@…>; Bo <bo@…>
        for cell, found in zip(cells, each, strict=True):
            if found is not None:
                yield _listed(number, cell, email=found["email"], name=found["name"])
        return
    yield _by_the_at_sign(number, tidy, cells)


def _by_columns(number: int, text: str, cells: Sequence[str], columns: _Columns) -> ListedPerson:
    name = " ".join(cells[at] for at in columns.names if at < len(cells) and cells[at])
    return _listed(number, text, email=cells[columns.email], name=name)


def _by_the_at_sign(number: int, text: str, cells: Sequence[str]) -> ListedPerson:
    filled = [cell for cell in cells if cell]
    addresses = [cell for cell in filled if "@" in cell]
    others = [cell for cell in filled if "@" not in cell]
    if not addresses:
        return ListedPerson(number, text, problem=NO_ADDRESS)
    if len(addresses) > 1:
        return ListedPerson(number, text, problem=TWO_ADDRESSES)
    if len(others) > 1:
        return ListedPerson(number, text, problem=TOO_MUCH)
    email, name = addresses[0], others[0] if others else ""
    in_brackets = _NAME_AND_ADDRESS.fullmatch(email)
    if in_brackets and not (name and in_brackets["name"]):
        email, name = in_brackets["email"], name or in_brackets["name"]
    elif not others and len(email.split()) > 1:
        # Separated by nothing but spaces.
        words = email.split()
        ends = [word for word in (words[0], words[-1]) if "@" in word]
        if sum("@" in word for word in words) > 1:
            return ListedPerson(number, text, problem=TWO_ADDRESSES)
        if ends:
            email, name = ends[0], " ".join(word for word in words if word is not ends[0])
    return _listed(number, text, email=email, name=name)


def _listed(number: int, text: str, *, email: str, name: str) -> ListedPerson:
    address = email.strip().strip("<>").strip()
    return ListedPerson(number, text, address, name.strip(' ,;"') or _name_from(address))


def _name_from(address: str) -> str:
    """Return such as "Ada Lovelace" for ada.lovelace@…: who joins chooses how to be called."""
    words = re.split(r"[._+-]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or address


def _delimiter_of(line: str) -> str:
    """Return what divides a line: tabs, else semicolons, else commas, where they are not quoted."""
    bare = _QUOTED.sub("", line)
    return next((mark for mark in "\t;" if mark in bare), ",")


def _cells(line: str, delimiter: str) -> list[str]:
    """Return a line's parts."""
    reader = csv.reader([line.replace("\u00a0", " ")], delimiter=delimiter, skipinitialspace=True)
    return [cell.strip() for cell in next(reader, [])]


def _headings(line: str) -> _Columns | None:
    """Return which column is which if these are headings, or None if they are somebody."""
    delimiter = _delimiter_of(line)
    cells = _cells(line.strip(), delimiter)
    emails = _columns_like(_EMAIL_HEADING, cells)
    if not emails:
        return None
    names = _columns_like(_NAME_HEADING, cells)[:1]
    first, last = _columns_like(_FIRST_HEADING, cells)[:1], _columns_like(_LAST_HEADING, cells)[:1]
    return _Columns(emails[0], names or first + last, delimiter)


def _columns_like(heading: re.Pattern[str], cells: Sequence[str]) -> tuple[int, ...]:
    return tuple(at for at, cell in enumerate(cells) if heading.fullmatch(cell))
