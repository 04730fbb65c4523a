"""Every page about people refuses who has no business there, and works for who has."""

import pytest
from django.test import Client
from django.urls import get_resolver

from ownkey.people.models import User

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {
    "/sign-in/",
    "/sign-in/code/",
    "/sign-in/passkey/",
    "/sign-in/link/made-up/",
    "/sign-out/",
    "/suspended/",
    "/password-reset/",
    "/password-reset/sent/",
    "/password-reset/done/",
    "/password-reset/1-abc/",
    "/set-up/made-up/",
    "/invitations/made-up/",
}
OPEN_WITH_A_PROVIDER = {
    "/sign-in/provider/",
    "/sign-in/provider/callback/",
    "/invitations/made-up/provider/",
}
FOR_PEOPLE = {
    "/",
    "/profile/",
    "/profile/password/",
    "/profile/sessions/",
    "/profile/security/",
    "/profile/security/app/add/",
    "/profile/security/codes/new/",
    "/profile/security/passkeys/add/",
    "/confirm-password/",
}
# What there is only for who has such a factor, or a provider.
FOR_WHO_HAS_IT = {
    "/profile/security/app/remove/": 404,
    "/profile/security/codes/": 404,
    "/profile/security/passkeys/1/": 404,
    "/profile/security/passkeys/1/remove/": 404,
    "/confirm-code/": 302,
    "/confirm-passkey/": 302,
    "/confirm-provider/": 404,
}
FOR_PEOPLE_TO_POST = {
    "/profile/sessions/1/end/",
    "/profile/sessions/end-others/",
    "/profile/security/provider/connect/",
    "/profile/security/provider/disconnect/",
}
FOR_ADMINISTRATORS = {"/settings/people/", "/settings/people/invite/", "/settings/people/invite-many/"}
# A page about one person; whether there is such a person is for administrators to know.
FOR_ADMINISTRATORS_ABOUT_ONE = {"/settings/people/1/reset-factors/", "/settings/people/invitations/1/"}
FOR_ADMINISTRATORS_TO_POST = {
    "/settings/people/invitations/1/revoke/",
    "/settings/people/invitations/1/send-again/",
    "/settings/people/1/suspend/",
    "/settings/people/1/reinstate/",
    "/settings/people/1/make-administrator/",
    "/settings/people/1/unmake-administrator/",
    "/settings/people/1/make-auditor/",
    "/settings/people/1/unmake-auditor/",
}


def test_every_address_about_people_is_in_one_of_the_tables() -> None:
    addresses = (
        OPEN_TO_ALL
        | OPEN_WITH_A_PROVIDER
        | FOR_PEOPLE
        | FOR_WHO_HAS_IT.keys()
        | FOR_PEOPLE_TO_POST
        | FOR_ADMINISTRATORS
        | FOR_ADMINISTRATORS_ABOUT_ONE
        | FOR_ADMINISTRATORS_TO_POST
    )
    resolver = get_resolver()
    views = {resolver.resolve(address).func for address in addresses}
    known = set()
    for pattern in resolver.url_patterns:
        module = getattr(getattr(pattern, "urlconf_module", None), "__name__", "")
        if module.startswith("ownkey.people"):
            known |= {part.callback for part in pattern.url_patterns}  # type: ignore[union-attr]
    assert known <= views


@pytest.mark.parametrize(
    "address", sorted(FOR_PEOPLE | FOR_WHO_HAS_IT.keys() | FOR_ADMINISTRATORS | FOR_ADMINISTRATORS_ABOUT_ONE)
)
def test_a_stranger_is_sent_to_sign_in(charlies_browser: Client, address: str) -> None:
    answer = charlies_browser.get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={address}"


@pytest.mark.parametrize("address", sorted(FOR_PEOPLE_TO_POST | FOR_ADMINISTRATORS_TO_POST))
def test_what_a_stranger_posts_changes_nothing(charlies_browser: Client, alice: User, address: str) -> None:
    answer = charlies_browser.post(address)
    assert answer.status_code in {302, 405}
    alice.refresh_from_db()
    assert alice.is_active
    assert alice.is_administrator


@pytest.mark.parametrize("address", sorted(OPEN_TO_ALL))
def test_open_pages_open_without_signing_in(charlies_browser: Client, address: str) -> None:
    assert charlies_browser.get(address).status_code in {200, 302, 410}


@pytest.mark.parametrize("address", sorted(FOR_PEOPLE))
def test_people_open_their_own_pages(bobs_browser: Client, address: str) -> None:
    assert bobs_browser.get(address).status_code == 200


@pytest.mark.parametrize(("address", "status"), sorted(FOR_WHO_HAS_IT.items()))
def test_what_somebody_does_not_have_is_not_there(bobs_browser: Client, address: str, status: int) -> None:
    assert bobs_browser.get(address).status_code == status


@pytest.mark.parametrize("address", sorted(OPEN_WITH_A_PROVIDER))
def test_without_a_provider_there_is_no_way_to_one(charlies_browser: Client, address: str) -> None:
    assert charlies_browser.get(address).status_code in {404, 405}
    assert charlies_browser.post(address).status_code in {404, 405, 410}


@pytest.mark.parametrize("address", sorted(FOR_ADMINISTRATORS))
def test_administrators_open_their_pages(alices_browser: Client, address: str) -> None:
    assert alices_browser.get(address).status_code == 200


@pytest.mark.parametrize("address", sorted(FOR_ADMINISTRATORS | FOR_ADMINISTRATORS_ABOUT_ONE))
def test_a_person_is_told_that_the_page_is_for_administrators(bobs_browser: Client, address: str) -> None:
    answer = bobs_browser.get(address)
    assert answer.status_code == 403
    assert "for administrators" in answer.content.decode()


@pytest.mark.parametrize("address", sorted(FOR_ADMINISTRATORS_TO_POST))
def test_what_a_person_posts_to_administrators_pages_is_refused(bobs_browser: Client, address: str) -> None:
    assert bobs_browser.post(address).status_code == 403


@pytest.mark.parametrize("address", sorted(FOR_PEOPLE_TO_POST | FOR_ADMINISTRATORS_TO_POST))
def test_a_page_that_changes_something_cannot_be_followed_as_a_link(
    alices_browser: Client, address: str
) -> None:
    assert alices_browser.get(address).status_code == 405


def test_there_is_no_way_to_sign_up(charlies_browser: Client) -> None:
    for address in ("/sign-up/", "/accounts/signup/", "/signup/"):
        assert charlies_browser.get(address).status_code == 404
