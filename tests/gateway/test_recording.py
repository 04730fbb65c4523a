"""Every call that writes is on record before it leaves and when it has ended, and so is every refusal."""

import asyncio
import json
from dataclasses import replace

import pytest

from ownkey.audit.entry import NewEntry, Outcome
from ownkey.audit.writer import RecordUnavailableError
from ownkey.calls.recording import CallRecorder
from ownkey.calls.upstream import UnreachableError
from ownkey.gateway.app import Gateway
from tests.gateway.kit import (
    ALICE,
    ALICES_CREDENTIAL,
    ALICES_KEY,
    BOB,
    BOBS_KEY,
    CHARLIES_GUESS,
    NOW,
    TOKEN,
    Client,
    FakeUpstream,
    Given,
    Grants,
    Sent,
    build,
    json_answer,
    until,
)

ISSUE = "/jira/acme/rest/api/3/issue/ACME-1"
SECRET_WORDS = b'{"fields": {"summary": "the secret of the house"}}'


class Paper:
    """Where entries go; it can be away, and it can be slow."""

    def __init__(self) -> None:
        self.entries: list[NewEntry] = []
        self.is_away = False
        self.sent_before: list[int] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.upstream: FakeUpstream | None = None

    def note(self, entry: NewEntry) -> None:
        self.entries.append(entry)

    async def commit(self, entry: NewEntry, *, if_abandoned: NewEntry | None = None) -> None:
        assert if_abandoned is not None
        await self.may_go_on.wait()
        if self.is_away:
            raise RecordUnavailableError
        assert self.upstream is not None
        self.sent_before.append(len(self.upstream.sent))
        self.entries.append(entry)

    def told(self) -> list[tuple[str, str]]:
        return [(entry.action, entry.outcome.value) for entry in self.entries]


@pytest.fixture
def paper(upstream: FakeUpstream) -> Paper:
    paper = Paper()
    paper.upstream = upstream
    return paper


@pytest.fixture
def recorder(paper: Paper) -> CallRecorder:
    return CallRecorder(paper, clock=lambda: NOW)


@pytest.fixture
def gateway(upstream: FakeUpstream, recorder: CallRecorder) -> Gateway:
    named = replace(ALICE, person="alice@acme.example"), replace(BOB, person="bob@acme.example")
    return build(upstream, grants=Grants(*named), recorder=recorder)


@pytest.fixture
def client(gateway: Gateway) -> Client:
    return Client(gateway)


async def test_a_write_is_on_record_before_it_leaves_and_when_it_has_ended(
    client: Client, upstream: FakeUpstream, paper: Paper
) -> None:
    upstream.handler = json_answer(b"{}", status=204, headers={"atl-traceid": "abc123"})
    await client.ask("PUT", ISSUE, query="notifyUsers=false", body=SECRET_WORDS)
    assert paper.sent_before == [0]
    assert paper.told() == [("call.started", "started"), ("call.ended", "done")]
    started, ended = paper.entries
    assert (started.actor, started.alm_account) == ("alice@acme.example", "acme")
    assert started.subject == ended.subject == "PUT /rest/api/3/issue/{issueIdOrKey}"
    assert started.details["operation"] == "editIssue"
    assert started.details["client_key"] == ALICES_KEY.key_id
    assert (started.details["acting_as"], started.details["identity"]) == ("alice@acme.example", "own")
    assert (ended.details["status"], ended.details["jira_trace"]) == (204, "abc123")
    assert started.details["request"] == ended.details["request"]


async def test_neither_path_nor_query_nor_body_nor_secret_goes_on_record(
    client: Client, paper: Paper
) -> None:
    await client.ask("PUT", ISSUE, query="notifyUsers=secretly", body=SECRET_WORDS)
    await client.ask("DELETE", "/jira/acme/rest/api/3/project/SECRETS")
    kept = json.dumps([(entry.subject, dict(entry.details)) for entry in paper.entries])
    for secret in ("ACME-1", "secretly", "secret of the house", "SECRETS", TOKEN, "a" * 32):
        assert secret not in kept


