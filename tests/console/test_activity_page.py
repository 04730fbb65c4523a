"""*Profile → Activity* shows people what was done in their own name, and nobody else's."""

import csv
import io
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ownkey import days
from ownkey.audit.entry import NewEntry, Outcome
from ownkey.audit.storing import append
from ownkey.connections.models import AlmAccount, ClientKey, ClientKeyCalls, PersonCalls
from ownkey.console.activity_reading import PAGE_SIZE
from ownkey.people.models import User

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAGE, CSV = "/profile/activity/", "/profile/activity/export.csv"
BOB = "bob@acme.example"
MISSING = "read:board-scope.admin:jira-software"


def entry(number: int, **values: object) -> NewEntry:
    """Return the end of a call that wrote, with a client key of Bob's."""
    given: dict[str, object] = {
        "at": NOON + timedelta(minutes=number),
        "action": "call.ended",
        "actor": BOB,
        "subject": f"PUT /rest/api/3/thing/{number}/{{id}}",
        "alm_account": "acme",
        "details": {"request": f"r{number}", "client_key": "bobskey00001", "status": 204},
    }
    return NewEntry(**{**given, **values})  # type: ignore[arg-type]


def refusal(number: int, **details: object) -> NewEntry:
    own = {"request": f"r{number}", "code": "scope-not-in-token", "missing": [MISSING], "means": "session"}
    return entry(
        number,
        action="call.refused",
        outcome=Outcome.REFUSED,
        subject="GET /rest/agile/1.0/board/{boardId}/configuration",
        details=own | details,
    )


@pytest.fixture
def alm_account() -> AlmAccount:
    return AlmAccount.objects.create(
        slug="acme",
        name="Acme",
        site_url="https://acme.atlassian.net",
        cloud_id=str(uuid.uuid4()),
        authentication="scoped-api-token",
        state="disconnected",
        since=NOON,
        checked_at=NOON,
    )


@pytest.fixture
def bobs_key(bob: User, alm_account: AlmAccount) -> ClientKey:
    return ClientKey.objects.create(
        id="bobskey00001",
        user=bob,
        alm_account=alm_account,
        name="release script",
        key_hash=b"x",
        created_at=NOON,
        last_used_at=NOON,
    )


def text_of(browser: Client, query: str = "", *, status: int = 200) -> str:
    answer = browser.get(PAGE + query)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("address", [PAGE, CSV])
def test_charlie_is_sent_to_sign_in(charlies_browser: Client, address: str) -> None:
    answer = charlies_browser.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_people_see_their_own_and_administrators_see_theirs(
    bobs_browser: Client, alices_browser: Client, bobs_key: ClientKey
) -> None:
    append([entry(1), entry(2, actor="alice@acme.example", subject="POST /rest/api/3/alices")])
    bobs, alices = text_of(bobs_browser), text_of(alices_browser)
    assert "PUT /rest/api/3/thing/1/{id}" in bobs
    assert bobs_key.name in bobs
    assert "POST /rest/api/3/alices" not in bobs
    assert "POST /rest/api/3/alices" in alices
    assert "thing/1" not in alices


def test_a_refusal_says_why_what_is_missing_and_where_to_get_it(bobs_browser: Client) -> None:
    append([refusal(1, times=1204)])
    text = text_of(bobs_browser)
    for words in (
        "Your API token lacks a scope for this operation",
        MISSING,
        "Make a token that has it",
        f"/profile/alm-credentials/acme/edit/?scope={MISSING}#guide",
        "1204 more like it",
        "Ownkey’s pages",
    ):
        assert words in text, words


def test_a_call_that_left_is_one_line_and_open_only_until_its_end_is_on_record(bobs_browser: Client) -> None:
    started = {"action": "call.started", "outcome": Outcome.STARTED}
    append([entry(1, **started), entry(1), entry(2, **started)])
    text = text_of(bobs_browser)
    assert text.count("thing/1/") == 1
    assert text.count("thing/2/") == 1
    assert text.count("Not ended") == 1


