"""Attacks from a browser that was left open: what needs a recent sign-in asks for it, and nothing is done.

The addresses come from the table of who may open what, and whether they ask from the flows that they lead to.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ownkey.connections.models import AlmAccount, Candidate, ClientKey, Policy
from ownkey.people.acts import Asks
from ownkey.people.flows import add_user
from ownkey.people.inviting import invitations
from ownkey.people.models import Invitation, Role, User
from tests.conftest import PASSWORD, SignIn
from tests.connections.conftest import FakeAtlassian
from tests.connections.test_account_pages import account_data
from tests.people.sign_ins import JUST_NOW, make_sign_in_old

from .access import DOES, Arguments, routes, state
from .test_acts import ACTS

ELSEWHERE: Mapping[str, str] = {
    "connections:account_add": "A main token has to be proven first: TestAccountSettings.",
    "people:provider_callback": "A provider has to answer first: tests/sign_in/test_single_sign_on.py.",
    "people:disconnect_provider": "A provider has to be connected first: the same.",
}
"""Addresses that ask, and are tried by a test of their own."""

ASKING: Final = sorted(
    route
    for route, names in DOES.items()
    if any(ACTS[name][1].asks is not Asks.NEVER for name in names) and route not in ELSEWHERE
)
OWN: Final = ("mfa_", "client_keys:", "connections:credential")

SENT: Mapping[str, Mapping[str, Any]] = {
    "people:invite": {"name": "Eve", "email": "eve@evil.example", "role": "person"},
    "people:invite_many": {"people": "Eve, eve@evil.example"},
    "client_keys:new": {"name": "Eve’s"},
    "workspace_settings": {"left_out": "PAY", "share": "100"},
}
"""What a form has to hold to reach its flow."""


@pytest.fixture
def graces_browser(sign_in: SignIn, quick_passwords: None) -> Client:  # noqa: ARG001 needed for what it does
    """Return the browser of Grace, who administers, left open for an hour."""
    add_user("grace@acme.example", name="Grace", password=PASSWORD, role=Role.ADMINISTRATOR, actor="test")
    browser = sign_in("grace@acme.example")
    make_sign_in_old(browser)
    return browser


@pytest.fixture
def alices_old_browser(alices_browser: Client) -> Client:
    """Return Alice's browser, left open for an hour."""
    make_sign_in_old(alices_browser)
    return alices_browser


def settings_of(account: AlmAccount, **changes: str) -> dict[str, str]:
    """Return the form of an ALM account as it stands, with changes."""
    return {
        "name": account.name,
        "site_url": account.site_url,
        "kind": account.kind,
        "profile": account.profile_name,
        "policy": account.policy,
        "revision": str(account.revision),
        **changes,
    }


def is_asked(answer: Any) -> bool:  # noqa: ANN401 the test client's answer
    return bool(answer.status_code == 302 and answer["Location"].startswith("/confirm-"))


def test_every_act_that_asks_is_reached_by_an_address() -> None:
    reached = {name for names in DOES.values() for name in names}
    asking = {name for name, (_, declared) in ACTS.items() if declared.asks is not Asks.NEVER}
    assert asking - reached == {"connections.alm_accounts.follow_moved_site"}, (
        "no page leads to it: the demo does"
    )
    assert reached <= set(ACTS)


@pytest.mark.parametrize("name", ASKING)
def test_an_act_from_an_old_session_is_asked_about_and_not_done(
    name: str, alices_old_browser: Client, graces_browser: Client, alices_things: Arguments
) -> None:
    (route,) = (each for each in routes() if each.name == name)
    data = dict(SENT.get(name, {}))
    if name in {"connections:account_edit", "connections:account_delete"}:
        data |= settings_of(AlmAccount.objects.get(), policy="main")
    browser = alices_old_browser if name.startswith(OWN) else graces_browser
    ask = browser.get if name.endswith("csv") else browser.post
    before = state()
    assert is_asked(ask(alices_things.address_of(route), data))
    assert state() == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"])
