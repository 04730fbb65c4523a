"""Who is here or invited comes in by an address that a real provider verified; then its subject decides."""

import html
import re
import time

import pytest
from allauth.socialaccount.internal.statekit import STATES_SESSION_KEY
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ownkey.audit.models import Entry
from ownkey.environment.values import SecondFactorFor, SingleSignOn
from ownkey.people import flows
from ownkey.people.allauth_internals import AUTHENTICATION_METHODS_SESSION_KEY
from ownkey.people.inviting import invitations
from ownkey.people.models import Invitation, Role, User
from ownkey.people.oidc import single_sign_on
from ownkey.secret import Secret
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW, make_sign_in_old
from tests.post_office import sent_mail
from tests.sign_in.apps import add_app
from tests.sign_in.conftest import BACK, Use
from tests.sign_in.provider import Provider, Visitor, running_provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme_login", "quick_passwords")]


def address_in(content: bytes) -> str:
    """Return the address that a page goes to by itself."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', content.decode())
    assert found, content.decode()
    return html.unescape(found[1])


def leave(browser: Client, path: str = "/sign-in/provider/", **fields: str) -> str:
    """Press the button and return where the provider is asked."""
    return address_in(browser.post(path, fields).content)


def come_in(browser: Client, visitor: Visitor, **claims: object) -> str:
    """Sign in through the provider and return the page's text after it."""
    back = visitor.sign_in(leave(browser), **claims)
    return browser.get(back, follow=True).content.decode()


def is_in(browser: Client) -> bool:
    return browser.get("/profile/").status_code == 200


BOB = {"sub": "subject-of-bob", "email": "Bob@Acme.example", "email_verified": True, "name": "Robert"}


def test_a_person_who_is_here_comes_in_and_is_bound(
    bob: User,
    charlies_browser: Client,
    visitor: Visitor,
    acme_login: SingleSignOn,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = come_in(charlies_browser, visitor, **BOB)
    assert "Hello" in page
    binding = SocialAccount.objects.get(user=bob)
    assert (binding.provider, binding.uid, binding.extra_data) == (acme_login.issuer, "subject-of-bob", {})
    assert Entry.objects.filter(action="single-sign-on.connected", subject=bob.email).count() == 1
    assert Entry.objects.get(action="signed-in").details == {"with": ["single sign-on"]}
    assert [message.to for message in sent_mail()] == [[bob.email]]
    assert "Acme Login" in sent_mail()[0].subject


def test_afterwards_the_subject_decides_and_not_the_address(
    alice: User, bob: User, charlies_browser: Client, visitor: Visitor
) -> None:
    come_in(charlies_browser, visitor, **BOB)
    again = Client()
    come_in(again, Visitor(BACK), **{**BOB, "email": alice.email})
    assert again.get("/profile/").context["user"] == bob


def test_an_address_that_was_given_to_somebody_else_opens_nothing(
    bob: User, charlies_browser: Client, visitor: Visitor
) -> None:
    come_in(Client(), visitor, **BOB)
    page = come_in(charlies_browser, Visitor(BACK), **{**BOB, "sub": "the successor"})
    assert "knows by another account" in page
    assert not is_in(charlies_browser)
    assert SocialAccount.objects.filter(user=bob).count() == 1


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 1])
def test_an_unverified_address_never_binds(
    bob: User, charlies_browser: Client, visitor: Visitor, verified: object
) -> None:
    claims = {name: value for name, value in BOB.items() if name != "email_verified"}
    if verified is not None:
        claims["email_verified"] = verified
    page = come_in(charlies_browser, visitor, **claims)
    assert "does not vouch for your e-mail address" in page
    assert not is_in(charlies_browser)
    assert not SocialAccount.objects.filter(user=bob).exists()


def test_a_stranger_is_told_to_ask_for_an_invitation(charlies_browser: Client, visitor: Visitor) -> None:
    page = come_in(charlies_browser, visitor, sub="c", email="charlie@acme.example", email_verified=True)
    assert "nobody has invited charlie@acme.example" in page
    assert not is_in(charlies_browser)
    assert not User.objects.filter(email="charlie@acme.example").exists()
    assert Entry.objects.get(action="sign-in.failed").details["with"] == "single sign-on"


