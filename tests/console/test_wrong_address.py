"""A wrong name, and a proxy that hides where a form is from, are met with the address of Ownkey."""

import logging

import pytest
from django.test import Client

from ownkey.console import errors

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_warned", set())


def test_a_page_asked_for_by_another_name_says_the_right_one(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="ownkey"):
        for _ in range(3):
            page = Client(headers={"host": "server.acme.example:8000"}).get("/sign-in/")
    assert page.status_code == 400
    assert f"Ownkey is reached at {BASE}" in page.content.decode()
    assert "server.acme.example" not in page.content.decode()
    assert [one.message for one in caplog.records if "OWNKEY_BASE_URL" in one.message] == [
        "A page was asked for by a name that is not the one in OWNKEY_BASE_URL, which decides."
    ]


@pytest.mark.parametrize("origin", ["null", "https://elsewhere.example"])
def test_a_form_from_another_origin_says_what_hides_it(origin: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="ownkey"):
        page = Client(enforce_csrf_checks=True, headers={"origin": origin}).post("/sign-in/", {"login": "x"})
    assert page.status_code == 403
    assert f"Ownkey is reached at {BASE}" in page.content.decode()
    assert "gone stale" not in page.content.decode()
    assert any("Referrer-Policy: no-referrer" in one.message for one in caplog.records)


def test_a_form_without_its_token_is_still_called_stale() -> None:
    page = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "x"})
    assert page.status_code == 403
    assert "gone stale" in page.content.decode()
