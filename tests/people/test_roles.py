"""Nobody has two roles, one administrator stays, an auditor reads and changes nothing; all is on record."""

import pytest
from django.test import Client
from django.urls import reverse

from ownkey.audit.models import Entry
from ownkey.audit.search import Search, matching
from ownkey.people import flows
from ownkey.people.errors import LastAdministratorError, NotAllowedError, TwoRolesError
from ownkey.people.inviting import invitations
from ownkey.people.models import Role, User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from tests.conftest import PASSWORD, SignIn
from tests.people.sign_ins import JUST_NOW

pytestmark = pytest.mark.django_db

READS = ("record", "record_csv", "coverage:list", "coverage:csv", "coverage:use", "coverage:use_csv")


@pytest.fixture
def edda(quick_passwords: None) -> User:  # noqa: ARG001 needed for what it does
    """Edda, who audits."""
    return flows.add_user(
        "edda@acme.example", name="Edda Auditor", password=PASSWORD, role=Role.AUDITOR, actor="test"
    )


@pytest.fixture
def eddas_browser(edda: User, sign_in: SignIn) -> Client:
    """Return a browser in which Edda is signed in."""
    return sign_in(edda.email)


def role_of(user: User) -> Role:
    return User.objects.get(pk=user.pk).role


def changes_of(user: User) -> list[tuple[str, str]]:
    """Return every change of somebody's role, as the record has it."""
    entries = Entry.objects.filter(action__contains="made-", subject=user.email).order_by("number")
    return [(entry.action, entry.actor) for entry in entries]


def test_somebody_is_made_and_unmade_an_auditor(alice: User, bob: User) -> None:
    flows.make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    assert role_of(bob) is Role.AUDITOR
    flows.unmake_auditor(bob, actor=alice, signed_in=JUST_NOW)
    assert role_of(bob) is Role.PERSON
    assert changes_of(bob) == [
        ("person.made-auditor", alice.email),
        ("person.unmade-auditor", alice.email),
    ]


def test_what_changes_nothing_is_not_recorded(alice: User, bob: User) -> None:
    for change in (flows.unmake_auditor, flows.unmake_administrator):
        change(bob, actor=alice, signed_in=JUST_NOW)
    flows.make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    flows.make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    flows.make_administrator(alice, actor=alice, signed_in=JUST_NOW)
    assert changes_of(bob) == [("person.made-auditor", alice.email)]
    assert changes_of(alice) == []


def test_an_administrator_is_not_made_an_auditor_too(alice: User, bob: User) -> None:
    flows.make_administrator(bob, actor=alice, signed_in=JUST_NOW)
    with pytest.raises(TwoRolesError):
        flows.make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    assert role_of(bob) is Role.ADMINISTRATOR


def test_an_auditor_who_becomes_administrator_stops_being_one(alice: User, edda: User) -> None:
    flows.make_administrator(edda, actor=alice, signed_in=JUST_NOW)
    assert role_of(edda) is Role.ADMINISTRATOR
    assert not User.objects.get(pk=edda.pk).is_auditor
    assert [action for action, _ in changes_of(edda)] == [
        "person.unmade-auditor",
        "person.made-administrator",
    ]


@pytest.mark.parametrize("role", Role)
def test_the_flags_of_the_release_before_say_the_same(role: Role, alice: User, bob: User) -> None:
    """A store that goes back to 0.2 has everybody's rights, however they were given."""
    added = flows.add_user("x@acme.example", name="X", password=None, role=role, actor="test")
    invited = invitations.make_invitation(
        "y@acme.example", name="Y", role=role, actor=alice, signed_in=JUST_NOW
    )[0]
    User.objects.filter(pk=bob.pk).update(role=role)
    for row in (added, invited, bob):
        row.refresh_from_db()
        flags = (row.was_administrator, row.was_auditor)
        assert flags == (role is Role.ADMINISTRATOR, role is Role.AUDITOR)
        row.save()
        row.refresh_from_db()
        assert (row.was_administrator, row.was_auditor) == flags
        assert row.role is role