def test_an_open_invitation_is_accepted(alice: User, charlies_browser: Client, visitor: Visitor) -> None:
    invitations.invite(
        "carol@acme.example", name="Carol Diaz", role=Role.AUDITOR, actor=alice, signed_in=JUST_NOW
    )
    come_in(charlies_browser, visitor, sub="c", email="carol@acme.example", email_verified=True)
    carol = User.objects.get(email="carol@acme.example")
    assert (carol.name, carol.role, carol.has_usable_password()) == ("Carol Diaz", Role.AUDITOR, False)
    assert Invitation.objects.get().accepted_at is not None
    assert is_in(charlies_browser)


def test_an_invitation_that_was_revoked_is_not(
    alice: User, charlies_browser: Client, visitor: Visitor
) -> None:
    made = invitations.invite(
        "carol@acme.example", name="Carol Diaz", role=Role.PERSON, actor=alice, signed_in=JUST_NOW
    )
    invitations.revoke(made.invitation, actor=alice, signed_in=JUST_NOW)
    come_in(charlies_browser, visitor, sub="c", email="carol@acme.example", email_verified=True)
    assert not is_in(charlies_browser)


def test_the_link_of_an_invitation_says_who_is_meant_whatever_the_address(
    alice: User, charlies_browser: Client, visitor: Visitor
) -> None:
    made = invitations.invite(
        "carol@acme.example", name="Carol Diaz", role=Role.PERSON, actor=alice, signed_in=JUST_NOW
    )
    path = made.link.removeprefix("http://127.0.0.1:8000")
    assert "Join with Acme Login" in charlies_browser.get(path).content.decode()
    back = visitor.sign_in(leave(charlies_browser, f"{path}provider/"), sub="c", email="cd@elsewhere.example")
    charlies_browser.get(back)
    carol = User.objects.get(email="carol@acme.example")
    assert SocialAccount.objects.get(user=carol).uid == "c"
    assert is_in(charlies_browser)


def test_suspended_people_stay_out_bound_or_not(
    alice: User, bob: User, charlies_browser: Client, visitor: Visitor
) -> None:
    flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert "suspended your access" in come_in(charlies_browser, visitor, **BOB)
    assert not SocialAccount.objects.exists()
    flows.reinstate_user(bob, actor=alice, signed_in=JUST_NOW)
    come_in(Client(), Visitor(BACK), **BOB)
    flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert "suspended your access" in come_in(charlies_browser, Visitor(BACK), **BOB)
    assert not is_in(charlies_browser)


