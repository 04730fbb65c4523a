"""Reading a pasted or uploaded list of people: a name and an e-mail address a line, in whatever form.

Nothing is guessed that could invite the wrong person: what is not clear is told at its line, with what to do.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ownkey.people.inviting.list_headings import Columns, columns_of
from ownkey.unseen import QUOTES, turning_in, unseen_in, without_unseen

MOST_LINES = 500
LARGEST_LIST = 1_000_000
LONGEST_LINE = 1_000
MOST_LINES_OF_A_ROW = 5
"""A quoted cell that goes on for longer was hardly meant so."""

ROWS_TO_JUDGE_BY = 10

_UTF_8 = (b"", "utf-8-sig")
_WHATEVER_SPREADSHEETS_WRITE = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), _UTF_8, (b"", "cp1252"))

_NAME_AND_ADDRESS = re.compile(r"(?P<name>[^<>@]*)<\s*(?P<email>[^<>\s@]+@[^<>\s@]+)\s*>[\s,;|]*")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DELIMITERS = "\t;|,"
_UNUSUAL = frozenset("!#$%*/:=?@^`{|}~;,")
_SEPARATOR_LINE = re.compile(r'"?sep=."?', re.IGNORECASE)  # as one spreadsheet tells another
_MAIL_TO = re.compile(r"^mailto:", re.IGNORECASE)

NO_ADDRESS = "There is no e-mail address on this line. Add one."
TWO_ADDRESSES = "There is more than one e-mail address on this line. Give each person a line."
TOO_MUCH = (
    "There is more on this line than a name and an e-mail address. Remove the rest, or put headings such as "
    "“Name” and “E-mail” on the first line."
)
OPEN_QUOTE = "A quotation mark on this line is never closed, so it is not clear what belongs to it. Close it."
NOT_DIVIDED = (
    "It is not clear where the e-mail address begins and ends. Put a comma, semicolon or tab between it and "
    "the name."
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
    rows = list(_rows_of(text.removeprefix("\ufeff")))
    columns: Columns | None = None
    found: list[tuple[_Row, Columns | None]] = []
    for at, row in enumerate(rows):
        headings = None if "@" in row.text else _headings(row, rows[at + 1 : at + 1 + ROWS_TO_JUDGE_BY])
        if headings is None:
            found.append((row, columns))
        columns = headings or columns
    if len(found) > MOST_LINES:
        raise ListError(
            f"The list has {len(found)} lines, and {MOST_LINES} can be invited at once. Nobody was invited: "
            "take some lines out, and invite them afterwards."
        )
    return [person for row, above in found for person in _people_of(row, above)]


def named_people(emails: Iterable[str], *, name: str | None = None) -> Sequence[ListedPerson]:
    """Return whom e-mail addresses name that were given one by one, as if each were a line.

    Without a name, each gets one that is made of the address.
    """
    return [
        ListedPerson(number, email, email, _name_from(email) if name is None else name)
        for number, email in enumerate(emails, start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the list: one line, or several where a quoted cell holds line breaks.

    Attributes:
        number: Of its first line, from 1.
        text: The row as it was given.
        delimiter: What divides it.
        cells: Its parts.
        is_open: Whether a quotation mark in it is never closed.
    """

    number: int
    text: str
    delimiter: str
    cells: tuple[str, ...]
    is_open: bool = False


def _rows_of(text: str) -> Iterator[_Row]:
    """Yield the rows that are not blank; a quotation mark that is never closed ends with its line."""
    lines = re.split(r"\r\n|\r|\n", text)
    at = 0
    while at < len(lines):
        last = _last_line_of_row(lines, at)
        row = "\n".join(lines[at : last + 1])
        if row.strip(" \t\n,;|:-\ufeff\u00a0") and not _SEPARATOR_LINE.fullmatch(row.strip()):
            is_open = last == at and _leaves_a_quote_open(row)
            delimiter = _delimiter_of(row)
            yield _Row(at + 1, row, delimiter, tuple(_cells(row, delimiter)), is_open)
        at = last + 1


def _last_line_of_row(lines: Sequence[str], first: int) -> int:
    """Return where a row ends that begins at a line: where its quoted cells are closed again."""
    if not _leaves_a_quote_open(lines[first]):
        return first
    for last in range(first + 1, min(first + MOST_LINES_OF_A_ROW, len(lines))):
        if lines[last].count('"') % 2:
            return last
    return first


def _leaves_a_quote_open(line: str) -> bool:
    """Return whether a cell begins with a quotation mark that its line does not close."""
    if line.count('"') % 2 == 0:
        return False
    rest = _QUOTED.sub("", line)
    return re.search(rf'(?:^|[{_DELIMITERS}])\s*"', rest) is not None


def _headings(row: _Row, below: Sequence[_Row]) -> Columns | None:
    """Return what a row's columns hold if it is headings; the rows below are divided as it is."""
    if len(row.text) > LONGEST_LINE:
        return None
    same = row.delimiter
    cells = [one.cells if one.delimiter == same else _cells(one.text, same) for one in below]
    return columns_of(row.cells, cells, same)


def _people_of(row: _Row, columns: Columns | None) -> Iterator[ListedPerson]:
    tidy = " ".join(row.text.replace("\u00a0", " ").split("\n")).strip().rstrip(",;| \t")
    number = row.number
    if len(row.text.rstrip()) > LONGEST_LINE:
        yield ListedPerson(number, tidy[:LONGEST_LINE], problem=TOO_LONG)
        return
    if row.is_open:
        yield ListedPerson(number, tidy, problem=OPEN_QUOTE)
        return
    if columns is not None and columns.problem:
        yield ListedPerson(number, tidy, problem=columns.problem)
        return
    if columns is not None and "<" not in tidy:
        cells = _cells(row.text.rstrip(), columns.delimiter)
        if columns.email < len(cells) and "@" in cells[columns.email]:
            yield _by_columns(number, tidy, cells, columns)
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


def _by_columns(number: int, text: str, cells: Sequence[str], columns: Columns) -> ListedPerson:
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
    address = without_unseen(_MAIL_TO.sub("", without_unseen(email))).strip("<>").strip(f"{QUOTES},; ")
    if hidden := turning_in(email) or unseen_in(address):
        problem = f"The e-mail address holds a character that cannot be seen ({hidden}). Type it anew."
        return ListedPerson(number, text, problem=problem)
    if _UNUSUAL & set(address.rpartition("@")[0]):
        # Letters of an address by the standard; in a list they rather divide it from a name.
        return ListedPerson(number, text, problem=NOT_DIVIDED)
    return ListedPerson(number, text, address, name.strip(' ,;"') or _name_from(address))


def _name_from(address: str) -> str:
    """Return such as "Ada Lovelace" for ada.lovelace@…: who joins chooses how to be called."""
    words = re.split(r"[._+-]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or address


def _delimiter_of(line: str) -> str:
    """Return what divides a line: tabs, else semicolons, bars, else commas, where they are not quoted."""
    bare = _QUOTED.sub("", line)
    return next((mark for mark in "\t;|" if mark in bare), ",")


def _cells(line: str, delimiter: str) -> list[str]:
    """Return a row's parts; a line break within a quoted part is a blank."""
    lines = io.StringIO(line.replace("\u00a0", " "), newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    return [re.sub(r"[ \t\r\n]+", " ", cell).strip(" ") for cell in next(reader, [])]
