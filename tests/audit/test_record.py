"""The record is added to and read; nothing in it is changed, removed or secret."""

from typing import Any

import pytest

from ownkey.audit.models import AppendOnlyError, Entry
from ownkey.audit.record import OPERATOR, record
from ownkey.people.models import User
from ownkey.secret import Secret

pytestmark = pytest.mark.django_db


def test_keeps_who_did_what_to_whom(alice: User, bob: User) -> None:
    entry = record("person.suspended", actor=alice, subject=bob, details={"why": "left", "count": 2})
    entry.refresh_from_db()
    assert (entry.actor, entry.action, entry.subject) == (alice.email, "person.suspended", bob.email)
    assert entry.details == {"why": "left", "count": 2}


def test_an_entry_outlives_the_person_it_names(bob: User) -> None:
    record("person.left", actor=OPERATOR, subject=bob)
    bob.delete()
    assert Entry.objects.filter(action="person.left", subject="bob@acme.example").exists()


def test_an_entry_is_not_changed() -> None:
    entry = record("x", actor=OPERATOR)
    entry.action = "y"
    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        Entry.objects.update(action="y")
    assert Entry.objects.get().action == "x"


def test_an_entry_is_not_removed() -> None:
    entry = record("x", actor=OPERATOR)
    with pytest.raises(AppendOnlyError):
        entry.delete()
    with pytest.raises(AppendOnlyError):
        Entry.objects.all().delete()
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("value", [Secret("s3cret"), b"bytes", object(), ["text", Secret("s3cret")]])
def test_what_is_not_plain_is_refused_without_being_shown(value: Any) -> None:  # noqa: ANN401 that is the point
    with pytest.raises(TypeError) as refused:
        record("x", actor=OPERATOR, details={"api_token": value})
    assert "s3cret" not in str(refused.value)
    assert not Entry.objects.exists()
