"""No way of changing an envelope opens it: bytes flipped, put in, taken out, swapped, an older version."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownkey.secret import Secret
from ownkey.vault.envelope import Context, open_envelope, rewrap, seal
from ownkey.vault.errors import EnvelopeError
from ownkey.vault.key_ring import KeyRing, new_key

AT = datetime(2026, 11, 23, tzinfo=UTC)
KEY = new_key(created_at=AT)
RING = KeyRing(primary=KEY, older=(new_key(created_at=AT),))
PLACE = Context(table="credential", row_id="7", owner="alice", alm_account="acme", version=1)
PLANTED = "ATATT" + "3x-planted-in-a-test"
ENVELOPE = seal(Secret(PLANTED), ring=RING, context=PLACE)
OTHER = seal(Secret(PLANTED), ring=RING, context=PLACE)


def _flipped(flips: list[tuple[int, int]]) -> bytes:
    changed = bytearray(ENVELOPE)
    for place, bits in flips:
        changed[place % len(changed)] ^= bits
    return bytes(changed)


places = st.integers(0, len(ENVELOPE))
changes = st.one_of(
    st.lists(st.tuples(places, st.integers(1, 255)), min_size=1, max_size=5).map(_flipped),
    st.tuples(places, st.binary(min_size=1, max_size=40)).map(
        lambda put: ENVELOPE[: put[0]] + put[1] + ENVELOPE[put[0] :]
    ),
    st.tuples(places, st.integers(1, 40)).map(lambda cut: ENVELOPE[: cut[0]] + ENVELOPE[cut[0] + cut[1] :]),
    st.integers(5 + len(KEY.id), len(ENVELOPE) - 1).map(lambda at: ENVELOPE[:at] + OTHER[at:]),
    places.map(lambda at: ENVELOPE[at:] + ENVELOPE[:at]),
    st.just(ENVELOPE * 2),
)


@given(changed=changes)
def test_a_changed_envelope_does_not_open_and_tells_nothing(changed: bytes) -> None:
    if changed in {ENVELOPE, OTHER}:
        return
    with pytest.raises(EnvelopeError) as refusal:
        open_envelope(changed, ring=RING, context=PLACE)
    with pytest.raises(EnvelopeError):
        open_envelope(rewrap(changed, ring=RING), ring=RING, context=PLACE)
    assert PLANTED not in f"{refusal.value!r}{refusal.value.__cause__!r}"


@pytest.mark.parametrize("version", [*range(1), *range(2, 256, 51)])
def test_another_version_in_the_header_does_not_open(version: int) -> None:
    with pytest.raises(EnvelopeError):
        open_envelope(b"OKE" + bytes([version]) + ENVELOPE[4:], ring=RING, context=PLACE)


@given(version=st.integers(0, 2**40))
def test_an_older_envelope_put_back_does_not_open(version: int) -> None:
    later = Context(table="credential", row_id="7", owner="alice", alm_account="acme", version=version)
    if version != PLACE.version:
        with pytest.raises(EnvelopeError):
            open_envelope(ENVELOPE, ring=RING, context=later)


def test_another_ring_does_not_open_it() -> None:
    with pytest.raises(EnvelopeError):
        open_envelope(ENVELOPE, ring=KeyRing(primary=new_key(created_at=AT)), context=PLACE)


def test_unchanged_it_opens() -> None:
    assert open_envelope(rewrap(ENVELOPE, ring=RING), ring=RING, context=PLACE).reveal() == PLANTED
