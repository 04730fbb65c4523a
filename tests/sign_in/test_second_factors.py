"""Second factors: asked for, sealed, recorded, mailed; added and removed only after a recent sign-in."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ownkey.audit.models import Entry
from ownkey.audit.record import OPERATOR
from ownkey.connections import key_uses
from ownkey.connections.sealing import key_ring
from ownkey.environment.process import current_environment
from ownkey.environment.values import SecondFactorFor
from ownkey.people import flows
from ownkey.people.errors import OwnAccountError, PeopleError
from ownkey.people.models import FactorSecret, User
from ownkey.people.second_factors import factors
from ownkey.people.second_factors.sealing import FactorUnreadableError, factors_of, open_factor
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from ownkey.vault.key_ring import KeyRing, new_key
from tests.conftest import ChangeEnvironment
from tests.people.sign_ins import JUST_NOW, make_sign_in_old
from tests.post_office import sent_mail
from tests.sign_in.apps import add_app, code_of, wrong_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

SignIn = Callable[..., Client]
ADD = "/profile/security/app/add/"


def add_through_the_page(browser: Client) -> tuple[str, list[str]]:
    """Add an app as a person does; return its secret and the recovery codes."""
    page = browser.get(ADD).content.decode()
    shown = re.search(r'id="totp-key"[^>]*>([A-Z2-7]+)<', page)
    assert shown, page
    answer = browser.post(ADD, {"code": code_of(shown[1])}, follow=True)
    return shown[1], re.findall(r"<li>(\d{8})</li>", answer.content.decode())


def give_password(user: User, password: str) -> Client:
    browser = Client()
    answer = browser.post("/sign-in/", {"login": user.email, "password": password})
    assert answer["Location"] == "/sign-in/code/"
    assert browser.get("/").status_code == 302
    return browser


def everything_stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        rows = []
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 the tables that there are
            rows += cursor.fetchall()
    return repr(rows)


@pytest.mark.django_db(transaction=True)  # mail leaves when the change is certain
def test_an_app_is_added_told_by_mail_and_recorded(bob: User, bobs_browser: Client) -> None:
    _, codes = add_through_the_page(bobs_browser)
    assert len(codes) == 10
    actions = list(Entry.objects.filter(subject=bob.email).values_list("action", flat=True))
    assert actions.count("factor.added") == actions.count("recovery-codes.made") == 1
    (message,) = sent_mail()
    assert message.to == [bob.email]
    assert message.subject == "An authenticator app was added for Ownkey"
    assert "tell an administrator" in str(message.body)


def test_the_code_is_asked_for_after_the_password(bob: User, bobs_browser: Client, password: str) -> None:
    secret, _ = add_through_the_page(bobs_browser)
    browser = give_password(bob, password)
    assert "One more step" in browser.get("/sign-in/code/").content.decode()
    wrong = browser.post("/sign-in/code/", {"code": wrong_code(secret)})
    assert "That was not accepted" in wrong.content.decode()
    assert browser.get("/profile/").status_code == 302
    # The code that added the app was used; the next one is good already.
    assert browser.post("/sign-in/code/", {"code": code_of(secret, steps=1)}).status_code == 302
    assert browser.get("/profile/").status_code == 200
    signed_in = Entry.objects.filter(action="signed-in").order_by("number").last()
    assert signed_in
    assert signed_in.details == {"with": ["password", "authenticator app"]}


def test_no_code_works_twice(bob: User, password: str) -> None:
    code = code_of(add_app(bob))
    assert give_password(bob, password).post("/sign-in/code/", {"code": code}).status_code == 302
    assert give_password(bob, password).post("/sign-in/code/", {"code": code}).status_code == 200
    spaced = f"{code[:3]} {code[3:]}"
    assert give_password(bob, password).post("/sign-in/code/", {"code": spaced}).status_code == 200


def test_a_recovery_code_works_once_and_is_recorded(bob: User, bobs_browser: Client, password: str) -> None:
    _, codes = add_through_the_page(bobs_browser)
    assert give_password(bob, password).post("/sign-in/code/", {"code": codes[0]}).status_code == 302
    assert give_password(bob, password).post("/sign-in/code/", {"code": codes[0]}).status_code == 200
    assert Entry.objects.filter(action="recovery-code.used", subject=bob.email).count() == 1
    assert "9 of your codes are left" in bobs_browser.get("/profile/security/").content.decode()


def test_recovery_codes_are_shown_once(bobs_browser: Client) -> None:
    _, codes = add_through_the_page(bobs_browser)
    again = bobs_browser.get("/profile/security/codes/").content.decode()
    assert not [code for code in codes if code in again]
    bobs_browser.post("/profile/security/codes/new/")
    new = bobs_browser.get("/profile/security/codes/").content.decode()
    assert not [code for code in codes if code in new]
    assert len(re.findall(r"<li>\d{8}</li>", new)) == 10


@pytest.mark.parametrize(
    "path",
    [ADD, "/profile/security/codes/new/", "/profile/security/codes/", "/profile/security/passkeys/add/"],
)
def test_pages_with_secrets_are_kept_by_no_cache(bob: User, bobs_browser: Client, path: str) -> None:
    if path.endswith("/codes/"):
        add_through_the_page(bobs_browser)
    assert "no-store" in bobs_browser.get(path)["Cache-Control"]
    assert bob.is_active


def test_a_stolen_database_gives_no_factor_away(bob: User, bobs_browser: Client) -> None:
    page = bobs_browser.get(ADD).content.decode()
    waiting = re.search(r'id="totp-key"[^>]*>([A-Z2-7]+)<', page)
    assert waiting
    assert waiting[1] not in everything_stored() + repr(dict(bobs_browser.session))
    secret, codes = add_through_the_page(bobs_browser)
    with factors_of(bob):
        seeds = [
            open_factor(value)
            for factor in Authenticator.objects.all()
            for value in factor.data.values()
            if isinstance(value, str)
        ]
    assert secret in seeds
    assert len(seeds) == 2
    stored = everything_stored()
    assert not [text for text in (*seeds, *codes) if text in stored]


def test_a_factor_does_not_open_in_anybody_elses_place(alice: User, bob: User, password: str) -> None:
    secret = add_app(alice)
    add_app(bob)
    # Whoever can write to the database, and no more, gives Bob the secret that is theirs.
    stolen = Authenticator.objects.get(user=alice, type="totp").data
    Authenticator.objects.filter(user=bob, type="totp").update(data=stolen)
    browser = give_password(bob, password)
    assert (
        "ask an administrator" in browser.post("/sign-in/code/", {"code": code_of(secret)}).content.decode()
    )
    FactorSecret.objects.filter(user=alice).update(user=bob)
    browser.post("/sign-in/code/", {"code": code_of(secret)})
    assert browser.get("/profile/").status_code == 302


def test_what_is_sealed_moves_with_the_keys_and_still_opens(bob: User, password: str) -> None:
    secret = add_app(bob)
    ring = key_ring()
    newer = ring.with_new_primary(new_key(created_at=timezone.now()))
    assert key_uses.is_anything_older(newer)
    assert key_uses.rewrap_everything(newer) == key_uses.Rewrapped(moved=1, stuck=0)
    assert not key_uses.keys_that_open_nothing(newer, using="default")
    # Back again, so that this process's own ring opens it.
    key_uses.rewrap_everything(KeyRing(ring.primary, (newer.primary,)))
    assert give_password(bob, password).post("/sign-in/code/", {"code": code_of(secret)}).status_code == 302


def test_a_database_from_before_second_factors_can_still_be_looked_at() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE people_factorsecret")
    assert not key_uses.envelopes_by_key()


def test_factors_whose_key_is_lost_are_let_go_of(bob: User, alice: User) -> None:
    add_app(bob)
    add_app(alice)
    (lost,) = FactorSecret.objects.filter(user=bob).values_list("pk", flat=True)
    factors.let_go_of_factors([lost], reason="key_lost", actor=OPERATOR)
    assert not factors.has_factor(bob)
    assert factors.has_factor(alice)
    assert Entry.objects.get(action="factor.removed").subject == bob.email


def test_a_secret_goes_with_its_factor(bob: User, bobs_browser: Client) -> None:
    add_through_the_page(bobs_browser)
    assert FactorSecret.objects.count() == 2
    bobs_browser.post("/profile/security/codes/new/")
    assert FactorSecret.objects.count() == 2
    bobs_browser.post("/profile/security/app/remove/")
    assert FactorSecret.objects.count() == Authenticator.objects.count() == 0
    assert Entry.objects.filter(action="factor.removed", subject=bob.email).count() == 1


def test_sealing_asks_whose_factor_it_is() -> None:
    with pytest.raises(RuntimeError):
        open_factor("sealed:made-up")


def test_nonsense_does_not_open(bob: User) -> None:
    with factors_of(bob), pytest.raises(FactorUnreadableError):
        open_factor("sealed:made-up")


@pytest.mark.parametrize(
    "path",
    [
        ADD,
        "/profile/security/app/remove/",
        "/profile/security/codes/new/",
        "/profile/security/codes/",
        "/profile/security/passkeys/add/",
        "/profile/security/passkeys/1/",
        "/profile/security/passkeys/1/remove/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_change_needs_a_recent_sign_in(bob: User, bobs_browser: Client, path: str, method: str) -> None:
    add_app(bob)
    make_sign_in_old(bobs_browser)
    answer = getattr(bobs_browser, method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/confirm-password/?next=")


def test_a_code_confirms_as_well_as_a_password(bob: User, bobs_browser: Client) -> None:
    secret = add_app(bob)
    make_sign_in_old(bobs_browser)
    asked = bobs_browser.get("/profile/security/app/remove/")
    page = bobs_browser.get(asked["Location"]).content.decode()
    assert "/confirm-code/?next=" in page
    next_page = {"next": "/profile/security/app/remove/"}
    assert bobs_browser.post("/confirm-code/", {"code": wrong_code(secret), **next_page}).status_code == 200
    answer = bobs_browser.post("/confirm-code/", {"code": code_of(secret), **next_page})
    assert answer["Location"] == "/profile/security/app/remove/"
    assert bobs_browser.get("/profile/security/app/remove/").status_code == 200


def test_a_wrong_code_adds_nothing(bob: User, bobs_browser: Client) -> None:
    bobs_browser.get(ADD)
    page = bobs_browser.post(ADD, {"code": "000000"}).content.decode()
    assert "not the code of this moment" in page
    assert not factors.has_factor(bob)


def test_nobody_sees_or_removes_anybody_elses_passkey(alice: User, bobs_browser: Client) -> None:
    key = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Hers", "credential": {}})
    for path in (f"/profile/security/passkeys/{key.pk}/", f"/profile/security/passkeys/{key.pk}/remove/"):
        assert bobs_browser.get(path).status_code == 404
        assert bobs_browser.post(path, {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Hers"


class TestReset:
    """An administrator resets the factors of somebody who lost them."""

    def test_an_administrator_helps_who_lost_them(
        self,
        alices_browser: Client,
        bob: User,
        sign_in: SignIn,
        password: str,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        signed_in = sign_in(bob.email)
        add_app(bob)
        path = f"/settings/people/{bob.pk}/reset-factors/"
        assert path in alices_browser.get("/settings/people/").content.decode()
        assert "authenticator app" in alices_browser.get(path).content.decode()
        with django_capture_on_commit_callbacks(execute=True):
            alices_browser.post(path)
        assert signed_in.get("/profile/").status_code == 302
        assert not UserSession.objects.filter(user=bob).exists()
        assert sign_in(bob.email).get("/profile/").status_code == 200
        entry = Entry.objects.get(action="factors.reset")
        assert (entry.actor, entry.subject, entry.details) == (
            "alice@acme.example",
            bob.email,
            {"factors": ["authenticator app"]},
        )
        assert [message.to for message in sent_mail()] == [[bob.email]]
        assert "Alice" in str(sent_mail()[0].body)
        assert password

    def test_it_needs_a_recent_sign_in(self, alices_browser: Client, bob: User) -> None:
        add_app(bob)
        make_sign_in_old(alices_browser)
        answer = alices_browser.post(f"/settings/people/{bob.pk}/reset-factors/")
        assert answer["Location"].startswith("/confirm-password/")
        assert factors.has_factor(bob)

    def test_nobody_resets_their_own(self, alice: User) -> None:
        add_app(alice)
        with pytest.raises(OwnAccountError):
            factors.reset_factors(alice, actor=alice, signed_in=JUST_NOW)

    def test_there_must_be_something_to_reset(self, bob: User) -> None:
        with pytest.raises(PeopleError):
            factors.reset_factors(bob, actor=OPERATOR, signed_in=AT_THE_COMMAND_LINE)

    def test_who_was_half_way_in_begins_anew(self, alice: User, bob: User, password: str) -> None:
        add_app(bob)
        browser = give_password(bob, password)
        factors.reset_factors(bob, actor=alice, signed_in=JUST_NOW)
        assert browser.get("/sign-in/code/", follow=True).redirect_chain == [("/sign-in/", 302)]

    def test_who_was_half_way_in_and_is_suspended_stays_out(
        self, alice: User, bob: User, password: str
    ) -> None:
        secret = add_app(bob)
        browser = give_password(bob, password)
        flows.suspend_user(bob, actor=alice, signed_in=JUST_NOW)
        browser.post("/sign-in/code/", {"code": code_of(secret)})
        assert browser.get("/profile/").status_code == 302


class TestPolicy:
    """OWNKEY_REQUIRE_MFA asks a factor of who has none."""

    def test_who_has_none_is_led_to_set_one_up_before_anything_else(
        self, bobs_browser: Client, change_environment: ChangeEnvironment
    ) -> None:
        change_environment(second_factor_for=SecondFactorFor.EVERYONE)
        for path in ("/", "/profile/", "/profile/alm-credentials/", "/profile/client-keys/"):
            answer = bobs_browser.get(path)
            assert (answer.status_code, answer["Location"]) == (302, "/profile/security/")
        assert bobs_browser.post("/profile/", {"name": "Robert"}).status_code == 302
        assert "ask for a second factor" in bobs_browser.get("/profile/security/").content.decode()
        assert bobs_browser.get("/sign-out/").status_code == 200
        add_through_the_page(bobs_browser)
        assert bobs_browser.get("/profile/").status_code == 200

    def test_administrators_alone(
        self, alices_browser: Client, bobs_browser: Client, change_environment: ChangeEnvironment
    ) -> None:
        change_environment(second_factor_for=SecondFactorFor.ADMINISTRATORS)
        assert alices_browser.get("/profile/")["Location"] == "/profile/security/"
        assert bobs_browser.get("/profile/").status_code == 200

    def test_nobody_by_default(self, alices_browser: Client) -> None:
        assert current_environment().second_factor_for is SecondFactorFor.NOBODY
        assert alices_browser.get("/profile/").status_code == 200

    def test_setting_one_up_late_asks_who_it_is_and_no_more(
        self, bobs_browser: Client, change_environment: ChangeEnvironment, password: str
    ) -> None:
        change_environment(second_factor_for=SecondFactorFor.EVERYONE)
        make_sign_in_old(bobs_browser)
        asked = bobs_browser.get(ADD)["Location"]
        assert bobs_browser.get(asked).status_code == 200
        assert bobs_browser.post("/confirm-password/", {"password": password, "next": ADD})["Location"] == ADD
        assert bobs_browser.get(ADD).status_code == 200

    def test_tools_are_not_asked(self, settings: Settings) -> None:
        """A client key has no second factor: the gateway never comes near the pages' middleware."""
        assert "ownkey.people.sign_in.middleware.SecondFactorMiddleware" in settings.MIDDLEWARE
