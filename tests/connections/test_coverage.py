"""The coverage tells who is connected to what, narrowed, sorted and as CSV, in a fixed number of queries."""

import csv
import io
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.template import TemplateDoesNotExist
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ownkey.audit.models import Entry
from ownkey.connections.client_key_usage import KeyCalls, add_usage
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.governance import coverage, coverage_columns
from ownkey.connections.governance.coverage import CoverageRow, read_coverage
from ownkey.connections.governance.coverage_columns import COLUMNS, Column, check
from ownkey.connections.governance.coverage_search import ATTENTION, Wanted, Whom, find, sort
from ownkey.connections.models import AlmAccount, ClientKey, Credential, StoredState
from ownkey.connections.states import State
from ownkey.people.flows import make_auditor, suspend_user
from ownkey.people.models import User
from tests.people.sign_ins import JUST_NOW

from .conftest import Connect
from .planting import settle_all

PAGE = "/settings/coverage/"
CSV = "/settings/coverage/export.csv"
GAP = "write:sprint:jira-software"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def row_of(user: User) -> CoverageRow:
    (row,) = [row for row in read_coverage() if row.person == user]
    return row


def key_of(user: User, account: AlmAccount) -> ClientKey:
    return issue_client_key(user, account, name="Report", expires_on=None, actor=user, signed_in=JUST_NOW).row


def make_many(people: int, accounts: int) -> None:
    """Let everybody have a credential, a client key and calls through main for every ALM account."""
    day = timezone.localdate()
    users = User.objects.bulk_create(
        User(email=f"p{n}@acme.example", name=f"Person {n}", is_active=n % 10 != 9) for n in range(people)
    )
    made = [make_account(f"jira-{n}") for n in range(accounts)]
    states = [StoredState.CONNECTED, StoredState.GAPS, StoredState.REFUSED]
    scopes = [{"scope": GAP, "state": "missing"}]
    Credential.objects.bulk_create(
        Credential(
            user=user,
            alm_account=account,
            authentication="scoped-api-token",
            envelope=b"sealed",
            atlassian_account_id=f"id-{user.pk}",
            display_name=user.name,
            state=states[n % 3],
            since=NOW,
            checked_at=NOW,
            expires_on=day + timedelta(days=n % 90),
            report={"scopes": scopes if n % 3 == 1 else [{"scope": GAP, "state": "granted"}]},
        )
        for n, user in enumerate(users)
        for account in made
    )
    settle_all()
    keys = [
        ClientKey(
            id=f"k{user.pk}x{account.pk.hex[:6]}",
            user=user,
            alm_account=account,
            name="Key",
            key_hash=b"hash",
            created_at=NOW,
        )
        for user in users
        for account in made
    ]
    ClientKey.objects.bulk_create(keys)
    calls = [KeyCalls(key.pk, "GET /x", "answered", 2, through_main=True) for key in keys]
    add_usage(calls, last_used_at={key.pk: timezone.now() for key in keys})


def make_account(slug: str) -> AlmAccount:
    return AlmAccount.objects.create(
        slug=slug,
        name=slug.title(),
        site_url=f"https://{slug}.atlassian.net",
        cloud_id=str(uuid.uuid4()),
        authentication="scoped-api-token",
        state=StoredState.DISCONNECTED,
        since=NOW,
        required_scopes=[GAP],
    )


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}?sort=-state&state=attention&text=person"])
def test_as_many_queries_for_five_hundred_people_as_for_five(alices_browser: Client, address: str) -> None:
    make_many(5, 3)
    few = queries_of(alices_browser, address)
    User.objects.filter(email__startswith="p").delete()
    AlmAccount.objects.all().delete()
    make_many(500, 3)
    assert len(read_coverage()) == 501 * 3
    assert queries_of(alices_browser, address) == few <= 15


def test_a_row_tells_what_is_known(account: AlmAccount, bob: User, connect: Connect) -> None:
    connect(bob, without=[GAP])
    row = row_of(bob)
    assert (row.account, row.standing.state, row.standing.missing) == (account, State.GAPS, (GAP,))
    assert row.is_connected
    assert row.needs_attention
    assert (row.client_keys, row.last_used_at, row.through_main) == (0, None, 0)
    assert row.checked_at is not None


def test_who_never_connected_has_a_row_too(account: AlmAccount, bob: User) -> None:
    row = row_of(bob)
    assert (row.account, row.credential, row.standing.state) == (account, None, State.NOT_CONNECTED)
    assert (row.is_connected, row.needs_attention) == (False, True)


