"""What is sealed opens only whole, unaltered, with its key and in its place."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ownkey.secret import Secret
from ownkey.vault.envelope import Context, key_id_of, open_envelope, rewrap, seal
from ownkey.vault.errors import CorruptEnvelopeError, EnvelopeError, UnknownKeyError, WrongContextError
from ownkey.vault.key_ring import KeyRing, new_key

AT = datetime(2026, 11, 23, tzinfo=UTC)
KEY, OTHER_KEY = new_key(created_at=AT), new_key(created_at=AT)
RING = KeyRing(primary=KEY)
ALICES = Context(table="credential", row_id="7", owner="alice", alm_account="acme", version=1)
PLANTED = "ATATT" + "3x-planted-in-a-test"

secrets_ = st.text(st.characters(exclude_categories=["Cs"]))
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
contexts = st.builds(
    Context, table=words, row_id=words, owner=words, alm_account=words, version=st.integers(0, 2**40)
)


@given(text=secrets_, context=contexts)
def test_what_was_sealed_opens(text: str, context: Context) -> None:
    assert (
        open_envelope(seal(Secret(text), ring=RING, context=context), ring=RING, context=context).reveal()
        == text
    )


@given(place=st.integers(0), bit=st.integers(0, 7))
def test_with_any_bit_flipped_it_does_not_open(place: int, bit: int) -> None:
    envelope = bytearray(seal(Secret(PLANTED), ring=RING, context=ALICES))
    envelope[place % len(envelope)] ^= 1 << bit
    with pytest.raises(EnvelopeError) as refusal:
        open_envelope(bytes(envelope), ring=RING, context=ALICES)
    assert PLANTED not in str(refusal.value)


@given(kept=st.integers(0, 200))
def test_cut_short_it_does_not_open(kept: int) -> None:
    envelope = seal(Secret(PLANTED), ring=RING, context=ALICES)
    assume(kept < len(envelope))
    with pytest.raises(EnvelopeError):
        open_envelope(envelope[:kept], ring=RING, context=ALICES)


@given(rest=st.binary())
def test_arbitrary_bytes_are_corrupt(rest: bytes) -> None:
    for envelope in (rest, b"OKE\x01" + rest, b"OKE\x02" + rest):
        with pytest.raises(EnvelopeError):
            open_envelope(envelope, ring=RING, context=ALICES)


@given(context=contexts, other=contexts)
def test_moved_to_another_place_it_does_not_open(context: Context, other: Context) -> None:
    assume(context != other)
    envelope = seal(Secret(PLANTED), ring=RING, context=context)
    with pytest.raises(WrongContextError):
        open_envelope(envelope, ring=RING, context=other)


@pytest.mark.parametrize(
    "change",
    [
        {"table": "alm_account"},
        {"row_id": "8"},
        {"owner": "bob"},
        {"alm_account": "other"},
        {"version": 2},
        {"owner": "alicea", "alm_account": "cme"},
        {"table": "credential7", "row_id": ""},
        {"table": "", "row_id": "credential7"},
    ],
    ids=str,
)
def test_each_part_of_its_place_counts(change: dict[str, Any]) -> None:
    envelope = seal(Secret(PLANTED), ring=RING, context=ALICES)
    with pytest.raises(WrongContextError):
        open_envelope(envelope, ring=RING, context=replace(ALICES, **change))


@given(context=contexts, other=contexts)
def test_two_places_are_never_written_the_same(context: Context, other: Context) -> None:
    assert (context == other) == (context.canonical_bytes() == other.canonical_bytes())


def test_a_secret_put_under_another_envelopes_wrapping_does_not_open() -> None:
    one, two = (seal(Secret(PLANTED), ring=RING, context=ALICES) for _ in range(2))
    sealed_at = 4 + 1 + len(KEY.id) + 12 + 48
    with pytest.raises(WrongContextError):
        open_envelope(one[:sealed_at] + two[sealed_at:], ring=RING, context=ALICES)


def test_no_two_envelopes_of_one_secret_share_bytes_that_tell() -> None:
    one, two = (seal(Secret(PLANTED), ring=RING, context=ALICES) for _ in range(2))
    header = 4 + 1 + len(KEY.id)
    assert one[:header] == two[:header]
    assert one[header : header + 12] != two[header : header + 12]
    assert one[header + 60 :] != two[header + 60 :]
    assert PLANTED.encode() not in one


def test_a_key_that_the_ring_does_not_hold_is_named_as_the_cause() -> None:
    envelope = seal(Secret(PLANTED), ring=RING, context=ALICES)
    with pytest.raises(UnknownKeyError):
        open_envelope(envelope, ring=KeyRing(primary=OTHER_KEY), context=ALICES)


def test_another_key_under_the_same_id_does_not_open() -> None:
    impostor = type(KEY)(id=KEY.id, created_at=AT, material=OTHER_KEY.material)
    envelope = seal(Secret(PLANTED), ring=RING, context=ALICES)
    with pytest.raises(CorruptEnvelopeError):
        open_envelope(envelope, ring=KeyRing(primary=impostor), context=ALICES)


def test_an_older_key_only_unwraps() -> None:
    old = seal(Secret(PLANTED), ring=RING, context=ALICES)
    rotated = RING.with_new_primary(OTHER_KEY)
    assert open_envelope(old, ring=rotated, context=ALICES).reveal() == PLANTED
    assert key_id_of(seal(Secret(PLANTED), ring=rotated, context=ALICES)) == OTHER_KEY.id


@given(text=secrets_)
def test_rewrapped_it_opens_with_the_new_key_alone(text: str) -> None:
    old = seal(Secret(text), ring=RING, context=ALICES)
    new = rewrap(old, ring=RING.with_new_primary(OTHER_KEY))
    assert key_id_of(new) == OTHER_KEY.id
    assert open_envelope(new, ring=KeyRing(primary=OTHER_KEY), context=ALICES).reveal() == text


def test_rewrapping_does_not_free_it_from_its_place() -> None:
    new = rewrap(seal(Secret(PLANTED), ring=RING, context=ALICES), ring=RING)
    bobs = Context(table="credential", row_id="8", owner="bob", alm_account="acme", version=1)
    with pytest.raises(WrongContextError):
        open_envelope(new, ring=RING, context=bobs)


def test_a_ring_does_not_hold_two_keys_with_one_id() -> None:
    with pytest.raises(ValueError, match="same id"):
        KeyRing(primary=KEY, older=(KEY,))


def test_a_ring_does_not_print_its_keys() -> None:
    shown = repr(KeyRing(primary=KEY, older=(OTHER_KEY,)))
    assert repr(KEY.material) not in shown
    assert "material" not in shown
