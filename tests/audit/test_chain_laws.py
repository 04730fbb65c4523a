"""Whatever is changed, removed, swapped or added in the record's table is found, at the first bad entry."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from ownkey.audit.chain import encoded
from ownkey.audit.entry import Detail, NewEntry, Outcome
from ownkey.audit.keys import keys_of
from ownkey.audit.storing import Row, as_row, from_row
from ownkey.audit.verifying import Fault
from ownkey.vault.key_ring import KeyRing
from tests.audit.rows import FOREIGN, KEYS, NEW, OLD, chained_rows, entries, verified

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
details: st.SearchStrategy[dict[str, Detail]] = st.dictionaries(
    texts,
    st.one_of(texts, st.integers(-(2**62), 2**62), st.booleans(), st.none(), st.lists(texts, max_size=3)),
    max_size=4,
)
new_entries = st.builds(
    NewEntry,
    at=st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 bounds have none
    action=texts,
    actor=texts,
    subject=texts,
    alm_account=texts,
    outcome=st.sampled_from(Outcome),
    details=details,
)
places = st.tuples(st.integers(1, 2**40), st.sampled_from(["old", "new", "ne", "w"]), new_entries)
records = st.lists(new_entries, min_size=1, max_size=6)


def same(one: Detail, other: Detail) -> bool:
    """Whether two details are the same to a reader: True is not 1."""
    return type(one) is type(other) and one == other


def differ(one: NewEntry, other: NewEntry) -> bool:
    """Whether two entries differ in anything."""
    plain = [field.name for field in fields(NewEntry) if field.name != "details"]
    if any(getattr(one, name) != getattr(other, name) for name in plain):
        return True
    if one.details.keys() != other.details.keys():
        return True
    return not all(same(value, other.details[name]) for name, value in one.details.items())


@given(places, places)
def test_two_entries_that_differ_in_anything_are_encoded_differently(
    one: tuple[int, str, NewEntry], other: tuple[int, str, NewEntry]
) -> None:
    assume(one[:2] != other[:2] or differ(one[2], other[2]))
    codes = [encoded(number=number, key_id=key_id, entry=entry) for number, key_id, entry in (one, other)]
    assert codes[0] != codes[1]


@given(new_entries, texts, texts)
def test_text_moved_from_one_field_to_the_next_is_encoded_differently(
    entry: NewEntry, head: str, tail: str
) -> None:
    assume(tail)
    one = replace(entry, actor=head + tail, subject="")
    other = replace(entry, actor=head, subject=tail)
    assert encoded(number=1, key_id="k", entry=one) != encoded(number=1, key_id="k", entry=other)


@given(records)
def test_what_was_written_is_read_back_and_found_whole(new: list[NewEntry]) -> None:
    rows = chained_rows(new)
    assert [as_row(from_row(row)) for row in rows] == rows
    found = verified(rows)
    assert (found.is_whole, found.entries) == (True, len(new))


@given(records, st.data())
def test_any_changed_value_is_found(new: list[NewEntry], data: st.DataObject) -> None:
    rows = chained_rows(new)
    index = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(1, len(rows[index]) - 1))
    old = rows[index][column]
    value: Any = data.draw(
        st.one_of(
            st.binary(min_size=32, max_size=32),
            texts,
            st.integers(),
            st.none(),
            details.map(str),
            st.sampled_from([row[column] for row in rows]),
            st.sampled_from([f"{old} ", f" {old}", f"{old}+00:00"]),
        )
    )
    assume(type(value) is not type(old) or value != old)
    rows[index] = (*rows[index][:column], value, *rows[index][column + 1 :])
    found = verified(rows)
    assert found.bad is not None
    assert found.bad.number in {index + 1, index + 2}


def test_a_number_in_place_of_a_hash_is_found_and_takes_no_memory() -> None:
    rows = chained_rows(entries(2))
    rows[0] = (*rows[0][:-2], 2**62, rows[0][-1])
    found = verified(rows)
    assert found.bad is not None
    assert found.bad.number == 1


@given(records, st.data())
def test_a_removed_row_is_found_unless_it_was_the_last(new: list[NewEntry], data: st.DataObject) -> None:
    rows = chained_rows(new)
    assume(len(rows) > 1)
    index = data.draw(st.integers(0, len(rows) - 2))
    del rows[index]
    found = verified(rows)
    assert found.bad is not None
    assert (found.bad.fault, found.bad.number) == (Fault.MISSING, index + 1)


@given(st.data())
def test_two_rows_that_changed_places_are_found(data: st.DataObject) -> None:
    rows = chained_rows(entries(6))
    one, other = sorted(data.draw(st.sets(st.integers(0, 5), min_size=2, max_size=2)))
    first, second = rows[one], rows[other]
    rows[one], rows[other] = (first[0], *second[1:]), (second[0], *first[1:])
    found = verified(rows)
    assert found.bad is not None
    assert (found.bad.fault, found.bad.number) == (Fault.CHANGED, one + 1)


@given(new_entries, st.integers(0, 5))
def test_an_inserted_row_is_found_even_when_all_that_follow_are_numbered_anew(
    forged: NewEntry, index: int
) -> None:
    rows = chained_rows(entries(6))
    stolen = rows[index]
    inserted: Row = (index + 1, *as_row(from_row(stolen))[1:2], forged.action, *stolen[3:])
    later: list[Row] = [(row[0] + 1, *row[1:]) for row in rows[index:]]
    found = verified([*rows[:index], inserted, *later])
    assert found.bad is not None
    assert found.bad.number >= index + 1


@given(new_entries, st.integers(0, 5))
def test_whoever_has_only_the_database_cannot_forge(forged: NewEntry, index: int) -> None:
    """They know how entries are hashed, and sign with a key of their own under our key's name."""
    new = entries(6)
    assume(differ(forged, new[index]))
    new[index] = forged
    theirs = keys_of(KeyRing(replace(FOREIGN, id=NEW.id), (OLD,)))
    rows = chained_rows(entries(6))
    rewritten = chained_rows(new, keys=theirs)
    found = verified([*rows[:index], *rewritten[index:]])
    assert found.bad is not None
    assert (found.bad.fault, found.bad.number) == (Fault.FORGED, index + 1)
    assert KEYS.entries.primary_id == theirs.entries.primary_id
