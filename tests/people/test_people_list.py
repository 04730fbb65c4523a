"""A list of people is read however it was written, and what is not clear is told instead of guessed."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.people.errors import PeopleError
from ownkey.people.flows import checked_email
from ownkey.people.inviting import people_list
from ownkey.people.inviting.people_list import (
    LARGEST_LIST,
    LONGEST_LINE,
    MOST_LINES,
    NO_ADDRESS,
    TOO_LONG,
    TOO_MUCH,
    TWO_ADDRESSES,
    ListError,
    decode_list,
    read_list,
)

ADA, BO = ("Ada Lovelace", "ada@acme.example"), ("Bo Diddley", "bo@acme.example")


def people(text: str) -> list[tuple[str, str]]:
    """Return whom a list names; fails when anything was not understood."""
    listed = read_list(text)
    assert not [one for one in listed if one.problem]
    return [(one.name, one.email) for one in listed]


@pytest.mark.parametrize(
    "line",
    [
        "Ada Lovelace, ada@acme.example",
        "ada@acme.example,Ada Lovelace",
        "Ada Lovelace;ada@acme.example",
        "ada@acme.example\tAda Lovelace",
        '"Ada Lovelace","ada@acme.example"',
        "Ada Lovelace <ada@acme.example>",
        '"Ada Lovelace" <ada@acme.example>,',
        "Ada Lovelace ada@acme.example",
        "ada@acme.example Ada Lovelace",
        "  Ada Lovelace ,, ada@acme.example ;",
        "\ufeffAda Lovelace,ada@acme.example",
        "Ada\u00a0Lovelace, ada@acme.example",
        "Ada Lovelace, <ada@acme.example>",
        "ada@acme.example, Ada Lovelace,",
    ],
)
def test_one_person_in_many_ways(line: str) -> None:
    assert people(line) == [ADA]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "heading",
    ["", "Name,E-mail", "name;email", "Full name\tE-mail address", "NAME,EMAIL", '"Display Name","Mail"'],
)
def test_headings_blank_lines_and_line_ends_do_not_matter(heading: str, ending: str) -> None:
    lines = [heading, "", "Ada Lovelace,ada@acme.example", " \t ", ",,;", "Bo Diddley,bo@acme.example", ""]
    assert people(ending.join(lines)) == [ADA, BO]


def test_headings_say_which_columns_count() -> None:
    heading = "Department,First name,Last name,E-Mail"
    lines = [heading, "Maths,Ada,Lovelace,ada@acme.example", ",Bo,Diddley,bo@acme.example"]
    assert people("\n".join(lines)) == [ADA, BO]


def test_headings_in_the_middle_count_from_there_on() -> None:
    text = "Ada Lovelace, ada@acme.example\nE-mail;Department;Name\nbo@acme.example;Music;Bo Diddley"
    assert people(text) == [ADA, BO]


def test_a_name_with_a_comma_is_one_name() -> None:
    named = [("Lovelace, Ada", "ada@acme.example")]
    assert people('"Lovelace, Ada",ada@acme.example') == named
    assert people("Lovelace, Ada <ada@acme.example>") == named
    assert people("Lovelace, Ada;ada@acme.example") == named


def test_addresses_as_a_mail_program_copies_them() -> None:
    assert people("Ada Lovelace <ada@acme.example>; Bo Diddley <bo@acme.example>") == [ADA, BO]


def test_a_name_is_made_of_an_address_alone() -> None:
    assert people("ada.lovelace@acme.example\nbo@acme.example") == [
        ("Ada Lovelace", "ada.lovelace@acme.example"),
        ("Bo", "bo@acme.example"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Ada Lovelace", NO_ADDRESS),
        ("ada at acme.example", NO_ADDRESS),
        ("ada@acme.example, bo@acme.example", TWO_ADDRESSES),
        ("ada@acme.example bo@acme.example", TWO_ADDRESSES),
        ("Ada, Lovelace, ada@acme.example", TOO_MUCH),
        (f"{'x' * LONGEST_LINE}, ada@acme.example", TOO_LONG),
    ],
)
def test_what_is_not_clear_is_told(line: str, problem: str) -> None:
    first, second = read_list(f"{line}\nBo Diddley,bo@acme.example")
    assert (first.problem, first.number) == (problem, 1)
    assert (second.name, second.email, second.number) == (*BO, 2)


def test_too_many_lines_are_refused_whole() -> None:
    text = "\n".join(f"p{n}@acme.example" for n in range(MOST_LINES + 1))
    with pytest.raises(ListError, match="Nobody was invited"):
        read_list(text)
    assert len(read_list(text.partition("\n")[2])) == MOST_LINES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_whatever_encoding_it_has(encoding: str) -> None:
    assert decode_list("Zoë, zoe@acme.example\n".encode(encoding)) == "Zoë, zoe@acme.example\n"


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x00sheet", b"\xff\xfe\x00", b"x" * (LARGEST_LIST + 1)])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(ListError):
        decode_list(data)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_every_line_answered(text: str) -> None:
    listed = read_list(text)
    assert all(one.problem or (one.email and one.name) for one in listed)
    assert [one.number for one in listed] == sorted(one.number for one in listed)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(ListError):
        read_list(decode_list(data))


_NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters='@<>"', exclude_categories=["C", "Z"]), min_size=1
)


@given(st.lists(st.tuples(_NAMES, st.from_regex(r"[a-z]{1,9}@acme\.example", fullmatch=True)), min_size=1))
def test_what_a_spreadsheet_writes_comes_back(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("Name", "E-mail"), *rows])
    found = [(one.name, one.email) for one in read_list(decode_list(file.getvalue().encode()))]
    assert [email for _, email in found] == [email for _, email in rows]
    for (found_name, _), (name, _) in zip(found, rows, strict=True):
        # Of delimiters alone no name is made: the address stands for it.
        assert found_name == name.strip(",;") or not name.strip(",;")


def test_lines_that_would_take_long_take_no_time() -> None:
    nasty = [
        "a" + " " * 990 + "b",
        "<" * 999,
        "<" + "@" * 990,
        '"' * 999,
        "a <" + " " * 900 + "@",
        "," * 990 + "a",
    ]
    assert len(read_list("\n".join(nasty * 80))) <= people_list.MOST_LINES


EXPORTS = {
    "german": "Vorname;Nachname;E-Mail-Adresse\r\n"
    "Ada;Lovelace;ada@acme.example\r\nBo;Diddley;bo@acme.example",
    "german-short": "Vorname;Name;Mail\nAda;Lovelace;ada@acme.example\nBo;Diddley;bo@acme.example",
    "french": "Nom,Prénom,Courriel\nLovelace,Ada,ada@acme.example\nDiddley,Bo,bo@acme.example",
    "spanish": "Nombre;Apellidos;Correo electrónico\n"
    "Ada;Lovelace;ada@acme.example\nBo;Diddley;bo@acme.example",
    "google": "First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],"
    "Recovery Email\nAda,Lovelace,ada@acme.example,/,ada@home.example\nBo,Diddley,bo@acme.example,/,",
    "microsoft": "Block credential,Display name,First name,User principal name,When created\n"
    "False,Ada Lovelace,Ada,ada@acme.example,2026\nFalse,Bo Diddley,Bo,bo@acme.example,2026",
    "okta": '"login","firstName","lastName","email"\n"al","Ada","Lovelace","ada@acme.example"\n'
    '"bd","Bo","Diddley","bo@acme.example"',
    "slack": "username,email,status,userid,fullname,displayname\n"
    "ada,ada@acme.example,Member,U1,Ada Lovelace,al\n"
    "bo,bo@acme.example,Member,U2,Bo Diddley,bd",
    "jira": "User id,User name,email,User status\n1,Ada Lovelace,ada@acme.example,Active\n"
    "2,Bo Diddley,bo@acme.example,Active",
    "bars": "name|email\nAda Lovelace|ada@acme.example\nBo Diddley|bo@acme.example",
    "markdown": "| Name | E-mail |\n|---|---|\n"
    "| Ada Lovelace | ada@acme.example |\n| Bo Diddley | bo@acme.example |",
    "sep-line": "sep=;\nName;E-mail\nAda Lovelace;ada@acme.example\nBo Diddley;bo@acme.example",
    "line-breaks": 'name,email\n"Ada\nLovelace",ada@acme.example\n"Bo\r\nDiddley",bo@acme.example',
    "unseen": "Ada Lovelace,mailto:ada@acme.example\u200b\nBo Diddley,\u2060bo@acme.example;",
}


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS)
def test_a_list_of_another_program_is_read(text: str) -> None:
    assert people(text) == [ADA, BO]


def test_the_column_with_addresses_is_the_address_whatever_it_is_called() -> None:
    text = "Ad;Soyad;İletişim\nAda;Lovelace;ada@acme.example\nBo;Diddley;bo@acme.example"
    assert people(text) == [("Ada", ADA[1]), ("Bo", BO[1])]


def test_two_columns_with_addresses_are_not_guessed_at_and_the_headings_are_named() -> None:
    (one,) = read_list("Wer;Adresse;Vorgesetzte\nAda;ada@acme.example;bo@acme.example")
    assert one.email == ""
    assert all(heading in one.problem for heading in ("Wer", "Adresse", "Vorgesetzte"))


@pytest.mark.parametrize("mark", list("|/=#~^!`{}?*%$:"))
def test_a_mark_that_may_divide_name_and_address_invites_nobody_else(mark: str) -> None:
    (one,) = read_list(f"Ada{mark}ada@acme.example")
    assert (one.email, bool(one.problem)) in {("ada@acme.example", False), ("", True)}


@pytest.mark.parametrize("address", ["o'neil@acme.example", "ada+x@acme.example", "a_b-c.d@acme.example"])
def test_usual_marks_of_an_address_stay(address: str) -> None:
    assert [email for _, email in people(f"Ada Lovelace,{address}")] == [address]


def test_a_quotation_mark_that_is_never_closed_is_told_and_takes_nobody_along() -> None:
    first, second = read_list('"Ada Lovelace,ada@acme.example\nBo Diddley,bo@acme.example')
    assert (first.problem, first.email) == (people_list.OPEN_QUOTE, "")
    assert (second.name, second.email) == BO


def test_what_cannot_be_seen_and_stays_is_named_by_its_code_point() -> None:
    (one,) = read_list("Ada Lovelace,ada@ac\u0085me.example")
    assert "U+0085" in one.problem or one.problem


def test_an_address_that_cannot_be_mailed_is_not_called_none() -> None:
    with pytest.raises(PeopleError, match="letters outside ASCII before the @"):
        checked_email("jörg@acme.example")
    assert checked_email("\ufeffada@acme.example\u200b") == "ada@acme.example"