def test_nobody_waits_for_somebody_who_is_suspended(
    alice: User, account: AlmAccount, bob: User, connect: Connect
) -> None:
    connect(bob, without=[GAP])
    suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    row = row_of(bob)
    assert row.account == account
    assert (row.is_connected, row.needs_attention) == (False, False)


def test_use_and_calls_through_main_are_counted_for_thirty_days(account: AlmAccount, bob: User) -> None:
    key, revoked = key_of(bob, account), key_of(bob, account)
    ClientKey.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    now = timezone.now()
    for days, calls in ((0, 3), (29, 4), (30, 100)):
        used_at = now - timedelta(days=days)
        add_usage(
            [
                KeyCalls(key.pk, "GET /a", "answered", calls, through_main=True),
                KeyCalls(key.pk, "GET /a", "answered", 1000),
            ],
            last_used_at={key.pk: used_at},
        )
    row = row_of(bob)
    assert (row.client_keys, row.last_used_at, row.through_main) == (1, now, 7)
    assert coverage.through_main_by_operation(bob, account) == [("GET /a", 7)]


class TestSearch:
    """Narrowing, counting and sorting."""

    @pytest.fixture
    def rows(self, alice: User) -> list[CoverageRow]:
        """Ten people with two ALM accounts, and Alice."""
        make_many(10, 2)
        assert alice.is_active
        return list(read_coverage())

    def test_counts_are_of_all_states_whatever_state_is_shown(self, rows: list[CoverageRow]) -> None:
        all_of_them = find(rows, Wanted())
        refused = find(rows, Wanted(state="refused"))
        assert (all_of_them.total, all_of_them.states) == (refused.total, refused.states)
        assert all_of_them.total == len(all_of_them.rows) == 20
        assert len(refused.rows) == refused.states[State.REFUSED]
        for state in State:
            assert len(find(rows, Wanted(state=state.value)).rows) == all_of_them.states[state]
        assert sum(all_of_them.states.values()) >= all_of_them.total, "one row can be in more than one"

    @pytest.mark.parametrize(
        ("wanted", "number"),
        [
            (Wanted(people=Whom.SUSPENDED), 2),
            (Wanted(people=Whom.EVERYBODY), 22),
            (Wanted(alm_account="jira-1"), 10),
            (Wanted(text="PERSON 3"), 2),
            (Wanted(text="p3@acme"), 2),
            (Wanted(text="liddell", state="not-connected"), 2),
            (Wanted(text="nobody"), 0),
        ],
    )
    def test_rows_are_narrowed(self, rows: list[CoverageRow], wanted: Wanted, number: int) -> None:
        assert len(find(rows, wanted).rows) == number

    def test_attention_leaves_out_who_is_connected(self, rows: list[CoverageRow]) -> None:
        found = find(rows, Wanted(state=ATTENTION, people=Whom.EVERYBODY))
        assert len(found.rows) == found.attention
        assert all(row.needs_attention and row.person.is_active for row in found.rows)

    @pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
    @pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
    def test_every_column_sorts_and_what_is_unknown_comes_last(
        self, rows: list[CoverageRow], column: Column, *, descending: bool
    ) -> None:
        in_order = sort(rows, by=column.name, descending=descending)
        values = [column.value(row) for row in in_order]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=descending)
        assert values[len(known) :] == [None] * (len(values) - len(known))
        assert len(in_order) == len(rows)


def test_a_column_is_on_the_page_and_in_the_file_or_fails() -> None:
    check(COLUMNS)
    with pytest.raises(ValueError, match="not in the file"):
        Column("planted", "Planted", lambda row: row.through_main, csv=())
    in_the_file_alone = Column(
        "planted", "Planted", lambda row: row.through_main, csv=(("planted", lambda row: row.through_main),)
    )
    with pytest.raises(TemplateDoesNotExist):
        check([*COLUMNS, in_the_file_alone])


def test_there_is_no_cell_without_a_column() -> None:
    templates = Path(coverage_columns.__file__).parents[1] / "templates"
    cells = (templates / COLUMNS[0].cell).parent.glob("*.html")
    assert {cell.stem for cell in cells} == {column.name for column in COLUMNS}


def test_the_page_shows_the_counts_and_pages(alices_browser: Client) -> None:
    make_many(30, 3)
    page = alices_browser.get(PAGE)
    found = page.context["found"]
    assert f"{found.connected} of {found.total}" in page.content.decode()
    shown = page.context["page"].object_list
    second = alices_browser.get(f"{PAGE}?{page.context['older']}").context["page"].object_list
    assert len(shown) == 50
    assert len({(row.person.pk, row.account.pk) for row in [*shown, *second]}) == found.total
    assert alices_browser.get(f"{PAGE}?page=99999").status_code == 200
    assert alices_browser.get(f"{PAGE}?page=x").status_code == 200


