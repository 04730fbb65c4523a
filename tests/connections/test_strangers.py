"""Every page and route of connections refuses whoever has no business there."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from ownkey.connections.models import AlmAccount, Credential
from ownkey.people.models import User

from .conftest import Connect, Stream, form_data

PERSONAL = ("credential_list", "credential_edit", "credential_test", "credential_disconnect")


def addresses(account: AlmAccount, user: User) -> Iterator[tuple[str, str]]:
    """Yield every route of connections with its address."""
    for pattern in get_resolver("ownkey.connections.urls").url_patterns:
        assert isinstance(pattern, URLPattern)
        assert pattern.name
        known = {"slug": account.slug, "user_id": user.pk}
        arguments = {name: known[name] for name in pattern.pattern.converters}
        yield pattern.name, reverse(f"connections:{pattern.name}", kwargs=arguments)


def test_charlie_is_sent_to_sign_in_from_everywhere(
    account: AlmAccount, bob: User, connect: Connect, charlies_browser: Client
) -> None:
    connect(bob)
    for name, address in addresses(account, bob):
        for answer in (charlies_browser.get(address), charlies_browser.post(address, form_data())):
            assert answer.status_code == 302, name
            assert answer.headers["Location"].startswith("/sign-in/"), name
    assert Credential.objects.filter(user=bob).exists()


def test_settings_are_closed_to_people(
    account: AlmAccount, bob: User, connect: Connect, bobs_browser: Client
) -> None:
    connect(bob)
    for name, address in addresses(account, bob):
        if name in PERSONAL:
            continue
        assert bobs_browser.get(address).status_code in {403, 405}, name
        assert (
            bobs_browser.post(address, form_data(site_url="https://acme.atlassian.net")).status_code == 403
        ), name
    assert AlmAccount.objects.filter(pk=account.pk).exists()
    assert Credential.objects.filter(user=bob).exists()


@pytest.mark.parametrize("name", ["account_add_test", "account_test", "site_find", "guide"])
def test_the_script_of_a_person_is_refused_in_settings_too(
    name: str, account: AlmAccount, bob: User, stream: Stream
) -> None:
    arguments = {"slug": account.slug} if name == "account_test" else {}
    answer = stream(bob, reverse(f"connections:{name}", kwargs=arguments), form_data())
    assert (answer.status, answer.lines) == (403, [])


def test_nobody_reaches_another_persons_credential(
    account: AlmAccount, alice: User, connect: Connect, bobs_browser: Client
) -> None:
    theirs = connect(alice)
    page = bobs_browser.get(reverse("connections:credential_edit", args=[account.slug]))
    assert alice.email not in page.content.decode()
    assert (
        bobs_browser.get(reverse("connections:credential_disconnect", args=[account.slug])).status_code == 404
    )
    assert (
        bobs_browser.post(reverse("connections:credential_disconnect", args=[account.slug])).status_code
        == 404
    )
    assert Credential.objects.get(pk=theirs.pk).is_sealed


def test_an_unknown_alm_account_is_not_found(bobs_browser: Client) -> None:
    for name in ("credential_edit", "credential_disconnect"):
        assert bobs_browser.get(reverse(f"connections:{name}", args=["nowhere"])).status_code == 404
    assert bobs_browser.post(reverse("connections:credential_test", args=["nowhere"])).status_code == 404


def test_a_form_from_elsewhere_is_refused(account: AlmAccount, bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)
    for name in ("credential_edit", "credential_test"):
        answer = browser.post(reverse(f"connections:{name}", args=[account.slug]), form_data())
        assert answer.status_code == 403