def test_the_last_administrator_stays_whatever_was_read_before(alice: User, bob: User) -> None:
    """Two administrators who demote each other at once: the second has no right to it any more."""
    flows.make_administrator(bob, actor=alice, signed_in=JUST_NOW)
    stale_bob, stale_alice = User.objects.get(pk=bob.pk), User.objects.get(pk=alice.pk)
    flows.unmake_administrator(stale_bob, actor=alice, signed_in=JUST_NOW)
    for way_out in (flows.unmake_administrator, flows.suspend_user):
        with pytest.raises(NotAllowedError):
            way_out(stale_alice, actor=stale_bob, signed_in=JUST_NOW)
        with pytest.raises(LastAdministratorError):
            way_out(stale_alice, actor="operator", signed_in=AT_THE_COMMAND_LINE)
    # Bob was read before Alice made him the only one.
    flows.make_administrator(bob, actor=alice, signed_in=JUST_NOW)
    flows.unmake_administrator(alice, actor=bob, signed_in=JUST_NOW)
    stale_bob.role = Role.PERSON
    with pytest.raises(LastAdministratorError):
        flows.suspend_user(stale_bob, actor="operator", signed_in=AT_THE_COMMAND_LINE)


@pytest.mark.usefixtures("edda")
def test_an_auditor_is_no_administrator_to_stay(alice: User) -> None:
    with pytest.raises(LastAdministratorError):
        flows.suspend_user(alice, actor="operator", signed_in=AT_THE_COMMAND_LINE)


@pytest.mark.parametrize("role", list(Role))
def test_an_invitation_carries_the_role(alice: User, role: Role) -> None:
    invited = invitations.invite(
        "carol@acme.example", name="Carol", role=role, actor=alice, signed_in=JUST_NOW
    )
    again = invitations.send_again(invited.invitation, actor=alice, signed_in=JUST_NOW)
    secret = again.link.rstrip("/").rpartition("/")[2]
    carol = invitations.accept(secret, name="Carol", password=PASSWORD)
    assert role_of(carol) is role
    added = Entry.objects.get(action="person.added", subject="carol@acme.example")
    assert added.details == {"role": role.value}


def grow_old(browser: Client) -> None:
    """Let the sign-in be an hour ago."""
    session = browser.session
    for method in session["account_authentication_methods"]:
        method["at"] -= 3600
    session.save()


def test_the_pages_make_and_unmake_an_auditor(alices_browser: Client, bob: User) -> None:
    address = reverse("people:make_auditor", args=[bob.pk])
    grow_old(alices_browser)
    asked = alices_browser.post(address)
    assert asked["Location"].startswith("/confirm-password/")
    assert role_of(bob) is Role.PERSON
    alices_browser.post(asked["Location"], {"password": PASSWORD, "next": address})
    assert role_of(bob) is Role.AUDITOR
    assert "Auditor" in alices_browser.get("/settings/people/").content.decode()
    alices_browser.post(reverse("people:unmake_auditor", args=[bob.pk]))
    assert role_of(bob) is Role.PERSON


def test_inviting_an_auditor_asks_for_the_password(alices_browser: Client) -> None:
    grow_old(alices_browser)
    answer = alices_browser.post(
        "/settings/people/invite/", {"name": "Carol", "email": "carol@acme.example", "role": "auditor"}
    )
    assert answer["Location"].startswith("/confirm-password/")


@pytest.mark.parametrize("name", READS)
def test_an_auditor_reads(eddas_browser: Client, name: str) -> None:
    assert eddas_browser.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", READS)
def test_others_do_not(bobs_browser: Client, charlies_browser: Client, name: str) -> None:
    assert bobs_browser.get(reverse(name)).status_code == 403
    assert charlies_browser.get(reverse(name)).status_code == 302


def test_an_auditor_is_led_to_what_is_open_and_nowhere_else(eddas_browser: Client) -> None:
    page = eddas_browser.get("/").content.decode()
    for address in ("/settings/record/", "/settings/coverage/", "/settings/use/"):
        assert f'href="{address}"' in page
        assert eddas_browser.post(address).status_code == 405
    for address in ("/settings/people/", "/settings/alm-accounts/"):
        assert f'href="{address}"' not in page
        assert eddas_browser.get(address).status_code == 403


def test_whoever_stops_being_an_auditor_reads_nothing_from_then_on(
    eddas_browser: Client, edda: User, alice: User
) -> None:
    flows.unmake_auditor(edda, actor=alice, signed_in=JUST_NOW)
    assert eddas_browser.get(reverse("record")).status_code == 403


def test_an_auditor_works_in_jira_as_anybody_does(eddas_browser: Client) -> None:
    for address in ("/profile/", "/profile/alm-credentials/", "/profile/client-keys/"):
        assert eddas_browser.get(address).status_code == 200


def test_roles_are_found_on_the_record(alice: User, bob: User) -> None:
    flows.make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    found = matching(Search(person=bob.email, action="person.made-auditor"))
    assert [(entry.actor, entry.details) for entry in found] == [(alice.email, {"role": "auditor"})]
