"""A token that passed through the pages is found nowhere in the clear: no answer, no store, no log has it."""

import base64
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.people.models import User

from .conftest import FakeAtlassian, Stream, form_data
from .test_account_pages import ADD, ADD_TEST, account_data


def traces_of(token: str, login: str) -> Iterator[str]:
    """Yield every form in which the token could have been written down, whole or in its telling half."""
    half = token[len(token) // 2 :]
    for text in (token, half):
        yield text
        yield quote(text, safe="")
        yield text.encode().hex()
        yield text.encode().hex().upper()
        yield base64.b64encode(text.encode()).decode().rstrip("=")
    yield base64.b64encode(f"{login}:{token}".encode()).decode().rstrip("=")


def assert_absent(token: str, login: str, text: str) -> None:
    for trace in traces_of(token, login):
        assert trace not in text


def whole_store() -> str:
    """Return the whole database as text; what is binary is there in hexadecimal."""
    connection.ensure_connection()
    return "\n".join(connection.connection.iterdump())


def test_a_persons_token_leaves_no_trace(
    account: AlmAccount,
    bob: User,
    atlassian: FakeAtlassian,
    stream: Stream,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    token = atlassian.make_token(bob.email, without=["write:jira-work"])
    browser = Client()
    browser.force_login(bob)
    edit, test = (reverse(f"connections:credential_{name}", args=[account.slug]) for name in ("edit", "test"))
    seen = [line["html"] for line in stream(bob, test, form_data(token)).lines]
    for address, data in (
        (test, form_data(token)),
        (edit, form_data(token, action="save")),
        (edit, form_data(token, "not an address", action="save")),
        (edit, form_data(token, expires_on="never", action="save")),
    ):
        seen.append(browser.post(address, data).content.decode())
    assert_absent(token, bob.email, whole_store())
    candidate = Candidate.objects.filter(is_main=False).latest("tested_at")
    browser.post(edit, form_data(candidate=str(candidate.pk), action="save-with-gaps"))
    assert Credential.objects.get().is_sealed
    seen += [browser.get(address).content.decode() for address in (edit, f"{edit}?change=1", "/")]
    seen.append(browser.post(test, {"expires_on": ""}).content.decode())
    for text in (*seen, whole_store(), caplog.text):
        assert_absent(token, bob.email, text)


def test_a_main_token_leaves_no_trace(
    alice: User,
    alices_browser: Client,
    atlassian: FakeAtlassian,
    stream: Stream,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    token = atlassian.make_token(alice.email)
    browser = alices_browser
    seen = [line["html"] for line in stream(alice, ADD_TEST, account_data(token)).lines]
    for address, data in (
        (ADD_TEST, account_data(token)),
        (ADD, account_data(token, site_url="nowhere")),
        (ADD, account_data(token, action="save")),
        ("/settings/alm-accounts/guide/", account_data(token)),
    ):
        seen.append(browser.post(address, data).content.decode())
    account = AlmAccount.objects.get()
    edit = reverse("connections:account_edit", args=[account.slug])
    seen += [browser.get(address).content.decode() for address in (edit, f"{edit}?change=1", "/")]
    for text in (*seen, whole_store(), caplog.text):
        assert_absent(token, alice.email, text)


def test_the_search_would_find_a_token_that_is_there(
    account: AlmAccount, bob: User, atlassian: FakeAtlassian
) -> None:
    token = atlassian.make_token(bob.email)
    Candidate.objects.create(
        user=bob,
        alm_account=account,
        is_main=False,
        envelope=token.encode(),
        replaces_version=0,
        tested_at=account.since,
        waits_until=account.since,
    )
    with pytest.raises(AssertionError):
        assert_absent(token, bob.email, whole_store())
