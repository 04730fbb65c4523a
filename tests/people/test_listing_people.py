"""*Administration → People* with thousands: pages, a search, filters, and acts that lead back to them."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from ownkey.people import flows
from ownkey.people.inviting import invitations
from ownkey.people.models import Invitation, Role, User
from ownkey.people.people_search import Listed, Standing, Wanted, find, read_everybody
from tests.conftest import PASSWORD
from tests.people.sign_ins import JUST_NOW, make_sign_in_old

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]

PAGE = "/settings/people/"
DUE = timezone.now() + timedelta(days=7)


def make_people(until: int, *, since: int = 0) -> None:
    """Let there be Person 000, Person 001 and so on."""
    User.objects.bulk_create(
        User(email=f"p{n:03}@acme.example", name=f"Person {n:03}", password="!") for n in range(since, until)
    )


def invite_people(number: int) -> None:
    """Let Guest 000, Guest 001 and so on be invited; the last is the newest."""
    Invitation.objects.bulk_create(
        Invitation(email=f"g{n:03}@acme.example", name=f"Guest {n:03}", secret_hash=f"{n}", expires_at=DUE)
        for n in range(number)
    )


def names_on(browser: Client, query: str = "") -> list[str]:
    """Return who is on a page of the list, in its order."""
    page = browser.get(PAGE + query).content.decode()
    rows = re.findall(r'<th scope="row">.*?<strong>(.*?)</strong>', page, re.DOTALL)
    return [unescape(name).removesuffix(" (you)") for name in rows]


def queries_of(browser: Client, query: str = "") -> int:
    """Return how many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(PAGE + query).status_code == 200
    return len(captured)


def test_three_hundred_people_take_as_many_queries_as_five(alices_browser: Client) -> None:
    make_people(4)
    few = queries_of(alices_browser)
    make_people(299, since=4)
    for query in ("", "?page=2", "?page=6", "?text=person", "?state=active&role=person"):
        assert queries_of(alices_browser, query) == few


def test_invitations_take_one_query_more_however_many_they_are(alices_browser: Client) -> None:
    without = queries_of(alices_browser)
    invite_people(1)
    assert queries_of(alices_browser) == without + 1
    Invitation.objects.all().delete()
    invite_people(120)
    assert queries_of(alices_browser) == without + 1


def test_fifty_are_on_a_page_and_the_rest_on_the_next(alices_browser: Client) -> None:
    make_people(70)
    first, second = names_on(alices_browser), names_on(alices_browser, "?page=2")
    assert first == ["Alice Liddell", *(f"Person {n:03}" for n in range(49))]
    assert second == [f"Person {n:03}" for n in range(49, 70)]
    page = alices_browser.get(f"{PAGE}?page=2").content.decode()
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page
    assert "Page 2 of 2, 71 rows" in page


def test_invitations_follow_the_people_the_newest_first(alices_browser: Client) -> None:
    make_people(48)
    invite_people(3)
    assert names_on(alices_browser)[-2:] == ["Person 047", "Guest 002"]
    assert names_on(alices_browser, "?page=2") == ["Guest 001", "Guest 000"]


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "", "9" * 5000])
def test_a_page_that_is_not_there_is_one_that_is(alices_browser: Client, page: str) -> None:
    make_people(60)
    assert names_on(alices_browser, f"?page={page}")


def test_names_are_in_order_whatever_case_they_are_in(alices_browser: Client) -> None:
    for name in ("bob", "Zoë", "ålice", "Carol"):
        User.objects.create(name=name, email=f"{ord(name[0])}@acme.example")
    assert names_on(alices_browser) == ["Alice Liddell", "bob", "Carol", "Zoë", "ålice"]


@pytest.mark.parametrize(
    "text", ["zoë", "ZOË", "zo", "  Zoë   ÖZ ", "özTÜRK", "ZOE@acme", "oe@ACME.EXAMPLE", "Straße", "STRASSE"]
)
def test_a_name_or_an_e_mail_is_found_in_any_case(alices_browser: Client, text: str) -> None:
    make_people(60)
    User.objects.create(name="Zoë Öztürk-Straße", email="zoe@acme.example")
    assert names_on(alices_browser, f"?text={text}") == ["Zoë Öztürk-Straße"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "' OR 1=1 --", "<b>", "."])
def test_a_search_means_what_it_says(alices_browser: Client, text: str) -> None:
    answer = alices_browser.get(PAGE, {"text": f"Al{text}ce"})
    assert answer.status_code == 200
    assert "Nobody is like that" in answer.content.decode()
    assert "<b>" not in answer.content.decode()


