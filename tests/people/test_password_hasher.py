"""Passwords are hashed with scrypt, one at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import scrypt
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from pytest_django import Settings

from ownkey.people.password_hasher import OneAtATimeScrypt


@pytest.fixture(autouse=True)
def _as_people_have_it(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["ownkey.people.password_hasher.OneAtATimeScrypt"]


def test_a_hash_is_djangos_scrypt_and_only_its_password_fits() -> None:
    encoded = make_password("four unrelated words")
    assert type(identify_hasher(encoded)) is OneAtATimeScrypt
    assert encoded.startswith("scrypt$16384$")
    assert check_password("four unrelated words", encoded)
    assert not check_password("four unrelated word", encoded)


def test_however_many_sign_in_one_thread_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()

    def noted(*args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401 as hashlib has it
        threads.add(threading.get_ident())
        return scrypt(*args, **kwargs)

    monkeypatch.setattr("django.contrib.auth.hashers.hashlib.scrypt", noted)
    with ThreadPoolExecutor(8) as people:
        hashes = list(people.map(make_password, ["four unrelated words"] * 8))
    assert len(set(hashes)) == 8
    assert len(threads) == 1