def test_nothing_that_the_provider_gave_is_kept(
    bob: User, charlies_browser: Client, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    original = OAuth2Client.get_access_token

    def listen(self: OAuth2Client, *args: object, **kwargs: object) -> object:
        answer = original(self, *args, **kwargs)
        given.extend(str(answer[name]) for name in ("access_token", "id_token"))
        return answer

    monkeypatch.setattr(OAuth2Client, "get_access_token", listen)
    page = come_in(charlies_browser, visitor, **BOB)
    assert len(given) == 2
    assert not SocialToken.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [name for (name,) in cursor.fetchall()]
        everything = page + str(dict(charlies_browser.session))
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 the tables that there are
            everything += repr(cursor.fetchall())
    assert bob.email in everything
    assert not [token for token in given if token in everything or token.split(".")[-1] in everything]


def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(
    bob: User, charlies_browser: Client, visitor: Visitor
) -> None:
    back = visitor.sign_in(leave(charlies_browser), **BOB)
    elsewhere = Client()
    assert elsewhere.get(back).status_code == 403
    assert not is_in(elsewhere)
    assert charlies_browser.get(back).status_code == 302
    charlies_browser.post("/sign-out/")
    assert charlies_browser.get(back).status_code == 403
    assert not is_in(charlies_browser)
    assert bob.is_active


def test_stopping_at_the_provider_is_no_error_of_anybodys(charlies_browser: Client, visitor: Visitor) -> None:
    page = charlies_browser.get(visitor.stop(leave(charlies_browser))).content.decode()
    assert "You stopped at Acme Login" in page


def test_the_request_has_a_proof_key_a_nonce_and_no_more_scopes_than_needed(charlies_browser: Client) -> None:
    address = leave(charlies_browser)
    assert "code_challenge_method=S256" in address
    assert "nonce=" in address
    assert "client_secret" not in address
    scopes = re.search(r"[?&]scope=([^&]+)", address)
    assert scopes
    assert set(scopes[1].split("+")) == {"openid", "profile", "email"}


def test_where_one_wanted_to_go_is_remembered_but_never_another_site(
    bob: User, charlies_browser: Client, visitor: Visitor
) -> None:
    back = visitor.sign_in(leave(charlies_browser, next="/profile/sessions/"), **BOB)
    assert charlies_browser.get(back)["Location"] == "/profile/sessions/"
    other = Client()
    back = Visitor(BACK).sign_in(leave(other, next="https://evil.example/"), **BOB)
    assert other.get(back)["Location"] == "/"
    assert bob.is_active


def test_the_second_factor_that_somebody_has_is_asked_for_all_the_same(
    bob: User, charlies_browser: Client, visitor: Visitor
) -> None:
    add_app(bob)
    page = come_in(charlies_browser, visitor, **BOB)
    assert "One more step" in page
    assert not is_in(charlies_browser)


def test_where_a_second_factor_is_needed_the_providers_will_do(
    bob: User, charlies_browser: Client, visitor: Visitor, change_environment: ChangeEnvironment
) -> None:
    change_environment(second_factor_for=SecondFactorFor.EVERYONE)
    come_in(charlies_browser, visitor, **BOB)
    assert is_in(charlies_browser)
    assert bob.is_active


class TestConnecting:
    """Who is signed in binds an identity to themselves, or takes it away."""

    def test_who_is_signed_in_connects_without_an_address(
        self, bob: User, bobs_browser: Client, visitor: Visitor
    ) -> None:
        back = visitor.sign_in(leave(bobs_browser, "/profile/security/provider/connect/"), sub="b")
        assert "You are connected" in bobs_browser.get(back, follow=True).content.decode()
        assert SocialAccount.objects.get(user=bob).uid == "b"
        assert "Connected" in bobs_browser.get("/profile/security/").content.decode()

    def test_somebody_elses_account_is_not_taken(
        self, alices_browser: Client, bob: User, visitor: Visitor
    ) -> None:
        come_in(Client(), Visitor(BACK), **BOB)
        back = visitor.sign_in(leave(alices_browser, "/profile/security/provider/connect/"), **BOB)
        assert "belongs to another person here" in alices_browser.get(back).content.decode()
        assert SocialAccount.objects.get().user == bob

    def test_it_needs_a_recent_sign_in(self, bobs_browser: Client) -> None:
        make_sign_in_old(bobs_browser)
        for what in ("connect", "disconnect"):
            answer = bobs_browser.post(f"/profile/security/provider/{what}/")
            assert answer["Location"].startswith("/confirm-password/")

    def test_it_needs_a_recent_sign_in_on_the_way_back_too(
        self, bob: User, bobs_browser: Client, visitor: Visitor
    ) -> None:
        back = visitor.sign_in(leave(bobs_browser, "/profile/security/provider/connect/"), sub="b")
        make_sign_in_old(bobs_browser)
        assert "nothing was connected" in bobs_browser.get(back, follow=True).content.decode()
        assert single_sign_on.binding_of(bob) is None

    def test_a_person_with_a_password_may_disconnect(
        self, bob: User, bobs_browser: Client, visitor: Visitor
    ) -> None:
        come_in(Client(), visitor, **BOB)
        bobs_browser.post("/profile/security/provider/disconnect/")
        assert single_sign_on.binding_of(bob) is None

    def test_the_only_way_in_stays(self, alice: User, charlies_browser: Client, visitor: Visitor) -> None:
        invitations.invite(
            "carol@acme.example", name="Carol Diaz", role=Role.PERSON, actor=alice, signed_in=JUST_NOW
        )
        come_in(charlies_browser, visitor, sub="c", email="carol@acme.example", email_verified=True)
        page = charlies_browser.post("/profile/security/provider/disconnect/", follow=True)
        assert "is your only way in" in page.content.decode()
        assert SocialAccount.objects.exists()


def test_a_provider_that_passes_somebody_on_unasked_makes_no_recent_sign_in(
    alice: User, visitor: Visitor, settings: Settings
) -> None:
    """At an open screen: sign out, and in again by the provider's own session, which is older."""
    address = "/settings/people/invite/"
    data = {"name": "Eve", "email": "eve@evil.example", "role": "administrator"}
    first, second = Client(), Client()
    come_in(first, visitor, sub="a", email=alice.email, email_verified=True)
    (said,) = first.session[AUTHENTICATION_METHODS_SESSION_KEY]
    come_in(second, visitor, sub="a", email=alice.email, email_verified=True)
    assert is_in(second)
    assert second.session[AUTHENTICATION_METHODS_SESSION_KEY][0]["at"] == said["at"]
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = time.time() - said["at"]
    assert second.post(address, data)["Location"].startswith("/confirm-")
    assert not Invitation.objects.exists()


class TestConfirming:
    """The provider says once more who somebody is."""

    EXPORT = "/settings/people/invite/"

    @pytest.fixture
    def browser(self, alice: User, visitor: Visitor) -> Client:
        """Return a browser in which Alice, who has no password, signed in an hour ago."""
        alice.set_unusable_password()
        alice.save()
        browser = Client()
        come_in(browser, visitor, sub="a", email=alice.email, email_verified=True)
        make_sign_in_old(browser)
        return browser

    def _ask(self, browser: Client) -> str:
        answer = browser.post(
            self.EXPORT, {"name": "Dan", "email": "dan@acme.example", "role": "administrator"}
        )
        assert answer["Location"].startswith("/confirm-provider/?next=")
        assert "Go on with Acme Login" in browser.get(answer["Location"]).content.decode()
        return leave(browser, "/confirm-provider/", next=self.EXPORT)

    def test_the_provider_asks_again_and_what_was_sent_goes_on(
        self, browser: Client, visitor: Visitor
    ) -> None:
        address = self._ask(browser)
        assert "prompt=login" in address
        back = visitor.sign_in(address, sub="a")
        page = browser.get(back, follow=True)
        assert "Dan is invited" in page.content.decode()
        assert Invitation.objects.get().email == "dan@acme.example"

    def test_an_old_session_at_the_provider_is_not_enough(self, browser: Client, visitor: Visitor) -> None:
        # Somebody at an open screen leaves out the wish to be asked again, an hour after the last time.
        address = self._ask(browser).replace("prompt=login", "").replace("max_age=0", "")
        session = browser.session
        for state, _at, _provider in session[STATES_SESSION_KEY].values():
            state["data"]["left_at"] += 3600
        session.save()
        page = browser.get(visitor.sign_in(address))
        assert page.status_code == 403
        assert "did not ask again" in page.content.decode()
        assert not Invitation.objects.exists()

    def test_nobody_confirms_as_somebody_else(self, browser: Client, bob: User) -> None:
        come_in(Client(), Visitor(BACK), **BOB)
        page = browser.get(Visitor(BACK).sign_in(self._ask(browser), **BOB))
        assert "as somebody else" in page.content.decode()
        assert not Invitation.objects.exists()
        assert bob.is_active


class TestOnlyWay:
    """With OWNKEY_OIDC_ONLY there is no other way in."""

    @pytest.fixture(autouse=True)
    def _only(self, acme_login: SingleSignOn, provider: Provider, use: Use) -> None:  # noqa: ARG002 goes on from it
        use(provider, is_only_way=True)

    def test_the_sign_in_page_has_one_button(self, charlies_browser: Client) -> None:
        page = charlies_browser.get("/sign-in/").content.decode()
        assert "Go on with Acme Login" in page
        assert 'type="password"' not in page
        assert "passkey" not in page

    @pytest.mark.parametrize("path", ["/sign-in/", "/password-reset/", "/password-reset/1-abc/"])
    def test_passwords_are_off(self, bob: User, charlies_browser: Client, password: str, path: str) -> None:
        page = charlies_browser.post(path, {"login": bob.email, "email": bob.email, "password": password})
        assert page.status_code == 403
        assert "Passwords are switched off" in page.content.decode()
        assert not is_in(charlies_browser)
        assert not sent_mail()

    def test_passkeys_are_off_as_well(self, charlies_browser: Client) -> None:
        assert charlies_browser.post("/sign-in/passkey/", {"credential": "{}"}).status_code == 403

    def test_an_invitation_leads_to_the_provider(self, alice: User, charlies_browser: Client) -> None:
        made = invitations.invite(
            "carol@acme.example", name="Carol", role=Role.PERSON, actor=alice, signed_in=JUST_NOW
        )
        path = made.link.removeprefix("http://127.0.0.1:8000")
        page = charlies_browser.get(path).content.decode()
        assert "Join with Acme Login" in page
        assert 'type="password"' not in page
        assert charlies_browser.post(path, {"name": "C", "password": "x" * 12}).status_code == 403

    def test_a_person_comes_in_through_the_provider(
        self, bob: User, charlies_browser: Client, visitor: Visitor
    ) -> None:
        come_in(charlies_browser, visitor, **BOB)
        assert is_in(charlies_browser)
        assert charlies_browser.get("/profile/password/").status_code == 403
        assert bob.is_active


def test_what_only_the_userinfo_says_is_asked_for(bob: User, charlies_browser: Client, use: Use) -> None:
    with running_provider(BACK, only_userinfo=True) as running:
        use(running)
        come_in(charlies_browser, Visitor(BACK), **BOB)
        assert is_in(charlies_browser)
    assert bob.is_active


def test_a_provider_that_is_away_is_told_and_keeps_the_password_working(
    provider: Provider, use: Use, bob: User, charlies_browser: Client, password: str
) -> None:
    use(provider, issuer="http://127.0.0.1:1")
    page = charlies_browser.post("/sign-in/provider/")
    assert page.status_code == 503
    assert "Acme Login could not be asked" in page.content.decode()
    charlies_browser.post("/sign-in/", {"login": bob.email, "password": password})
    assert is_in(charlies_browser)


def test_a_wrong_client_secret_is_named_in_the_log_with_status_and_code(
    use: Use, provider: Provider, charlies_browser: Client, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "not-the-secret-" + "k3y" * 6
    use(provider, client_secret=Secret(wrong))
    page = come_in(charlies_browser, visitor, **BOB)
    assert not is_in(charlies_browser)
    assert "401 invalid_client: check OWNKEY_OIDC_CLIENT_ID and OWNKEY_OIDC_CLIENT_SECRET" in caplog.text
    assert "the log says what to mend" in page
    assert "Try again in a moment" not in page
    assert wrong not in caplog.text + page


def test_another_issuer_with_the_same_subject_is_somebody_else(
    bob: User, charlies_browser: Client, visitor: Visitor, use: Use
) -> None:
    come_in(charlies_browser, visitor, **BOB)
    with running_provider(BACK) as other:
        use(other)
        elsewhere = Client()
        come_in(elsewhere, Visitor(BACK), sub=BOB["sub"], email="mallory@evil.example", email_verified=True)
        assert not is_in(elsewhere)
    assert bob.is_active


def test_departures_are_counted(charlies_browser: Client) -> None:
    answers = [charlies_browser.post("/sign-in/provider/") for _ in range(31)]
    assert answers[-2].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"