def test_no_other_method_does_what_a_form_does(
    method: str, alices_old_browser: Client, graces_browser: Client, alices_things: Arguments
) -> None:
    before = state()
    for route in routes():
        if route.name in ASKING:
            browser = alices_old_browser if route.name.startswith(OWN) else graces_browser
            answer = browser.generic(
                method,
                f"{alices_things.address_of(route)}?_method=POST&policy=main",
                "_method=POST&policy=main",
                content_type="application/x-www-form-urlencoded",
                headers={"X-HTTP-Method-Override": "POST"},
            )
            assert answer.status_code < 500, route.name
    assert state() == before


class TestSendingAgain:
    """An administrator's link is not shown in an old session."""

    @pytest.mark.parametrize("role", list(Role))
    def test_no_link_is_shown_or_mailed(self, role: Role, alice: User, alices_old_browser: Client) -> None:
        invited = invitations.invite(
            "deputy@acme.example", name="Deputy", role=role, actor=alice, signed_in=JUST_NOW
        )
        sent = len(mail.outbox)
        address = reverse("people:send_again", args=[invited.invitation.pk])
        answer = alices_old_browser.post(address)
        assert is_asked(answer)
        assert b"/invitations/" not in answer.content
        assert len(mail.outbox) == sent
        assert Invitation.objects.get().pk == invited.invitation.pk

    def test_after_the_password_it_is_done_and_shown(self, alice: User, alices_old_browser: Client) -> None:
        invited = invitations.invite(
            "deputy@acme.example", name="Deputy", role=Role.ADMINISTRATOR, actor=alice, signed_in=JUST_NOW
        )
        address = reverse("people:send_again", args=[invited.invitation.pk])
        asked = alices_old_browser.post(f"{address}?state=x")["Location"]
        page = alices_old_browser.get(asked).content.decode()
        assert "invite a person" in page, "the page says what is about to be done"
        shown = alices_old_browser.post(asked, {"password": PASSWORD, "next": address}, follow=True)
        assert shown.status_code == 200
        assert "/invitations/" in shown.content.decode()

    def test_a_wrong_password_does_nothing(self, alice: User, alices_old_browser: Client) -> None:
        invited = invitations.invite("d@acme.example", name="D", actor=alice, signed_in=JUST_NOW)
        address = reverse("people:send_again", args=[invited.invitation.pk])
        asked = alices_old_browser.post(address)["Location"]
        assert alices_old_browser.post(asked, {"password": "no", "next": address}).status_code == 200
        assert Invitation.objects.get().pk == invited.invitation.pk


class TestAccountSettings:
    """What an ALM account lets through is not changed in an old session, and nothing typed is lost."""

    @pytest.mark.parametrize(
        "change",
        [
            {"policy": "main"},
            {"unknown_operations": "pass"},
            {"other_email_allowed": "on"},
            {"profile": "own", "own_scopes": "read:jira-work"},
            {"name": "Another name"},
        ],
        ids=["policy", "unknown operations", "other e-mail", "scope profile", "name"],
    )
    def test_each_setting_is_asked_about(
        self, change: dict[str, str], account: AlmAccount, alices_old_browser: Client
    ) -> None:
        address = reverse("connections:account_edit", args=[account.slug])
        before = state()
        assert is_asked(alices_old_browser.post(address, settings_of(account, **change)))
        assert state() == before

    def test_after_the_password_what_was_chosen_is_saved(
        self, account: AlmAccount, alices_old_browser: Client
    ) -> None:
        address = reverse("connections:account_edit", args=[account.slug])
        asked = alices_old_browser.post(address, settings_of(account, policy="read-only"))["Location"]
        answer = alices_old_browser.post(asked, {"password": PASSWORD, "next": address})
        assert answer.status_code == 302
        assert AlmAccount.objects.get().policy == Policy.READ_ONLY

    def test_a_pasted_token_is_tested_and_waits_sealed_and_the_session_has_it_not(
        self, alice: User, atlassian: FakeAtlassian, alices_old_browser: Client
    ) -> None:
        token = atlassian.make_token(alice.email)
        address = reverse("connections:account_add")
        asked = alices_old_browser.post(address, account_data(token, action="save"))
        assert is_asked(asked)
        assert not AlmAccount.objects.exists()
        assert Candidate.objects.count() == 1
        assert token not in str(dict(alices_old_browser.session.items()))
        answer = alices_old_browser.post(asked["Location"], {"password": PASSWORD, "next": address})
        assert answer.status_code == 302, answer.content
        assert AlmAccount.objects.get().is_sealed
        assert not Candidate.objects.exists()


