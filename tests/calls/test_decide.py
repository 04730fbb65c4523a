"""`decide` needs a snapshot and no body, changes nothing, and says the same as `ownkey explain`."""

import json
import random
from dataclasses import replace

import pytest

from ownkey.calls.decision import Allowed, Refused, decide
from ownkey.calls.grants import ReadOnly, Snapshot, Withheld
from ownkey.calls.refusals import WITHHELD, Code
from ownkey.cli.explain import explain
from ownkey.scopes.catalogue import Operation, load_catalogue
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL

OPERATIONS = load_catalogue().operations
SCOPES = sorted({scope for operation in OPERATIONS for scope in operation.requirement.scopes})
PAIRS = 10_000
MYSELF = "/rest/api/3/myself"
ISSUE = "/rest/api/3/issue/ACME-1"


def with_scopes(scopes: frozenset[str]) -> Snapshot:
    credential = replace(ALICES_CREDENTIAL, token_scopes=scopes)
    return replace(ALICE, account=replace(ALICE.account, profile_scopes=scopes), credential=credential)


def path_of(operation: Operation) -> str:
    return "/".join("10000" if part.startswith("{") else part for part in operation.path.split("/"))


def random_scopes(random_: random.Random, operation: Operation) -> frozenset[str]:
    """Return scopes that are often just enough for an operation, or just not."""
    scopes = set(random_.sample(SCOPES, random_.choice((0, 1, 5, 30))))
    if operation.requirement.alternatives and random_.random() < 0.7:
        scopes |= random_.choice(sorted(operation.requirement.alternatives, key=sorted))
    if scopes and random_.random() < 0.5:
        scopes.discard(random_.choice(sorted(scopes)))
    return frozenset(scopes)


def explained(method: str, path: str, scopes: frozenset[str], capsys: pytest.CaptureFixture[str]) -> bool:
    explain(method, path, scopes=",".join(sorted(scopes)), profile=None, as_json=True, exit_code=False)
    allowed = json.loads(capsys.readouterr().out)["allowed"]
    assert isinstance(allowed, bool)
    return allowed


def test_ten_thousand_random_pairs_are_decided_as_explain_says(capsys: pytest.CaptureFixture[str]) -> None:
    random_ = random.Random(20261127)  # noqa: S311 — the same pairs each time
    allowed_times = 0
    for _ in range(PAIRS):
        operation = random_.choice(OPERATIONS)
        scopes = random_scopes(random_, operation)
        path = path_of(operation)
        decision = decide(with_scopes(scopes), operation.method, path)
        allowed = isinstance(decision, Allowed)
        assert allowed == explained(operation.method, path, scopes, capsys), (operation.signature, scopes)
        allowed_times += allowed
    assert PAIRS * 0.1 < allowed_times < PAIRS * 0.9


@pytest.mark.parametrize(
    ("method", "path", "query", "code"),
    [
        ("BREW", MYSELF, b"", Code.WRONG_METHOD),
        ("PATCH", ISSUE, b"", Code.WRONG_METHOD),
        ("GET", MYSELF, b"a=b c", Code.BAD_REQUEST),
        ("GET", "/rest/api/3/../3/myself", b"", Code.UNSAFE_PATH),
        ("GET", "/rest/plugin/1.0/thing", b"", Code.UNKNOWN_OPERATION),
        ("DELETE", "/rest/agile/1.0/sprint/1", b"", Code.SCOPE_NOT_IN_PROFILE),
    ],
)
def test_what_may_not_go_out_is_a_refusal_as_a_value(
    method: str, path: str, query: bytes, code: Code
) -> None:
    decision = decide(ALICE, method, path, query)
    assert isinstance(decision, Refused)
    assert decision.code is code
    assert decision.refusal.next_step


@pytest.mark.parametrize("code", sorted(WITHHELD))
def test_without_a_credential_it_says_why(code: Code) -> None:
    decision = decide(replace(ALICE, credential=Withheld(code)), "GET", ISSUE)
    assert isinstance(decision, Refused)
    assert decision.code is code
    assert decision.operation is not None
    assert not decision.refusal.members


def test_a_policy_to_read_only_decides_by_what_an_operation_does() -> None:
    reader = replace(ALICE, read_only=ReadOnly.POLICY)
    assert isinstance(decide(reader, "POST", "/rest/api/3/search/jql"), Allowed)
    refused = decide(reader, "PUT", ISSUE)
    assert isinstance(refused, Refused)
    assert refused.code is Code.READ_ONLY


def test_what_is_allowed_names_the_credential_that_it_goes_out_with() -> None:
    decision = decide(ALICE, "HEAD", ISSUE)
    assert isinstance(decision, Allowed)
    assert decision.credential is ALICE.credential
    assert decision.operation is not None
    assert decision.operation.method == "GET"
