"""The record stays provable through rotations and cuts, and a kept head betrays what a chain cannot."""

import pytest

from ownkey.audit.entry import NewEntry
from ownkey.audit.head import HeadError, parse_head, sign_head
from ownkey.audit.keys import Signature, keys_of
from ownkey.audit.verifying import PRUNED, Fault, KeptHead
from ownkey.vault.key_ring import KeyRing
from tests.audit.rows import (
    AFTER_RETIREMENT,
    FOREIGN,
    KEYS,
    NOON,
    OLD_KEYS,
    chained_rows,
    entries,
    verified,
)


def test_an_empty_record_is_whole_and_has_a_head() -> None:
    found = verified([])
    assert found.is_whole
    assert found.head is not None
    assert found.head.number == 0


def test_a_record_goes_on_across_a_rotation() -> None:
    rows = chained_rows(entries(3), keys=OLD_KEYS)
    rows += chained_rows(entries(2), keys=KEYS, after=3, previous=rows[-1][-2])
    assert verified(rows).is_whole
    assert verified(rows, keys=AFTER_RETIREMENT).is_whole


def test_what_a_retired_key_signed_is_still_covered_by_the_signatures_after_it() -> None:
    rows = chained_rows(entries(3), keys=OLD_KEYS)
    rows += chained_rows(entries(2), keys=KEYS, after=3, previous=rows[-1][-2])
    rows[1] = (*rows[1][:3], "mallory@acme.example", *rows[1][4:])
    bad = verified(rows, keys=AFTER_RETIREMENT).bad
    assert bad is not None
    assert (bad.fault, bad.number) == (Fault.CHANGED, 2)


def test_entries_at_the_end_that_name_an_unknown_key_are_not_believed() -> None:
    rows = chained_rows(entries(3))
    forger = keys_of(KeyRing(FOREIGN))
    rows += chained_rows(entries(2), keys=forger, after=3, previous=rows[-1][-2])
    bad = verified(rows).bad
    assert bad is not None
    assert (bad.fault, bad.number) == (Fault.KEY_GONE, 4)


def test_a_kept_head_lies_on_the_chain() -> None:
    rows = chained_rows(entries(5))
    head = verified(rows[:3]).head
    assert head is not None
    found = verified(rows, kept=parse_head(f"# kept on Monday\n{head.text()}\n"))
    assert (found.is_whole, found.kept) == (True, KeptHead.ON_CHAIN)


def test_a_record_that_was_cut_short_looks_whole_and_a_kept_head_betrays_it() -> None:
    rows = chained_rows(entries(5))
    head = verified(rows).head
    assert verified(rows[:4]).is_whole
    found = verified(rows[:4], kept=head)
    assert (found.is_whole, found.kept) == (False, KeptHead.TRUNCATED)
    assert verified([], kept=head).kept is KeptHead.TRUNCATED


def test_a_record_that_was_written_anew_with_the_right_key_is_betrayed_by_a_kept_head() -> None:
    head = verified(chained_rows(entries(5))).head
    found = verified(chained_rows(entries(6, action="nothing.happened")), kept=head)
    assert (found.is_whole, found.kept) == (False, KeptHead.DIFFERENT)


def test_a_head_that_somebody_else_signed_is_not_believed() -> None:
    rows = chained_rows(entries(2))
    stranger = keys_of(KeyRing(FOREIGN))
    head = sign_head(2, rows[-1][-2], keys=stranger)
    assert head.check(KEYS) is Signature.KEY_GONE
    renamed = parse_head(head.text().replace(":foreign:", ":new:"))
    assert verified(rows, kept=renamed).kept is KeptHead.FORGED


@pytest.mark.parametrize("text", ["", "ownkey-record-head:1:2", "ownkey-record-head:2:1:aa:k:bb", "hello"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(HeadError):
        parse_head(text)


def test_two_heads_are_not_one() -> None:
    heads = [sign_head(n, bytes(32), keys=KEYS).text() for n in (1, 2)]
    with pytest.raises(HeadError):
        parse_head("\n".join(heads))


class TestACutRecord:
    """Entries 1 to 3 of 5 were pruned; entry 6 vouches for it."""

    rows = chained_rows(entries(5))
    cut = (3, bytes(rows[2][-2]))
    named = NewEntry(at=NOON, action=PRUNED, details={"through": 3, "hash": cut[1].hex()})
    left = (*rows[3:], *chained_rows([named], after=5, previous=rows[-1][-2]))

    def test_is_whole(self) -> None:
        found = verified(self.left, cuts=dict([self.cut]))
        assert (found.is_whole, found.first, found.entries) == (True, 4, 3)

    def test_is_not_when_more_was_cut_off(self) -> None:
        bad = verified(self.left[1:], cuts=dict([self.cut])).bad
        assert bad is not None
        assert bad.fault is Fault.MISSING

    def test_is_not_when_the_entry_that_vouches_is_missing_or_forged(self) -> None:
        assert verified(self.left[:-1], cuts=dict([self.cut])).bad is not None
        stranger = keys_of(KeyRing(FOREIGN))
        forged = chained_rows([self.named], keys=stranger, after=5, previous=self.rows[-1][-2])
        assert verified([*self.left[:-1], *forged], cuts=dict([self.cut])).bad is not None

    def test_knows_a_head_at_the_cut_and_admits_that_it_cannot_compare_an_older_one(self) -> None:
        at_cut, older = (verified(self.rows[:n]).head for n in (3, 2))
        assert verified(self.left, cuts=dict([self.cut]), kept=at_cut).kept is KeptHead.ON_CHAIN
        found = verified(self.left, cuts=dict([self.cut]), kept=older)
        assert (found.is_whole, found.kept) == (True, KeptHead.PRUNED)
