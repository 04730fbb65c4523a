"""Every page and route, tried by everybody: who has no business there gets nothing and changes nothing."""

import pytest
from django.test import Client

from ownkey.people.flows import add_user
from ownkey.people.models import Role, User
from tests.conftest import PASSWORD, SignIn
from tests.connections.conftest import form_data

from .access import NOT_SET_UP, WHO_MAY, Arguments, May, routes, state

REFUSED = {May.OWNER: {404, 405}, May.ADMINISTRATORS: {403, 405}, May.RECORD_READERS: {403, 405}}
PERSON_MAY = {May.EVERYBODY, May.PEOPLE}
AUDITOR_MAY = PERSON_MAY | {May.RECORD_READERS}
ADMINISTRATOR_MAY = AUDITOR_MAY | {May.ADMINISTRATORS}
NDJSON = {"accept": "application/x-ndjson"}
POSTED = form_data() | {
    "name": "Acme Jira",
    "email": "eve@acme.example",
    "site_url": "https://acme.atlassian.net",
}
NAMES_ADMINISTRATORS = {"help"}
"""Pages whose purpose it is to name them to everybody who is signed in: whom to ask."""
ALICES_MARKS = ("alice@acme.example", "Alice’s tool", "Alice’s passkey", "Alice Liddell")


@pytest.fixture
def graces_browser(sign_in: SignIn, quick_passwords: None) -> Client:  # noqa: ARG001 needed for what it does
    """Return the browser of Grace, who administers too."""
    add_user("grace@acme.example", name="Grace", password=PASSWORD, role=Role.ADMINISTRATOR, actor="test")
    return sign_in("grace@acme.example")


@pytest.fixture
def eddas_browser(sign_in: SignIn, quick_passwords: None) -> Client:  # noqa: ARG001 needed for what it does
    """Return the browser of Edda, who audits."""
    edda = add_user("edda@acme.example", name="Edda", password=PASSWORD, actor="test")
    User.objects.filter(pk=edda.pk).update(role=Role.AUDITOR)
    return sign_in(edda.email)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert {route.name for route in routes()} == set(WHO_MAY)


def answers(browser: Client, address: str) -> list[tuple[str, int, str, bytes]]:
    """Return what each way of asking gets: the way, the status, the place it leads to, the body."""
    asked = [
        ("GET", browser.get(address)),
        ("GET by the script", browser.get(address, headers=NDJSON)),
        ("POST", browser.post(address, POSTED)),
        ("POST by the script", browser.post(address, POSTED, headers=NDJSON)),
        ("PUT", browser.put(address, b"{}", content_type="application/json")),
        ("DELETE", browser.delete(address)),
    ]
    return [
        (
            way,
            answer.status_code,
            answer.headers.get("Location", ""),
            b"" if answer.streaming else answer.content,
        )
        for way, answer in asked
    ]


def test_charlie_is_sent_to_sign_in_from_everywhere_but_the_entrance(
    alices_things: Arguments, charlies_browser: Client
) -> None:
    before = state()
    for route in routes():
        if WHO_MAY[route.name] is May.EVERYBODY:
            continue
        for way, status, location, body in answers(charlies_browser, alices_things.address_of(route)):
            assert (status, location[:15]) == (302, "/sign-in/?next="), (route.name, way)
            assert not body, (route.name, way)
    assert state() == before


def test_the_entrance_tells_charlie_nothing_and_changes_nothing(
    alices_things: Arguments, charlies_browser: Client
) -> None:
    before = state()
    for route in routes():
        if WHO_MAY[route.name] is not May.EVERYBODY:
            continue
        for way, status, _location, body in answers(charlies_browser, alices_things.address_of(route)):
            assert status in {200, 302, 400, 403, 404, 405, 410, 429}, (route.name, way, status)
            assert not any(mark.encode() in body for mark in ALICES_MARKS), (route.name, way)
    assert state() == before


def assert_refused(browser: Client, things: Arguments, *, but: set[May]) -> None:
    """Fail when anything but what this one may open is open, or if asking for it changes anything."""
    before = state()
    for route in routes():
        if (who := WHO_MAY[route.name]) in but:
            continue
        for way, status, _location, body in answers(browser, things.address_of(route)):
            assert status in REFUSED[who], (route.name, way, status)
            assert not any(mark.encode() in body for mark in ALICES_MARKS), (route.name, way)
    assert state() == before


def test_a_person_is_refused_what_is_for_administrators_or_somebody_elses(
    alices_things: Arguments, bobs_browser: Client
) -> None:
    assert_refused(bobs_browser, alices_things, but=PERSON_MAY)


def test_an_auditor_is_refused_what_changes_something_or_is_somebody_elses(
    alices_things: Arguments, eddas_browser: Client
) -> None:
    assert_refused(eddas_browser, alices_things, but=AUDITOR_MAY)


def test_an_administrator_is_refused_what_is_somebody_elses(
    alices_things: Arguments, graces_browser: Client
) -> None:
    assert_refused(graces_browser, alices_things, but=ADMINISTRATOR_MAY)


def test_an_auditor_reads_the_record_and_changes_nothing_there(
    alices_things: Arguments, eddas_browser: Client
) -> None:
    before = state()
    for route in routes():
        if WHO_MAY[route.name] is May.RECORD_READERS:
            address = alices_things.address_of(route)
            assert eddas_browser.get(address).status_code == 200, route.name
            assert eddas_browser.post(address, POSTED).status_code in {403, 405}, route.name
    assert state() == before


def test_what_a_person_may_open_shows_and_changes_nothing_of_alices(
    alices_things: Arguments, bobs_browser: Client
) -> None:
    alices = {table: set(map(repr, rows)) for table, rows in state().items()}
    for route in routes():
        if WHO_MAY[route.name] is not May.PEOPLE:
            continue
        for way, status, _location, body in answers(bobs_browser, alices_things.address_of(route)):
            assert status not in {401, 403, 500}, (route.name, way, status)
            assert status != 404 or route.name in NOT_SET_UP, (route.name, way)
            marks = ALICES_MARKS[1:3] if route.name in NAMES_ADMINISTRATORS else ALICES_MARKS
            assert not any(mark.encode() in body for mark in marks), (route.name, way)
    after = {table: set(map(repr, rows)) for table, rows in state().items()}
    changed = {table for table, rows in alices.items() if not rows <= after[table]}
    assert changed <= {"people_user", "connections_grants_version"}, "Bob's own row, and a counter of changes"
    assert User.objects.get(email="alice@acme.example").name == "Alice Liddell"


def test_an_administrator_may_open_everything_else(alices_things: Arguments, graces_browser: Client) -> None:
    for route in routes():
        if WHO_MAY[route.name] not in {May.RECORD_READERS, May.ADMINISTRATORS}:
            continue
        status = graces_browser.get(alices_things.address_of(route)).status_code
        assert status in {200, 302, 405}, (route.name, status)


def test_reading_changes_nothing(alices_things: Arguments, graces_browser: Client) -> None:
    before = state()
    for route in routes():
        graces_browser.get(alices_things.address_of(route))
        graces_browser.head(alices_things.address_of(route))
    assert state() == before


def test_a_page_of_a_suspended_person_is_closed(
    alices_things: Arguments, bob: User, bobs_browser: Client
) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    for route in routes():
        if WHO_MAY[route.name] is not May.EVERYBODY:
            answer = bobs_browser.get(alices_things.address_of(route))
            assert (answer.status_code, answer["Location"][:15]) == (302, "/sign-in/?next="), route.name