def test_it_is_narrowed_by_kind_and_by_tool(bobs_browser: Client, bobs_key: ClientKey) -> None:
    append([entry(1), refusal(2), entry(3, details={"request": "r3", "means": "session"})])
    assert "thing/1/" in text_of(bobs_browser, "?kind=writes")
    assert MISSING not in text_of(bobs_browser, "?kind=writes")
    assert "thing/1/" not in text_of(bobs_browser, "?kind=refusals")
    by_key = text_of(bobs_browser, f"?by={bobs_key.id}")
    assert "thing/1/" in by_key
    assert "thing/3/" not in by_key
    by_pages = text_of(bobs_browser, "?by=pages")
    assert "thing/3/" in by_pages
    assert "thing/1/" not in by_pages
    assert "Select a valid choice" in text_of(bobs_browser, "?by=alices-key", status=422)
    text_of(bobs_browser, "?before=%C2%B2", status=422)


def test_pages_follow_one_another_and_the_file_has_all(bobs_browser: Client, bobs_key: ClientKey) -> None:
    append([entry(number) for number in range(PAGE_SIZE + 20)])
    first = text_of(bobs_browser)
    assert f"thing/{PAGE_SIZE + 19}/" in first
    assert "thing/19/" not in first
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = text_of(bobs_browser, older.removeprefix(PAGE))
    assert "thing/19/" in second
    assert "thing/0/" in second
    rows = list(csv.reader(io.StringIO(b"".join(bobs_browser.get(CSV).streaming_content).decode())))  # type: ignore[attr-defined]
    assert len(rows) == PAGE_SIZE + 21
    assert {row[3] for row in rows[1:]} == {bobs_key.name}


def test_a_name_in_the_file_is_no_formula_and_in_the_page_no_markup(
    bobs_browser: Client, bobs_key: ClientKey
) -> None:
    ClientKey.objects.filter(pk=bobs_key.pk).update(name='=1+1<script>alert("x")</script>')
    append([entry(1)])
    assert "<script>alert" not in text_of(bobs_browser)
    body = b"".join(bobs_browser.get(CSV).streaming_content).decode()  # type: ignore[attr-defined]
    assert "\"'=1+1" in body


def test_calls_are_counted_by_day_by_tools_and_by_pages(
    bobs_browser: Client, bob: User, alice: User, bobs_key: ClientKey, alm_account: AlmAccount
) -> None:
    today = days.today()
    read, write = "GET /rest/api/3/myself", "POST /rest/api/3/issue"
    counted = [(today, read, "answered", 31), (today, write, "answered", 7), (today, read, "refused", 5)]
    for day, operation, outcome, calls in counted:
        ClientKeyCalls.objects.create(
            client_key=bobs_key, day=day, operation=operation, outcome=outcome, calls=calls
        )
    old = today - timedelta(days=40)
    ClientKeyCalls.objects.create(client_key=bobs_key, day=old, operation=read, outcome="answered", calls=999)
    for person, calls in ((bob, 100), (alice, 888)):
        PersonCalls.objects.create(
            user=person, alm_account=alm_account, day=today, operation=read, outcome="answered", calls=calls
        )
    assert _cells(text_of(bobs_browser)) == [["131", "7", "5", "0"]]
    assert _cells(text_of(bobs_browser, "?by=pages")) == [["100", "0", "0", "0"]]
    assert _cells(text_of(bobs_browser, f"?by={bobs_key.id}")) == [["31", "7", "5", "0"]]


def _cells(text: str) -> list[list[str]]:
    body = text.partition('id="by-day"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [cell.partition(">")[2].partition("<")[0] for cell in row.split("<td")[1:]]
        for row in body.split("<tr>")[1:]
    ]


def test_the_page_asks_the_database_as_much_for_ten_thousand_entries_as_for_ten(
    bobs_browser: Client,
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            text_of(bobs_browser)
        return len(captured)

    append([entry(number) for number in range(10)])
    few = queries()
    chosen = random.Random(5)  # noqa: S311 — examples, no secrets
    append([entry(n, actor=chosen.choice((BOB, "alice@acme.example"))) for n in range(10_000)])
    assert queries() == few
    plan = _plan()
    assert "audit_entry_of_actor" in plan
    assert "TEMP B-TREE" not in plan


def _plan() -> str:
    sql = (
        "SELECT number FROM audit_entry WHERE actor = %s AND action IN (%s, %s) ORDER BY number DESC LIMIT 51"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", [BOB, "call.ended", "call.refused"])
        return " ".join(str(row) for row in cursor.fetchall())