def test_roles_and_states_narrow_the_list_and_the_invitations(alices_browser: Client, alice: User) -> None:
    for name, role in (("Edda", Role.AUDITOR), ("Sven", Role.PERSON)):
        email = f"{name.lower()}@acme.example"
        flows.add_user(email, name=name, password=PASSWORD, role=role, actor="test")
    flows.suspend_user(User.objects.get(name="Sven"), actor=alice, signed_in=JUST_NOW)
    for role in Role:
        invitations.invite(
            f"{role}@acme.example", name=f"New {role}", role=role, actor=alice, signed_in=JUST_NOW
        )
    assert names_on(alices_browser, "?role=administrator") == ["Alice Liddell", "New administrator"]
    assert names_on(alices_browser, "?role=auditor") == ["Edda", "New auditor"]
    assert names_on(alices_browser, "?role=person") == ["Sven", "New person"]
    assert names_on(alices_browser, "?state=active") == ["Alice Liddell", "Edda"]
    assert names_on(alices_browser, "?state=suspended") == ["Sven"]
    assert names_on(alices_browser, "?state=invited") == ["New administrator", "New auditor", "New person"]
    assert names_on(alices_browser, "?state=invited&role=auditor&text=NEW") == ["New auditor"]


def test_an_invitation_that_is_over_is_not_on_the_list(alices_browser: Client, alice: User) -> None:
    for email in ("old@acme.example", "gone@acme.example"):
        invitations.invite(email, name=email, actor=alice, signed_in=JUST_NOW)
    Invitation.objects.filter(email="old@acme.example").update(expires_at=timezone.now() - timedelta(days=1))
    invitations.revoke(Invitation.objects.get(email="gone@acme.example"), actor=alice, signed_in=JUST_NOW)
    assert names_on(alices_browser, "?state=invited") == ["old@acme.example"]


def test_the_page_says_how_many_were_found(alices_browser: Client) -> None:
    make_people(60)
    invite_people(1)
    page = " ".join(alices_browser.get(PAGE).content.decode().split())
    assert "> 61 people and 1 open invitation <" in page
    page = " ".join(alices_browser.get(f"{PAGE}?text=alice").content.decode().split())
    assert "> Found: 1 person <" in page
    page = " ".join(alices_browser.get(f"{PAGE}?state=invited").content.decode().split())
    assert "> Found: 1 open invitation <" in page


def test_the_counts_of_states_are_links_that_keep_the_search(alices_browser: Client) -> None:
    make_people(2)
    invite_people(1)
    page = alices_browser.get(f"{PAGE}?text=acme&state=invited").content.decode()
    assert 'href="/settings/people/?text=acme&amp;state=active"' in page
    assert 'href="/settings/people/?text=acme&amp;state=invited" aria-current="true"' in page


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("role=king", "id_role_error"),
        ("state=nonsense", "id_state_error"),
        (f"text={'x' * 255}", "id_text_error"),
        ("text=%00", "id_text_error"),
    ],
)
def test_nonsense_is_answered_beside_its_field(alices_browser: Client, query: str, place: str) -> None:
    answer = alices_browser.get(f"{PAGE}?{query}")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{place}"' in page
    assert "is not one of" not in page
    assert "Alice Liddell" in page


def test_an_empty_result_says_how_to_widen_it(alices_browser: Client) -> None:
    answer = alices_browser.get(f"{PAGE}?text=nobody+at+all")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Nobody is like that" in page
    assert "Take something out of the search" in page
    assert f'href="{PAGE}">Show everybody</a>' in page


