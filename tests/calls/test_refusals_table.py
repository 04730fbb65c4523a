"""Refusals are one closed set: every code has its row, and every reason is a code."""

import string
from collections.abc import Iterable, Mapping

import pytest

from ownkey.calls.refusals import TABLE, WITHHELD, Code, Refusal, Row
from ownkey.connections.acting import Withheld


def without_a_row(codes: Iterable[str], table: Mapping[Code, Row]) -> set[str]:
    return {str(code) for code in codes} - {code.value for code in table}


def test_every_code_has_a_row() -> None:
    assert without_a_row(Code, TABLE) == set()
    assert set(TABLE) == set(Code)


def test_a_code_without_a_row_would_be_noticed() -> None:
    assert without_a_row([*Code, "new-code"], TABLE) == {"new-code"}
    fewer: dict[Code, Row] = {code: row for code, row in TABLE.items() if code is not Code.UNSURE}
    assert without_a_row(Code, fewer) == {"unsure"}


def test_why_no_credential_is_sent_is_said_in_the_same_words_by_pages_and_calls() -> None:
    assert {reason.value for reason in Withheld} == {code.value for code in WITHHELD}


@pytest.mark.parametrize("code", Code)
def test_every_row_says_what_happened_and_what_to_do(code: Code) -> None:
    row = TABLE[code]
    assert 400 <= row.status < 600
    assert row.title
    assert not row.title.endswith(".")
    assert row.detail.endswith(".")
    assert row.next_step.endswith(".")
    fields = {name for _, name, _, _ in string.Formatter().parse(row.detail) if name}
    assert fields <= {"name", "missing"}
    assert not [name for _, name, _, _ in string.Formatter().parse(row.next_step) if name]


def test_a_refusal_says_the_tables_sentences_unless_its_place_knows_more() -> None:
    row = TABLE[Code.NOT_CONNECTED]
    usual, exact = Refusal(Code.NOT_CONNECTED), Refusal(Code.NOT_CONNECTED, "More.", "Do.")
    assert (usual.detail, usual.next_step) == (row.detail, row.next_step)
    assert (exact.detail, exact.next_step) == ("More.", "Do.")
    assert (exact.status, exact.title) == (row.status, row.title)