class TestOtherDoors:
    """Siblings: lists, replays, other tabs, and rights that went meanwhile."""

    def test_a_list_from_a_file_is_kept_while_it_asks(self, alices_old_browser: Client) -> None:
        address = reverse("people:invite_many")
        file = SimpleUploadedFile("people.csv", b"Cleo,cleo@acme.example\n")
        asked = alices_old_browser.post(address, {"people": "Dan, dan@acme.example", "file": file})
        assert is_asked(asked)
        assert not Invitation.objects.exists()
        alices_old_browser.post(asked["Location"], {"password": PASSWORD, "next": address})
        invited = set(Invitation.objects.values_list("email", flat=True))
        assert invited == {"cleo@acme.example", "dan@acme.example"}

    def test_confirming_one_act_never_does_an_earlier_one(
        self, bob: User, account: AlmAccount, alices_old_browser: Client
    ) -> None:
        """A stranger at the open browser sends a form and goes; its person comes back and opens a page."""
        alices_old_browser.post(reverse("client_keys:new", args=[account.slug]), SENT["client_keys:new"])
        alices_old_browser.post(reverse("people:make_administrator", args=[bob.pk]))
        page = reverse("client_keys:new", args=[account.slug])
        asked = alices_old_browser.get(page)["Location"]
        answer = alices_old_browser.post(asked, {"password": PASSWORD, "next": page})
        assert answer["Location"] == page
        assert not ClientKey.objects.exists()
        assert not User.objects.get(pk=bob.pk).is_administrator

    def test_a_confirmation_is_good_for_its_form_once(self, bob: User, alices_old_browser: Client) -> None:
        make, unmake = (reverse(f"people:{one}_administrator", args=[bob.pk]) for one in ("make", "unmake"))
        asked = alices_old_browser.post(make)["Location"]
        alices_old_browser.post(asked, {"password": PASSWORD, "next": make})
        alices_old_browser.post(unmake)
        alices_old_browser.post(asked, {"password": PASSWORD, "next": make})
        assert not User.objects.get(pk=bob.pk).is_administrator

    def test_a_form_in_a_second_tab_after_sign_out_does_nothing(
        self, bob: User, alices_browser: Client
    ) -> None:
        alices_browser.post(reverse("account_logout"))
        answer = alices_browser.post(reverse("people:make_administrator", args=[bob.pk]))
        assert answer["Location"].startswith("/sign-in/")
        assert not User.objects.get(pk=bob.pk).is_administrator

    def test_a_form_that_waits_is_not_sent_once_its_administrator_is_none(
        self, alice: User, bob: User, alices_old_browser: Client
    ) -> None:
        address = reverse("people:make_administrator", args=[bob.pk])
        asked = alices_old_browser.post(address)["Location"]
        User.objects.filter(pk=alice.pk).update(role=Role.PERSON)
        answer = alices_old_browser.post(asked, {"password": PASSWORD, "next": address})
        assert answer.status_code == 403
        assert not User.objects.get(pk=bob.pk).is_administrator

    def test_what_closes_ones_own_doors_is_not_asked_about(self, alices_old_browser: Client) -> None:
        answer = alices_old_browser.post(reverse("people:end_other_sessions"))
        assert answer["Location"] == reverse("people:sessions")
        renamed = alices_old_browser.post(reverse("people:details"), {"name": "Alice L."})
        assert renamed["Location"] == reverse("people:details")