@pytest.mark.parametrize("query", ["account=none", "state=x", "people=all", "sort=envelope"])
def test_what_makes_no_sense_is_said_beside_the_field(alices_browser: Client, query: str) -> None:
    for address in (PAGE, CSV):
        answer = alices_browser.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert 'class="errors"' in answer.content.decode()


@pytest.mark.usefixtures("account")
def test_the_csv_file_holds_what_was_narrowed_and_that_is_on_record(
    alices_browser: Client, alice: User, bob: User, connect: Connect
) -> None:
    connect(bob, without=[GAP])
    answer = alices_browser.get(CSV, {"state": "gaps"})
    (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert answer["Content-Disposition"] == 'attachment; filename="ownkey-coverage.csv"'
    assert (row["e-mail"], row["state"], row["missing scopes"]) == (bob.email, "Gaps", "1")
    assert row["which scopes are missing"] == GAP
    exported = Entry.objects.get(action="coverage.exported")
    assert (exported.actor, exported.details["state"]) == (alice.email, "gaps")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(alices_browser: Client, bob: User, start: str) -> None:
    User.objects.filter(pk=bob.pk).update(name=f"{start}cmd|' /C calc'!A0")
    text = alices_browser.get(CSV).getvalue().decode()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{start}cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.usefixtures("account")
def test_what_people_are_called_is_no_markup(alices_browser: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(name="<script>alert(1)</script>")
    assert "<script>alert" not in alices_browser.get(PAGE).content.decode()


def test_without_alm_accounts_it_says_what_comes_first(alices_browser: Client) -> None:
    assert "Nothing to connect to yet" in alices_browser.get(PAGE).content.decode()


def test_details_name_the_scopes_the_keys_and_what_went_through_main(
    alices_browser: Client, account: AlmAccount, bob: User, connect: Connect
) -> None:
    connect(bob, without=[GAP])
    key = key_of(bob, account)
    add_usage(
        [KeyCalls(key.pk, "GET /rest/api/3/myself", "answered", 5, through_main=True)],
        last_used_at={key.pk: timezone.now()},
    )
    page = alices_browser.get(reverse("coverage:details", args=[account.slug, bob.pk])).content.decode()
    for words in (GAP, key.pk, "Report", "GET /rest/api/3/myself", "5 calls in the last 30 days"):
        assert words in page


def test_details_of_nobody_and_nowhere_are_not_found(
    alices_browser: Client, account: AlmAccount, bob: User
) -> None:
    for slug, user_id in ((account.slug, 999_999), ("nowhere", bob.pk)):
        assert alices_browser.get(reverse("coverage:details", args=[slug, user_id])).status_code == 404


def marks_of_secrets(credentials: Iterable[Credential], keys: Iterable[ClientKey]) -> list[str]:
    sealed = [bytes(one.envelope).hex() for one in credentials]
    return sealed + [bytes(one.key_hash).hex() for one in keys]


def test_no_page_tells_a_secret(
    alices_browser: Client, account: AlmAccount, bob: User, connect: Connect
) -> None:
    connect(bob)
    issued = issue_client_key(bob, account, name="Report", expires_on=None, actor=bob, signed_in=JUST_NOW)
    marks = [*marks_of_secrets(Credential.objects.all(), ClientKey.objects.all()), issued.text]
    for address in (PAGE, CSV, reverse("coverage:details", args=[account.slug, bob.pk])):
        answer = alices_browser.get(address)
        text = (answer.getvalue() if answer.streaming else answer.content).decode()
        assert not [mark for mark in marks if mark in text]


def test_an_auditor_sees_all_of_it_and_no_way_to_change_it(
    alice: User, account: AlmAccount, bob: User, connect: Connect, bobs_browser: Client
) -> None:
    connect(bob, without=[GAP])
    key_of(bob, account)
    make_auditor(bob, actor=alice, signed_in=JUST_NOW)
    for address in (PAGE, reverse("coverage:details", args=[account.slug, bob.pk])):
        page = bobs_browser.get(address).content.decode()
        main = page.partition("<main")[2].partition("</main>")[0]
        assert "Bob Baker" in main
        for word in ("Remind", "Suspend…", "Disconnect…", "Revoke…", 'method="post"'):
            assert word not in main, (address, word)
