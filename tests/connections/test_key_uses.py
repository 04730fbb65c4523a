"""Everything that is sealed is counted, moved and looked after; a damaged envelope stops nothing."""

import pytest
from django.apps import apps
from django.db import connection

from ownkey.connections import key_uses
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.sealing import key_ring, open_in
from ownkey.people.models import User
from ownkey.vault.envelope import key_id_of, rewrap
from ownkey.vault.errors import LostKeyError
from ownkey.vault.key_ring import KeyEncryptionKey, KeyRing, new_key
from tests.people.sign_ins import JUST_NOW

from .conftest import Connect

CAST = ("alice@acme.example", "bob@acme.example")


def test_every_table_with_an_envelope_is_looked_after() -> None:
    sealed = {
        model for model in apps.get_models() if any(field.name == "envelope" for field in model._meta.fields)
    }
    assert sealed == set(key_uses.SEALED)


def test_everything_moves_to_the_primary_and_still_opens(
    account: AlmAccount, bob: User, connect: Connect
) -> None:
    connect(bob)
    rows: list[AlmAccount | Credential] = [AlmAccount.objects.get(), Credential.objects.get()]
    secrets = [open_in(row).reveal() for row in rows]
    ring = key_ring().with_new_primary(new_key(created_at=account.since))
    assert key_uses.is_anything_older(ring)
    assert key_uses.rewrap_everything(ring) == key_uses.Rewrapped(moved=2, stuck=0)
    assert not key_uses.is_anything_older(ring)
    for row, secret in zip(rows, secrets, strict=True):
        row.refresh_from_db()
        assert key_id_of(bytes(row.envelope)) == ring.primary.id
        assert open_in(row, ring=ring).reveal() == secret
    assert key_uses.envelopes_by_key() == {ring.primary.id: 2}
    assert key_uses.rewrap_everything(ring) == key_uses.Rewrapped(moved=0, stuck=0)


def test_a_row_that_is_saved_meanwhile_keeps_what_was_saved(
    account: AlmAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = key_ring().with_new_primary(new_key(created_at=account.since))
    meanwhile = bytes(AlmAccount.objects.get().envelope)[:-1] + b"!"

    def save_first(envelope: bytes, *, ring: KeyRing) -> bytes:
        AlmAccount.objects.update(envelope=meanwhile)
        return rewrap(envelope, ring=ring)

    monkeypatch.setattr(key_uses, "rewrap", save_first)
    key_uses.rewrap_everything(ring)
    assert bytes(AlmAccount.objects.get().envelope) == meanwhile


def test_a_damaged_envelope_is_counted_and_stops_nothing(
    account: AlmAccount, alice: User, bob: User, connect: Connect
) -> None:
    for user in (alice, bob):
        connect(user)
    Credential.objects.filter(user=alice).update(envelope=b"not an envelope")
    ring = key_ring().with_new_primary(new_key(created_at=account.since))
    assert key_uses.rewrap_everything(ring) == key_uses.Rewrapped(moved=2, stuck=1)
    assert key_uses.envelopes_by_key()[key_uses.DAMAGED] == 1
    assert key_uses.keys_that_open_nothing(ring, using="default") == {key_uses.DAMAGED: 1}


@pytest.mark.usefixtures("account")
def test_a_ring_without_the_key_or_with_another_of_its_name_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = key_ring().primary
    key_uses.refuse_wrong_keys()
    other = new_key(created_at=right.created_at)
    impostor = KeyEncryptionKey(id=right.id, created_at=right.created_at, material=other.material)
    for key in (other, impostor):
        monkeypatch.setattr(key_uses, "key_ring", lambda key=key: KeyRing(primary=key))
        with pytest.raises(LostKeyError, match="estore the key file"):
            key_uses.refuse_wrong_keys()


def test_client_keys_note_the_key_that_hashed_them(account: AlmAccount, bob: User) -> None:
    from ownkey.connections.client_keys import issue_client_key, revoke_client_key  # noqa: PLC0415 as needed

    issued = issue_client_key(bob, account, name="tool", expires_on=None, actor=bob, signed_in=JUST_NOW)
    assert key_uses.client_keys_by_key() == {key_ring().primary.id: 1}
    revoke_client_key(issued.row.pk, actor=bob, signed_in=JUST_NOW)
    assert key_uses.client_keys_by_key() == {}


@pytest.mark.django_db
def test_noting_it_left_the_triggers_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type='trigger' AND tbl_name='connections_clientkey'"
        )
        assert cursor.fetchone()[0] == 3
