"""What a call has written to Jira is passed on when Jira has answered: ids and keys, and nothing else."""

from dataclasses import replace
from typing import cast

import pytest

from ownkey.calls.upstream import UnreachableError
from ownkey.calls.writes import Ref, Written
from ownkey.scopes.profiles import PLANNING
from tests.calls.faces import ByASession, Face, ThroughTheGateway
from tests.gateway.kit import ALICES_CREDENTIAL, FakeUpstream, Given, json_answer


class Noted:
    """Takes notice of writes."""

    def __init__(self) -> None:
        self.writes: list[Written] = []

    def ended(self, written: Written) -> None:
        self.writes.append(written)


@pytest.fixture(params=[ThroughTheGateway, ByASession], ids=lambda face: face.name)
def kind(request: pytest.FixtureRequest) -> type[Face]:
    return cast("type[Face]", request.param)


async def made(
    kind: type[Face], method: str, path: str, *, status: int = 204, body: bytes = b"{}"
) -> list[Written]:
    """Make one call; return what was noted of it."""

    async def answer(_sent: object) -> Given:
        if status == 0:
            raise UnreachableError
        given = json_answer(b"{}")
        given.status = status
        return given

    noted = Noted()
    face = kind(FakeUpstream(answer), writes=noted)
    account = replace(face.snapshot.account, profile_scopes=PLANNING.scopes)
    face.change(account=account, credential=replace(ALICES_CREDENTIAL, token_scopes=PLANNING.scopes))
    await face.ask(method, path, body=body, headers={"content-type": "application/json"})
    await face.way.stop()
    return noted.writes


@pytest.mark.parametrize(
    ("method", "path", "refs"),
    [
        ("PUT", "/rest/api/3/issue/acme-3", [Ref("issue", "ACME-3")]),
        ("PUT", "/rest/api/2/issue/10003", [Ref("issue", "10003")]),
        ("POST", "/rest/api/latest/issue/ACME-3/comment", [Ref("issue", "ACME-3")]),
        ("POST", "/rest/agile/1.0/sprint/7/issue", [Ref("sprint", "7")]),
        ("POST", "/rest/api/3/issue", []),
        ("PUT", "/rest/api/3/issue/%41CME%2D3", [Ref("issue", "ACME-3")]),
    ],
)
async def test_a_write_is_noted_by_what_its_path_names(
    kind: type[Face], method: str, path: str, refs: list[Ref]
) -> None:
    written = await made(kind, method, path)
    assert [(each.account_slug, each.person_id, list(each.refs)) for each in written] == [
        ("acme", "alice", refs)
    ]


@pytest.mark.parametrize(
    ("status", "is_noted"), [(201, True), (400, False), (403, False), (404, False), (500, True), (0, True)]
)
async def test_a_write_that_jira_refused_is_none_and_one_without_an_answer_may_be_one(
    kind: type[Face],
    status: int,
    is_noted: bool,  # noqa: FBT001 — a parameter of the test
) -> None:
    assert bool(await made(kind, "PUT", "/rest/api/3/issue/ACME-3", status=status)) is is_noted


async def test_reading_and_what_ownkey_refuses_is_no_write(kind: type[Face]) -> None:
    assert await made(kind, "GET", "/rest/api/3/issue/ACME-3", status=200, body=b"") == []
    assert await made(kind, "POST", "/rest/api/3/search/jql", status=200) == []
    assert await made(kind, "POST", "/rest/api/3/no/such/operation") == []