class TestActs:
    """Whoever does something to somebody comes back to where they were."""

    @pytest.mark.parametrize(
        "act",
        [
            "suspend",
            "reinstate",
            "make_auditor",
            "unmake_auditor",
            "make_administrator",
            "unmake_administrator",
        ],
    )
    def test_lead_back_to_the_same_page_and_filter(self, alices_browser: Client, bob: User, act: str) -> None:
        was = "text=b%C3%B6b+%26+co&role=person&state=active&page=3"
        answer = alices_browser.post(reverse(f"people:{act}", args=[bob.pk]), {"list": was})
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?{was}")

    def test_are_offered_with_the_place_on_the_list(self, alices_browser: Client) -> None:
        make_people(60)
        User.objects.filter(name="Person 055").update(is_active=False)
        User.objects.filter(name="Person 056").update(role=Role.AUDITOR)
        User.objects.filter(name="Person 057").update(role=Role.ADMINISTRATOR)
        invite_people(1)
        page = alices_browser.get(f"{PAGE}?text=acme&page=2").content.decode()
        forms = re.findall(rf'<form method="post" action="{PAGE}.*?</form>', page, re.DOTALL)
        acts = {re.sub(r".*?/([a-z-]+)/\".*", r"\1", form, flags=re.DOTALL) for form in forms}
        assert acts == {
            *("suspend", "reinstate", "make-auditor", "unmake-auditor", "make-administrator"),
            *("unmake-administrator", "send-again", "revoke"),
        }
        assert all('name="list" value="text=acme&amp;page=2"' in form for form in forms)

    def test_survive_that_somebody_has_to_say_once_more_who_they_are(
        self, alices_browser: Client, bob: User
    ) -> None:
        make_sign_in_old(alices_browser)
        address = reverse("people:suspend", args=[bob.pk])
        asked = alices_browser.post(address, {"list": "text=bob&page=2"})
        done = alices_browser.post(asked["Location"], {"password": PASSWORD, "next": address})
        assert done["Location"] == f"{PAGE}?text=bob&page=2"
        bob.refresh_from_db()
        assert not bob.is_active

    def test_that_are_refused_lead_back_too(self, alices_browser: Client, alice: User) -> None:
        address = reverse("people:suspend", args=[alice.pk])
        answer = alices_browser.post(address, {"list": "role=administrator"}, follow=True)
        assert answer.redirect_chain == [(f"{PAGE}?role=administrator", 302)]
        assert "cannot suspend yourself" in answer.content.decode()

    def test_on_the_last_of_a_page_lead_to_the_page_before(self, alices_browser: Client) -> None:
        make_people(51)
        last = User.objects.get(name="Person 050")
        answer = alices_browser.post(
            reverse("people:suspend", args=[last.pk]),
            {"list": "text=person&state=active&page=2"},
            follow=True,
        )
        assert "Page 1 of 1" not in answer.content.decode()
        assert "Person 049" in answer.content.decode()

    def test_on_invitations_lead_back_too(self, alices_browser: Client, alice: User) -> None:
        invitation = invitations.invite(
            "carol@acme.example", name="Carol", actor=alice, signed_in=JUST_NOW
        ).invitation
        page = alices_browser.post(
            reverse("people:send_again", args=[invitation.pk]), {"list": "state=invited&page=2"}, follow=True
        )
        assert f'href="{PAGE}?state=invited&amp;page=2">Done' in page.content.decode()
        newer = Invitation.objects.get(revoked_at=None)
        answer = alices_browser.post(reverse("people:revoke", args=[newer.pk]), {"list": "state=invited"})
        assert answer["Location"] == f"{PAGE}?state=invited"

    def test_on_factors_lead_back_too(self, alices_browser: Client, bob: User) -> None:
        address = reverse("people:reset_factors", args=[bob.pk])
        page = alices_browser.get(address, {"list": "text=b&page=2"}).content.decode()
        assert f'href="{PAGE}?text=b&amp;page=2">Cancel' in page
        assert 'name="list" value="text=b&amp;page=2"' in page
        answer = alices_browser.post(address, {"list": "text=b&page=2"})
        assert answer["Location"] == f"{PAGE}?text=b&page=2"

    @pytest.mark.parametrize(
        ("place", "kept"),
        [
            ("https://evil.example/", ""),
            ("//evil.example/?text=x", ""),
            ("text=x&next=//evil.example/", "?text=x"),
            ("text=x\r\nSet-Cookie: a=b", "?text=x%0D%0ASet-Cookie%3A+a%3Db"),
            ("role=king&state=active&page=two", "?state=active"),
            ("page=1&page=%C2%B2", ""),
            ("text=%00", ""),
        ],
    )
    def test_lead_nowhere_else(self, alices_browser: Client, bob: User, place: str, kept: str) -> None:
        answer = alices_browser.post(reverse("people:suspend", args=[bob.pk]), {"list": place})
        assert answer["Location"] == f"{PAGE}{kept}"


@pytest.mark.parametrize("query", ["", "?text=alice", "?page=2", "?state=nonsense"])
def test_a_list_that_is_narrowed_is_for_administrators_too(
    bobs_browser: Client, charlies_browser: Client, query: str
) -> None:
    assert bobs_browser.get(PAGE + query).status_code == 403
    answer = charlies_browser.get(PAGE + query)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_the_list_is_read_in_two_queries(alice: User, bob: User) -> None:
    invite_people(3)
    with CaptureQueriesContext(connection) as captured:
        names = [one.name for one in read_everybody()]
    assert names == [alice.name, bob.name, "Guest 002", "Guest 001", "Guest 000"]
    assert len(captured) == 2


_LISTED = st.builds(
    Listed,
    pk=st.integers(1),
    name=st.text(min_size=1, max_size=9),
    email=st.emails(),
    role=st.sampled_from(Role),
    standing=st.sampled_from(Standing),
)
_WANTED = st.builds(
    Wanted,
    text=st.text(max_size=2),
    role=st.none() | st.sampled_from(Role),
    standing=st.none() | st.sampled_from(Standing),
)


@given(st.lists(_LISTED, max_size=9), _WANTED)
def test_looking_for_less_never_finds_fewer_and_the_counts_agree(
    everybody: list[Listed], wanted: Wanted
) -> None:
    found = find(everybody, wanted)
    assert [row for row in everybody if row in found.rows] == list(found.rows)
    for wider in (Wanted(text=wanted.text), Wanted(role=wanted.role), Wanted(standing=wanted.standing)):
        assert {*found.rows} <= {*find(everybody, wider).rows}
    if wanted.standing:
        assert found.standings[wanted.standing] == len(found.rows)
    else:
        assert found.standings.total() == len(found.rows)
