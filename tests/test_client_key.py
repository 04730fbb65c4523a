"""A client key is known by its hash alone, and only the whole right key has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.client_key import ClientKey, ClientKeyHasher, issue_client_key, parse_client_key

HASHER = ClientKeyHasher(b"p" * 32)


def test_an_issued_key_is_read_back_whole() -> None:
    key = issue_client_key()
    assert key.text().startswith("ok_")
    assert parse_client_key(key.text()) == key
    assert issue_client_key() != key


def test_only_the_right_key_matches() -> None:
    key, other = issue_client_key(), issue_client_key()
    kept = HASHER.hash(key)
    assert HASHER.matches(key, kept)
    assert not HASHER.matches(other, kept)
    assert not HASHER.matches(ClientKey(other.key_id, key.secret), kept)
    assert not ClientKeyHasher(b"q" * 32).matches(key, kept)


def test_a_rotated_pepper_still_knows_the_older_hashes() -> None:
    key = issue_client_key()
    rotated = ClientKeyHasher(b"q" * 32, b"p" * 32)
    assert rotated.matches(key, HASHER.hash(key))
    assert rotated.hash(key) != HASHER.hash(key)


@given(st.text(max_size=60))
def test_anything_else_is_no_key(text: str) -> None:
    key = parse_client_key(text)
    assert key is None or key.text() == text


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text + "a", lambda text: text[:-1], lambda t: t + "\n"]
)
def test_a_key_that_is_not_whole_is_none(change: object) -> None:
    assert callable(change)
    assert parse_client_key(change(issue_client_key().text())) is None


def test_a_short_pepper_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        ClientKeyHasher(b"short")


def test_nothing_shows_the_secret() -> None:
    key = issue_client_key()
    assert key.secret not in repr(key)
    assert "p" * 32 not in repr(HASHER)
