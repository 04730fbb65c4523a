"""A CSV file has no formula, whichever character a spreadsheet separates cells by."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.audit.exporting import csv_line

BEGIN = "=+-@＝＋－＠−"  # noqa: RUF001 these are the ones that look like others
SEPARATORS = (",", ";", "\t", "|")


def cells(line: str, separator: str) -> list[str]:
    """Return what a spreadsheet with this list separator takes for cells.

    With another separator than the comma, also what one takes for cells that knows no quotes.
    """
    row = [cell for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator) for cell in row]
    if separator == ",":
        return row
    return [*row, *line.replace('"', "").replace("\n", separator).split(separator)]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "＝1+1",  # noqa: RUF001 see above
        "Zoe;=cmd|'/C calc'!A0;x",
        "Zoe;  @SUM(A1)",
        "Zoe\t+1",
        "Zoe\n-1",
        " =1",
        "\t=1",
        "−1",  # noqa: RUF001 see above
    ],
)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_cell_is_a_formula(text: str, separator: str) -> None:
    line = csv_line(["before", text, 7])
    assert not [cell for cell in cells(line, separator) if cell.strip().startswith(tuple(BEGIN))]


@given(st.text(st.sampled_from(f"ab;\t\n |{BEGIN}'")))
def test_no_text_is_a_formula(text: str) -> None:
    line = csv_line(["before", text])
    for separator in SEPARATORS:
        assert not [cell for cell in cells(line, separator) if cell.lstrip(" ").startswith(tuple(BEGIN))]


@pytest.mark.parametrize("text", ["Ada Lovelace", "a-b", "a; b", "ada+jira@acme.example", "1.5", ""])
def test_what_is_none_stays_as_it_was_and_is_quoted(text: str) -> None:
    assert csv_line([text, 7]) == f'"{text}","7"\r\n'
