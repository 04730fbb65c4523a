"""*Administration → Record* shows who did what, narrowed and paged, to those who may, and to nobody else."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from ownkey.audit.entry import NewEntry, Outcome
from ownkey.audit.models import Entry
from ownkey.audit.storing import append
from ownkey.connections.models import AlmAccount
from ownkey.people.models import User

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAGE, CSV = "/settings/record/", "/settings/record/export.csv"


def call(number: int, **values: object) -> NewEntry:
    """Return a call that was sent through the gateway."""
    given: dict[str, object] = {
        "at": NOON + timedelta(minutes=number),
        "action": "call.ended",
        "actor": "bob@acme.example",
        "subject": f"PUT /rest/api/3/thing/{number}/{{id}}",
        "alm_account": "acme",
        "details": {"status": 204, "jira_trace": f"trace-{number}"},
    }
    return NewEntry(**{**given, **values})  # type: ignore[arg-type]


def text_of(browser: Client, query: str = "", *, status: int = 200) -> str:
    answer = browser.get(PAGE + query)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("address", [PAGE, CSV])
def test_charlie_is_sent_to_sign_in(charlies_browser: Client, address: str) -> None:
    answer = charlies_browser.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("address", [PAGE, CSV])
def test_bob_is_told_that_it_is_for_administrators(bobs_browser: Client, address: str) -> None:
    answer = bobs_browser.get(address)
    assert answer.status_code == 403
    assert b"alice@acme.example" not in answer.content
    assert not Entry.objects.filter(action="record.exported").exists()


@pytest.mark.parametrize("address", [PAGE, CSV])
def test_nothing_can_be_posted(alices_browser: Client, address: str) -> None:
    assert alices_browser.post(address).status_code == 405


def test_what_happened_is_told_in_words(alices_browser: Client) -> None:
    append([call(1), call(2, actor="", action="call.refused", outcome=Outcome.REFUSED)])
    text = text_of(alices_browser)
    for words in (
        "Signed in",
        "A call that writes ended",
        "PUT /rest/api/3/thing/1/{id}",
        "trace-1",
        "A person not signed in",
        "Refused",
    ):
        assert words in text
    assert text.index("The gateway refused a call</") < text.index("A call that writes ended\n")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?person=BOB@acme.example", {1, 4}),
        ("?person=carol@acme.example", {3}),
        ("?action=call.started", {2}),
        ("?outcome=unsure", {4}),
        ("?account=other", {2, 3}),
        ("?since=2026-11-21", {3, 4}),
        ("?until=2026-11-20", {1, 2}),
        ("?since=2026-11-21&until=9999-12-31", {3, 4}),
        ("?since=2026-11-21&until=2026-11-21", {3}),
        ("?person=bob@acme.example&account=acme&outcome=done", {1}),
    ],
)
def test_the_record_is_narrowed(alices_browser: Client, query: str, found: set[int]) -> None:
    make_account("acme")
    make_account("other")
    append(
        [
            call(1),
            call(2, action="call.started", actor="alice@acme.example", alm_account="other"),
            call(
                3,
                at=NOON + timedelta(days=1),
                actor="operator",
                alm_account="",
                action="credential.replaced",
                subject="carol@acme.example at other",
                details={"jira_trace": "trace-3"},
            ),
            call(4, at=NOON + timedelta(days=2), outcome=Outcome.UNSURE),
        ]
    )
    text = text_of(alices_browser, query)
    assert {n for n in range(1, 5) if f"trace-{n}<" in text} == found


def test_a_search_without_result_says_so(alices_browser: Client) -> None:
    assert "No such entries" in text_of(alices_browser, "?person=nobody@acme.example")


@pytest.mark.parametrize("query", ["?since=yesterday", "?outcome=nonsense", "?account=none", "?action=x"])
def test_what_makes_no_sense_is_said_beside_the_field(alices_browser: Client, query: str) -> None:
    assert 'class="errors"' in text_of(alices_browser, query, status=422)
    assert alices_browser.get(CSV + query).status_code == 422


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?after=99999999999999999999", "?before=0"])
def test_a_page_that_makes_no_sense_is_the_first(alices_browser: Client, query: str) -> None:
    assert "Signed in" in text_of(alices_browser, query)


def test_pages_go_back_and_forth_with_what_was_searched(alices_browser: Client) -> None:
    append([call(n) for n in range(1, 121)])
    first = alices_browser.get(PAGE, {"person": "bob@acme.example"})
    assert first.context["newer"] == ""
    second = alices_browser.get(f"{PAGE}?{first.context['older']}")
    third = alices_browser.get(f"{PAGE}?{second.context['older']}")
    shown = [line.entry.number for page in (first, second, third) for line in page.context["lines"]]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == len(set(shown)) == 120
    assert third.context["older"] == ""
    back = alices_browser.get(f"{PAGE}?{third.context['newer']}")
    assert [line.entry.number for line in back.context["lines"]] == [
        line.entry.number for line in second.context["lines"]
    ]


def test_the_csv_file_holds_what_was_searched_and_that_is_on_record(
    alices_browser: Client, alice: User
) -> None:
    append([call(n) for n in range(1, 121)])
    answer = alices_browser.get(CSV, {"person": "bob@acme.example"})
    assert answer["Content-Disposition"] == 'attachment; filename="ownkey-record.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) == 120
    assert {row["actor"] for row in rows} == {"bob@acme.example"}
    exported = Entry.objects.get(action="record.exported")
    assert (exported.actor, exported.details["person"]) == (alice.email, "bob@acme.example")


def test_what_people_are_called_is_no_markup(alices_browser: Client) -> None:
    append([call(1, subject="<script>alert(1)</script>", details={"code": "<b>"})])
    text = text_of(alices_browser)
    assert "<script>alert" not in text
    assert "<b>" not in text


def make_account(slug: str) -> None:
    """Add an ALM account, as far as its name is needed."""
    AlmAccount.objects.create(
        slug=slug,
        name=slug.title(),
        site_url=f"https://{slug}.atlassian.net",
        cloud_id=str(uuid.uuid4()),
        authentication="scoped-api-token",
        state="disconnected",
        since=NOON,
        checked_at=NOON,
        required_scopes=[],
        report={},
    )
