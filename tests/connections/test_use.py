"""*Use* tells how often each operation was called, by ALM account and day, as reads, writes and refusals."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ownkey.audit.models import Entry
from ownkey.connections.client_key_usage import KEPT_FOR, KeyCalls, add_usage, forget_usage
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.governance.use import Calls, Span, read_use, total_of
from ownkey.connections.models import AlmAccount, ClientKey, ClientKeyCalls
from ownkey.people.models import User
from ownkey.scopes.catalogue import load_catalogue
from tests.people.sign_ins import JUST_NOW

PAGE, CSV = "/settings/use/", "/settings/use/export.csv"
READ, SEARCH, WRITE = "GET /rest/api/3/myself", "POST /rest/api/3/search/jql", "POST /rest/api/3/issue"


@pytest.fixture
def key(account: AlmAccount, bob: User) -> ClientKey:
    return issue_client_key(bob, account, name="Report", expires_on=None, actor=bob, signed_in=JUST_NOW).row


def count(key: ClientKey, *, days_ago: int = 0, main: bool = False, **calls: dict[str, int]) -> None:
    """Count calls by operation and outcome."""
    made = [
        KeyCalls(key.pk, operation, outcome, number, through_main=main)
        for outcome, numbers in calls.items()
        for operation, number in numbers.items()
    ]
    add_usage(made, last_used_at={key.pk: timezone.now() - timedelta(days=days_ago)})


def span(**changes: object) -> Span:
    today = timezone.localdate()
    return Span(**{"since": today, "until": today, **changes})  # type: ignore[arg-type]


def test_operations_are_reads_or_writes_as_the_catalogue_says(key: ClientKey) -> None:
    count(key, answered={READ: 3, SEARCH: 4, WRITE: 2, "unknown": 1}, refused={WRITE: 7, "none": 5})
    count(key, failed={READ: 1})
    found = {row.operation: row.calls for row in read_use(span())}
    assert found[READ] == Calls(reads=3, failed=1)
    assert found[SEARCH] == Calls(reads=4)
    assert found[WRITE] == Calls(writes=2, refused=7)
    assert sorted(row.operation_id for row in read_use(span()) if row.operation_id) == sorted(
        load_catalogue().operation(one).operation_id for one in (READ, SEARCH, WRITE)
    )
    assert total_of(read_use(span())) == Calls(reads=7, writes=3, refused=12, failed=1)


def test_days_are_both_included_and_told_apart_if_wanted(key: ClientKey) -> None:
    today = timezone.localdate()
    for days_ago in range(4):
        count(key, days_ago=days_ago, answered={READ: 10**days_ago})
    two = span(since=today - timedelta(days=2), until=today - timedelta(days=1))
    assert total_of(read_use(two)).reads == 110
    by_day = read_use(span(since=two.since, until=two.until, by_day=True))
    assert [(row.day, row.calls.reads) for row in by_day] == [(two.until, 10), (two.since, 100)]


def test_what_went_through_main_is_told(key: ClientKey) -> None:
    count(key, answered={READ: 2})
    count(key, main=True, answered={READ: 3}, failed={READ: 1})
    (row,) = read_use(span())
    assert row.calls == Calls(reads=5, failed=1, through_main=4)


def test_it_is_narrowed_to_an_alm_account_and_a_person(key: ClientKey, alice: User) -> None:
    theirs = issue_client_key(
        alice, key.alm_account, name="Hers", expires_on=None, actor=alice, signed_in=JUST_NOW
    ).row
    count(key, answered={READ: 1})
    count(theirs, answered={READ: 2})
    assert total_of(read_use(span(person=alice.email))).reads == 2
    assert total_of(read_use(span(alm_account=key.alm_account.slug))).reads == 3
    assert read_use(span(alm_account="nowhere")) == []


def test_the_page_and_the_file_show_the_last_thirty_days(
    alices_browser: Client, alice: User, key: ClientKey
) -> None:
    count(key, answered={READ: 3})
    count(key, days_ago=29, answered={READ: 4})
    count(key, days_ago=30, answered={READ: 90})
    page = alices_browser.get(PAGE)
    assert page.context["total"] == Calls(reads=7)
    (row,) = csv.DictReader(io.StringIO(alices_browser.get(CSV).getvalue().decode()))
    assert (row["operation id"], row["reads"], row["ALM account"]) == ("getCurrentUser", "7", "Acme Jira")
    exported = Entry.objects.get(action="use.exported")
    assert exported.actor == alice.email
    rows = list(csv.DictReader(io.StringIO(alices_browser.get(f"{CSV}?by=day").getvalue().decode())))
    assert [one["reads"] for one in rows] == ["3", "4"]
    assert rows[0]["day (UTC)"] == str(timezone.localdate())


@pytest.mark.parametrize("query", ["since=soon", "account=none", "by=year", "until=0000-00-00"])
def test_what_makes_no_sense_is_said_beside_the_field(alices_browser: Client, query: str) -> None:
    for address in (PAGE, CSV):
        answer = alices_browser.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert 'class="errors"' in answer.content.decode()


@pytest.mark.parametrize("query", ["until=0001-01-01", "since=9999-12-31", "page=x", "person=nobody"])
def test_days_without_calls_say_so(alices_browser: Client, query: str) -> None:
    assert "No calls in these days" in alices_browser.get(f"{PAGE}?{query}").content.decode()


def test_old_counters_are_forgotten_and_the_rest_stays(key: ClientKey) -> None:
    today = timezone.localdate()
    for days_ago in (0, KEPT_FOR.days, KEPT_FOR.days + 1):
        count(key, days_ago=days_ago, answered={READ: 1})
    assert forget_usage(before=today - KEPT_FOR, most=9) == 1
    assert ClientKeyCalls.objects.count() == 2


def test_counters_of_both_identities_add_up_each_for_itself(key: ClientKey) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for main in (False, True, True):
        calls = [KeyCalls(key.pk, READ, "answered", 2, through_main=main)]
        add_usage(calls, last_used_at={key.pk: at})
    found = ClientKeyCalls.objects.order_by("through_main").values_list("through_main", "calls")
    assert list(found) == [(False, 2), (True, 4)]