async def test_a_read_is_not_recorded(client: Client, paper: Paper) -> None:
    await client.ask("GET", ISSUE)
    await client.ask("POST", "/jira/acme/rest/api/3/search/jql", body=b"{}")
    assert not paper.entries


async def test_a_write_that_cannot_be_recorded_does_not_leave(
    client: Client, upstream: FakeUpstream, paper: Paper
) -> None:
    paper.is_away = True
    answer = await client.ask("PUT", ISSUE, body=b"{}")
    assert (answer.status, answer.code) == (503, "not-recorded")
    assert answer.header("retry-after") == b"5"
    assert not upstream.sent
    assert (await client.ask("GET", ISSUE)).status == 200
    paper.is_away = False
    assert (await client.ask("PUT", ISSUE, body=b"{}")).status == 200


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "done"), (303, "done"), (400, "refused"), (403, "refused"), (404, "refused"), (500, "failed")],
)
async def test_the_outcome_is_what_jira_answered(
    client: Client, upstream: FakeUpstream, paper: Paper, status: int, outcome: str
) -> None:
    upstream.handler = json_answer(b"{}", status=status)
    await client.ask("DELETE", ISSUE)
    assert paper.told()[1] == ("call.ended", outcome)
    assert paper.entries[1].details["status"] == status


async def test_without_an_answer_nobody_claims_to_know(
    client: Client, upstream: FakeUpstream, paper: Paper
) -> None:
    async def broken(_sent: Sent) -> Given:
        raise UnreachableError

    upstream.handler = broken
    assert (await client.ask("DELETE", ISSUE)).status == 502
    assert paper.told() == [("call.started", "started"), ("call.ended", "unsure")]
    assert paper.entries[1].details["code"] == "upstream-unreachable"


async def test_a_trace_id_that_is_none_is_left_out(
    client: Client, upstream: FakeUpstream, paper: Paper
) -> None:
    upstream.handler = json_answer(b"{}", headers={"atl-traceid": "<script>" + "x" * 99})
    await client.ask("DELETE", ISSUE)
    assert "jira_trace" not in paper.entries[1].details


async def test_a_refusal_is_recorded_with_its_reason(gateway: Gateway, paper: Paper) -> None:
    await Client(gateway, key=BOBS_KEY).ask("PUT", ISSUE, body=b"{}")
    (entry,) = paper.entries
    assert (entry.action, entry.outcome, entry.actor) == ("call.refused", Outcome.REFUSED, "bob@acme.example")
    assert entry.subject == "PUT /rest/api/3/issue/{issueIdOrKey}"
    assert entry.details["code"] == "scope-not-in-client-key"


async def test_charlie_cannot_fill_the_record(gateway: Gateway, paper: Paper, recorder: CallRecorder) -> None:
    charlie = Client(gateway, key=CHARLIES_GUESS)
    for _ in range(100):
        await charlie.ask("GET", ISSUE)
    recorder.stop()
    first, rest = paper.entries
    assert (first.actor, first.details["code"]) == ("", "client-key-refused")
    assert rest.details["times"] == 99
    assert first.details.keys() <= {"request", "code"}


async def test_a_client_that_leaves_is_recorded_as_not_certain(
    client: Client, upstream: FakeUpstream, paper: Paper
) -> None:
    async def for_ever(_sent: Sent) -> Given:
        await asyncio.Event().wait()
        raise AssertionError

    upstream.handler = for_ever
    asking = asyncio.create_task(client.ask("DELETE", ISSUE))
    await until(lambda: upstream.sent)
    client.leaves.set()
    await asking
    assert paper.told() == [("call.started", "started"), ("call.ended", "unsure")]


async def test_whose_credential_is_used_is_recorded(
    upstream: FakeUpstream, recorder: CallRecorder, paper: Paper
) -> None:
    through_main = replace(ALICES_CREDENTIAL, is_main=True, acting_as="bot@acme.example")
    gateway = build(upstream, grants=Grants(replace(ALICE, credential=through_main)), recorder=recorder)
    await Client(gateway).ask("DELETE", ISSUE)
    details = paper.entries[0].details
    assert (details["acting_as"], details["identity"]) == ("bot@acme.example", "main")
    assert paper.entries[0].actor == "person alice"
