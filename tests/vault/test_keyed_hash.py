"""An issued secret is found again by its hash, for its own purpose, across a rotation, and not otherwise."""

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from ownkey.secret import Secret
from ownkey.vault.key_ring import KeyRing, new_key
from ownkey.vault.keyed_hash import is_hash_of, keyed_hash, keyed_hashes

AT = datetime(2026, 11, 23, tzinfo=UTC)
RING = KeyRing(primary=new_key(created_at=AT))
OTHER_RING = KeyRing(primary=new_key(created_at=AT))
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(issued=texts, other=texts)
def test_only_the_same_secret_matches(issued: str, other: str) -> None:
    assume(issued != other)
    stored = keyed_hash(issued, ring=RING, purpose="invitation")
    assert is_hash_of(Secret(issued), stored, ring=RING, purpose="invitation")
    assert not is_hash_of(other, stored, ring=RING, purpose="invitation")


def test_another_purpose_does_not_match() -> None:
    stored = keyed_hash("issued", ring=RING, purpose="invitation")
    assert not is_hash_of("issued", stored, ring=RING, purpose="set-up")


def test_another_key_does_not_match() -> None:
    stored = keyed_hash("issued", ring=RING, purpose="invitation")
    assert not is_hash_of("issued", stored, ring=OTHER_RING, purpose="invitation")


def test_a_hash_outlives_a_rotation() -> None:
    stored = keyed_hash("issued", ring=RING, purpose="invitation")
    rotated = RING.with_new_primary(OTHER_RING.primary)
    assert is_hash_of("issued", stored, ring=rotated, purpose="invitation")
    assert stored in keyed_hashes("issued", ring=rotated, purpose="invitation")
    assert keyed_hash("issued", ring=rotated, purpose="invitation") != stored


def test_a_stored_value_that_is_no_hash_does_not_match() -> None:
    assert not is_hash_of("issued", "", ring=RING, purpose="invitation")
    assert not is_hash_of("issued", "é", ring=RING, purpose="invitation")
